// @ts-check
/** The loss over a plane in the space of weights, or along a line: as far as it is known, with axes of their own scales. */
import { drawAxes, isCompact, plotRectangle } from "./axes.js";
import { prepare, sans, textSize, write } from "./canvas.js";
import { drawSurface } from "./contour-map.js";
import { drawAlong } from "./landscape.js";
import { linear } from "./scale.js";

/** @typedef {{at: number[][], train: (number|null)[], names: string[]}} Plane  row by row from below */

/** @param {number[][]} at @param {string[]} names @param {any} options */
export function planeScales([xs, ys], names, options) {
  const [across, up] = [xs, ys].map((places) => [places[0], places[places.length - 1]]);
  const plot = plotRectangle(names, up, options);
  return { x: linear(across, [plot.x, plot.x + plot.width]), y: linear(up, [plot.y + plot.height, plot.y]), plot, compact: isCompact(options) };
}

/** What is known so far as a field whose first row is the top one; each loss stands for the middle of its pixel. @param {number[][]} at @param {(number|null)[]} losses */
export function knownField([xs, ys], losses) {
  const count = xs.length;
  const rows = Math.floor(losses.length / count);
  if (rows < 2) return null;
  const data = Float32Array.from({ length: rows * count }, (_, index) => losses[(rows - 1 - Math.floor(index / count)) * count + (index % count)] ?? NaN);
  const half = (places) => (places[1] - places[0]) / 2;
  return { data, shape: [rows, count], bounds: [[xs[0] - half(xs), xs[count - 1] + half(xs)], [ys[0] - half(ys), ys[rows - 1] + half(ys)]] };
}

/**
 * Draws it; answers its scales.
 * @param {HTMLCanvasElement} canvas
 * @param {Plane} plane
 * @param {any} options
 */
export function drawPlane(canvas, { at, train, names }, options) {
  const context = prepare(canvas, options);
  const scales = planeScales(at, names, options);
  const { plot } = scales;
  const field = knownField(at, train);
  context.save();
  context.beginPath();
  context.rect(plot.x, plot.y, plot.width, plot.height);
  context.clip();
  if (field) drawSurface(context, field, scales, options);
  context.restore();
  drawAxes(context, scales, names, options);
  return scales;
}

/**
 * Losses along a line, with room for the losses of lanes; answers its scales.
 * @param {HTMLCanvasElement} canvas
 * @param {{at: number[][], train: (number|null)[], test: (number|null)[], also: number[], name: string}} slice
 * @param {any} options
 */
export function drawLine(canvas, { at: [xs], train, test, also, name }, options) {
  const scales = drawAlong(canvas, { at: xs, train, test }, { ...options, also, name });
  const { plot } = scales;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  write(pen, name, plot.x + plot.width / 2, options.height - 3, { font: sans(options, textSize(options)), color: options.colors.ink2, align: "center" });
  return scales;
}
