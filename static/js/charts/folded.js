// @ts-check
/** The samples, and the lines of a grid over the plane, as one layer of a net sees them. */
import { crisp, pixelRatio, prepare, sans, textSize, write } from "./canvas.js";
import { drawMark, markOf } from "./marks.js";
import { drawProbe } from "./plane.js";
import { linear, roundDomain, ticks } from "./scale.js";
import { tickText } from "../format.js";

/**
 * @typedef {import("./canvas.js").ChartOptions} ChartOptions
 * @typedef {{data: ArrayLike<number>, shape: number[]}} Numbers
 *
 * @typedef {object} Level
 * @property {Numbers} points [N, 2], or [N, 1] with the targets as their heights
 * @property {Numbers|null} grid [lines, points, 2 or 1]
 * @property {ArrayLike<number>} targets
 * @property {ArrayLike<number>} train 0 for the other parts
 * @property {ArrayLike<number>} [validation] 1 for the validation part
 * @property {string} [task]
 * @property {number} [classes]
 */

const RADIUS = 2.1;
const TICK = 3;

/** The numbers of one column. @param {Numbers} numbers @param {number} column */
const columnOf = ({ data, shape }, column) => {
  const width = shape[shape.length - 1];
  return Array.from({ length: data.length / width }, (_, index) => data[index * width + column]);
};

/** The second coordinate of each sample: of a single neuron the target stands for it. @param {Level} level */
export const heightsOf = ({ points, targets }) => (points.shape[1] > 1 ? columnOf(points, 1) : Array.from(targets));

/** @param {number[]} values @returns {[number, number]} */
const extent = (values) => {
  const finite = values.filter(Number.isFinite); // lines may overflow where no sample is
  return roundDomain(finite.reduce((least, value) => Math.min(least, value), Infinity), finite.reduce((most, value) => Math.max(most, value), -Infinity));
};

/** What the axes hold: samples and, where there is one, the grid. @param {Level} level @param {{width: number, height: number, textSize?: number}} options */
export function foldedScales(level, options) {
  const size = textSize(options);
  const isFlat = level.points.shape[1] > 1;
  const both = level.grid ? [level.grid] : [];
  const across = extent([level.points, ...both].flatMap((numbers) => columnOf(numbers, 0)));
  const up = isFlat ? extent([level.points, ...both].flatMap((numbers) => columnOf(numbers, 1))) : extent(heightsOf(level));
  const plot = { x: Math.round(size * 2.8), y: 4, width: 1, height: 1 };
  plot.width = Math.max(1, options.width - plot.x - 6);
  plot.height = Math.max(1, options.height - plot.y - size - TICK - 4);
  const pad = 5; // a mark at the edge is seen whole
  return { x: linear(across, [plot.x + pad, plot.x + plot.width - pad]), y: linear(up, [plot.y + plot.height - pad, plot.y + pad]), plot };
}

/**
 * Draws it; answers its scales.
 * @param {HTMLCanvasElement} canvas
 * @param {Level} level
 * @param {ChartOptions & {probe?: number|null, limit?: number}} options  probe: index of the ringed sample; limit: the target that takes the full colour
 */
export function drawFolded(canvas, level, options) {
  const { colors, probe, limit } = options;
  const context = prepare(canvas, options);
  const scales = foldedScales(level, options);
  const { x, y, plot } = scales;
  const { grid, points, targets, train, validation, task, classes } = level;
  drawTicks(context, scales, options);
  context.save();
  context.beginPath();
  context.rect(plot.x, plot.y, plot.width, plot.height);
  context.clip();
  if (grid && grid.shape[2] > 1) {
    const [lines, along] = grid.shape;
    for (let line = 0; line < lines; line += 1) {
      context.beginPath();
      for (let index = 0; index < along; index += 1) {
        const at = 2 * (line * along + index);
        context.lineTo(x(grid.data[at]), y(grid.data[at + 1]));
      }
      const isAxis = line % (lines / 2) === (lines / 2 - 1) / 2; // through the middle of the plane
      context.strokeStyle = isAxis ? colors.ink2 : colors.ctl;
      context.globalAlpha = isAxis ? 0.9 : 0.5;
      context.lineWidth = isAxis ? 1.1 : 0.8;
      context.stroke();
    }
    context.globalAlpha = 1;
  }
  const heights = heightsOf(level);
  const across = columnOf(points, 0);
  across.forEach((value, index) => drawMark(context, { ...markOf(targets[index], { task, classes, colors, limit }), hollow: !train[index], dotted: Boolean(validation?.[index]) }, x(value), y(heights[index]), RADIUS, colors.ground));
  if (probe !== null && probe !== undefined && probe >= 0) drawProbe(context, x(across[probe]), y(heights[probe]), RADIUS + 3.4, options);
  context.restore();
  return scales;
}

/** @param {CanvasRenderingContext2D} context @param {ReturnType<typeof foldedScales>} scales @param {ChartOptions} options */
function drawTicks(context, { x, y, plot }, options) {
  const { colors } = options;
  const [size, ratio] = [textSize(options), pixelRatio(options)];
  const label = { font: sans(options, size), color: colors.ink3 };
  const [left, bottom] = [crisp(plot.x, ratio), crisp(plot.y + plot.height, ratio)];
  context.beginPath();
  for (const value of ticks(y.domain[0], y.domain[1], 3)) {
    const at = crisp(y(value), ratio);
    context.moveTo(left - TICK, at);
    context.lineTo(left, at);
    write(context, tickText(value), left - TICK - 2, at + size * 0.36, { ...label, align: "right", room: left - TICK - 2 });
  }
  for (const value of ticks(x.domain[0], x.domain[1], 3)) {
    const at = crisp(x(value), ratio);
    context.moveTo(at, bottom);
    context.lineTo(at, bottom + TICK);
    write(context, tickText(value), at, bottom + TICK + size + 1, { ...label, align: "center" });
  }
  context.rect(left, crisp(plot.y, ratio), plot.width, bottom - crisp(plot.y, ratio));
  context.strokeStyle = colors.ctl;
  context.lineWidth = 1;
  context.stroke();
}
