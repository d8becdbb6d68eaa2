// @ts-check
/**
 * The run as a line: what lies behind in ink, what it has been to and gone back from in grey; other runs below it, from
 * where they part, each in its own dash. Drawn on a canvas: it changes with every frame.
 */

import { integer } from "../format.js";
import { DASHES, laneOf, otherLines, tickLabels } from "../runs.js";
import { prepare, sans, write } from "./canvas.js";
import { linear, roundUp, ticks } from "./scale.js";

/** @typedef {import("./canvas.js").Colors} Colors */

const PAD = 12; // of the track from the canvas: the thumb and the ring at its end have to fit
const TRACK = 13;
const FIRST_ROW = 27;
const ROW = 12;
const THUMB = 7;
const TEXT = 11;
const REACH = 6; // of a pointer from what it means

/**
 * @typedef {object} Moment what is drawn
 * @property {import("../runs.js").Run[]} runs
 * @property {number} current
 * @property {number[]} chosen
 * @property {number} step
 * @property {number} head
 * @property {number|null} hover
 */

/** The measures of the line for a size: a scale of steps, and how many other runs fit below. @param {Moment} moment @param {{width: number, height: number}} size */
export function timelineScale({ runs, current, head }, { width, height }) {
  const rows = height >= 56 ? 2 : 1;
  const end = roundUp(Math.max(10, head, ...runs.filter(({ id }) => id !== current).map((run) => run.head)));
  return { x: linear([0, end], [PAD, width - PAD]), end, rows };
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} id @param {string} color @param {any} options */
function drawRing(context, x, y, id, color, { colors }) {
  context.beginPath();
  context.arc(x, y, 6, 0, 2 * Math.PI);
  context.fillStyle = colors.ground;
  context.fill();
  context.strokeStyle = color;
  context.lineWidth = 1.3;
  context.stroke();
  write(context, String(id), x, y + 3.6, { font: sans({ colors }, id > 9 ? 8.5 : 10, 700), color: colors.ink, align: "center" });
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {string} color @param {string} ground */
function drawDiamond(context, x, y, color, ground) {
  context.beginPath();
  context.moveTo(x, y - 6);
  context.lineTo(x + 6, y);
  context.lineTo(x, y + 6);
  context.lineTo(x - 6, y);
  context.closePath();
  context.fillStyle = ground;
  context.fill();
  context.strokeStyle = color;
  context.lineWidth = 1.6;
  context.stroke();
}

/** A line that leaves the track at its place and comes to rest in its row. */
function traceRun(context, { from, to, parts, row }, x) {
  const y = FIRST_ROW + row * ROW;
  const [left, right] = [x(from), Math.max(x(from) + 1, x(to))];
  if (parts === null) context.moveTo(left, y);
  else {
    const bend = Math.min(14, right - left);
    context.moveTo(left, TRACK);
    context.bezierCurveTo(left + bend * 0.5, TRACK, left + bend * 0.4, y, left + bend, y);
  }
  context.lineTo(right, y);
}

/**
 * Draws it; answers what a pointer can mean there.
 * @param {HTMLCanvasElement} canvas
 * @param {Moment} moment
 * @param {{width: number, height: number, colors: Colors, ratio?: number}} options
 */
export function drawTimeline(canvas, moment, options) {
  const context = prepare(canvas, options);
  const { colors, height } = options;
  const { runs, current, chosen, step, head, hover } = moment;
  const { x, end, rows } = timelineScale(moment, options);
  const { lines } = otherLines({ runs, current, chosen, x, rows });
  const lane = (id) => colors.lanes[laneOf(id)];
  const bar = (from, to, color, width) => {
    context.beginPath();
    context.moveTo(x(from), TRACK);
    context.lineTo(x(to), TRACK);
    context.strokeStyle = color;
    context.lineWidth = width;
    context.stroke();
  };
  context.lineCap = "round";
  bar(0, end, colors.line, 2);
  if (head > step) bar(step, head, colors.ctl, 3);
  context.lineCap = "butt";
  for (const line of lines) {
    context.beginPath();
    traceRun(context, line, x);
    context.setLineDash(DASHES[laneOf(line.id)]);
    context.strokeStyle = lane(line.id);
    context.lineWidth = 1.8;
    context.stroke();
  }
  context.setLineDash([]);
  context.lineCap = "round";
  if (step > 0) bar(0, step, colors.ink, 3.5);
  for (const line of lines) {
    if (line.parts !== null) drawDiamond(context, x(line.parts), TRACK, lane(line.id), colors.ground);
    drawRing(context, Math.min(x(line.to) + 10, options.width - 7), FIRST_ROW + line.row * ROW, line.id, lane(line.id), options);
  }
  if (lines.length) drawRing(context, Math.min(Math.max(x(head), x(step) + THUMB) + 11, options.width - 7), TRACK, current, colors.ink, options);

  const labels = tickLabels({
    x, text: integer, width: (text) => text.length * TEXT * 0.58,
    round: ticks(0, end, Math.max(2, Math.min(6, options.width / 90))).filter(Number.isInteger),
    parts: lines.flatMap(({ parts, id }) => (parts === null ? [] : [{ step: parts, id }])),
  });
  for (const label of labels) write(context, label.text, Math.max(label.text.length * 3.2, Math.min(options.width - label.text.length * 3.2, label.x)), height - 3, { font: sans({ colors }, TEXT, label.id === null ? 400 : 700), color: label.id === null ? colors.ink3 : colors.ink, align: "center" });

  context.beginPath();
  context.arc(x(step), TRACK, THUMB, 0, 2 * Math.PI);
  context.fillStyle = colors.ground;
  context.fill();
  context.strokeStyle = colors.ink;
  context.lineWidth = 2.2;
  context.stroke();
  if (hover !== null) drawHover(context, hover, x, options);

  return {
    /** The step a pointer means: the end and the partings draw it to them. @param {number} left */
    stepAt(left) {
      const wanted = Math.max(0, Math.min(head, Math.round(x.invert(left))));
      const near = [head, 0, ...lines.map(({ parts }) => parts)].find((place) => place !== null && Math.abs(x(place) - left) <= REACH);
      return near ?? wanted;
    },
    /** The other run at a place: {id, step}. @param {number} left @param {number} top @param {number} [reach] */
    runAt(left, top, reach = REACH) {
      const line = lines.find(({ row, from, to }) => Math.abs(FIRST_ROW + row * ROW - top) <= reach && left >= x(from) - 2 && left <= x(to) + 18);
      return line ? { id: line.id, step: Math.max(line.from, Math.min(line.to, Math.round(x.invert(left)))) } : null;
    },
  };
}

/** The step under the pointer, before it is gone to. */
function drawHover(context, step, x, { colors, width, height }) {
  const text = integer(step);
  const half = text.length * TEXT * 0.3 + 5;
  const left = Math.max(half, Math.min(width - half, x(step)));
  context.fillStyle = colors.ink;
  context.beginPath();
  context.arc(x(step), TRACK, 3, 0, 2 * Math.PI);
  context.fill();
  context.beginPath();
  context.roundRect(left - half, height - 15, 2 * half, 15, 4);
  context.fill();
  write(context, text, left, height - 4, { font: sans({ colors }, TEXT, 700), color: colors.ground, align: "center" });
}
