// @ts-check
/**
 * The pictures of all neurons on one canvas: as canvases of their own, the browser would put together fifty layers for every
 * frame.
 */
import { pixelRatio, scratch } from "./canvas.js";
import { drawNeuron } from "./neuron.js";

const CUT = 0.25; // how much is left to be seen of a neuron that is cut out

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{x: number, y: number, size: number, at: number, index: number, pixelated: boolean}[]} neurons  their middles, in CSS pixels; `at` 0 is the inputs
 * @param {{width: number, height: number, last: number, colors: any, radius: number}} options  last: the number of the output layer
 * @returns {(frame: any, data: any, isCut: (neuron: any) => boolean) => void}
 */
export function createNeuronPictures(canvas, neurons, { width, height, last, colors, radius }) {
  const own = neurons.map(() => scratch(1, 1));
  const ratio = pixelRatio({});
  Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.scale(ratio, ratio);
  const outlines = new Path2D();
  for (const { x, y, size } of neurons) outlines.roundRect(x - size / 2 + 1, y - size / 2 + 1, size - 2, size - 2, radius);

  return (frame, data, isCut) => {
    context.clearRect(0, 0, width, height); // or what lies half behind a rounded corner would add up
    context.save();
    context.clip(outlines);
    neurons.forEach((neuron, place) => {
      const { x, y, at, index, pixelated } = neuron;
      const size = neuron.size - 2;
      drawNeuron(own[place], { frame, data, layer: at - 1, index, last, width: size, height: size }, { colors });
      context.imageSmoothingEnabled = !pixelated;
      const cut = isCut(neuron);
      if (cut) {
        context.fillStyle = colors.surface;
        context.fillRect(x - size / 2, y - size / 2, size, size);
        context.globalAlpha = CUT;
      }
      context.drawImage(own[place], x - size / 2, y - size / 2, size, size);
      if (cut) context.globalAlpha = 1;
    });
    context.restore();
  };
}
