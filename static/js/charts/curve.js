// @ts-check
/** Functions of one input: the net's answer as a curve among the samples, and a neuron's as a small line. */

import { drawAxes, isCompact, plotRectangle } from "./axes.js";
import { crisp, pixelRatio, prepare } from "./canvas.js";
import { drawMark, markOf, markRadius } from "./marks.js";
import { drawProbe } from "./plane.js";
import { linear, roundDomain } from "./scale.js";

/**
 * @typedef {import("./canvas.js").ChartOptions} ChartOptions
 * @typedef {{data: ArrayLike<number>, shape: number[]}} Numbers
 *
 * @typedef {object} CurveData
 * @property {number[][]} bounds [[low, high]]
 * @property {string[]} [axes] names, horizontal then vertical
 * @property {Numbers|null} [curve] [R] the net's answer from the left end to the right end
 * @property {Numbers|null} [points] [N, 1]
 * @property {Numbers|null} [targets] [N]
 * @property {Numbers|null} [train] [N], 0 for the test part
 * @property {number|null} [probe] index of the ringed sample
 * @property {string} [task] "binary" samples look like their class
 */

const CLASSES = /** @type {[number, number]} */ ([-1.2, 1.2]); // room for marks at both

/** @param {Numbers|null|undefined} targets @param {string} [task] @returns {[number, number]} */
const targetDomain = (targets, task) => {
  if (task === "binary") return CLASSES;
  let [low, high] = [-1, 1];
  for (let index = 0; targets && index < targets.data.length; index += 1) {
    low = Math.min(low, targets.data[index]);
    high = Math.max(high, targets.data[index]);
  }
  return roundDomain(low, high);
};

/**
 * Where the chart lies on the canvas. The vertical domain holds -1..1 and the samples, not the curve: it stays put in training.
 * @param {CurveData} data
 * @param {{width: number, height: number, textSize?: number, compact?: boolean}} options
 */
export const curveScales = ({ bounds, axes = [], targets, task }, options) => {
  const domain = targetDomain(targets, task);
  const plot = plotRectangle(axes, domain, options);
  return {
    x: linear(bounds[0], [plot.x, plot.x + plot.width]),
    y: linear(domain, [plot.y + plot.height, plot.y]),
    plot,
    compact: isCompact(options),
  };
};

/**
 * Adds a function, given at equal distances, to a path; what is not finite breaks it.
 * @param {CanvasRenderingContext2D} context
 * @param {ArrayLike<number>} values
 * @param {number} count
 * @param {number} offset of the first value
 * @param {(index: number) => number} x
 * @param {(value: number) => number} y
 */
const traceFunction = (context, values, count, offset, x, y) => {
  let isDown = false;
  for (let index = 0; index < count; index += 1) {
    const value = values[offset + index];
    if (!Number.isFinite(value)) isDown = false;
    else if (isDown) context.lineTo(x(index), y(value));
    else {
      context.moveTo(x(index), y(value));
      isDown = true;
    }
  }
};

/**
 * Draws the 1-D regression chart; answers its scales.
 * @param {HTMLCanvasElement} canvas
 * @param {CurveData} data
 * @param {ChartOptions & {compact?: boolean}} options
 */
export const drawCurve = (canvas, data, options) => {
  const { curve, points, targets, train, probe, task, axes = [] } = data;
  const { colors } = options;
  const scales = curveScales(data, options);
  const { plot } = scales;
  const context = prepare(canvas, options);
  context.save();
  context.beginPath();
  context.rect(plot.x, plot.y, plot.width, plot.height);
  context.clip();
  drawZero(context, plot.x, plot.x + plot.width, crisp(scales.y(0), pixelRatio(options)), colors.line);
  const radius = markRadius(Math.min(plot.width, plot.height));
  const drawSample = (/** @type {number} */ index) => {
    if (!points || !targets) return;
    const look = task === "binary" ? markOf(targets.data[index], { task, colors }) : { shape: "disc", color: colors.ink3 };
    const mark = /** @type {import("./marks.js").Mark} */ ({ ...look, hollow: train ? !train.data[index] : false });
    drawMark(context, mark, scales.x(points.data[index]), scales.y(targets.data[index]), radius, colors.ground);
  };
  for (let index = 0; index < (points?.shape[0] ?? 0); index += 1) drawSample(index);
  if (curve) {
    const count = curve.shape[curve.shape.length - 1];
    const x = linear([0, count - 1], [plot.x, plot.x + plot.width]);
    context.beginPath();
    traceFunction(context, curve.data, count, 0, x, scales.y);
    context.strokeStyle = colors.ink;
    context.lineWidth = 2;
    context.lineJoin = "round";
    context.stroke();
  }
  context.restore();
  drawAxes(context, scales, axes, { ...options, frame: false });
  if (points && targets && probe !== null && probe !== undefined && probe < points.shape[0]) {
    drawSample(probe);
    drawProbe(context, scales.x(points.data[probe]), scales.y(targets.data[probe]), radius + 3.6, options);
  }
  return scales;
};

/** @param {CanvasRenderingContext2D} context @param {number} left @param {number} right @param {number} top @param {string} color */
const drawZero = (context, left, right, top, color) => {
  context.beginPath();
  context.moveTo(left, top);
  context.lineTo(right, top);
  context.strokeStyle = color;
  context.lineWidth = 1;
  context.stroke();
};

/**
 * A neuron's function as a line coloured by sign over a faint zero line; from -1 (bottom) to 1, clamped.
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} values
 * @param {ChartOptions & {count?: number, offset?: number}} options count: values in the curve, offset: of its first one
 */
export const smallCurve = (canvas, values, options) => {
  const { width, height, colors, offset = 0, count = values.length - offset } = options;
  const context = prepare(canvas, options);
  const inset = Math.max(3, height * 0.09);
  const x = linear([0, Math.max(1, count - 1)], [0, width]);
  const y = linear([-1, 1], [height - inset, inset]);
  drawZero(context, 0, width, crisp(y(0), pixelRatio(options)), colors.line);
  const gradient = context.createLinearGradient(0, y(-1), 0, y(1));
  const middle = 0.5;
  for (const [place, color] of /** @type {[number, string][]} */ ([[0, colors.neg], [middle, colors.neg], [middle, colors.pos], [1, colors.pos]])) {
    gradient.addColorStop(place, color);
  }
  context.beginPath();
  traceFunction(context, values, count, offset, x, (value) => y(Math.min(1, Math.max(-1, value))));
  context.strokeStyle = gradient;
  context.lineWidth = height < 48 ? 1.6 : 2;
  context.lineJoin = "round";
  context.stroke();
};
