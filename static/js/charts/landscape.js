// @ts-check
/** The loss around where a net stands: along a line as a curve, over a plane as bands and lines of equal loss. */
import { integer } from "../format.js";
import { drawAxisLines } from "./axes.js";
import { crisp, pixelRatio, prepare, sans, textSize, write } from "./canvas.js";
import { contourLines, strokeLines } from "./contour.js";
import { drawField, rampLookup, rgb } from "./field.js";
import { linear, ticks } from "./scale.js";
import { lossDomain } from "./slice.js";

/**
 * @typedef {import("./canvas.js").ChartOptions} ChartOptions
 * @typedef {{at: number[], train: (number|null)[], test: (number|null)[], rate?: number|null}} Slice  losses as far as they are known
 */

const TICK = 4;
const LEVELS = 9;

/** @param {{width: number, height: number, textSize?: number, name?: string}} options @param {boolean} isSquare */
const plotOf = (options, isSquare) => {
  const size = textSize(options);
  const x = Math.round(size * 3.4);
  const room = { width: Math.max(1, options.width - x - size), height: Math.max(1, options.height - 6 - size * (options.name ? 3.2 : 2) - TICK) };
  const side = Math.min(room.width, room.height);
  return { x, y: 6, width: isSquare ? side : room.width, height: isSquare ? side : room.height };
};

/** @param {CanvasRenderingContext2D} context @param {any} scales @param {ChartOptions} options */
const drawFrame = (context, scales, options) => {
  const { x, y, plot } = scales;
  const across = ticks(x.domain[0], x.domain[1], Math.max(2, Math.min(6, plot.width / 50)));
  drawAxisLines(context, scales, { across, up: ticks(y.domain[0], y.domain[1], Math.max(2, Math.min(5, plot.height / 30))) }, options);
};

/** A ring where the net stands. @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {ChartOptions} options */
const drawStand = (context, x, y, { colors }) => {
  context.beginPath();
  context.arc(x, y, 4, 0, 2 * Math.PI);
  context.fillStyle = colors.ground;
  context.fill();
  context.strokeStyle = colors.ink;
  context.lineWidth = 2;
  context.stroke();
};

/**
 * Draws the losses along a line; answers its scales.
 * @param {HTMLCanvasElement} canvas
 * @param {Slice} slice
 * @param {ChartOptions & {cursor?: number|null, rateText?: string, also?: number[], name?: string}} options  cursor: index of a place; also: losses that need room, too; name: of the axis, to be written below
 */
export function drawAlong(canvas, { at, train, test, rate }, options) {
  const { colors, cursor, rateText, also = [] } = options;
  const context = prepare(canvas, options);
  const plot = plotOf(options, false);
  const size = textSize(options);
  const x = linear([at[0], at[at.length - 1]], [plot.x, plot.x + plot.width]);
  const [low, high] = lossDomain([...train, ...test]);
  const y = linear([Math.min(low, ...also), Math.max(high, ...also)], [plot.y + plot.height, plot.y]);
  drawFrame(context, { x, y, plot }, options);
  context.save();
  context.beginPath();
  context.rect(plot.x, plot.y - 2, plot.width, plot.height + 4);
  context.clip();
  if (rate && rate <= x.domain[1]) {
    context.beginPath();
    context.moveTo(x(rate), plot.y);
    context.lineTo(x(rate), plot.y + plot.height);
    context.strokeStyle = colors.bwd;
    context.setLineDash([2, 3]);
    context.stroke();
    if (rateText) write(context, rateText, x(rate) + 5, plot.y + size, { font: sans(options, size), color: colors.bwd, room: plot.x + plot.width - x(rate) - 8 });
  }
  for (const [losses, color, dash, width] of /** @type {[(number|null)[], string, number[], number][]} */ ([[test, colors.ink3, [6, 3], 1.4], [train, colors.ink, [], 1.8]])) {
    context.beginPath();
    context.setLineDash(dash);
    let isDown = false;
    losses.forEach((loss, index) => {
      if (loss === null || !Number.isFinite(loss)) isDown = false;
      else {
        const top = Math.max(-5000, Math.min(5000, y(loss)));
        if (isDown) context.lineTo(x(at[index]), top);
        else context.moveTo(x(at[index]), top);
        isDown = true;
      }
    });
    context.strokeStyle = color;
    context.lineWidth = width;
    context.stroke();
  }
  context.setLineDash([]);
  context.restore();
  const middle = train[at.indexOf(0)]; // where it stands; not in every part of a line
  if (Number.isFinite(middle)) drawStand(context, x(0), y(/** @type {number} */ (middle)), options);
  if (cursor !== null && cursor !== undefined) {
    context.beginPath();
    context.moveTo(crisp(x(at[cursor]), pixelRatio(options)), plot.y);
    context.lineTo(crisp(x(at[cursor]), pixelRatio(options)), plot.y + plot.height);
    context.strokeStyle = colors.ink2;
    context.lineWidth = 1;
    context.stroke();
  }
  return { x, y, plot };
}

/** Losses over decades as shares of the way from the least to the largest: 0 to 1, by their logarithms. @param {(number|null)[]} losses */
export function heights(losses) {
  const known = /** @type {number[]} */ (losses.filter((loss) => loss !== null && Number.isFinite(loss)));
  const floor = Math.max(1e-12, ...[known.reduce((least, loss) => Math.min(least, loss), Infinity)].filter(Number.isFinite));
  const logs = losses.map((loss) => (loss === null || !Number.isFinite(loss) ? NaN : Math.log10(Math.max(loss, floor))));
  const low = Math.log10(floor);
  const high = known.reduce((most, loss) => Math.max(most, Math.log10(Math.max(loss, floor))), low);
  return { shares: logs.map((log) => (high > low ? (log - low) / (high - low) : 0)), low, high };
}

/**
 * Draws the losses over a plane as far as they are known, row by row from below; answers its scales.
 * @param {HTMLCanvasElement} canvas
 * @param {Slice} slice
 * @param {ChartOptions & {cursor?: number|null}} options  cursor: index of a place, row by row
 */
export function drawOver(canvas, { at, train }, options) {
  const { colors, cursor } = options;
  const context = prepare(canvas, options);
  const plot = plotOf(options, true);
  const count = at.length;
  const x = linear([at[0], at[count - 1]], [plot.x, plot.x + plot.width]);
  const y = linear([at[0], at[count - 1]], [plot.y + plot.height, plot.y]);
  const rows = Math.floor(train.length / count);
  if (rows > 1) {
    const { shares } = heights(train.slice(0, rows * count));
    // the first row of a field is its top one
    const field = Array.from({ length: rows }, (_, row) => shares.slice((rows - 1 - row) * count, (rows - row) * count)).flat();
    const half = plot.width / (count - 1) / 2; // a loss stands for the middle of its pixel
    const place = /** @type {[number, number, number, number]} */ ([plot.x - half, y(at[rows - 1]) - half, plot.width + 2 * half, y(at[0]) - y(at[rows - 1]) + 2 * half]);
    context.save();
    context.beginPath();
    context.rect(plot.x, plot.y, plot.width, plot.height);
    context.clip();
    drawField(context, { data: Uint8Array.from(field, (share) => (Number.isNaN(share) ? 255 : Math.round(share * 255))), shape: [rows, count] }, ...place, { lookup: rampLookup(rgb(colors.ctl), rgb(colors.ground)) });
    for (let level = 1; level <= LEVELS; level += 1) {
      strokeLines(context, contourLines(field, [rows, count], level / (LEVELS + 1)), [rows, count], place, { color: colors.ink2, lineWidth: 0.8 });
    }
    context.restore();
  }
  drawFrame(context, { x, y, plot }, options);
  drawStand(context, x(0), y(0), options);
  if (cursor !== null && cursor !== undefined) {
    context.strokeStyle = colors.ink;
    context.lineWidth = 1.5;
    context.strokeRect(x(at[cursor % count]) - 4, y(at[Math.floor(cursor / count)]) - 4, 8, 8);
  }
  return { x, y, plot };
}

/** The index of the place nearest to one on the canvas; of a plane row by row. @param {number[]} at @param {any} scales @param {number} left @param {number} top @param {boolean} isPlane */
export function placeAt(at, { x, y }, left, top, isPlane) {
  const nearest = (value) => Math.max(0, Math.min(at.length - 1, Math.round(((value - at[0]) / (at[at.length - 1] - at[0])) * (at.length - 1))));
  return nearest(x.invert(left)) + (isPlane ? nearest(y.invert(top)) * at.length : 0);
}

/** "12 of 961". @param {number} done @param {number} all */
export const shareDone = (done, all) => ({ done: integer(done), all: integer(all) });
