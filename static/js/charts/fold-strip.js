// @ts-check
/** A number of every fold on one axis: a dot each, a line at the mean, a bar as wide as the spread to either side. */
import { s } from "../dom.js";

const [HEIGHT, MARGIN, AXIS] = [56, 12, 20];
const ROOM = 0.12; // of the range, on either side

/**
 * Where things stand on the axis, in pixels; null where nothing is finite.
 * @param {(number|null)[]} values  of the folds, in order
 * @param {{mean: number|null, spread: number|null}} summary
 * @param {number} width
 */
export function stripOf(values, { mean, spread }, width) {
  const known = values.filter((value) => value !== null && Number.isFinite(value));
  if (!known.length) return null;
  const bar = mean === null || spread === null ? [] : [mean - spread, mean + spread];
  const [low, high] = [Math.min(...known, ...bar), Math.max(...known, ...bar)];
  const range = high - low || Math.abs(high) || 1;
  const [from, to] = [low - ROOM * range, high + ROOM * range];
  const x = (value) => MARGIN + ((value - from) / (to - from)) * (width - 2 * MARGIN);
  return { dots: values.map((value) => (value === null ? null : x(value))), mean: mean === null ? null : x(mean), bar: bar.map(x), low, high, x };
}

/**
 * @param {(number|null)[]} values
 * @param {{mean: number|null, spread: number|null}} summary
 * @param {number} width
 * @param {(value: number) => string} text
 */
export function foldStrip(values, summary, width, text) {
  const strip = stripOf(values, summary, width);
  const svg = s("svg", { class: "fold-strip", viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img" });
  if (!strip) return svg;
  const middle = (HEIGHT - AXIS) / 2;
  const [left, right] = strip.bar;
  svg.append(s("line", { class: "axis", x1: MARGIN, x2: width - MARGIN, y1: HEIGHT - AXIS, y2: HEIGHT - AXIS }));
  if (strip.mean !== null) svg.append(s("rect", { class: "spread", x: left, y: middle - 9, width: Math.max(1, right - left), height: 18, rx: 3 }), s("line", { class: "mean", x1: strip.mean, x2: strip.mean, y1: 2, y2: HEIGHT - AXIS }));
  strip.dots.forEach((x) => x !== null && svg.append(s("circle", { class: "dot", cx: x, cy: middle, r: 4.5 })));
  for (const value of new Set([strip.low, strip.high])) svg.append(s("text", { x: strip.x(value), y: HEIGHT - 5, "text-anchor": "middle" }, text(value)));
  return svg;
}
