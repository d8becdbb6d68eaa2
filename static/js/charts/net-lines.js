// @ts-check
/**
 * The net's weights as lines on one canvas, a layer at a time: as elements, hundreds of them would be laid out and painted
 * anew for every frame.
 */
import { pixelRatio } from "./canvas.js";

/** How much is seen of a line to or from a neuron that is cut out, and of a weight that is frozen. */
const HELD = { cut: 0.18, frozen: 0.6 };

/** @typedef {{layer: number, d: string, stroke: {sign: string, width: number, dash: string}, held: string, isBroken: boolean}} Line */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Line[]} lines
 * @param {{width: number, height: number, columns: number[], colors: any}} options  columns: where the middles of the neurons are, from the inputs on
 * @returns {(layer: number) => void}  draws the lines of a layer as they are now
 */
export function createNetLines(canvas, lines, { width, height, columns, colors }) {
  const ratio = pixelRatio({ colors });
  Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.scale(ratio, ratio);
  const shapes = columns.slice(1).map((_, layer) => lines.filter((line) => line.layer === layer).map((line) => ({ line, path: new Path2D(line.d) })));

  return (layer) => {
    const [left, right] = [columns[layer], columns[layer + 1]];
    context.clearRect(left, 0, right - left, height);
    for (const { line, path } of shapes[layer]) {
      const { sign, width: thick, dash } = line.stroke;
      context.strokeStyle = line.isBroken || sign === "broken" ? colors.err : sign === "neg" ? colors.neg : colors.pos;
      context.globalAlpha = HELD[line.held] ?? 1;
      context.lineWidth = thick;
      context.setLineDash(dash === "none" ? [] : dash.split(" ").map(Number));
      context.stroke(path);
    }
  };
}
