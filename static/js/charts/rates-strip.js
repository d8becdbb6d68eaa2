// @ts-check
/** Where every lane ends with every learning rate: a line each, a band between the luckiest and the unluckiest noise, a ring at the rate in use. */
import { tickText } from "../format.js";
import { crisp, pixelRatio, prepare, sans, textSize, write } from "./canvas.js";
import { decadeDomain, linear, log, logTicks, roundDomain, ticks } from "./scale.js";

/** @typedef {{rates: number[], median: (number|null)[], low: (number|null)[], high: (number|null)[], color: string, dash: number[], used: {rate: number, value: number|null}}} Line */

const TICK = 4;
const REACH = 1e6; // decades below the best or above the start say nothing more

/** @param {Line[]} lines @param {{width: number, height: number, colors: any, worst: number, domain?: number[]|null}} options  worst: the loss at the start; domain: of the rates */
export function stripScales(lines, options) {
  const size = textSize(options);
  const values = lines.flatMap(({ median, used }) => [...median, used.value]).filter((value) => value !== null && Number.isFinite(value));
  const isLog = values.every((value) => value >= 0) && values.some((value) => value > 0);
  const shown = values.filter((value) => value <= Math.max(options.worst * 10, 1e-12));
  const high = Math.max(...(shown.length ? shown : [1]));
  const low = Math.min(...(shown.length ? shown : [0]));
  const domain = isLog ? decadeDomain(Math.max(low, high / REACH / REACH, 1e-12), high) : roundDomain(low, high);
  const plot = { x: Math.round(size * 3 + TICK), y: size, width: 1, height: 1 };
  plot.width = Math.max(1, options.width - plot.x - size);
  plot.height = Math.max(1, options.height - plot.y - size - TICK - 5);
  const rates = options.domain ?? lines[0]?.rates ?? [1e-4, 1];
  return { x: log([rates[0], rates[rates.length - 1]], [plot.x, plot.x + plot.width]), y: (isLog ? log : linear)(domain, [plot.y + plot.height, plot.y]), plot, isLog };
}

/** A value in pixels, held at the ends of the axis. */
const heightOf = ({ y, plot, isLog }, value) => Math.max(plot.y - 6, Math.min(plot.y + plot.height, y(isLog ? Math.max(value, 1e-300) : value)));

/** @param {HTMLCanvasElement} canvas @param {Line[]} lines @param {any} options */
export function drawStrip(canvas, lines, options) {
  const { colors, cursor } = options;
  const context = prepare(canvas, options);
  const scales = stripScales(lines, options);
  const { x, y, plot, isLog } = scales;
  const size = textSize(options);
  const ratio = pixelRatio(options);
  const label = { font: sans(options, size), color: colors.ink3 };
  context.lineWidth = 1;
  context.beginPath();
  for (const value of isLog ? logTicks(y.domain[0], y.domain[1]) : ticks(y.domain[0], y.domain[1], 4)) {
    const top = crisp(y(value), ratio);
    context.moveTo(plot.x, top);
    context.lineTo(plot.x + plot.width, top);
    write(context, tickText(value), plot.x - TICK - 3, top + size * 0.36, { ...label, align: "right", room: plot.x - TICK - 3 });
  }
  context.strokeStyle = colors.line;
  context.stroke();
  context.beginPath();
  const [left, bottom] = [crisp(plot.x, ratio), crisp(plot.y + plot.height, ratio)];
  context.moveTo(left, plot.y - 4);
  context.lineTo(left, bottom);
  context.lineTo(plot.x + plot.width, bottom);
  for (const value of logTicks(x.domain[0], x.domain[1])) {
    context.moveTo(crisp(x(value), ratio), bottom);
    context.lineTo(crisp(x(value), ratio), bottom + TICK);
    write(context, tickText(value), x(value), bottom + TICK + size + 1, { ...label, align: "center" });
  }
  context.strokeStyle = colors.ctl;
  context.stroke();
  for (const line of lines) drawLine(context, line, scales);
  for (const { used, color } of lines) {
    if (used.value === null || !Number.isFinite(used.value)) continue;
    context.beginPath();
    context.arc(x(used.rate), heightOf(scales, used.value), 5, 0, 2 * Math.PI);
    context.fillStyle = colors.ground;
    context.fill();
    context.strokeStyle = color;
    context.lineWidth = 2;
    context.stroke();
  }
  if (cursor) {
    const line = lines[cursor.lane];
    const value = line?.median[cursor.index];
    context.strokeStyle = colors.ink;
    context.lineWidth = 1.5;
    const top = value === null || value === undefined ? plot.y : heightOf(scales, value);
    context.strokeRect(x(line.rates[cursor.index]) - 5, top - 5, 10, 10);
  }
  return scales;
}

function drawLine(context, { rates, median, low, high, color, dash }, scales) {
  const { x, plot } = scales;
  const runs = [];
  median.forEach((value, index) => {
    if (value === null) return;
    if (index > 0 && median[index - 1] !== null && runs.length) runs[runs.length - 1].push(index);
    else runs.push([index]);
  });
  for (const run of runs) {
    context.beginPath();
    for (const index of run) context.lineTo(x(rates[index]), heightOf(scales, high[index] ?? median[index]));
    for (const index of [...run].reverse()) context.lineTo(x(rates[index]), heightOf(scales, low[index] ?? median[index]));
    context.closePath();
    context.globalAlpha = 0.16;
    context.fillStyle = color;
    context.fill();
    context.globalAlpha = 1;
    context.beginPath();
    for (const index of run) context.lineTo(x(rates[index]), heightOf(scales, median[index]));
    context.strokeStyle = color;
    context.lineWidth = 1.8;
    context.setLineDash(dash);
    context.stroke();
    context.setLineDash([]);
    const last = run[run.length - 1];
    if (last < rates.length - 1) { // from here on it leaves
      const [left, top] = [x(rates[last]), heightOf(scales, median[last])];
      context.beginPath();
      context.moveTo(left, top);
      context.lineTo((left + x(rates[last + 1])) / 2, plot.y - 4);
      context.setLineDash([1, 3]);
      context.stroke();
      context.setLineDash([]);
    }
  }
}

/** The rate of a lane nearest to a place. @param {Line[]} lines @param {any} scales @param {number} left @param {number} top */
export function rateAt(lines, scales, left, top) {
  let [best, least] = [null, 900];
  lines.forEach(({ rates, median }, lane) => rates.forEach((rate, index) => {
    if (median[index] === null) return;
    const distance = (scales.x(rate) - left) ** 2 + (heightOf(scales, median[index]) - top) ** 2;
    if (distance < least) [best, least] = [{ lane, index }, distance];
  }));
  return best;
}
