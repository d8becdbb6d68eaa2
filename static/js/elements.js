// @ts-check
/**
 * Elements: what the server calls a number of a step ("layers.0.weight[1,2]", "layers.0.z[3,2]" for the minibatch's sample 3),
 * where in the net it is, and what it is called in words.
 */
import { createNames } from "./net-reading.js";

const SIDE = 8; // of an image of digits
const PER_NEURON = ["scale", "shift", "kept"]; // of a norm, of a cut: one for each neuron, for all samples

/** @typedef {{kind: string, layer: number|null, op: string|null, at: number[]}} Element */

/**
 * @param {string} element
 * @returns {Element}  kind is input, target, loss, penalty, objective, or what of a layer it is: weight, bias, z, output ...;
 *   op is what computes it on the way to the loss, the penalty or a norm
 */
export function readElement(element) {
  const [, name, indices = ""] = /^([^[]*)(?:\[([\d,]*)\])?$/.exec(element) ?? [element, element];
  const at = indices.split(",").filter(Boolean).map(Number);
  const inLayer = /^layers\.(\d+)\.(\w+)(?:\.(\w+))?$/.exec(name);
  if (inLayer) return { kind: inLayer[2], layer: Number(inLayer[1]), op: inLayer[3] ?? null, at };
  const [kind, op = null] = name.split(".");
  return { kind, layer: null, op, at };
}

/** The place of the net that an element belongs to; null for those of the loss. */
export function placeOf(element) {
  const { kind, layer, at } = readElement(element);
  if (kind === "weight") return { kind, layer, index: at[1], from: at[0] };
  if (kind === "bias") return { kind, layer, index: at[0] };
  if (PER_NEURON.includes(kind)) return { kind: "neuron", layer, index: at[0] };
  if (kind === "input") return { kind, layer: -1, index: at[1] };
  return layer === null || at.length < 2 ? null : { kind: "neuron", layer, index: at[1] };
}

/** The number of a place; a neuron's and an input's for a single sample, the only one of its pass. */
export function elementOf({ kind, layer, index, from }) {
  if (kind === "weight") return `layers.${layer}.weight[${from},${index}]`;
  if (kind === "bias" || PER_NEURON.includes(kind)) return `layers.${layer}.${kind}[${index}]`;
  return kind === "input" ? `input[0,${index}]` : `layers.${layer}.output[0,${index}]`;
}

/** Whether an element has a number for each sample. */
export const isOfSample = (element) => !["weight", "bias", "penalty", "objective", ...PER_NEURON].includes(readElement(element).kind) && element !== "loss";

/**
 * Elements in words, for one net.
 * @param {any} context
 * @param {any} spec
 */
export function createElementWords(context, spec) {
  const { t } = context;
  const names = createNames(context, spec);
  const last = spec.network.layers.length - 1;
  const isImage = spec.data.features[0] === "pixels";
  const neuron = (layer, index) => (layer < 0 && isImage ? t("explain.pixel", { row: Math.floor(index / SIDE) + 1, column: (index % SIDE) + 1 }) : names.neuron(layer, index));

  /** "Sum z of 1.4": without the sample. @param {string} element */
  const name = (element) => {
    const { kind, layer, op, at } = readElement(element);
    if (kind === "weight") return t("explain.element.weight", { from: neuron(Number(layer) - 1, at[0]), to: neuron(layer, at[1]) });
    if (kind === "bias") return t("explain.element.bias", { name: neuron(layer, at[0]) });
    if (kind === "input") return t("explain.element.input", { name: neuron(-1, at[1]) });
    if (layer !== null && !op) return t(`explain.element.${kind === "output" && layer === last ? "answer" : kind}`, { name: neuron(layer, at[at.length - 1]) });
    if (!op) return t(`explain.element.${kind}`);
    const [, base, number] = /** @type {string[]} */ (/^(.*?)(?:_(\d+))?$/.exec(op));
    const named = { op: t(`explain.ops.${base}`) + (number ? ` (${number})` : "") };
    const words = t(`explain.element.in_${kind}`, layer === null ? named : { ...named, name: neuron(layer, at[at.length - 1] ?? 0) });
    const hasClass = kind === "loss" && at.length > 1 && spec.network.layers[last].units > 1;
    return hasClass ? t("explain.of_sample", { name: words, sample: neuron(last, at[1]) }) : words;
  };

  /** "sample 48": which row of the data an element of a minibatch belongs to. @param {number|null} row */
  const sample = (row) => (row === null || row === undefined ? "" : t("explain.sample", { index: row + 1 }));

  return {
    name,
    /** A neuron by its own name, anything else in words: "2.1". @param {string} element */
    short: (element) => (["z", "output"].includes(readElement(element).kind) ? neuron(readElement(element).layer, readElement(element).at[1]) : name(element)),
    sample,
    /** With its sample, if it has one. @param {string} element @param {number[]} rows */
    full(element, rows) {
      const { at } = readElement(element);
      return isOfSample(element) && at.length ? t("explain.of_sample", { name: name(element), sample: sample(rows[at[0]]) }) : name(element);
    },
    /** The letter of a kind of number: w, b, x, z, a; e for an error, ℓ for what becomes of it. */
    letter(element) {
      const { kind, op } = readElement(element);
      if (op) return kind === "norm" ? "u" : op.startsWith("sub") ? "e" : kind === "penalty" ? "r" : "ℓ";
      return { weight: "w", bias: "b", scale: "γ", shift: "β", input: "x", product: "p", z: "z", normalized: "n", activated: "a", mask: "m", dropped: "d", kept: "k", cut: "c", output: "a", target: "t", penalty: "R" }[kind] ?? "L";
    },
  };
}
