// @ts-check
/**
 * Samples as marks. Class is told by shape and colour, the train part by a filled mark, the test part by a hollow
 * one, the validation part by a hollow one with a point in it; a halo in the colour of the ground keeps every mark apart from the field under it and from its neighbours.
 */

import { prepare } from "./canvas.js";
import { signColor } from "./field.js";

/**
 * @typedef {import("./canvas.js").Colors} Colors
 * @typedef {"disc"|"diamond"|"triangle"|"square"|"plus"|"wedge"|"star"|"hexagon"} Shape
 * @typedef {{shape: Shape, color: string, hollow?: boolean, dotted?: boolean, outline?: string}} Mark
 */

/** In the order of classes. @type {Shape[]} */
export const SHAPES = ["disc", "diamond", "triangle", "square", "plus", "wedge", "star", "hexagon"];

const HALO = 0.9;
const STROKE = 1.25;

/** Corners on a circle, the first one at an angle (0 = right, clockwise). @param {number} count @param {number} degrees @param {number[]} radii */
const corners = (count, degrees, radii) =>
  Array.from({ length: count }, (_, index) => {
    const angle = ((degrees + (360 * index) / count) * Math.PI) / 180;
    const radius = radii[index % radii.length];
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });

/** Unit shapes of about the same ink; a disc has none. @type {Record<string, number[][]>} */
const OUTLINES = {
  diamond: corners(4, 0, [1.22]),
  triangle: corners(3, -90, [1.38]).map(([x, y]) => [x, y + 0.18]),
  square: corners(4, 45, [1.24]),
  plus: [[-0.42, -1.2], [0.42, -1.2], [0.42, -0.42], [1.2, -0.42], [1.2, 0.42], [0.42, 0.42], [0.42, 1.2], [-0.42, 1.2], [-0.42, 0.42], [-1.2, 0.42], [-1.2, -0.42], [-0.42, -0.42]],
  wedge: corners(3, 90, [1.38]).map(([x, y]) => [x, y - 0.18]),
  star: corners(10, -90, [1.5, 0.66]),
  hexagon: corners(6, 0, [1.16]),
}; // prettier-ignore

/** @param {CanvasRenderingContext2D} context @param {Shape} shape @param {number} x @param {number} y @param {number} radius */
const trace = (context, shape, x, y, radius) => {
  context.beginPath();
  if (shape === "disc") {
    context.arc(x, y, radius, 0, 2 * Math.PI);
    return;
  }
  for (const [cornerX, cornerY] of OUTLINES[shape]) context.lineTo(x + radius * cornerX, y + radius * cornerY);
  context.closePath();
};

/**
 * One mark with its halo.
 * @param {CanvasRenderingContext2D} context
 * @param {Mark} mark
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {string} ground
 */
export const drawMark = (context, { shape, color, hollow = false, dotted = false, outline }, x, y, radius, ground) => {
  context.lineJoin = "round";
  trace(context, shape, x, y, radius);
  context.strokeStyle = ground;
  context.lineWidth = 2 * (HALO + (hollow ? STROKE / 2 : 0) + (outline ? 0.7 : 0));
  context.stroke();
  context.fillStyle = hollow ? ground : color;
  context.fill();
  if (outline) {
    context.strokeStyle = outline;
    context.lineWidth = hollow ? STROKE + 1.1 : 0.9;
    context.stroke();
  }
  if (!hollow) return;
  context.strokeStyle = color;
  context.lineWidth = STROKE;
  context.stroke();
  if (!dotted) return;
  context.beginPath();
  context.arc(x, y, Math.max(1, 0.36 * radius), 0, 2 * Math.PI);
  context.fillStyle = color;
  context.fill();
};

/**
 * The colours of classes: two are signs, more take the lanes' colours.
 * @param {number} classes
 * @param {Colors} colors
 * @returns {string[]}
 */
export const classColors = (classes, colors) => (classes > 2 ? colors.lanes : [colors.pos, colors.neg]);

/**
 * How a sample looks, but for filled or hollow. Targets: +1 or -1 for two classes, 0..K-1 for more, a number for regression.
 * @param {number} target
 * @param {{task?: string, classes?: number, colors: Colors, limit?: number}} options limit: the target that takes the full colour
 * @returns {Mark}
 */
export const markOf = (target, { task = "binary", classes = 2, colors, limit = 1 }) => {
  if (task === "regression") return { shape: "disc", color: signColor(colors.sign, target / limit), outline: colors.ink3 };
  const isMulticlass = task === "multiclass";
  const index = isMulticlass ? Math.max(0, target) : target > 0 ? 0 : 1;
  const palette = classColors(isMulticlass ? Math.max(3, classes) : 2, colors);
  return { shape: SHAPES[index % SHAPES.length], color: palette[index % palette.length] };
};

/**
 * The radius of marks in a plot of a size.
 * @param {number} side in CSS pixels
 */
export const markRadius = (side) => Math.min(4, Math.max(1.9, 0.9 + side * 0.0056));

/**
 * One mark in the middle of a canvas, for the legend beside the words.
 * @param {HTMLCanvasElement} canvas
 * @param {Mark} mark
 * @param {{size?: number, ground: string, ratio?: number}} options size: of the square canvas in CSS pixels
 */
export const drawSwatch = (canvas, mark, { size = 14, ground, ratio }) => {
  const context = prepare(canvas, { width: size, height: size, ratio });
  drawMark(context, mark, size / 2, size / 2, size / 2 - 2.6, ground);
};

/**
 * The index of the point nearest to a place in pixels, -1 when none is within reach.
 * @param {{data: ArrayLike<number>, shape: number[]}} points [N, d]
 * @param {{x: (value: number) => number, y: (value: number) => number}} scales
 * @param {number} left
 * @param {number} top
 * @param {number} [reach] in CSS pixels
 * @param {ArrayLike<number>} [heights] the second coordinate where points have only one
 */
export const nearestMark = ({ data, shape: [count, dimensions] }, scales, left, top, reach = 12, heights) => {
  let nearest = -1;
  let least = reach * reach;
  for (let index = 0; index < count; index += 1) {
    const x = scales.x(data[index * dimensions]) - left;
    const y = scales.y(heights ? heights[index] : data[index * dimensions + 1]) - top;
    const distance = x * x + y * y;
    if (distance <= least) {
      least = distance;
      nearest = index;
    }
  }
  return nearest;
};
