// @ts-check
/** How much room a net has beside the words of its first and last column. */
import { isTouch } from "../mode.js";
import { TIGHTEST } from "../net-controls.js";
import { layoutNet } from "./net-layout.js";

/** The words beside the first and the last column, which need room of their own on a desk; a phone has them above. */
export function sideWords({ label, classLabel }, spec, data) {
  const features = data.name === "digits" ? [] : spec.data.features.map((name) => label("features", name));
  const outputs = spec.network.layers[spec.network.layers.length - 1].units;
  const classes = outputs > 1 ? Array.from({ length: outputs }, (_, index) => classLabel(spec.data.name, index)) : [];
  return { before: widest(features), after: widest(classes) };
}

let ruler = null;
function widest(words) {
  ruler ??= document.createElement("canvas").getContext("2d");
  ruler.font = `13px ${getComputedStyle(document.body).fontFamily}`;
  return Math.ceil(Math.max(0, ...words.map((word) => ruler.measureText(word).width + 14)));
}

export function isNarrow(context, spec, data, width) {
  const { narrow, pitch } = layoutNet({ inputs: data.inputs.length, layers: spec.network.layers.map((layer) => layer.units), image: data.name === "digits", width, height: 400, touch: isTouch(), ...sideWords(context, spec, data) });
  return narrow || pitch < TIGHTEST;
}
