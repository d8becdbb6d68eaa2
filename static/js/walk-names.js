// @ts-check
/** How nodes and their operations are written: w_1 as a letter with a subscript, mul as ×. */
import { h } from "./dom.js";
import { signed, signedCompact } from "./format.js";

const GLYPHS = {
  add: "+", sub: "−", mul: "×", div: "÷", neg: "−( )", exp: "exp", log: "ln", sqrt: "√", abs: "| |", sigmoid: "σ",
  maximum: "max", minimum: "min", leaky_relu: "leaky relu", sum: "Σ", mean: "mean", mse: "mse",
};

/**
 * "w_1" and "w1" are w with the subscript 1; a constant is its number.
 * @param {string} name
 * @returns {[string, string]} the letters and the subscript, which may be empty
 */
export function splitName(name) {
  const match = /^([A-Za-z][A-Za-z_]*?)_?(\d+(?:,\d+)*)$/.exec(name) ?? /^([A-Za-z]+)_([A-Za-z0-9,]+)$/.exec(name);
  return match ? [match[1], match[2]] : [name, ""];
}

/** A name as it is spoken, and as it stands in an attribute. */
export const plainName = (name) => splitName(name).filter(Boolean).join("");

/** What a layer's output is called beside the others: by its neuron's number. */
export function outputName(walk, node, group) {
  const own = walk.group(node.group);
  return group.kind === "layer" && own.kind === "neuron" ? `${node.name}_${own.index + 1}` : node.name;
}

/** A name as an element: italic letters, an upright subscript. @param {string} name */
export function variable(name) {
  const [letters, subscript] = splitName(name);
  return h("span", { class: /^[\d.−-]/.test(name) ? "variable number" : "variable" }, letters, subscript && h("sub", {}, subscript));
}

/**
 * The sign of an operation: "×", "( )²", "tanh".
 * @param {string|null} op
 * @param {Record<string, any>} [constants]
 */
export function glyph(op, constants = {}) {
  if (!op) return "";
  if (op === "power") return `( )${powerText(constants.exponent)}`;
  return GLYPHS[op] ?? op.replaceAll("_", " ");
}

const RAISED = { "-": "⁻", ".": "·", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
const powerText = (exponent) => [...String(exponent ?? "ⁿ")].map((digit) => RAISED[digit] ?? digit).join("");

/** A number in a node: four decimals while they say something. @param {number|null} value */
export const numberText = (value) => (value !== null && value !== 0 && Math.abs(value) < 0.001 ? signedCompact(value, 4) : signed(value, 4));

/** What groups are called: alone, and with what they are in. */
export function groupWords({ t, walk }) {
  /** A sample bears the same number as in the playground: that of its row in the data set. */
  const numberOf = ({ kind, index }) => (kind === "sample" ? walk().document.rows?.[index] ?? index : index) + 1;
  const groupName = (group) => t(`walk.groups.${group.kind}`, { number: numberOf(group) });
  const groupPath = (group) => {
    const names = [];
    for (let one = group; one && one.kind !== "root"; one = one.parent === null ? null : walk().group(one.parent)) {
      const only = one.kind === "sample" && walk().document.groups.filter((other) => other.kind === "sample").length === 1;
      if (!only) names.unshift(groupName(one));
    }
    return names.join(t("walk.groups.joint"));
  };
  /** For small places: a neuron by its layer and number, as in the playground. */
  const groupShort = (group) => (group.kind === "neuron" ? `${walk().group(group.parent).index + 1}.${group.index + 1}` : groupName(group));
  return { groupName, groupPath, groupShort };
}
