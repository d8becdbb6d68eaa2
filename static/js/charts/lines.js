// @ts-check
/**
 * Curves over steps (loss, accuracy). The left margin is fixed and the vertical domain has round ends, so the chart
 * rests while its numbers change; lines of many points keep the peaks of every pixel column.
 */

import { integer, power, tickText } from "../format.js";
import { crisp, pixelRatio, prepare, sans, textSize, write } from "./canvas.js";
import { drawCursor } from "./line-cursor.js";
import { decadeDomain, linear, log, logFromZero, logTicks, roundDomain, roundUp, ticks, ticksFromZero } from "./scale.js";

/**
 * @typedef {import("./canvas.js").ChartOptions} ChartOptions
 * @typedef {[number, number]} Point
 *
 * @typedef {object} Series
 * @property {string} name
 * @property {ArrayLike<number>[]} points [step, value], steps ascending
 * @property {string} color
 * @property {number[]} [dash]
 * @property {number} [width]
 * @property {string} [label] at the line's end; default: the name; "" for none
 * @property {string} [labelColor] default: the line's
 * @property {boolean} [guest] laid over the others: it may widen the values shown only so far
 * @property {number} [until] a step after which the line is faint: the future of a run that has gone back
 *
 * @typedef {object} LinesOptions
 * @property {boolean} [log] logarithmic values (default: yes)
 * @property {boolean} [logSteps] logarithmic steps, from 0 (default: no)
 * @property {{step: number, text?: string}|null} [cursor]
 */

const TICK = 4;
const LABEL_GAP = 5;
const FAINT = 0.38;
const GUEST_REACH = 100;

/** @param {number} value @param {boolean} isLog */
const isDrawable = (value, isLog) => Number.isFinite(value) && (!isLog || value > 0);

/**
 * The least and the largest value that can be drawn, and the last step.
 * @param {Series[]} series
 * @param {boolean} isLog
 */
export const extent = (series, isLog) => {
  let [low, high, last] = [Infinity, -Infinity, 0];
  for (const { points } of series) {
    for (const point of points) {
      const value = point[1];
      if (point[0] > last) last = point[0];
      if (!isDrawable(value, isLog)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return { low, high, last };
};

/** What the axes must hold. Another run that diverged must not press the curve that is looked at into a line. @param {Series[]} series @param {boolean} isLog */
const valuesShown = (series, isLog) => {
  const all = extent(series, isLog);
  const own = extent(series.filter(({ guest }) => !guest), isLog);
  if (!(own.high >= own.low)) return all;
  const [above, below] = isLog ? [own.high * GUEST_REACH, own.low / GUEST_REACH] : [own.high * 3, own.low];
  return { low: Math.max(all.low, below), high: Math.min(all.high, above), last: all.last };
};

/** @param {Series} series */
const endLabel = ({ label, name }) => label ?? name;

/** A width for the labels from their letters alone, so that no canvas is needed: wide enough for any face. @param {Series[]} series @param {number} size */
const labelRoom = (series, size) => {
  const widest = Math.max(0, ...series.map((line) => [...endLabel(line)].reduce((sum, letter) => sum + (letter.charCodeAt(0) > 0x2e7f ? 1 : 0.62), 0)));
  return widest * size;
};

/**
 * Where the chart lies on the canvas: scales with `.invert` for a pointer, and the plot's rectangle.
 * @param {Series[]} series
 * @param {ChartOptions & LinesOptions} options
 */
export const lineScales = (series, options) => {
  const isLog = options.log ?? true;
  const size = textSize(options);
  const { low, high, last } = valuesShown(series, isLog);
  const right = Math.max(size * 1.6, labelRoom(series, size) + LABEL_GAP + 2);
  const x = Math.round(size * 3 + TICK);
  const plot = { x, y: size + 6, width: Math.max(1, options.width - x - right), height: 1 };
  plot.height = Math.max(1, options.height - plot.y - size - TICK - 5);
  const domain = isLog ? decadeDomain(low, high) : roundDomain(Math.min(0, low), Math.max(0, high));
  const end = roundUp(Math.max(10, last));
  return {
    x: (options.logSteps ? logFromZero : linear)([0, end], [plot.x, plot.x + plot.width]),
    y: (isLog ? log : linear)(domain, [plot.y + plot.height, plot.y]),
    plot,
    isLog,
  };
};

/**
 * The points of a line in pixels, at most four to a column: its first, lowest, highest and last one, in order.
 * A value that cannot be drawn becomes a gap (null).
 * @param {ArrayLike<number>[]} points
 * @param {(step: number) => number} x
 * @param {(value: number) => number} y
 * @param {boolean} [isLog]
 * @param {number} [columns] per CSS pixel
 * @returns {(Point|null)[]}
 */
export const thin = (points, x, y, isLog = false, columns = 1) => {
  /** @type {(Point|null)[]} */
  const kept = [];
  /** @type {{column: number, first: number, last: number, low: number, high: number}|null} */
  let run = null;
  const at = (/** @type {number} */ index) => /** @type {Point} */ ([x(points[index][0]), y(points[index][1])]);
  const flush = () => {
    if (!run) return;
    const { first, low, high, last } = run;
    let previous = -1;
    for (const index of low < high ? [first, low, high, last] : [first, high, low, last]) {
      if (index > previous) kept.push(at(index));
      previous = index;
    }
    run = null;
  };
  for (let index = 0; index < points.length; index += 1) {
    const value = points[index][1];
    if (!isDrawable(value, isLog)) {
      flush();
      if (kept.length && kept[kept.length - 1]) kept.push(null);
      continue;
    }
    const column = Math.floor(x(points[index][0]) * columns);
    if (run && run.column === column) {
      run.last = index;
      if (value < points[run.low][1]) run.low = index;
      if (value > points[run.high][1]) run.high = index;
    } else {
      flush();
      run = { column, first: index, last: index, low: index, high: index };
    }
  }
  flush();
  return kept;
};

/**
 * Heights for labels that keep their distance, each as near to its own as can be; null when they do not fit.
 * @param {number[]} wanted
 * @param {number} distance
 * @param {number} top
 * @param {number} bottom
 * @param {number} [reach] how far a label may move from its line
 * @returns {number[]|null}
 */
export const spread = (wanted, distance, top, bottom, reach = distance) => {
  const order = wanted.map((_, index) => index).sort((a, b) => wanted[a] - wanted[b]);
  const heights = [...wanted];
  for (let round = 0; round < 8; round += 1) {
    for (let place = 1; place < order.length; place += 1) {
      const [above, below] = [order[place - 1], order[place]];
      const overlap = distance - (heights[below] - heights[above]);
      if (overlap <= 0) continue;
      heights[above] -= overlap / 2;
      heights[below] += overlap / 2;
    }
    for (const index of order) heights[index] = Math.min(bottom, Math.max(top, heights[index]));
  }
  const isApart = order.every((index, place) => place === 0 || heights[index] - heights[order[place - 1]] > distance - 0.5);
  const isNear = heights.every((height, index) => Math.abs(height - wanted[index]) <= reach + 1e-6);
  return isApart && isNear ? heights : null;
};

/** @param {CanvasRenderingContext2D} context @param {(Point|null)[]} line */
const traceLine = (context, line) => {
  let isDown = false;
  for (const point of line) {
    if (!point) isDown = false;
    else if (isDown) context.lineTo(point[0], point[1]);
    else {
      context.moveTo(point[0], point[1]);
      isDown = true;
    }
  }
};

/** The part of a line between two places. @param {CanvasRenderingContext2D} context @param {(Point|null)[]} line @param {number} from @param {number} to @param {{x: number, y: number, width: number, height: number}} plot */
const strokeWithin = (context, line, from, to, plot) => {
  context.save();
  const [left, right] = [Math.max(from, plot.x - 2), Math.min(to, plot.x + plot.width + 2)];
  context.beginPath();
  context.rect(left, plot.y - 4, Math.max(0, right - left), plot.height + 5);
  context.clip();
  context.beginPath();
  traceLine(context, line);
  context.stroke();
  context.restore();
};

/** A point with gaps on both sides has no line: it gets a dot. @param {(Point|null)[]} line @returns {Point[]} */
export const lonePoints = (line) =>
  /** @type {Point[]} */ (line.filter((point, index) => point && !line[index - 1] && !line[index + 1]));

/** Large values as powers of ten: the margin beside the axis is fixed. @param {number} value */
const valueText = (value) => (Math.abs(value) >= 1e4 ? power(value, 0).replace(/^1×/, "") : tickText(value));

/** @param {CanvasRenderingContext2D} context @param {ReturnType<typeof lineScales>} scales @param {ChartOptions & LinesOptions} options */
const drawGrid = (context, { x, y, plot, isLog }, options) => {
  const { colors } = options;
  const ratio = pixelRatio(options);
  const size = textSize(options);
  const label = { font: sans(options, size), color: colors.ink3 };
  const [left, bottom] = [crisp(plot.x, ratio), crisp(plot.y + plot.height, ratio)];
  const values = isLog ? logTicks(y.domain[0], y.domain[1]) : ticks(y.domain[0], y.domain[1], Math.max(2, Math.min(5, Math.floor(plot.height / 28))));
  context.beginPath();
  for (const value of values) {
    const top = crisp(y(value), ratio);
    if (top < bottom - 1) {
      context.moveTo(left, top);
      context.lineTo(plot.x + plot.width, top);
    }
    write(context, valueText(value), plot.x - TICK - 3, top + size * 0.36, { ...label, align: "right", room: plot.x - TICK - 3 });
  }
  context.strokeStyle = colors.line;
  context.lineWidth = 1;
  context.stroke();
  context.beginPath();
  context.moveTo(left, plot.y - 4);
  context.lineTo(left, bottom);
  context.lineTo(plot.x + plot.width, bottom);
  const widest = integer(x.domain[1]).length * size * 0.56 + 6;
  for (const step of options.logSteps ? ticksFromZero(x.domain[1]) : ticks(0, x.domain[1], Math.min(5, plot.width / widest))) {
    if (!Number.isInteger(step)) continue;
    const place = crisp(x(step), ratio);
    context.moveTo(place, bottom);
    context.lineTo(place, bottom + TICK);
    write(context, integer(step), place, bottom + TICK + size + 1, { ...label, align: "center" });
  }
  context.strokeStyle = colors.ctl;
  context.stroke();
};

/** @param {CanvasRenderingContext2D} context @param {Series[]} series @param {(Point|null)[][]} lines @param {ReturnType<typeof lineScales>} scales @param {ChartOptions} options */
const drawLabels = (context, series, lines, { plot }, options) => {
  const size = textSize(options);
  const ends = series.flatMap((line, index) => {
    const last = lines[index].findLast((point) => point !== null);
    return endLabel(line) && last ? [{ text: endLabel(line), color: line.labelColor ?? line.color, x: last[0], y: Math.max(plot.y, Math.min(plot.y + plot.height, last[1])) }] : [];
  });
  const heights = spread(ends.map((end) => end.y), size + 1, plot.y, plot.y + plot.height);
  if (!heights) return false;
  ends.forEach((end, index) => {
    write(context, end.text, end.x + LABEL_GAP, heights[index] + size * 0.36, { font: sans(options, size, 700), color: end.color });
  });
  return true;
};

/**
 * Draws the chart; answers its scales and whether the names stand at the line ends (else show a legend).
 * @param {HTMLCanvasElement} canvas
 * @param {Series[]} series
 * @param {ChartOptions & LinesOptions} options
 */
export const drawLines = (canvas, series, options) => {
  const context = prepare(canvas, options);
  const scales = lineScales(series, options);
  const { plot } = scales;
  drawGrid(context, scales, options);
  const lines = series.map(({ points }) => thin(points, scales.x, scales.y, scales.isLog));
  series.forEach(({ color, dash = [], width = 1.8, until = Infinity }, index) => {
    context.strokeStyle = color;
    context.fillStyle = color;
    context.lineWidth = width;
    context.lineJoin = "round";
    context.setLineDash(dash);
    const now = until < scales.x.domain[1] ? scales.x(until) : Infinity;
    strokeWithin(context, lines[index], -Infinity, now, plot);
    context.globalAlpha = FAINT;
    if (now !== Infinity) strokeWithin(context, lines[index], now, Infinity, plot);
    context.globalAlpha = 1;
    for (const [x, y] of lonePoints(lines[index])) {
      context.beginPath();
      context.arc(x, y, 2.2, 0, 2 * Math.PI);
      context.fill();
    }
  });
  context.setLineDash([]);
  const labelled = drawLabels(context, series, lines, scales, options);
  drawCursor(context, series, scales, options);
  return { ...scales, labelled };
};
