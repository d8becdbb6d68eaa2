// @ts-check
/**
 * The picture in a neuron: its function over the plane or along x where the data has so few dimensions; its weights where it
 * looks at pixels; else the colour of its value for the chosen sample.
 */
import { smallCurve } from "./curve.js";
import { classColors } from "./marks.js";
import { asBytes, fieldImage, grayImage, rampLookup, rgb, signByte, signLookup, signMatrix } from "./field.js";

const PIXELS = 64;
const SIDE = 8;

/**
 * @param {HTMLCanvasElement|OffscreenCanvas} canvas
 * @param {{frame: any, data: any, layer: number, index: number, last: number, width: number, height: number}} neuron
 *   layer -1 is the inputs, `last` the output layer
 * @param {{colors: any}} options
 */
export function drawNeuron(canvas, { frame, data, layer, index, last, width, height }, { colors }) {
  const lookup = signLookup(colors.sign);
  const several = data.task === "multiclass";
  if (layer === last && several) {
    const palette = classColors(data.classes, colors);
    // ten classes have no ten colours: then how sure the net is goes from ground to ink
    const color = rampLookup(rgb(colors.surface), rgb(palette[index] && data.classes <= palette.length ? palette[index] : colors.ink));
    const picture = frame.pictures.output;
    if (picture?.shape.length === 3) return fieldImage(canvas, picture.data, [picture.shape[1], picture.shape[2]], { lookup: color, offset: index * picture.shape[1] * picture.shape[2] });
    return square(canvas, Math.round(255 * (frame.activations.prediction?.data[index] ?? 0)), color);
  }
  if (data.dimensions === 2) {
    const picture = layer < 0 ? data.pictures.inputs : layer === last ? frame.pictures.output : frame.pictures.layers[layer];
    if (!picture) return undefined;
    const [rows, columns] = picture.shape.slice(-2);
    return fieldImage(canvas, asBytes(picture).data, [rows, columns], { lookup, offset: layer === last ? 0 : index * rows * columns });
  }
  if (data.dimensions === 1) {
    const curve = layer < 0 ? data.curves.inputs : layer === last ? frame.curves.output : frame.curves.layers[layer];
    if (!curve) return undefined;
    const count = curve.shape[curve.shape.length - 1];
    return smallCurve(canvas, curve.data, { width, height, colors, offset: layer === last ? 0 : index * count, count });
  }
  const pixels = data.inputs.length === PIXELS;
  if (layer < 0) {
    const { input } = frame.activations;
    if (!input) return undefined;
    if (pixels) return grayImage(canvas, input.data, [SIDE, SIDE], { lookup: rampLookup(rgb(colors.ground), rgb(colors.ink)) });
    return square(canvas, signByte(input.data[index] / 2), lookup); // standardized: two deviations are full colour
  }
  if (pixels && layer === 0) {
    const weight = frame.parameters["layers.0.weight"];
    return void signMatrix(canvas, weight.data, [SIDE, SIDE], { lookup, offset: index, stride: weight.shape[1] });
  }
  return square(canvas, signByte(frame.activations.layers[layer]?.data[index] ?? NaN), lookup);
}

function square(canvas, byte, lookup) {
  fieldImage(canvas, Uint8Array.of(byte), [1, 1], { lookup });
}
