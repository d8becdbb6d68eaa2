// @ts-check
/** Histograms beside one another, as columns of a picture: the darker, the more numbers lie there. */
import { superscript, tickText } from "../format.js";
import { drawAxisLines } from "./axes.js";
import { crisp, pixelRatio, prepare, textSize } from "./canvas.js";
import { rgb } from "./field.js";
import { linear, ticks } from "./scale.js";

/**
 * @typedef {import("./canvas.js").ChartOptions} ChartOptions
 * @typedef {{steps: number[], width: number, first: number, counts: number[][]}} Histograms  bin i from (first + i) width on
 */

const TICK = 4;
const FAINTEST = 0.1; // one number among thousands is still seen

/** Where columns begin and end: half-way to their neighbours. @param {number[]} steps @returns {number[]} */
export function columnEdges(steps) {
  if (steps.length < 2) return [steps[0] - 0.5, steps[0] + 0.5];
  const between = steps.slice(1).map((step, index) => (step + steps[index]) / 2);
  return [steps[0], ...between, steps[steps.length - 1]];
}

/** @param {Histograms} data @param {{width: number, height: number, textSize?: number}} options */
export function heatScales({ steps, width, first, counts }, options) {
  const size = textSize(options);
  const bins = counts[0]?.length ?? 0;
  const plot = { x: Math.round(size * 2.9), y: 4, width: 1, height: 1 };
  plot.width = Math.max(1, options.width - plot.x - size * 1.2);
  plot.height = Math.max(1, options.height - plot.y - size - TICK - 5);
  const edges = columnEdges(steps);
  return {
    x: linear([edges[0], edges[edges.length - 1]], [plot.x, plot.x + plot.width]),
    y: linear([first * width, (first + Math.max(1, bins)) * width], [plot.y + plot.height, plot.y]),
    edges,
    plot,
  };
}

/** The share of a column that lies in each bin, as the opacity it is drawn with. @param {number[][]} counts */
export function shades(counts) {
  const shares = counts.map((column) => {
    const total = column.reduce((sum, count) => sum + count, 0);
    return column.map((count) => (total ? count / total : 0));
  });
  const most = Math.max(0, ...shares.map((column) => Math.max(0, ...column)));
  return shares.map((column) => column.map((share) => (share ? FAINTEST + (1 - FAINTEST) * Math.sqrt(share / most) : 0)));
}

/**
 * Draws the picture; answers its scales.
 * @param {HTMLCanvasElement} canvas
 * @param {Histograms} data
 * @param {ChartOptions & {color: string, log?: boolean, present?: number|null, cursor?: {column: number, bin: number}|null}} options
 *   log: the numbers counted are decimal logarithms
 */
export function drawHeat(canvas, data, options) {
  const { colors, color, log = false, present, cursor } = options;
  const context = prepare(canvas, options);
  const scales = heatScales(data, options);
  const { x, y, edges, plot } = scales;
  const ratio = pixelRatio(options);
  const size = textSize(options);
  const place = (column, bin) => {
    const [left, right] = [x(edges[column]), x(edges[column + 1])];
    const [bottom, top] = [y((data.first + bin) * data.width), y((data.first + bin + 1) * data.width)];
    const [x0, x1, y0, y1] = [left, right, top, bottom].map((pixel) => Math.round(pixel * ratio) / ratio); // no seams
    return /** @type {[number, number, number, number]} */ ([x0, y0, Math.max(1 / ratio, x1 - x0), Math.max(1 / ratio, y1 - y0)]);
  };
  const [r, g, b] = rgb(color);
  shades(data.counts).forEach((column, at) => column.forEach((shade, bin) => {
    if (!shade) return;
    context.fillStyle = `rgb(${r} ${g} ${b} / ${shade.toFixed(3)})`;
    context.fillRect(...place(at, bin));
  }));
  const bottom = crisp(plot.y + plot.height, ratio);
  const up = ticks(y.domain[0], y.domain[1], Math.max(2, Math.min(5, plot.height / 28))).filter((value) => !log || Number.isInteger(value));
  const across = ticks(x.domain[0], x.domain[1], Math.max(1, Math.min(4, plot.width / 60))).filter(Number.isInteger);
  drawAxisLines(context, scales, { across, up, upText: (value) => (log ? `10${superscript(value)}` : tickText(value)) }, options);
  if (present !== null && present !== undefined && present >= x.domain[0] && present <= x.domain[1]) {
    context.beginPath();
    context.moveTo(crisp(x(present), ratio), plot.y);
    context.lineTo(crisp(x(present), ratio), bottom);
    context.strokeStyle = colors.ink2;
    context.stroke();
  }
  if (cursor) {
    context.strokeStyle = colors.ink;
    context.lineWidth = 1.5;
    context.strokeRect(...place(cursor.column, cursor.bin));
  }
  return scales;
}

/**
 * The column and bin at a place on the canvas, or none.
 * @param {Histograms} data
 * @param {ReturnType<typeof heatScales>} scales
 * @param {number} left
 * @param {number} top
 */
export function heatAt(data, { x, y, edges }, left, top) {
  const step = x.invert(left);
  const bin = Math.floor(y.invert(top) / data.width) - data.first;
  const column = edges.findIndex((edge, index) => step >= edge && step < (edges[index + 1] ?? -Infinity));
  return column < 0 || bin < 0 || bin >= data.counts[0].length ? null : { column, bin };
}

/** The bins in which the lowest, the middle and the highest number of a column lie; null where there are none. @param {number[]} counts */
export function quartersOf(counts) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (!total) return null;
  let seen = 0;
  const middle = counts.findIndex((count) => {
    seen += count;
    return seen >= total / 2;
  });
  return { lowest: counts.findIndex(Boolean), middle, highest: counts.findLastIndex(Boolean), total };
}
