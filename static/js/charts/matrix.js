// @ts-check
/** Numbers in rows and columns as coloured cells, one of them outlined. */
import { prepare } from "./canvas.js";
import { signColor } from "./field.js";

/**
 * Where the cells lie: as square as they can be, in the middle of the canvas.
 * @param {number[]} shape [rows, columns]
 * @param {{width: number, height: number}} size
 */
export function matrixPlace([rows, columns], { width, height }) {
  const side = Math.min(width / columns, height / rows);
  const wide = Math.min(width / columns, side * 2.5); // a row of few is not drawn as dots
  const high = Math.min(height / rows, side * 2.5);
  return { x: (width - wide * columns) / 2, y: (height - high * rows) / 2, wide, high };
}

/** The cell at a place on the canvas, or none. @param {number[]} shape @param {{width: number, height: number}} size @param {number} left @param {number} top */
export function cellAt([rows, columns], size, left, top) {
  const { x, y, wide, high } = matrixPlace([rows, columns], size);
  const [row, column] = [Math.floor((top - y) / high), Math.floor((left - x) / wide)];
  return row >= 0 && row < rows && column >= 0 && column < columns ? row * columns + column : null;
}

/** The largest size of the numbers that are finite: it takes the full colour. @param {(number|null)[]} values */
export const largestOf = (values) => values.reduce((/** @type {number} */ most, value) => (value !== null && Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{values: (number|null)[], shape: number[]}} data
 * @param {import("./canvas.js").ChartOptions & {cursor?: number|null}} options
 */
export function drawMatrix(canvas, { values, shape }, options) {
  const context = prepare(canvas, options);
  const [, columns] = shape;
  const { x, y, wide, high } = matrixPlace(shape, options);
  const most = largestOf(values) || 1;
  const gap = Math.min(wide, high) > 8 ? 1 : 0;
  const { colors, cursor } = options;
  values.forEach((value, index) => {
    context.fillStyle = value === null ? colors.err : signColor(colors.sign, value / most);
    context.fillRect(x + (index % columns) * wide, y + Math.floor(index / columns) * high, wide - gap, high - gap);
  });
  if (cursor === null || cursor === undefined) return;
  context.strokeStyle = colors.ink;
  context.lineWidth = 2;
  context.strokeRect(x + (cursor % columns) * wide, y + Math.floor(cursor / columns) * high, wide - gap, high - gap);
}
