// @ts-check
/** What data are like, as pictures: counts, boxes, correlations, and two columns against one another. */
import { s } from "../dom.js";
import { signed, tickText } from "../format.js";
import { drawAxes, plotRectangle } from "./axes.js";
import { prepare } from "./canvas.js";
import { signColor } from "./field.js";
import { drawMark, markOf } from "./marks.js";
import { linear, roundDomain, ticks } from "./scale.js";

/** @typedef {{edges?: number[], labels?: string[], counts: number[], others?: number}} Histogram */

/** Bars of a histogram in a box: [x, y, width, height] each. @param {Histogram} histogram @param {number} width @param {number} height */
export function bars({ counts, others = 0 }, width, height) {
  const all = others > 0 ? [...counts, others] : counts;
  const most = Math.max(1, ...all);
  const each = width / Math.max(1, all.length);
  return all.map((count, index) => [index * each + 0.5, height * (1 - count / most), Math.max(0.5, each - 1), (height * count) / most]);
}

/** A histogram of a line's height. @param {Histogram} histogram */
export const miniHistogram = (histogram, width = 96, height = 24) =>
  s("svg", { class: "mini-bars", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
    bars(histogram, width, height).map(([x, y, w, h_]) => s("rect", { x, y, width: w, height: h_ })),
    s("line", { x1: 0, x2: width, y1: height - 0.5, y2: height - 0.5 }));

/** A desk's size; a phone's charts are narrower. */
export const WIDTH = 560;
const HEIGHT = 320;
const FRAME = { left: 52, right: 12, top: 12, bottom: 36 };

const chart = (width, height, ...children) => s("svg", { class: "data-chart", viewBox: `0 0 ${width} ${height}`, role: "img" }, children);
const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** @param {Histogram} histogram @param {string} name @param {number} [width] */
export function histogramChart(histogram, name, width = WIDTH) {
  const [left, right, top, bottom] = [FRAME.left, width - FRAME.right, FRAME.top, HEIGHT - FRAME.bottom];
  const most = Math.max(1, ...histogram.counts, histogram.others ?? 0);
  const y = linear([0, most], [bottom, top]);
  const rows = ticks(0, most, 4).filter(Number.isInteger);
  const { edges, labels } = histogram;
  const x = edges && edges.length > 1 ? linear([edges[0], edges[edges.length - 1]], [left, right]) : null;
  const each = (right - left) / Math.max(1, (labels?.length ?? 0) + (histogram.others ? 1 : 0));
  return chart(width, HEIGHT,
    s("g", { class: "axes" }, rows.map((count) => [s("line", { class: "grid", x1: left, x2: right, y1: y(count), y2: y(count) }), s("text", { x: left - 6, y: y(count) + 4, "text-anchor": "end" }, String(count))])),
    s("g", { class: "bars-of", transform: `translate(${left} ${top})` }, bars(histogram, right - left, bottom - top).map(([bx, by, w, h_]) => s("rect", { x: bx, y: by, width: w, height: h_ }))),
    s("g", { class: "axes" },
      s("path", { class: "axis", d: `M${left} ${top}V${bottom}H${right}` }),
      x ? ticks(x.domain[0], x.domain[1], width < 420 ? 3 : 6).map((tick) => s("text", { x: x(tick), y: bottom + 15, "text-anchor": "middle" }, tickText(tick))) : null,
      labels ? labels.map((label, index) => s("text", { x: left + each * (index + 0.5), y: bottom + 15, "text-anchor": "middle" }, cut(label, Math.max(3, Math.floor(each / 7))))) : null,
      labels && histogram.others ? s("text", { x: right - each / 2, y: bottom + 15, "text-anchor": "middle" }, "…") : null,
      s("text", { class: "axis-name", x: (left + right) / 2, y: HEIGHT - 4, "text-anchor": "middle" }, cut(name, Math.floor(width / 8)))));
}

/**
 * Boxes from the first quartile to the third, a line at the median, whiskers to the ends. Columns have scales of their own: a
 * box's place says where its quartiles lie between the smallest and the largest.
 * @param {{name: string, min: number|null, max: number|null, quartiles: (number|null)[]|null}[]} columns
 * @param {number} [width]
 */
export function boxChart(columns, width = WIDTH) {
  const shown = columns.filter(({ min, max, quartiles }) => min !== null && max !== null && quartiles?.every((q) => q !== null));
  const row = Math.max(18, Math.min(56, (HEIGHT - 24) / Math.max(1, shown.length)));
  const [left, right] = [width < 420 ? 120 : 150, width - (width < 420 ? 50 : 70)];
  const most = width < 420 ? 10 : 15; // letters of a name
  return chart(width, Math.max(80, 24 + row * shown.length), shown.map(({ name, min, max, quartiles }, index) => {
    const middle = 12 + row * (index + 0.5);
    const x = linear(min === max ? [Number(min) - 1, Number(max) + 1] : [min, max], [left, right]);
    const [q1, q2, q3] = /** @type {number[]} */ (quartiles).map(x);
    const half = Math.min(14, row * 0.32);
    return s("g", { class: "box" },
      s("text", { x: 4, y: middle + 4 }, cut(name, most)),
      s("text", { class: "end", x: left - 6, y: middle + 4, "text-anchor": "end" }, tickText(Number(min))),
      s("text", { class: "end", x: right + 6, y: middle + 4 }, tickText(Number(max))),
      s("path", { class: "whisker", d: `M${x(min)} ${middle}H${q1}M${q3} ${middle}H${x(max)}M${x(min)} ${middle - half / 2}v${half}M${x(max)} ${middle - half / 2}v${half}` }),
      s("rect", { x: q1, y: middle - half, width: Math.max(1, q3 - q1), height: 2 * half }),
      s("path", { class: "median", d: `M${q2} ${middle - half}v${2 * half}` }));
  }));
}

/**
 * Correlations as squares on the sign scale, with their numbers where there is room.
 * @param {string[]} names
 * @param {(number|null)[][]} matrix
 * @param {any} colors
 * @param {number} [width]
 */
export function heatChart(names, matrix, colors, width = WIDTH) {
  const count = Math.max(1, names.length);
  const left = 110;
  const cell = Math.min(64, Math.max(4, (Math.min(width, WIDTH - 20) - left - 8) / count));
  return chart(width, 32 + count * cell, matrix.map((row, i) => row.map((r, j) => s("g", {},
    s("rect", { class: "cell", x: left + j * cell, y: 8 + i * cell, width: cell - 1, height: cell - 1, fill: r === null ? "none" : signColor(colors.sign, r) },
      s("title", {}, `${names[i]} · ${names[j]}: ${r === null ? "–" : signed(r)}`)),
    cell >= 34 ? s("text", { class: Math.abs(r ?? 0) > 0.75 ? "on-strong" : "", x: left + (j + 0.5) * cell, y: 12 + (i + 0.5) * cell, "text-anchor": "middle" }, r === null ? "–" : signed(r)) : null))),
  cell >= 12 ? names.map((name, i) => [
    s("text", { x: left - 6, y: 12 + (i + 0.5) * cell, "text-anchor": "end" }, cut(name, 15)),
    cell >= 34 ? s("text", { x: left + (i + 0.5) * cell, y: 24 + count * cell, "text-anchor": "middle" }, cut(name, Math.floor(cell / 7))) : null,
  ]) : null);
}

/** A domain that holds the numbers, with a little room. @param {(number|null)[]} values */
export function domainOf(values) {
  const known = /** @type {number[]} */ (values.filter((value) => value !== null));
  if (!known.length) return [0, 1];
  const [low, high] = known.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]);
  return low === high ? [low - 1, high + 1] : roundDomain(low, high);
}

/**
 * Two columns against one another, a mark for each row.
 * @param {HTMLCanvasElement} canvas
 * @param {{x: (number|null)[], y: (number|null)[], names: string[], targets: number[], train: boolean[], validation: boolean[], task: string, classes: number}} data
 * @param {any} options  size and colors
 */
export function drawScatter(canvas, { x, y, names, targets, train, validation, task, classes }, options) {
  const context = prepare(canvas, options);
  const [across, up] = [domainOf(x), domainOf(y)];
  const room = plotRectangle(names, up, options);
  const plot = { ...room, width: room.width - 10 }; // the last tick's number is wider than the frame's end
  const scales = { x: linear(across, [plot.x, plot.x + plot.width]), y: linear(up, [plot.y + plot.height, plot.y]), plot, compact: false };
  const limit = task === "regression" ? Math.max(1e-9, ...targets.map(Math.abs)) : 1;
  x.forEach((value, index) => {
    const other = y[index];
    if (value === null || other === null) return;
    drawMark(context, { ...markOf(targets[index], { task, classes, colors: options.colors, limit }), hollow: !train[index], dotted: validation[index] }, scales.x(value), scales.y(other), 3.4, options.colors.ground);
  });
  drawAxes(context, scales, names, options);
}
