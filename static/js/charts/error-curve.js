// @ts-check
/**
 * The error of a secant against its step, both logarithmic: a V. To the right the secant is long and the loss bends away from
 * it (truncation); to the left the two losses agree in all but their last digits (round-off).
 */
import { s } from "../dom.js";
import { superscript } from "../format.js";
import { log } from "./scale.js";

/** @typedef {{h: number, relative_error: number|null}} Step */

export const FLOOR = 1e-16; // below it there are no digits left; an error of 0 is drawn here
const MARGIN = { left: 46, right: 12, top: 20, bottom: 34 };

/** @param {Step[]} steps @param {{width: number, height: number}} size */
export function errorScales(steps, { width, height }) {
  const sizes = steps.map((step) => step.h);
  const errors = steps.map((step) => step.relative_error).filter((error) => Number.isFinite(error)).map((error) => Math.max(FLOOR, /** @type {number} */ (error)));
  const top = 10 ** Math.ceil(Math.log10(Math.max(1e-2, ...errors)) - 1e-9);
  const bottom = 10 ** Math.floor(Math.log10(Math.min(1e-10, ...errors)) + 1e-9);
  return {
    x: log([Math.min(...sizes), Math.max(...sizes)], [MARGIN.left, width - MARGIN.right]),
    y: log([bottom, top], [height - MARGIN.bottom, MARGIN.top]),
  };
}

/** The step whose mark is nearest to a place. @param {Step[]} steps @param {any} x @param {number} pixel */
export const nearestStep = (steps, x, pixel) => steps.reduce((best, step, index) => (Math.abs(x(step.h) - pixel) < Math.abs(x(steps[best].h) - pixel) ? index : best), 0);

const SIDE_NAME = 64; // px of a word in a corner

/**
 * @param {SVGElement} svg
 * @param {Step[]} steps
 * @param {{width: number, height: number, chosen: number, words: {roundOff: string, truncation: string, error: string}}} options
 */
export function drawErrors(svg, steps, options) {
  const { width, height, chosen, words } = options;
  const { x, y } = errorScales(steps, options);
  const [left, right, top, bottom] = [MARGIN.left, width - MARGIN.right, MARGIN.top, height - MARGIN.bottom];
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const place = (step) => [x(step.h), y(Math.max(FLOOR, step.relative_error))];
  const known = steps.map((step, index) => ({ step, index })).filter(({ step }) => Number.isFinite(step.relative_error));
  const text = (attributes, words_) => s("text", attributes, words_);
  // below the line, or above it where it lies that low
  const free = (from, to) => (known.map(({ step }) => place(step)).some(([across, down]) => across >= from && across <= to && down > bottom - 24) ? top + 14 : bottom - 7);
  svg.replaceChildren(
    s("g", { class: "axes" },
      decades(y.domain, 4).map((tick) => [s("line", { class: "grid", x1: left, x2: right, y1: y(tick), y2: y(tick) }), text({ x: left - 5, y: y(tick) + 4, "text-anchor": "end" }, powerOfTen(tick))]),
      s("path", { class: "axis", d: `M${left} ${top}V${bottom}H${right}` }),
      decades(x.domain, width < 240 ? 3 : 5).map((tick) => text({ x: x(tick), y: bottom + 14, "text-anchor": "middle" }, powerOfTen(tick)))),
    text({ class: "axis-name", x: right, y: height - 3, "text-anchor": "end" }, "h"),
    text({ class: "axis-name", x: 2, y: 11 }, words.error),
    text({ class: "side-name", x: left + 6, y: free(left, left + SIDE_NAME) }, words.roundOff),
    text({ class: "side-name", x: right - 4, y: free(right - SIDE_NAME, right), "text-anchor": "end" }, words.truncation),
    s("path", { class: "error-line", d: known.map(({ step }, index) => `${index ? "L" : "M"}${place(step).map((pixel) => pixel.toFixed(2)).join(" ")}`).join("") }),
    ...known.map(({ step, index }) => s("circle", { class: index === chosen ? "error-dot chosen" : "error-dot", cx: place(step)[0], cy: place(step)[1], r: index === chosen ? 4.5 : 2.2 })),
    s("line", { class: "error-cursor", x1: x(steps[chosen].h), x2: x(steps[chosen].h), y1: top, y2: bottom }));
  return { x, y };
}

const powerOfTen = (value) => { // 10⁻⁵; 1 is 1
  const exponent = Math.round(Math.log10(value));
  return exponent === 0 ? "1" : `10${superscript(exponent)}`;
};

/** At most so many whole decades of a domain, evenly spaced from the top. */
function decades([low, high], most) {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const every = Math.max(1, Math.ceil((last - first + 1) / most));
  return Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, index) => 10 ** (last - index * every));
}
