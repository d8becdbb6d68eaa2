// @ts-check
/** A map over two settings: cells in shades, words on regions, numbered discs where the lanes are. */
import { tickText } from "../format.js";
import { crisp, pixelRatio, prepare, sans, textSize, write } from "./canvas.js";
import { logTicks, ticks } from "./scale.js";

/**
 * @typedef {{columns: number[], rows: number[], shades: (number|null)[][], logColumns: boolean}} Cells  rows from below; a shade is 0 (light)
 *   to 1 (dark); null is crossed out, undefined not known yet
 */

const TICK = 4;
const ROOM = 10; // labels along an axis

/** Where the cells lie: columns and rows are as wide as one another. @param {Cells} cells @param {any} options */
export function settingsScales({ columns, rows }, options) {
  const size = textSize(options);
  const plot = { x: Math.round(size * 3.2 + TICK), y: 6, width: 1, height: 1 };
  plot.width = Math.max(1, options.width - plot.x - size);
  plot.height = Math.max(1, options.height - plot.y - size * 2.6 - TICK - 4);
  const [w, h] = [plot.width / columns.length, plot.height / rows.length];
  /** A value as a share of the axis: between the middles of its neighbours' cells. */
  const along = (values, value) => {
    const last = values.length - 1;
    let index = 0;
    while (index < last - 1 && values[index + 1] < value) index += 1;
    const [low, high] = [values[index], values[Math.min(last, index + 1)]];
    const isLog = low > 0 && high / low > 1.2;
    const share = high === low ? 0 : isLog ? Math.log(Math.max(value, 1e-300) / low) / Math.log(high / low) : (value - low) / (high - low);
    return index + 0.5 + Math.max(-0.5, Math.min(1.5, share));
  };
  return {
    plot, w, h,
    x: (value) => plot.x + along(columns, value) * w,
    y: (value) => plot.y + plot.height - along(rows, value) * h,
    cell: (left, top) => ({ column: Math.max(0, Math.min(columns.length - 1, Math.floor((left - plot.x) / w))), row: Math.max(0, Math.min(rows.length - 1, Math.floor((plot.y + plot.height - top) / h))) }),
  };
}

/** @param {HTMLCanvasElement} canvas @param {Cells} cells @param {any} options  names: of x and y; regions: [{text, column, row}]; lanes: [{x, y, color, number}]; cursor */
export function drawSettings(canvas, cells, options) {
  const { colors, names, regions = [], lanes = [], cursor } = options;
  const context = prepare(canvas, options);
  const scales = settingsScales(cells, options);
  const { plot, w, h } = scales;
  const size = textSize(options);
  cells.shades.forEach((row, at) => row.forEach((shade, column) => {
    const [left, top] = [plot.x + column * w, plot.y + plot.height - (at + 1) * h];
    if (shade === null) {
      context.strokeStyle = colors.ctl;
      context.globalAlpha = 0.5;
      context.beginPath();
      context.moveTo(left + w * 0.25, top + h * 0.75);
      context.lineTo(left + w * 0.75, top + h * 0.25);
      context.stroke();
      context.globalAlpha = 1;
      return;
    }
    context.globalAlpha = 0.05 + 0.6 * shade;
    context.fillStyle = colors.ink2;
    const [x0, y0] = [Math.round(left), Math.round(top)];
    context.fillRect(x0, y0, Math.round(left + w) - x0, Math.round(top + h) - y0);
    context.globalAlpha = 1;
  }));
  drawFrame(context, cells, scales, names, options);
  for (const { text, column, row } of regions) {
    const font = sans(options, size, 700);
    context.font = font;
    const half = context.measureText(text).width / 2 + 5;
    const left = Math.max(plot.x + half + 2, Math.min(plot.x + plot.width - half - 2, plot.x + (column + 0.5) * w));
    const top = plot.y + plot.height - (row + 0.5) * h;
    context.fillStyle = colors.ground;
    context.globalAlpha = 0.88;
    context.beginPath();
    context.roundRect(left - half, top - size * 0.85, half * 2, size * 1.7, 3);
    context.fill();
    context.globalAlpha = 1;
    write(context, text, left, top + size * 0.36, { font, color: colors.ink, align: "center" });
  }
  if (cursor) {
    context.strokeStyle = colors.ink;
    context.lineWidth = 1.5;
    context.strokeRect(plot.x + cursor.column * w, plot.y + plot.height - (cursor.row + 1) * h, w, h);
  }
  for (const lane of lanes) {
    const [left, top] = [Math.max(plot.x, Math.min(plot.x + plot.width, scales.x(lane.x))), Math.max(plot.y, Math.min(plot.y + plot.height, scales.y(lane.y)))];
    context.beginPath();
    context.arc(left, top, 9, 0, 2 * Math.PI);
    context.fillStyle = colors.ground;
    context.fill();
    context.strokeStyle = lane.color;
    context.lineWidth = 2;
    context.stroke();
    write(context, String(lane.number), left, top + size * 0.37, { font: sans(options, size, 700), color: colors.ink, align: "center" });
  }
  return scales;
}

/** Round values along an axis of so many pixels. @param {number[]} values @param {number} room */
function ticksOf(values, room) {
  const [low, high] = [values[0], values[values.length - 1]];
  if (low > 0 && high / low > 100) return logTicks(low, high);
  // few values are round themselves, and not at equal distances
  return values.length <= 2 * ROOM ? values.filter((_, index) => index % 2 === 0) : ticks(low, high, room);
}

function drawFrame(context, { columns, rows }, { plot, x, y }, names, options) {
  const { colors } = options;
  const size = textSize(options);
  const ratio = pixelRatio(options);
  const label = { font: sans(options, size), color: colors.ink3 };
  const bottom = crisp(plot.y + plot.height, ratio);
  context.strokeStyle = colors.ctl;
  context.lineWidth = 1;
  context.strokeRect(crisp(plot.x, ratio), crisp(plot.y, ratio), plot.width, plot.height);
  for (const value of ticksOf(columns, 5)) write(context, tickText(value), x(value), bottom + size + 4, { ...label, align: "center" });
  for (const value of ticksOf(rows, 5)) write(context, tickText(value), plot.x - TICK, y(value) + size * 0.36, { ...label, align: "right", room: plot.x - TICK });
  write(context, names[0], plot.x + plot.width / 2, bottom + size * 2.3 + 4, { font: sans(options, size), color: colors.ink2, align: "center" });
}
