// @ts-check
/**
 * What a place of the net is called and what its numbers are in a frame. A place is
 * {kind: "input"|"neuron"|"weight"|"bias", layer, index, from}: layer 0 is the first layer after the inputs; `from` is the
 * neuron a weight comes from.
 */

export const samePlace = (a, b) =>
  a === b || (a !== null && b !== null && a.kind === b.kind && a.layer === b.layer && a.index === b.index && a.from === b.from);

export const layerParameter = (frame, layer, kind) => frame.parameters[`layers.${layer}.${kind}`];
export const layerGradient = (frame, layer, kind) => frame.gradients[`layers.${layer}.${kind}`];

/** A weight array has the shape (fan_in, fan_out): the number of the edge from -> to. */
export const weightAt = ({ data, shape }, from, to) => data[from * shape[1] + to];

/** Value and gradient of a weight, a bias, or a norm's scale or shift; null for places without parameters. */
export function readParameter(frame, { kind, layer, index, from }) {
  const name = ["weight", "scale", "shift"].includes(kind) ? kind : "bias";
  const value = layerParameter(frame, layer, name);
  const gradient = layerGradient(frame, layer, name);
  if (!value) return null;
  const at = kind === "weight" ? (array) => weightAt(array, from, index) : (array) => array.data[index];
  return { value: at(value), gradient: gradient ? at(gradient) : NaN };
}

/** The largest size in the arrays of one kind over all layers: what a width of an edge is compared with. */
export function largest(arrays) {
  let most = 0;
  for (const [name, { data }] of Object.entries(arrays)) {
    if (!name.endsWith(".weight")) continue;
    for (let index = 0; index < data.length; index += 1) if (Math.abs(data[index]) > most) most = Math.abs(data[index]);
  }
  return most;
}

/** Names of places: "x₁", "1.2", "ŷ", or the class a neuron of the output stands for. */
export function createNames({ label, classLabel }, spec) {
  const last = spec.network.layers.length - 1;
  const outputs = spec.network.layers[last].units;
  const neuron = (layer, index) => {
    if (layer < 0) return label("features", spec.data.features[index] ?? spec.data.features[0]);
    if (layer < last) return `${layer + 1}.${index + 1}`;
    return outputs === 1 ? "ŷ" : classLabel(spec.data.name, index);
  };
  return {
    neuron,
    edge: ({ layer, from, index }) => [neuron(layer - 1, from), neuron(layer, index)],
  };
}
