// @ts-check
/**
 * What of the net is taken out of the game by hand: neurons that are cut out, numbers that are frozen. Pure functions of its
 * layers; a place is that of net-reading.js. A frozen weight is [from, to], a frozen bias [to]; "all" is the whole layer.
 */

/** @typedef {{kind: string, layer: number, index: number, from?: number}} Place */

const ALL = "all";

const replaced = (layers, layer, changes) => layers.map((row, at) => (at === layer ? { ...row, ...changes } : row));
const key = (element) => element.join();

/** @param {any[]} layers @param {Place} place  of a neuron */
export const isCut = (layers, { layer, index }) => Boolean(layers[layer]?.cut?.includes(index));

/** Only hidden neurons can be cut out. @param {any[]} layers @param {Place} place */
export const canBeCut = (layers, { kind, layer }) => kind === "neuron" && layer >= 0 && layer < layers.length - 1;

/** @param {any[]} layers @param {Place} place @param {boolean} cut */
export function withCut(layers, { layer, index }, cut) {
  const others = (layers[layer].cut ?? []).filter((unit) => unit !== index);
  return replaced(layers, layer, { cut: cut ? [...others, index].sort((a, b) => a - b) : others });
}

/** The numbers of a place: of a neuron all weights that reach it and its bias. @param {Place} place @param {number} fanIn */
function elementsOf({ kind, index, from }, fanIn) {
  if (kind === "weight") return [[from, index]];
  return kind === "bias" ? [[index]] : [...Array.from({ length: fanIn }, (_, source) => [source, index]), [index]];
}

const everything = (fanIn, units) => Array.from({ length: units }, (_, index) => elementsOf({ kind: "neuron", layer: 0, index }, fanIn)).flat();

/** Whether all numbers of a place are frozen. @param {any[]} layers @param {Place} place @param {number} fanIn  of its layer */
export function isFrozen(layers, place, fanIn) {
  const { frozen = [] } = layers[place.layer] ?? {};
  if (frozen === ALL) return true;
  const known = new Set(frozen.map(key));
  return elementsOf(place, fanIn).every((element) => known.has(key(element)));
}

/** @param {any[]} layers @param {Place} place @param {number} fanIn @param {boolean} freeze */
export function withFrozen(layers, place, fanIn, freeze) {
  const { frozen = [], units, normalization } = layers[place.layer];
  const own = elementsOf(place, fanIn);
  const names = new Set(own.map(key));
  const others = (frozen === ALL ? everything(fanIn, units) : frozen).filter((element) => !names.has(key(element)));
  const now = freeze ? [...others, ...own] : others;
  // a norm learns as well: only without one is every weight and bias the whole layer
  const isWhole = now.length === (fanIn + 1) * units && (normalization ?? "none") === "none";
  return replaced(layers, place.layer, { frozen: isWhole ? ALL : now });
}

/** @param {any[]} layers @param {number} layer @param {boolean} freeze */
export const withLayerFrozen = (layers, layer, freeze) => replaced(layers, layer, { frozen: freeze ? ALL : [] });
