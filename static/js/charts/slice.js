// @ts-check
/**
 * The loss along one number: the curve, the point one is at, the tangent that the backward pass gives, and the secant
 * through two forward passes a step h to either side.
 */
import { s } from "../dom.js";
import { tickText } from "../format.js";
import { linear, roundDomain, ticks } from "./scale.js";

/**
 * @typedef {object} SliceData
 * @property {(number|null)[]} values
 * @property {(number|null)[]} losses
 * @property {number} value
 * @property {number|null} loss
 * @property {number|null} slope  of the tangent
 * @property {{h: number, minus: number|null, plus: number|null, numeric: number|null}} step
 */

const MARGIN = { left: 46, right: 10, top: 8, bottom: 34 };
const finite = (list) => list.filter((value) => Number.isFinite(value));

/**
 * A vertical domain for losses one of which may be close to a pole: what is far beyond the rest is cut off.
 * @param {(number|null)[]} losses
 * @returns {[number, number]}
 */
export function lossDomain(losses) {
  const sorted = /** @type {number[]} */ (finite(losses)).sort((one, other) => one - other);
  if (!sorted.length) return [0, 1];
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  const [low, middle, high] = [sorted[0], at(0.5), at(0.9)];
  const top = Math.min(sorted[sorted.length - 1], middle + 4 * (high - middle) || Infinity);
  const bottom = Math.max(low, middle - 4 * (middle - at(0.1)) || -Infinity);
  return bottom === top ? [bottom - Math.max(0.5, Math.abs(bottom) / 2), top + Math.max(0.5, Math.abs(top) / 2)] : roundDomain(bottom, top);
}

/** As many ticks as have room, and room for the longest of those beside the axis. */
const along = ({ domain, range }) => ticks(domain[0], domain[1], Math.max(2, Math.min(5, Math.round(Math.abs(range[1] - range[0]) / 50))));
const across = ({ domain, range }) => ticks(domain[0], domain[1], Math.max(2, Math.min(4, Math.round(Math.abs(range[1] - range[0]) / 24))));
const beside = (y) => Math.max(MARGIN.left, 10 + 6.4 * Math.max(...across(y).map((tick) => tickText(tick).length)));

/** @param {SliceData} data @param {{width: number, height: number}} size */
export function sliceScales({ values, losses }, { width, height }) {
  const ends = [values[0], values[values.length - 1]];
  const y = linear(lossDomain(losses), [height - MARGIN.bottom, MARGIN.top]);
  return { x: linear(/** @type {number[]} */ (ends), [beside(y), width - MARGIN.right]), y };
}

/** The straight line through a point, from one end of the axis to the other: [[x, y], [x, y]]. */
export const lineThrough = (x, [at, value], slope) => x.domain.map((end) => [end, value + slope * (end - at)]);

/**
 * Draws into an svg element.
 * @param {SVGElement} svg
 * @param {SliceData} data
 * @param {{width: number, height: number, name: [string, string], lossName: [string, string]}} options  names as letters and subscript
 */
export function drawSlice(svg, data, options) {
  const { width, height, name, lossName } = options;
  const { x, y } = sliceScales(data, options);
  const { value, loss, slope, step } = data;
  const [left, right, top, bottom] = [x.range[0], width - MARGIN.right, MARGIN.top, height - MARGIN.bottom];
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const clip = `slice-${width}-${height}`;
  const marks = [
    s("clipPath", { id: clip }, s("rect", { x: left, y: top, width: right - left, height: bottom - top })),
    frame(x, y, { left, right, top, bottom }),
    variableText({ x: right, y: height - 5, "text-anchor": "end" }, name),
    variableText({ x: 2, y: top + 9 }, lossName),
  ];
  const inside = s("g", { "clip-path": `url(#${clip})` }, s("path", { class: "slice-curve", d: tracePath(data, x, y) }));
  const straight = (kind, through, gradient) => {
    const [[x1, y1], [x2, y2]] = lineThrough(x, through, gradient);
    inside.append(s("line", { class: kind, x1: x(x1), y1: y(y1), x2: x(x2), y2: y(y2) }));
  };
  const isSound = [step.minus, step.plus, step.numeric, loss].every(Number.isFinite);
  if (isSound) straight("slice-secant", [value - step.h, step.minus], step.numeric);
  if (Number.isFinite(slope) && Number.isFinite(loss)) straight("slice-tangent", [value, loss], slope);
  if (isSound) inside.append(...[[value - step.h, step.minus], [value + step.h, step.plus]].map(([at, height_]) => s("circle", { class: "slice-end", cx: x(at), cy: y(/** @type {number} */ (height_)), r: 3.5 })));
  if (Number.isFinite(loss)) inside.append(s("circle", { class: "slice-point", cx: x(value), cy: y(/** @type {number} */ (loss)), r: 4 }));
  svg.replaceChildren(...marks, inside);
}

const variableText = (attributes, [letters, subscript]) => s("text", { class: "axis-name", ...attributes }, letters, subscript && s("tspan", { class: "subscript", dy: 3 }, subscript));

const tracePath = ({ values, losses }, x, y) => {
  let isDown = false;
  return values.map((value, index) => {
    const loss = losses[index];
    const move = isDown ? "L" : "M";
    isDown = Number.isFinite(loss);
    return isDown ? `${move}${x(value).toFixed(2)} ${clamp(y(loss)).toFixed(2)}` : "";
  }).join("");
};

const clamp = (pixel) => Math.max(-5000, Math.min(5000, pixel));

function frame(x, y, { left, right, top, bottom }) {
  return s("g", { class: "axes" },
    across(y).map((tick) => [s("line", { class: "grid", x1: left, x2: right, y1: y(tick), y2: y(tick) }), s("text", { x: left - 5, y: y(tick) + 4, "text-anchor": "end" }, tickText(tick))]),
    s("path", { class: "axis", d: `M${left} ${top}V${bottom}H${right}` }),
    along(x).map((tick) => s("text", { x: x(tick), y: bottom + 14, "text-anchor": "middle" }, tickText(tick))));
}
