// @ts-check
/** What every canvas chart begins with: a backing store for the screen's density, and type in the page's face. */

/**
 * @typedef {object} Colors resolved CSS colours
 * @property {string} ground
 * @property {string} surface
 * @property {string} line
 * @property {string} ctl
 * @property {string} ink
 * @property {string} ink2
 * @property {string} ink3
 * @property {string} pos
 * @property {string} neg
 * @property {string} fwd
 * @property {string} bwd
 * @property {string} branch
 * @property {string} err
 * @property {number[][]} sign five [r, g, b] stops for -1, -0.5, 0, 0.5, 1
 * @property {string[]} lanes
 * @property {string} [font] the family of labels
 * @property {string} [serif] the family of variable names
 *
 * @typedef {object} ChartOptions
 * @property {number} width in CSS pixels
 * @property {number} height in CSS pixels
 * @property {Colors} colors
 * @property {number} [textSize] of labels in CSS pixels, 11 at the least
 * @property {number} [ratio] device pixels per CSS pixel
 */

const SANS = "system-ui, sans-serif";
const SERIF = '"STIX Two Text", "Cambria", "Noto Serif", Georgia, "Times New Roman", serif';
const SMALLEST_TEXT = 11;

/** Device pixels per CSS pixel; more on a projector, where the page is drawn larger. @param {{ratio?: number, colors?: any}} options */
export const pixelRatio = (options) => (options.ratio ?? globalThis.devicePixelRatio ?? 1) * (options.colors?.scale ?? 1);

/**
 * Sizes the backing store (only when it changed), clears it and answers a context in CSS pixels.
 * The canvas's size on the page is the style sheet's affair.
 * @param {HTMLCanvasElement|OffscreenCanvas} canvas
 * @param {{width: number, height: number, ratio?: number}} options
 * @returns {CanvasRenderingContext2D}
 */
export const prepare = (canvas, options) => {
  const ratio = pixelRatio(options);
  const width = Math.max(1, Math.round(options.width * ratio));
  const height = Math.max(1, Math.round(options.height * ratio));
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, width, height);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
};

/**
 * A canvas that is not on the page.
 * @param {number} width in device pixels
 * @param {number} height in device pixels
 * @returns {HTMLCanvasElement|OffscreenCanvas}
 */
export const scratch = (width, height) => {
  if (typeof OffscreenCanvas !== "undefined") return new OffscreenCanvas(width, height);
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
};

/** The size of small text. @param {{textSize?: number, colors?: any}} options */
export const textSize = (options) => Math.max(SMALLEST_TEXT, options.textSize ?? options.colors?.textSize ?? SMALLEST_TEXT);

/**
 * The page's face at a size.
 * @param {{colors?: {font?: string}}} options
 * @param {number} size
 * @param {400|700} [weight]
 */
export const sans = (options, size, weight = 400) => `${weight} ${size}px ${options.colors?.font ?? SANS}`;

/**
 * Variables are serif italic.
 * @param {{colors?: {serif?: string}}} options
 * @param {number} size
 */
export const serifItalic = (options, size) => `italic 400 ${size}px ${options.colors?.serif ?? SERIF}`;

/**
 * Text in one colour; narrower when it would not fit its room.
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {{font: string, color: string, align?: CanvasTextAlign, baseline?: CanvasTextBaseline, room?: number}} style
 */
export const write = (context, text, x, y, { font, color, align = "left", baseline = "alphabetic", room }) => {
  context.font = font;
  context.fillStyle = color;
  context.textAlign = align;
  context.textBaseline = baseline;
  context.fillText(text, x, y, room);
};

/**
 * A pixel position at which a line of one pixel is sharp.
 * @param {number} position
 * @param {number} ratio
 */
export const crisp = (position, ratio) => (Math.round(position * ratio - 0.5) + 0.5) / ratio;
