// @ts-check
/** Parts of a spec that may be written in more than one way, or only where they do something. */

/** A loss is its name, or a name with those fields that are not at their defaults. */
export const lossName = (spec) => (typeof spec.loss === "string" ? spec.loss : spec.loss.name);
export const lossField = (spec, { name, default: standard }) => (typeof spec.loss === "string" ? standard : spec.loss[name] ?? standard);

/** How many samples a batch holds; null while the rows of the data are not known. */
export const batchOf = ({ spec, data }) => (spec.batch_size === "all" ? data?.trainRows ?? null : spec.batch_size);

/** How many numbers arrive at a layer. */
export const fanIn = (layers, index, inputs) => (index === 0 ? inputs : layers[index - 1].units);

/** Layers after an edit: a residual connection goes where it no longer fits, and with a neuron what was cut or frozen of it. */
export const fittingLayers = (layers, inputs) => layers.map((layer, index) => {
  const arriving = fanIn(layers, index, inputs);
  const { units, cut, frozen } = layer;
  return {
    ...layer,
    ...(layer.residual && units !== arriving ? { residual: false } : {}),
    ...(cut ? { cut: cut.filter((unit) => unit < units && index < layers.length - 1) } : {}),
    ...(Array.isArray(frozen) ? { frozen: frozen.filter((at) => at.at(-1) < units && (at.length < 2 || at[0] < arriving)) } : {}),
  };
});
