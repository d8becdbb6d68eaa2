// @ts-check
/** Moments on a chart over steps: the one under the pointer, and the one that the net is at. */

import { crisp, pixelRatio, sans, textSize, write } from "./canvas.js";

/**
 * @typedef {import("./lines.js").Series} Series
 * @typedef {import("./lines.js").LinesOptions} LinesOptions
 * @typedef {import("./canvas.js").ChartOptions} ChartOptions
 */

/** A ring stands for a point only this close to the cursor, in CSS pixels. */
const NEAR = 12;

/**
 * The value of a series at a step: of its point nearest to it.
 * @param {ArrayLike<number>[]} points
 * @param {number} step
 * @returns {ArrayLike<number>|null}
 */
export const nearestPoint = (points, step) => {
  if (points.length === 0) return null;
  let [low, high] = [0, points.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (points[middle][0] <= step) low = middle;
    else high = middle;
  }
  return step - points[low][0] <= points[high][0] - step ? points[low] : points[high];
};

/**
 * A line through the chart at the cursor's step, and rings where it meets the series.
 * @param {CanvasRenderingContext2D} context
 * @param {Series[]} series
 * @param {ReturnType<typeof import("./lines.js").lineScales>} scales
 * @param {ChartOptions & LinesOptions} options
 */
export const drawCursor = (context, series, { x, y, plot, isLog }, options) => {
  const { cursor, colors } = options;
  if (!cursor || !Number.isFinite(cursor.step) || cursor.step > x.domain[1]) return;
  const size = textSize(options);
  const place = crisp(x(cursor.step), pixelRatio(options));
  context.beginPath();
  context.moveTo(place, 2);
  context.lineTo(place, plot.y + plot.height);
  context.strokeStyle = colors.ink2;
  context.lineWidth = 1;
  context.stroke();
  for (const { points, color } of series.filter(({ name }) => name)) { // a guide is no curve
    const nearest = nearestPoint(points, cursor.step);
    if (!nearest || !Number.isFinite(nearest[1]) || (isLog && nearest[1] <= 0) || Math.abs(x(nearest[0]) - x(cursor.step)) > NEAR) continue;
    context.beginPath();
    context.arc(x(nearest[0]), y(nearest[1]), 3, 0, 2 * Math.PI);
    context.fillStyle = colors.ground;
    context.fill();
    context.strokeStyle = color;
    context.lineWidth = 1.5;
    context.stroke();
  }
  if (!cursor.text) return;
  const font = sans(options, size);
  context.font = font;
  const isLeft = place + 6 + context.measureText(cursor.text).width > options.width;
  write(context, cursor.text, isLeft ? place - 6 : place + 6, size, { font, color: colors.ink, align: isLeft ? "right" : "left" });
};
