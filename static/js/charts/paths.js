// @ts-check
/** Paths of a race on a map: lines in their lane's colour and dash, numbered discs where they are, arrows at one step. */
import { decimal } from "../format.js";
import { prepare, sans, textSize, write } from "./canvas.js";

/**
 * @typedef {{points: number[][], left: number|null, leftWords?: string, color: string, dash: number[], number: number}} Drawn
 * @typedef {{x: any, y: any, plot: {x: number, y: number, width: number, height: number}}} Scales
 */

const DISC = 10;
const FAR = 1e5; // pixels beyond which a canvas would lose its way
const FAINT = 0.28;
const REACHES = [24, 36, 52];
const ANGLES = [-40, -90, 40, 90, 140, -140, 0, 180].map((degrees) => (degrees * Math.PI) / 180);

const held = (value) => Math.max(-FAR, Math.min(FAR, value));

/** A point in pixels, or null where there is none. @param {Scales} scales @param {(number|null)[]|undefined} point */
const pixelOf = ({ x, y }, point) => (!point || point[0] === null || point[1] === null ? null : [held(x(point[0])), held(y(point[1]))]);

const isInside = ({ plot }, [x, y]) => x >= plot.x && x <= plot.x + plot.width && y >= plot.y && y <= plot.y + plot.height;

/**
 * Where a path goes over the map's border for the last time before a step: the place on the border and the way out.
 * @param {Scales} scales
 * @param {number[][]} points
 * @param {number} at
 * @returns {{x: number, y: number, angle: number}|null}  null while it is on the map
 */
export function exitOf(scales, points, at) {
  const last = Math.min(at, points.length - 1);
  const now = pixelOf(scales, points[last]);
  if (now && isInside(scales, now)) return null;
  let step = last - 1;
  while (step >= 0) {
    const pixel = pixelOf(scales, points[step]);
    if (pixel && isInside(scales, pixel)) break;
    step -= 1;
  }
  if (step < 0) return null;
  const from = /** @type {number[]} */ (pixelOf(scales, points[step]));
  const to = pixelOf(scales, points[step + 1]) ?? [from[0], from[1] - FAR];
  const { plot } = scales;
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const shares = [
    dx > 0 ? (plot.x + plot.width - from[0]) / dx : dx < 0 ? (plot.x - from[0]) / dx : Infinity,
    dy > 0 ? (plot.y + plot.height - from[1]) / dy : dy < 0 ? (plot.y - from[1]) / dy : Infinity,
  ];
  const share = Math.max(0, Math.min(1, ...shares));
  return { x: from[0] + share * dx, y: from[1] + share * dy, angle: Math.atan2(dy, dx) };
}

/**
 * The step of a path nearest to a place in pixels.
 * @param {Scales} scales
 * @param {{points: number[][]}[]} paths
 * @param {number} left
 * @param {number} top
 * @param {number} [reach]
 * @returns {{lane: number, step: number}|null}
 */
export function nearestStep(scales, paths, left, top, reach = 12) {
  let [best, least] = [null, reach * reach];
  paths.forEach(({ points }, lane) => points.forEach((point, step) => {
    const pixel = pixelOf(scales, point);
    if (!pixel) return;
    const distance = (pixel[0] - left) ** 2 + (pixel[1] - top) ** 2;
    if (distance < least) [best, least] = [{ lane, step }, distance];
  }));
  return best;
}

const trace = (context, pixels) => {
  let isDown = false;
  for (const pixel of pixels) {
    if (!pixel) isDown = false;
    else if (isDown) context.lineTo(pixel[0], pixel[1]);
    else {
      context.moveTo(pixel[0], pixel[1]);
      isDown = true;
    }
  }
};

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Drawn[]} paths
 * @param {Scales} scales
 * @param {any} options  width, height, colors; at: the step; minima: [{point, text}]; chosen: the lane whose steps have dots;
 *   arrows: [{from, to, color, text, dash, width}] in data; leftText: (step) => words
 */
export function drawPaths(canvas, paths, scales, options) {
  const { colors, at, chosen } = options;
  const context = prepare(canvas, options);
  const { plot } = scales;
  context.save();
  context.beginPath();
  context.rect(plot.x, plot.y, plot.width, plot.height);
  context.clip();
  drawMinima(context, scales, options);
  const all = paths.map(({ points }) => points.map((point) => pixelOf(scales, point)));
  context.lineJoin = "round";
  paths.forEach(({ color, dash }, lane) => {
    context.strokeStyle = color;
    for (const [alpha, pixels, width] of /** @type {[number, any[], number][]} */ ([[FAINT, all[lane].slice(at), 1.4], [1, all[lane].slice(0, at + 1), lane === chosen ? 2.4 : 1.9]])) {
      if (pixels.length < 2) continue;
      context.globalAlpha = alpha;
      context.setLineDash(dash);
      context.lineWidth = width;
      context.beginPath();
      trace(context, pixels);
      context.stroke();
    }
    context.globalAlpha = 1;
    context.setLineDash([]);
    if (lane === chosen && all[lane].length <= 1000) {
      context.fillStyle = color;
      for (const pixel of all[lane].slice(1, at + 1)) {
        if (!pixel) continue;
        context.beginPath();
        context.arc(pixel[0], pixel[1], 2.1, 0, 2 * Math.PI);
        context.fill();
      }
    }
  });
  context.restore();
  const words = drawArrows(context, scales, options);
  drawDiscs(context, paths, scales, all, { ...options, words });
  nameMinima(context, scales, options, true);
}

function drawMinima(context, { x, y }, { colors, minima }) {
  for (const { point } of minima) {
    const [left, top] = [x(point[0]), y(point[1])];
    context.strokeStyle = colors.ink;
    context.lineWidth = 1.5;
    context.beginPath();
    context.arc(left, top, 11, 0, 2 * Math.PI);
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(left + dx * 7, top + dy * 7);
      context.lineTo(left + dx * 16, top + dy * 16);
    }
    context.stroke();
  }
}

/** Their words, last of all: discs keep away from them. @returns {number[][]} what they take: circles */
function nameMinima(context, scales, { colors, ...options }, draws) {
  const font = minimumFont({ colors, ...options });
  return minimaWords(context, scales, { colors, ...options }).flatMap(({ text, x, y, half, size }) => {
    if (draws) outlined(context, text, x, y, font, colors.ink, colors.ground, "center");
    return [-0.8, -0.4, 0, 0.4, 0.8].map((share) => [x + share * half, y - size / 2, size * 0.8]);
  });
}

const minimumFont = (options) => sans(options, textSize(options) + 1, 700);

function minimaWords(context, { x, y, plot }, { minima, ...options }) {
  const size = textSize(options);
  context.font = minimumFont(options);
  return minima.filter(({ point }) => isInside({ plot, x, y }, [x(point[0]), y(point[1])])).map(({ point, text }) => {
    const half = context.measureText(text).width / 2;
    return { text, x: Math.max(plot.x + half + 6, Math.min(plot.x + plot.width - half - 6, x(point[0]))), y: y(point[1]) + 33, half, size };
  });
}

/** What the marks of the minima and their words cover, for what is drawn below them: boxes by their middles. @param {any} context @param {any} scales @param {any} options */
export const minimaBoxes = (context, scales, options) => [
  ...options.minima.map(({ point }) => ({ x: scales.x(point[0]), y: scales.y(point[1]), width: 32, height: 32 })),
  ...minimaWords(context, scales, options).map(({ x, y, half, size }) => ({ x, y: y - size / 2, width: 2 * half, height: size })),
];

const outlined = (context, text, x, y, font, color, ground, align) => {
  context.font = font;
  context.textAlign = align;
  context.textBaseline = "alphabetic";
  context.lineJoin = "round";
  context.lineWidth = 4;
  context.strokeStyle = ground;
  context.globalAlpha = 0.85;
  context.strokeText(text, x, y);
  context.globalAlpha = 1;
  write(context, text, x, y, { font, color, align });
};

/** @returns {number[][]} what their words take: circles, from which discs keep away */
function drawArrows(context, scales, { arrows, colors, ...rest }) {
  const size = textSize({ colors, ...rest });
  const taken = [];
  for (const { from, to, length, color, text, dash = [], width = 2, side = -1 } of arrows) {
    const start = pixelOf(scales, from);
    const aim = pixelOf(scales, to);
    if (!start || !aim || !isInside(scales, start)) continue;
    const angle = Math.atan2(aim[1] - start[1], aim[0] - start[0]);
    const reach = length ?? Math.max(13, Math.min(400, Math.hypot(aim[0] - start[0], aim[1] - start[1])));
    const end = [start[0] + reach * Math.cos(angle), start[1] + reach * Math.sin(angle)];
    context.strokeStyle = color;
    context.fillStyle = color;
    context.lineWidth = width;
    context.setLineDash(dash);
    context.beginPath();
    context.moveTo(start[0], start[1]);
    context.lineTo(end[0] - 7 * Math.cos(angle), end[1] - 7 * Math.sin(angle));
    context.stroke();
    context.setLineDash([]);
    context.beginPath();
    context.moveTo(end[0], end[1]);
    for (const turn of [0.42, -0.42]) context.lineTo(end[0] - 10 * Math.cos(angle + turn), end[1] - 10 * Math.sin(angle + turn));
    context.closePath();
    context.fill();
    if (!text) continue;
    const font = sans({ colors }, size + 1, 700);
    context.font = font;
    const long = context.measureText(text).width;
    const wished = Math.cos(angle) < -0.3 ? end[0] - 8 - long : end[0] + 8;
    const { plot } = scales;
    const [left, top] = [Math.max(plot.x + 4, Math.min(plot.x + plot.width - 4 - long, wished)), end[1] + side * 9 + size * 0.35];
    outlined(context, text, left, top, font, color, colors.ground, "left");
    for (let along = size / 2; along < long + size / 2; along += size) taken.push([left + Math.min(along, long), top - size / 2, size * 0.8]);
  }
  const start = arrows.length ? pixelOf(scales, arrows[0].from) : null;
  if (!start || !isInside(scales, start)) return taken;
  context.beginPath();
  context.arc(start[0], start[1], 6, 0, 2 * Math.PI);
  context.fillStyle = colors.ground;
  context.fill();
  context.strokeStyle = colors.ink;
  context.lineWidth = 2;
  context.stroke();
  return taken;
}

/** Discs beside where the paths are, with a leader, away from one another; at the border where a path has left the map. */
function drawDiscs(context, paths, scales, all, { colors, at, leftText, words, ...rest }) {
  const { plot } = scales;
  const size = textSize({ colors, ...rest });
  const taken = [...words, ...nameMinima(context, scales, { colors, ...rest }, false)];
  const ends = paths.map(({ points, left }, lane) => {
    const exit = exitOf(scales, points, at);
    const pixel = all[lane][Math.min(at, all[lane].length - 1)];
    return { exit, pixel: exit ? [exit.x, exit.y] : pixel && isInside(scales, pixel) ? pixel : null, gone: left !== null && left <= at };
  });
  for (const { pixel } of ends) if (pixel) taken.push([pixel[0], pixel[1], 5]);
  paths.forEach(({ color, number, left, leftWords }, lane) => {
    const { exit, pixel, gone } = ends[lane];
    if (!pixel) return;
    const fits = ([x, y]) => x > plot.x + DISC + 2 && x < plot.x + plot.width - DISC - 2 && y > plot.y + DISC + 2 && y < plot.y + plot.height - DISC - 2;
    const spots = REACHES.flatMap((reach) => ANGLES.map((angle) => [pixel[0] + reach * Math.cos(angle), pixel[1] + reach * Math.sin(angle)])).filter(fits);
    const free = spots.find(([x, y]) => taken.every(([a, b, r]) => Math.hypot(a - x, b - y) > r + DISC + 3)) ?? spots[0] ?? pixel;
    taken.push([free[0], free[1], DISC]);
    context.strokeStyle = color;
    context.lineWidth = 1.2;
    context.beginPath();
    context.moveTo(pixel[0], pixel[1]);
    context.lineTo(free[0], free[1]);
    context.stroke();
    context.fillStyle = color;
    context.beginPath();
    if (exit) {
      for (const turn of [0, 2.5, -2.5]) context.lineTo(pixel[0] + 7 * Math.cos(exit.angle + turn), pixel[1] + 7 * Math.sin(exit.angle + turn));
      context.closePath();
    } else context.arc(pixel[0], pixel[1], 4, 0, 2 * Math.PI);
    context.fill();
    context.beginPath();
    context.arc(free[0], free[1], DISC, 0, 2 * Math.PI);
    context.fillStyle = colors.ground;
    context.fill();
    context.lineWidth = 2;
    context.stroke();
    write(context, decimal(number, 0), free[0], free[1] + size * 0.38, { font: sans({ colors }, size, 700), color, align: "center" });
    if (gone) {
      const isRight = free[0] > plot.x + plot.width / 2;
      outlined(context, leftWords ?? leftText(left), free[0] + (isRight ? -DISC - 5 : DISC + 5), free[1] + size * 0.38, sans({ colors }, size, 700), color, colors.ground, isRight ? "right" : "left");
    }
  });
}
