// @ts-check
/**
 * Pictures of numbers: a neuron over the plane, the net's answer, a weight vector, a digit. Fields come as bytes,
 * 0 for -1 and 255 for +1 (probabilities: 0 for none and 255 for one), rows from the top; a sample stands for the
 * middle of its pixel.
 */

import { scratch } from "./canvas.js";

/**
 * @typedef {{data: ArrayLike<number>, shape: number[]}} Field
 * @typedef {[number, number, number]} Rgb
 */

const TABLE_SIZE = 256;

/** Bytes r, g, b, a in the order of an ImageData, as one number. @param {number} r @param {number} g @param {number} b */
const pack = (r, g, b) => ((255 << 24) | (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r)) >>> 0;

/** @type {WeakMap<object, Uint32Array>} */
const tables = new WeakMap();

/**
 * The colour of each byte along equally spaced stops, linear in sRGB. One table per list of stops is kept.
 * @param {ArrayLike<number>[]} stops [r, g, b] each
 * @returns {Uint32Array}
 */
export const signLookup = (stops) => {
  const known = tables.get(stops);
  if (known) return known;
  const table = new Uint32Array(TABLE_SIZE);
  for (let byte = 0; byte < TABLE_SIZE; byte += 1) {
    const place = (byte / (TABLE_SIZE - 1)) * (stops.length - 1);
    const index = Math.min(stops.length - 2, Math.floor(place));
    const share = place - index;
    const [low, high] = [stops[index], stops[index + 1]];
    const mix = (/** @type {number} */ channel) => low[channel] + share * (high[channel] - low[channel]);
    table[byte] = pack(mix(0), mix(1), mix(2));
  }
  tables.set(stops, table);
  return table;
};

/**
 * The table from one colour (0) to another (255), for grey pictures.
 * @param {Rgb} from
 * @param {Rgb} to
 */
export const rampLookup = (from, to) => signLookup([from, to]);

/**
 * A field in bytes, as it is painted. The net's answer comes as 16-bit numbers, -32767 for -1 to 32767 for +1: its contour
 * needs them, its colours do not.
 * @param {Field} field
 * @returns {Field}
 */
export const asBytes = (field) => {
  const { data, shape } = field;
  if (!(data instanceof Int16Array)) return field;
  const bytes = new Uint8Array(data.length);
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = (data[index] + 32768) >> 8; // a callback would take ten times as long
  return { data: bytes, shape };
};

/**
 * -1..1 as a byte of the sign scale; what is not a number is zero.
 * @param {number} value
 */
export const signByte = (value) => (Number.isNaN(value) ? 127 : Math.round((Math.min(1, Math.max(-1, value)) + 1) * 127.5));

/**
 * The colour of a value on the sign scale, as CSS.
 * @param {ArrayLike<number>[]} stops
 * @param {number} value
 */
export const signColor = (stops, value) => {
  const packed = signLookup(stops)[signByte(value)];
  return `rgb(${packed & 255} ${(packed >> 8) & 255} ${(packed >> 16) & 255})`;
};

/**
 * A CSS colour (#rgb, #rrggbb, rgb(...)) as numbers.
 * @param {string} color
 * @returns {Rgb}
 */
export const rgb = (color) => {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(color.trim())?.[1];
  if (hex) {
    const width = hex.length / 3;
    const channel = (/** @type {number} */ index) => parseInt(hex.slice(index * width, (index + 1) * width).repeat(3 - width), 16);
    return [channel(0), channel(1), channel(2)];
  }
  const [r, g, b] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return [r ?? 0, g ?? 0, b ?? 0];
};

/** @param {number} width @param {number} height */
const createSheet = (width, height) => {
  const image = new ImageData(width, height);
  return { image, pixels: new Uint32Array(image.data.buffer) };
};

/** @type {Map<string, ReturnType<typeof createSheet>>} */
const sheets = new Map();

/** The reusable pixels of a size. @param {number} width @param {number} height */
const sheet = (width, height) => {
  const key = `${width}x${height}`;
  const known = sheets.get(key);
  if (known) return known;
  const made = createSheet(width, height);
  sheets.set(key, made);
  return made;
};

/** @type {HTMLCanvasElement|OffscreenCanvas|null} */
let small = null;

/**
 * Puts a sheet into a reusable canvas of its size, from which it can be drawn scaled.
 * @param {ReturnType<typeof createSheet>} pixels
 */
const asSource = ({ image }) => {
  small ??= scratch(image.width, image.height);
  if (small.width !== image.width) small.width = image.width;
  if (small.height !== image.height) small.height = image.height;
  const context = /** @type {CanvasRenderingContext2D} */ (small.getContext("2d"));
  context.putImageData(image, 0, 0);
  return small;
};

/** @param {CanvasRenderingContext2D} context @param {ReturnType<typeof createSheet>} pixels @param {number[]} place @param {number} alpha */
const drawScaled = (context, pixels, [x, y, width, height], alpha) => {
  context.save();
  context.globalAlpha = alpha;
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.drawImage(asSource(pixels), x, y, width, height);
  context.restore();
};

/**
 * Bytes through a table into pixels.
 * @param {Uint32Array} pixels
 * @param {ArrayLike<number>} data
 * @param {Uint32Array} lookup
 * @param {number} [offset] of the first byte
 */
export const paint = (pixels, data, lookup, offset = 0) => {
  for (let index = 0; index < pixels.length; index += 1) pixels[index] = lookup[data[offset + index]];
};

/**
 * A field of bytes, smoothly scaled into a rectangle.
 * @param {CanvasRenderingContext2D} context
 * @param {Field} field
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 * @param {{lookup: Uint32Array, alpha?: number}} options
 */
export const drawField = (context, { data, shape: [rows, columns] }, x, y, width, height, { lookup, alpha = 1 }) => {
  const pixels = sheet(columns, rows);
  paint(pixels.pixels, data, lookup);
  drawScaled(context, pixels, [x, y, width, height], alpha);
};

/**
 * Class probabilities into pixels: the classes' colours mixed by probability, fading to `zero` where none stands out.
 * @param {Uint32Array} pixels
 * @param {ArrayLike<number>} data K planes of bytes
 * @param {number} classes
 * @param {Rgb[]} colors
 * @param {Rgb} zero
 */
export const paintClasses = (pixels, data, classes, colors, zero) => {
  const size = pixels.length;
  for (let index = 0; index < size; index += 1) {
    let [r, g, b, total, most] = [0, 0, 0, 0, 0];
    for (let k = 0; k < classes; k += 1) {
      const share = data[k * size + index];
      const color = colors[k % colors.length];
      r += share * color[0];
      g += share * color[1];
      b += share * color[2];
      total += share;
      if (share > most) most = share;
    }
    if (total === 0) {
      pixels[index] = pack(zero[0], zero[1], zero[2]);
      continue;
    }
    const strength = Math.min(1, Math.max(0, (most / total - 1 / classes) / (1 - 1 / classes)));
    const mix = (/** @type {number} */ channel, /** @type {number} */ sum) => zero[channel] + strength * (sum / total - zero[channel]);
    pixels[index] = pack(mix(0, r), mix(1, g), mix(2, b));
  }
};

/**
 * Class probabilities [K, h, w], smoothly scaled into a rectangle.
 * @param {CanvasRenderingContext2D} context
 * @param {Field} field
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 * @param {{colors: Rgb[], zero: Rgb, alpha?: number}} options
 */
export const drawClassField = (context, { data, shape: [classes, rows, columns] }, x, y, width, height, { colors, zero, alpha = 1 }) => {
  const pixels = sheet(columns, rows);
  paintClasses(pixels.pixels, data, classes, colors, zero);
  drawScaled(context, pixels, [x, y, width, height], alpha);
};

/** @param {HTMLCanvasElement|OffscreenCanvas} canvas @param {ReturnType<typeof createSheet>} pixels */
const put = (canvas, { image }) => {
  if (canvas.width !== image.width) canvas.width = image.width;
  if (canvas.height !== image.height) canvas.height = image.height;
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).putImageData(image, 0, 0);
};

/**
 * A picture at its own resolution; CSS scales the canvas. For slices of a stack (neurons), `offset` is the first byte.
 * @param {HTMLCanvasElement|OffscreenCanvas} canvas
 * @param {ArrayLike<number>} data bytes
 * @param {number[]} shape [rows, columns]
 * @param {{lookup: Uint32Array, offset?: number}} options
 */
export const fieldImage = (canvas, data, [rows, columns], { lookup, offset = 0 }) => {
  const pixels = sheet(columns, rows);
  paint(pixels.pixels, data, lookup, offset);
  put(canvas, pixels);
};

/**
 * Numbers 0..maximum from one colour to another, e.g. a digit of 8 x 8 (use `image-rendering: pixelated`).
 * @param {HTMLCanvasElement|OffscreenCanvas} canvas
 * @param {ArrayLike<number>} values
 * @param {number[]} shape [rows, columns]
 * @param {{lookup: Uint32Array, maximum?: number, offset?: number}} options
 */
export const grayImage = (canvas, values, [rows, columns], { lookup, maximum = 1, offset = 0 }) => {
  const pixels = sheet(columns, rows);
  for (let index = 0; index < rows * columns; index += 1) {
    const share = Math.min(1, Math.max(0, values[offset + index] / maximum));
    pixels.pixels[index] = lookup[Math.round(share * 255) || 0];
  }
  put(canvas, pixels);
};

/**
 * Numbers -limit..limit on the sign scale, e.g. the 64 weights of a neuron as 8 x 8. Without a limit the largest
 * absolute value takes the full colour. Answers the limit.
 * @param {HTMLCanvasElement|OffscreenCanvas} canvas
 * @param {ArrayLike<number>} values
 * @param {number[]} shape [rows, columns]
 * @param {{lookup: Uint32Array, limit?: number, offset?: number, stride?: number}} options stride: distance of two neighbours (a column of a matrix)
 */
export const signMatrix = (canvas, values, [rows, columns], { lookup, limit, offset = 0, stride = 1 }) => {
  const pixels = sheet(columns, rows);
  const count = rows * columns;
  const full = limit ?? largest(values, offset, stride, count);
  for (let index = 0; index < count; index += 1) {
    pixels.pixels[index] = lookup[signByte(full > 0 ? values[offset + index * stride] / full : 0)];
  }
  put(canvas, pixels);
  return full;
};

/** @param {ArrayLike<number>} values @param {number} offset @param {number} stride @param {number} count */
const largest = (values, offset, stride, count) => {
  let most = 0;
  for (let index = 0; index < count; index += 1) {
    const size = Math.abs(values[offset + index * stride]);
    if (size > most && Number.isFinite(size)) most = size;
  }
  return most;
};
