// @ts-check
/** A surface from above: darker is lower, lines of equal height at round values with their labels, axes at equal scales. */
import { tickText } from "../format.js";
import { drawAxes, isCompact, plotRectangle } from "./axes.js";
import { prepare, sans, textSize, write } from "./canvas.js";
import { contourLines, placed, strokeLines } from "./contour.js";
import { drawField, rampLookup, rgb } from "./field.js";
import { minimaBoxes } from "./paths.js";
import { linear, ticks } from "./scale.js";

/** @typedef {[[number, number], [number, number]]} Bounds  of x and of y */

const NAMES = ["x", "y"];
const MOST_LEVELS = 16;
const ROUND = [[1, 1.5, 2, 3, 4, 6], [1, 2, 5], [1, 3], [1]];

/**
 * Round levels on a logarithmic scale; where a surface goes below 0, on both sides of it.
 * @param {ArrayLike<number>} heights
 * @returns {number[]} ascending
 */
export function levelsOf(heights) {
  const known = Array.from(heights).filter(Number.isFinite).sort((a, b) => a - b);
  if (!known.length || known[0] === known[known.length - 1]) return [];
  const at = (share) => known[Math.floor(share * (known.length - 1))];
  const [low, high] = [known[0], known[known.length - 1]];
  if (low < -1e-9 * Math.abs(high)) {
    const most = Math.max(-low, high);
    const sizes = roundBetween(most / 100, most, MOST_LEVELS / 2);
    return [...sizes.map((size) => -size).reverse(), 0, ...sizes].filter((level) => level > low && level < high);
  }
  const levels = roundBetween(Math.max(at(0.002), high * 1e-9), high);
  const last = levels[levels.length - 1];
  // a plain: nearly all of it lies above the last level
  return last < at(0.4) ? [...levels, ...ticks(last, high, 4).filter((level) => level > last && level < high)] : levels;
}

function roundBetween(low, high, most = MOST_LEVELS) {
  let found = [];
  for (const mantissas of ROUND) {
    found = [];
    for (let exponent = Math.floor(Math.log10(low)); exponent <= Math.log10(high); exponent += 1) {
      for (const mantissa of mantissas) found.push(Number(`${mantissa}e${exponent}`));
    }
    found = found.filter((level) => level >= low && level < high);
    if (found.length <= most) return found;
  }
  const every = Math.ceil(found.length / most);
  return found.filter((_, index) => (found.length - 1 - index) % every === 0);
}

/**
 * What a map of these bounds shows where both axes have the same scale: the bounds, and more on the longer side.
 * @param {Bounds} bounds
 * @param {{width: number, height: number}} plot
 * @returns {Bounds}
 */
export function fitted([[left, right], [bottom, top]], { width, height }) {
  const unit = Math.max((right - left) / width, (top - bottom) / height);
  const around = (low, high, pixels) => /** @type {[number, number]} */ ([(low + high) / 2 - (unit * pixels) / 2, (low + high) / 2 + (unit * pixels) / 2]);
  return [around(left, right, width), around(bottom, top, height)];
}

/** Where the map lies on a canvas of this size. @param {any} options */
export const mapPlot = (options) => (isCompact(options) ? plotRectangle(NAMES, [-4, 4], options) : plotRectangle(NAMES, [-4.5, 4.5], options));

/** @param {Bounds} bounds @param {any} options */
export function mapScales(bounds, options) {
  const plot = mapPlot(options);
  const [xs, ys] = fitted(bounds, plot);
  return { x: linear(xs, [plot.x, plot.x + plot.width]), y: linear(ys, [plot.y + plot.height, plot.y]), plot, compact: isCompact(options) };
}

/** Bytes: in which band between two levels a height lies. @param {ArrayLike<number>} heights @param {number[]} levels */
export function bands(heights, levels) {
  return Uint8Array.from(heights, (height) => {
    if (!Number.isFinite(height)) return 255;
    let band = 0;
    while (band < levels.length && height >= levels[band]) band += 1;
    return levels.length ? Math.round((band / levels.length) * 255) : 128;
  });
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{data: Float32Array, shape: number[], bounds: Bounds}|null} field  with the bounds that it was computed for
 * @param {Bounds} bounds  of the surface
 * @param {any} options
 */
export function drawMap(canvas, field, bounds, options) {
  const context = prepare(canvas, options);
  const scales = mapScales(bounds, options);
  const { plot } = scales;
  context.save();
  context.beginPath();
  context.rect(plot.x, plot.y, plot.width, plot.height);
  context.clip();
  if (field) drawSurface(context, field, scales, options);
  context.restore();
  drawAxes(context, scales, NAMES, options);
  return scales;
}

/** Bands and lines of equal height, clipped to the plot. @param {any} context @param {any} field @param {any} scales @param {any} options */
export function drawSurface(context, { data, shape, bounds: [xs, ys] }, { x, y, plot }, options) {
  const { colors } = options;
  const levels = levelsOf(data);
  const place = [x(xs[0]), y(ys[1]), x(xs[1]) - x(xs[0]), y(ys[0]) - y(ys[1])];
  const isDark = colors.theme === "dark";
  const [low, high] = isDark ? ["#0a0d11", "#232b35"] : ["#dbe1e8", "#ffffff"];
  drawField(context, { data: bands(data, levels), shape }, .../** @type {[number, number, number, number]} */ (place), { lookup: rampLookup(rgb(low), rgb(high)) });
  if (options.isDraft) return; // more is to come: lines are looked for all over the map
  const size = textSize(options);
  const taken = options.minima ? minimaBoxes(context, { x, y, plot }, options) : [];
  /** @type {{x: number, y: number, text: string, width: number, height: number}[]} */
  const labels = [];
  context.font = sans(options, size);
  for (const level of levels) {
    // lines of logarithms are straighter between samples, where heights grow by decades
    const lines = contourLines(data, shape, level);
    strokeLines(context, lines, shape, place, { color: isDark ? "#4a5664" : "#b3bdc8", lineWidth: 1 });
    const text = tickText(level);
    const spot = labelSpot(lines, shape, place, plot, [...taken, ...labels], context.measureText(text).width + 8, size + 6);
    if (spot) labels.push({ ...spot, text });
  }
  for (const label of labels) {
    context.fillStyle = colors.ground;
    context.globalAlpha = 0.82;
    context.beginPath();
    context.roundRect(label.x - label.width / 2, label.y - size * 0.5 - 3, label.width, size + 6, 3);
    context.fill();
    context.globalAlpha = 1;
    write(context, label.text, label.x, label.y + size * 0.36, { font: sans(options, size), color: colors.ink3, align: "center" });
  }
}

/** Where on its longest line a level's label has room, as near to the middle of the map's width as can be. */
function labelSpot(lines, shape, place, plot, taken, width, height) {
  let best = null;
  for (const line of lines) {
    if (line.points.length < 24) continue;
    const pixels = placed(line, shape, /** @type {any} */ (place));
    for (let at = 0; at < pixels.length; at += 4) {
      const [x, y] = [pixels[at], pixels[at + 1]];
      if (x - width / 2 < plot.x + 4 || x + width / 2 > plot.x + plot.width - 4 || y - height < plot.y || y + height > plot.y + plot.height) continue;
      if (taken.some((other) => Math.abs(other.x - x) < (other.width + width) / 2 + 4 && Math.abs(other.y - y) < (other.height + height) / 2 + 4)) continue;
      const cost = Math.abs(x - plot.x - plot.width * 0.5);
      if (!best || cost < best.cost) best = { x, y, width, height, cost };
    }
  }
  return best;
}
