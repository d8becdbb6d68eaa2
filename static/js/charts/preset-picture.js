// @ts-check
/** What the net of a preset becomes, in a small picture: the server trains it and sends the numbers, this draws them. */
import { prepare } from "./canvas.js";
import { drawClassField, drawField, grayImage, rampLookup, rgb, signLookup } from "./field.js";
import { classColors, drawMark, markOf } from "./marks.js";
import { linear } from "./scale.js";

/**
 * @typedef {import("./canvas.js").ChartOptions} ChartOptions
 * @typedef {import("./scale.js").Scale} Scale
 * @typedef {CanvasRenderingContext2D} Pen
 */

const FIELD_ALPHA = 0.55;
const MARGIN = 10;
const DIGIT = 8;
const DASHES = [[], [6, 3], [2, 3]];

/** @param {Pen} pen @param {[number, number][]} points @param {{color: string, width?: number, dash?: number[]}} style */
function line(pen, points, { color, width = 1.6, dash = [] }) {
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(x, y);
  Object.assign(pen, { strokeStyle: color, lineWidth: width, lineJoin: "round" });
  pen.setLineDash(dash);
  pen.stroke();
  pen.setLineDash([]);
}

/** Shares of a picture as pixels of it. @param {ChartOptions} options @param {number} margin @returns {[Scale, Scale]} */
const room = ({ width, height }, margin) => [linear([0, 1], [margin, width - margin]), linear([0, 1], [height - margin, margin])];

/** @param {Pen} pen @param {any} picture @param {Scale[]} scales @param {number} classes @param {any} colors */
function samples(pen, { points, targets }, [x, y], classes, colors) {
  const task = classes > 2 ? "multiclass" : "binary";
  points.forEach(([across, up], at) => drawMark(pen, markOf(targets[at], { task, classes, colors }), x(across), y(up), 2.2, colors.ground));
}

/** Bars from a base line, as long as shares of the height say. @param {Pen} pen @param {number[]} shares @param {ChartOptions} options */
function bars(pen, shares, { width, height, colors }) {
  const each = (width - 2 * MARGIN) / shares.length;
  const base = height - MARGIN;
  pen.fillStyle = colors.bwd;
  shares.forEach((share, at) => pen.fillRect(MARGIN + at * each + 1, base - share * (base - MARGIN), Math.max(1, each - 2), share * (base - MARGIN)));
  line(pen, [[MARGIN, base + 0.5], [width - MARGIN, base + 0.5]], { color: colors.ink3, width: 1 });
}

/** Curves over the same steps; losses on a log axis, so that small ones are seen. @param {Pen} pen @param {Record<string, [number, number][]>} lines @param {string[]} palette @param {ChartOptions} options */
function curves(pen, lines, palette, options) {
  const all = Object.values(lines).flat();
  const logs = all.map(([, value]) => Math.log10(Math.max(value, 1e-4)));
  const x = linear([0, Math.max(...all.map(([at]) => at))], [MARGIN, options.width - MARGIN]);
  const y = linear([Math.min(...logs), Math.max(...logs)], [options.height - MARGIN, MARGIN]);
  Object.values(lines).forEach((points, at) =>
    line(pen, points.map(([step, value]) => [x(step), y(Math.log10(Math.max(value, 1e-4)))]), { color: palette[at], dash: DASHES[at] }));
}

/** Each kind. @type {Record<string, (pen: Pen, picture: any, options: ChartOptions) => void>} */
const KINDS = {
  plane(pen, picture, options) {
    const { width, height, colors } = options;
    const side = Math.sqrt(picture.field.length);
    drawField(pen, { data: picture.field, shape: [side, side] }, 0, 0, width, height, { lookup: signLookup(colors.sign), alpha: FIELD_ALPHA });
    samples(pen, picture, room(options, 0), 2, colors);
  },
  classes(pen, picture, options) {
    const { width, height, colors } = options;
    const classes = picture.fields.length;
    const side = Math.sqrt(picture.fields[0].length);
    const shape = [classes, side, side];
    drawClassField(pen, { data: picture.fields.flat(), shape }, 0, 0, width, height, { colors: classColors(classes, colors).slice(0, classes).map(rgb), zero: /** @type {any} */ (colors.sign[2]), alpha: FIELD_ALPHA });
    samples(pen, picture, room(options, 0), classes, colors);
  },
  line(pen, { points, line: answer }, options) {
    const [x, y] = room(options, MARGIN);
    const { colors } = options;
    pen.fillStyle = colors.ink3;
    for (const [across, up] of points) pen.fillRect(x(across) - 1.2, y(up) - 1.2, 2.4, 2.4);
    line(pen, answer.map(([across, up]) => [x(across), y(up)]), { color: colors.pos, width: 2.2 });
  },
  /** By size in powers of ten: the whole height is as far as the smallest is from the largest. */
  gradients(pen, { bars: sizes }, options) {
    const logs = sizes.map((size) => Math.log10(Math.max(size, 1e-12)));
    const [low, high] = [Math.min(...logs) - 0.5, Math.max(...logs)];
    bars(pen, logs.map((log) => (log - low) / (high - low)), options);
  },
  /** Of each layer's bar the full height is all of its neurons. */
  dead(pen, { bars: shares }, options) {
    const { width, height, colors } = options;
    bars(pen, shares, options);
    const each = (width - 2 * MARGIN) / shares.length;
    Object.assign(pen, { strokeStyle: colors.ctl, lineWidth: 1 });
    shares.forEach((_, at) => pen.strokeRect(MARGIN + at * each + 1.5, MARGIN + 0.5, each - 3, height - 2 * MARGIN));
  },
  /** Dots along the line of 0, above it for plus and below for minus. */
  weights(pen, { bars: values }, options) {
    const { width, colors } = options;
    const [x, y] = room(options, 2 * MARGIN);
    const most = Math.max(1, ...values.map(Math.abs));
    line(pen, [[MARGIN, y(0.5)], [width - MARGIN, y(0.5)]], { color: colors.ink3, width: 1 });
    pen.fillStyle = colors.ink;
    values.forEach((value, at) => {
      pen.beginPath();
      pen.arc(x((at + 0.5) / values.length), y(0.5 + value / most / 2), 4, 0, 2 * Math.PI);
      pen.fill();
    });
  },
  losses: (pen, { lines }, options) => curves(pen, lines, [options.colors.ink3, options.colors.ink], options),
  batches: (pen, { lines }, options) => curves(pen, lines, options.colors.lanes, options),
  digits(pen, { images, taken, truth }, { width, height, colors }) {
    const columns = Math.ceil(images.length / 2);
    const cell = Math.min(width / columns, height / Math.ceil(images.length / columns));
    const left = (width - columns * cell) / 2;
    const sheet = document.createElement("canvas");
    images.forEach((image, at) => {
      grayImage(sheet, image, [DIGIT, DIGIT], { lookup: rampLookup(rgb(colors.ground), rgb(colors.ink)), maximum: 16 });
      const [x, y] = [left + (at % columns) * cell, Math.floor(at / columns) * cell];
      pen.imageSmoothingEnabled = false;
      pen.drawImage(sheet, x + 2, y + 2, cell - 4, cell - 4);
      if (taken[at] === truth[at]) return;
      Object.assign(pen, { strokeStyle: colors.err, lineWidth: 2 });
      pen.strokeRect(x + 1, y + 1, cell - 2, cell - 2);
    });
  },
  series(pen, { truth, answers, seen }, options) {
    const [x, y] = room(options, MARGIN);
    const { colors, height } = options;
    const place = (values) => values.map((value, at) => [x(at / (values.length - 1)), y(value)]);
    const border = x(seen / truth.length);
    line(pen, [[border, 0], [border, height]], { color: colors.ink3, width: 1, dash: [2, 2] });
    line(pen, place(truth), { color: colors.ink });
    line(pen, place(answers), { color: colors.pos, width: 1.8, dash: [5, 2] });
  },
  scatter(pen, { points }, options) {
    const [x, y] = room(options, MARGIN);
    const { colors } = options;
    line(pen, [[x(0), y(0)], [x(1), y(1)]], { color: colors.ink3, width: 1 });
    pen.fillStyle = colors.pos;
    for (const [across, up] of points) {
      pen.beginPath();
      pen.arc(x(across), y(up), 2, 0, 2 * Math.PI);
      pen.fill();
    }
  },
};

/**
 * @param {HTMLCanvasElement} canvas
 * @param {any} picture  as the server sends it
 * @param {ChartOptions} options
 */
export function drawPresetPicture(canvas, picture, options) {
  const pen = prepare(canvas, options);
  pen.fillStyle = options.colors.surface;
  pen.fillRect(0, 0, options.width, options.height);
  KINDS[picture.kind](pen, picture, options);
}
