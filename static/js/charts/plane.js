// @ts-check
/**
 * The output picture: the net's answer at every point of the plane, the samples on it, the line where it is undecided.
 * Axes and samples rest on a layer of their own that is drawn again only when they change.
 */

import { drawAxes, isCompact, plotRectangle } from "./axes.js";
import { pixelRatio, prepare, scratch } from "./canvas.js";
import { classBorders, contourLines, strokeLines } from "./contour.js";
import { asBytes, drawClassField, drawField, rgb, signLookup } from "./field.js";
import { classColors, drawMark, markOf, markRadius } from "./marks.js";
import { linear } from "./scale.js";

/**
 * @typedef {import("./canvas.js").ChartOptions} ChartOptions
 * @typedef {{data: ArrayLike<number>, shape: number[]}} Numbers
 *
 * @typedef {object} PlaneData
 * @property {number[][]} bounds [[low, high], [low, high]]
 * @property {string[]} [axes] names, horizontal then vertical
 * @property {string} [task] "binary", "multiclass" or "regression"
 * @property {number} [classes]
 * @property {Numbers|null} [field] bytes or 16-bit numbers [h, w] on the sign scale
 * @property {Numbers|null} [classField] bytes [K, h, w]
 * @property {Numbers|null} [points] [N, 2]
 * @property {Numbers|null} [targets] [N]
 * @property {Numbers|null} [train] [N], 0 for the other parts
 * @property {Numbers|null} [validation] [N], 1 for that part
 * @property {boolean} [contour] where the answer is undecided (default: yes)
 * @property {number|null} [probe] index of the ringed sample
 */

const FIELD_ALPHA = 0.42;
const ZERO_LEVEL = 127.5;

/** A regression target shows in the inside of its mark, which needs more room. */
const REGRESSION_MORE = 0.7;

/**
 * Where the plane lies on the canvas: scales with `.invert` for a pointer, and the plot's rectangle.
 * @param {{bounds: number[][], axes?: string[]}} data
 * @param {{width: number, height: number, textSize?: number, compact?: boolean}} options
 */
export const planeScales = ({ bounds, axes = [] }, options) => {
  const plot = plotRectangle(axes, bounds[1], options);
  return {
    x: linear(bounds[0], [plot.x, plot.x + plot.width]),
    y: linear(bounds[1], [plot.y + plot.height, plot.y]),
    plot,
    compact: isCompact(options),
  };
};

/** @param {PlaneData} data */
const targetLimit = ({ task, targets }) => {
  if (task !== "regression" || !targets) return 1;
  let most = 0;
  for (let index = 0; index < targets.data.length; index += 1) most = Math.max(most, Math.abs(targets.data[index]));
  return most > 1 ? most : 1;
};

/** @param {CanvasRenderingContext2D} context @param {PlaneData} data @param {ReturnType<typeof planeScales>} scales @param {ChartOptions} options */
const drawSamples = (context, data, scales, options) => {
  const { points, targets, train, validation, task, classes } = data;
  if (!points) return;
  const limit = targetLimit(data);
  const radius = markRadius(Math.min(scales.plot.width, scales.plot.height)) + (task === "regression" ? REGRESSION_MORE : 0);
  const { colors } = options;
  context.save();
  context.beginPath();
  context.rect(scales.plot.x, scales.plot.y, scales.plot.width, scales.plot.height);
  context.clip();
  for (let index = 0; index < points.shape[0]; index += 1) {
    const hollow = train ? !train.data[index] : false;
    const mark = markOf(targets ? targets.data[index] : 1, { task, classes, colors, limit });
    const [x, y] = [scales.x(points.data[2 * index]), scales.y(points.data[2 * index + 1])];
    drawMark(context, { ...mark, hollow, dotted: Boolean(validation?.data[index]) }, x, y, radius, colors.ground);
  }
  context.restore();
};

/** @type {WeakMap<object, {parts: unknown[], layer: HTMLCanvasElement|OffscreenCanvas}>} */
const layers = new WeakMap();

/** @param {object} canvas @param {PlaneData} data @param {ReturnType<typeof planeScales>} scales @param {ChartOptions} options */
const samplesLayer = (canvas, data, scales, options) => {
  const { points, targets, train, validation, task, bounds, axes = [] } = data;
  const { width, height, colors } = options;
  const { ground, ink, pos, neg, lanes, sign, font, serif } = colors;
  const parts = [
    points?.data, targets?.data, train?.data, validation?.data, task, bounds.join(), axes.join(), width, height, pixelRatio(options),
    scales.plot.x, scales.plot.y, options.textSize, font, serif, ground, ink, pos, neg, lanes.join(), sign.join(),
  ]; // prettier-ignore
  const known = layers.get(canvas);
  if (known && known.parts.every((part, index) => part === parts[index])) return known.layer;
  const layer = known?.layer ?? scratch(1, 1);
  const context = prepare(layer, options);
  drawSamples(context, data, scales, options);
  drawAxes(context, scales, axes, options);
  layers.set(canvas, { parts, layer });
  return layer;
};

/** @param {CanvasRenderingContext2D} context @param {PlaneData} data @param {ReturnType<typeof planeScales>} scales @param {ChartOptions} options */
const drawAnswer = (context, { field, classField, contour = true }, { plot }, options) => {
  const { colors } = options;
  const line = { color: colors.ink, lineWidth: 1.2 };
  const place = /** @type {[number, number, number, number]} */ ([plot.x, plot.y, plot.width, plot.height]);
  if (classField) {
    const palette = classColors(classField.shape[0], colors).map(rgb);
    const zero = /** @type {[number, number, number]} */ (colors.sign[2]);
    drawClassField(context, classField, ...place, { colors: palette, zero, alpha: FIELD_ALPHA });
    if (contour) strokeLines(context, classBorders(classField.data, classField.shape), classField.shape.slice(1), place, line);
  } else if (field) {
    drawField(context, asBytes(field), ...place, { lookup: signLookup(colors.sign), alpha: FIELD_ALPHA });
    if (contour) strokeLines(context, contourLines(field.data, field.shape, field.data instanceof Int16Array ? 0 : ZERO_LEVEL), field.shape, place, line);
  }
};

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} radius @param {ChartOptions} options */
export const drawProbe = (context, x, y, radius, { colors }) => {
  for (const [color, width] of /** @type {[string, number][]} */ ([[colors.ground, 4.5], [colors.ink, 1.8]])) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.strokeStyle = color;
    context.lineWidth = width;
    context.stroke();
  }
};

/**
 * Draws the output picture; answers its scales.
 * @param {HTMLCanvasElement} canvas
 * @param {PlaneData} data
 * @param {ChartOptions & {compact?: boolean}} options
 */
export const drawPlane = (canvas, data, options) => {
  const scales = planeScales(data, options);
  const context = prepare(canvas, options);
  drawAnswer(context, data, scales, options);
  context.drawImage(samplesLayer(canvas, data, scales, options), 0, 0, options.width, options.height);
  const { points, probe } = data;
  if (points && probe !== null && probe !== undefined && probe < points.shape[0]) {
    const radius = markRadius(Math.min(scales.plot.width, scales.plot.height)) + 3.6;
    drawProbe(context, scales.x(points.data[2 * probe]), scales.y(points.data[2 * probe + 1]), radius, options);
  }
  return scales;
};
