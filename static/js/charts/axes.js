// @ts-check
/** Axes left and bottom, their ticks and their names, as the plane and the curve share them. */

import { tickText } from "../format.js";
import { crisp, pixelRatio, sans, serifItalic, textSize, write } from "./canvas.js";
import { endTicks } from "./scale.js";

/**
 * @typedef {import("./canvas.js").ChartOptions} ChartOptions
 * @typedef {import("./scale.js").Scale} Scale
 * @typedef {{x: number, y: number, width: number, height: number}} Rectangle
 * @typedef {{x: Scale, y: Scale, plot: Rectangle, compact: boolean}} Scales
 */

const TICK = 4;
const COMPACT_BELOW = 220;

/** "x1" and "x₁" are a letter with an index; anything else is words. @param {string} name */
const variable = (name) => {
  const match = /^([a-zα-ω]\u0302?|ŷ)([0-9₀-₉]?)$/iu.exec(name);
  if (!match) return null;
  const index = match[2].replace(/[₀-₉]/g, (digit) => String(digit.charCodeAt(0) - 0x2080));
  return { letter: match[1], index };
};

/** Small charts (a phone's) do without axes. @param {{width: number, height: number, compact?: boolean}} options */
export const isCompact = (options) => options.compact ?? Math.min(options.width, options.height) < COMPACT_BELOW;

/** Ticks for a domain along so many pixels: three to six, the ends where they are round. @param {number[]} domain @param {number} length */
const axisTicks = (domain, length) => endTicks(Math.min(...domain), Math.max(...domain), length < 160 ? 3 : 5);

/**
 * The rectangle inside the axes. It depends on names, the vertical domain and the size only: nothing shifts in training.
 * @param {string[]} names of the horizontal and the vertical axis
 * @param {number[]} domain of the vertical axis
 * @param {{width: number, height: number, textSize?: number, compact?: boolean}} options
 * @returns {Rectangle}
 */
export const plotRectangle = (names, domain, options) => {
  const { width, height } = options;
  if (isCompact(options)) return { x: 0.5, y: 0.5, width: width - 1, height: height - 1 };
  const text = textSize(options);
  const isWords = names.map((name) => Boolean(name) && !variable(name));
  const letters = Math.max(2, ...axisTicks(domain, height - 2 * text).map((value) => tickText(value).replace(".", "").length + 0.4));
  const left = Math.round(text * 0.6 * letters + TICK + 6 + (isWords[1] ? text * 1.4 : 0));
  const bottom = Math.round(text * 1.35 + TICK + 2 + (isWords[0] ? text * 1.3 : 0));
  const end = Math.round(text * 0.6);
  return { x: left, y: end, width: Math.max(1, width - left - end - 2), height: Math.max(1, height - bottom - end) };
};

/** The middle of the gap between two ticks beside the centre, free of labels. @param {number[]} places ascending */
const gap = (places) => {
  const index = Math.max(1, Math.floor(places.length / 2) + 1);
  return places.length < 2 ? null : (places[Math.min(index, places.length - 1)] + places[Math.min(index, places.length - 1) - 1]) / 2;
};

/** @param {CanvasRenderingContext2D} context @param {{letter: string, index: string}} name @param {number} x centre @param {number} y baseline @param {ChartOptions} options */
const writeVariable = (context, { letter, index }, x, y, options) => {
  const size = textSize(options) + 4;
  const style = { color: options.colors.ink2 };
  context.font = serifItalic(options, size);
  const width = context.measureText(letter).width;
  const start = x - (width + (index ? size * 0.42 : 0)) / 2;
  write(context, letter, start, y, { ...style, font: serifItalic(options, size) });
  if (index) write(context, index, start + width + 0.5, y + size * 0.22, { ...style, font: serifItalic(options, Math.round(size * 0.72)).replace("italic ", "") });
};

/** @param {CanvasRenderingContext2D} context @param {Scales} scales @param {string} name @param {ChartOptions} options */
const drawBottom = (context, { x: scale, plot }, name, options) => {
  const { colors } = options;
  const ratio = pixelRatio(options);
  const size = textSize(options);
  const bottom = plot.y + plot.height;
  const baseline = bottom + TICK + size + 1;
  const values = axisTicks(scale.domain, plot.width);
  for (const value of values) {
    const left = crisp(scale(value), ratio);
    context.moveTo(left, bottom);
    context.lineTo(left, bottom + TICK);
    write(context, tickText(value), left, baseline, { font: sans(options, size), color: colors.ink3, align: "center" });
  }
  const letter = variable(name);
  const middle = plot.x + plot.width / 2;
  if (letter) writeVariable(context, letter, gap(values.map(scale)) ?? middle, baseline, options);
  else if (name) write(context, name, middle, baseline + size * 1.4, { font: sans(options, size), color: colors.ink2, align: "center" });
};

/** @param {CanvasRenderingContext2D} context @param {Scales} scales @param {string} name @param {ChartOptions} options */
const drawLeft = (context, { y: scale, plot }, name, options) => {
  const { colors } = options;
  const ratio = pixelRatio(options);
  const size = textSize(options);
  const values = axisTicks(scale.domain, plot.height);
  for (const value of values) {
    const top = crisp(scale(value), ratio);
    context.moveTo(plot.x - TICK, top);
    context.lineTo(plot.x, top);
    write(context, tickText(value), plot.x - TICK - 3, top + size * 0.36, { font: sans(options, size), color: colors.ink3, align: "right" });
  }
  const letter = variable(name);
  const middle = plot.y + plot.height / 2;
  if (letter) {
    writeVariable(context, letter, plot.x - TICK - 3 - size * 0.7, (gap(values.map(scale)) ?? middle) + size * 0.3, options);
  } else if (name) {
    context.save();
    context.translate(size * 0.95, middle);
    context.rotate(-Math.PI / 2);
    write(context, name, 0, 0, { font: sans(options, size), color: colors.ink2, align: "center" });
    context.restore();
  }
};

/**
 * The two axis lines with ticks at these values, for pictures whose plot is given.
 * @param {CanvasRenderingContext2D} context
 * @param {{x: any, y: any, plot: Rectangle}} scales
 * @param {{across: number[], up: number[], upText?: (value: number) => string}} ticks
 * @param {ChartOptions} options
 */
export const drawAxisLines = (context, { x, y, plot }, { across, up, upText = tickText }, options) => {
  const [size, ratio] = [textSize(options), pixelRatio(options)];
  const label = { font: sans(options, size), color: options.colors.ink3 };
  const [left, bottom] = [crisp(plot.x, ratio), crisp(plot.y + plot.height, ratio)];
  context.beginPath();
  for (const value of up) {
    const top = crisp(y(value), ratio);
    context.moveTo(left - TICK, top);
    context.lineTo(left, top);
    write(context, upText(value), left - TICK - 2, top + size * 0.36, { ...label, align: "right", room: left - TICK - 2 });
  }
  for (const value of across) {
    const place = crisp(x(value), ratio);
    context.moveTo(place, bottom);
    context.lineTo(place, bottom + TICK);
    write(context, tickText(value), place, bottom + TICK + size + 1, { ...label, align: "center" });
  }
  context.moveTo(left, plot.y);
  context.lineTo(left, bottom);
  context.lineTo(plot.x + plot.width, bottom);
  context.strokeStyle = options.colors.ctl;
  context.lineWidth = 1;
  context.stroke();
};

/**
 * Ticks, labels and names, then the frame (or, with `frame` false, the two axis lines). A compact chart has the frame only.
 * @param {CanvasRenderingContext2D} context
 * @param {Scales} scales
 * @param {string[]} names
 * @param {ChartOptions & {frame?: boolean}} options
 */
export const drawAxes = (context, scales, names, options) => {
  const { plot } = scales;
  const ratio = pixelRatio(options);
  context.beginPath();
  if (!scales.compact) {
    drawBottom(context, scales, names[0] ?? "", options);
    drawLeft(context, scales, names[1] ?? "", options);
  }
  const [left, right] = [plot.x, plot.x + plot.width].map((place) => crisp(place, ratio));
  const [top, bottom] = [plot.y, plot.y + plot.height].map((place) => crisp(place, ratio));
  if (options.frame ?? true) context.rect(left, top, right - left, bottom - top);
  else {
    context.moveTo(left, top);
    context.lineTo(left, bottom);
    context.lineTo(right, bottom);
  }
  context.strokeStyle = options.colors.ctl;
  context.lineWidth = 1;
  context.stroke();
};
