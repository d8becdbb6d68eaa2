// @ts-check
/**
 * Formulas. The server writes them as MathML in which each variable is a slot, `<mrow data-slot="x"><mi>x</mi></mrow>`; here
 * slots are filled with a symbol or with a number, and say which node they stand for. A formula is a plain tree until it is
 * shown: {tag, attributes, children}; it never passes through the page's HTML parser.
 */
import { decimal } from "./format.js";
import { splitName } from "./walk-names.js";

const MATHML = "http://www.w3.org/1998/Math/MathML";
const TAGS = new Set(["math", "mrow", "mi", "mn", "mo", "mtext", "mfrac", "msup", "msub", "msubsup", "msqrt", "mroot", "mover", "munder", "mspace", "mpadded", "mtable", "mtr", "mtd"]);
const ATTRIBUTES = new Set(["data-slot", "mathvariant", "stretchy", "fence", "form", "separator", "lspace", "rspace", "width", "accent", "display"]);
const ENTITIES = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/**
 * @typedef {{tag: string, attributes: Record<string, any>, children: (Tree|string)[]}} Tree
 * @typedef {{content: Tree, attributes?: Record<string, any>}} Filling  `attributes` for the slot: class, data-node, data-value
 */

/** @param {string} tag @param {Record<string, any>} attributes @param {...(Tree|string|null|false|undefined|(Tree|string)[])} children @returns {Tree} */
export const m = (tag, attributes, ...children) => ({ tag, attributes, children: /** @type {any} */ (children.flat().filter((child) => child !== null && child !== undefined && child !== false)) });
export const row = (...children) => m("mrow", {}, ...children);
export const operator = (text, attributes = {}) => m("mo", attributes, text);
export const fraction = (above, below) => m("mfrac", {}, above, below);
/** The same with a class round it: forward or backward. */
export const toned = (tone, ...children) => m("mrow", { class: tone }, ...children);

// --- reading ---

const decode = (text) => text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (whole, name) => {
  if (name[0] !== "#") return ENTITIES[name] ?? whole;
  return String.fromCodePoint(name[1].toLowerCase() === "x" ? parseInt(name.slice(2), 16) : Number(name.slice(1)));
});

/**
 * The tree of a formula from our own server. Throws on what is not well formed or not a formula.
 * @param {string} text
 * @returns {Tree}
 */
export function parseFormula(text) {
  const root = m("math", {});
  const open = [root];
  for (const [, closes, tag, attributes, empty, content] of text.matchAll(/<(\/?)([a-z]+)((?:\s+[\w:-]+="[^"]*")*)\s*(\/?)>|([^<]+)/g)) {
    const inside = open[open.length - 1];
    if (content !== undefined) {
      if (content.trim()) inside.children.push(decode(content.trim()));
    } else if (closes) {
      if (open.length < 2 || inside.tag !== tag) throw new Error(`a formula closes <${tag}> where <${inside.tag}> is open`);
      open.pop();
    } else {
      if (!TAGS.has(tag)) throw new Error(`<${tag}> does not belong in a formula`);
      const kept = [...attributes.matchAll(/([\w:-]+)="([^"]*)"/g)].filter(([, name]) => ATTRIBUTES.has(name));
      const child = m(tag, Object.fromEntries(kept.map(([, name, value]) => [name, decode(value)])));
      inside.children.push(child);
      if (!empty) open.push(child);
    }
  }
  if (open.length > 1) throw new Error(`a formula leaves <${open[open.length - 1].tag}> open`);
  const [only] = root.children;
  return root.children.length === 1 && typeof only !== "string" && only.tag === "math" ? only : root;
}

// --- symbols and numbers ---

const isNumber = (name) => /^[-\u2212]?\d/.test(name);

/**
 * A name as it is written: a trailing number, or what follows an underscore, is an index; a name that is a number is one.
 * @param {string} name
 * @returns {Tree}
 */
export function symbol(name) {
  if (isNumber(name)) return numeral(name.replace("-", "\u2212"));
  const [letters, index] = splitName(name);
  const letter = m("mi", letters.length > 1 ? { class: "word" } : {}, letters);
  return index ? m("msub", {}, letter, m(/^[\d,]+$/.test(index) ? "mn" : "mi", {}, index)) : letter;
}

const numeral = (text) => (/^[-\u2212]/.test(text) ? m("mrow", { "data-negative": "" }, operator("\u2212", { form: "prefix" }), m("mn", {}, text.slice(1))) : m("mn", {}, text));

/**
 * A number within a formula: fixed decimals while they say something, else a power of ten; a dash where there is none.
 * @param {number|null} value
 * @param {number} [decimals]
 * @returns {Tree}
 */
export function number(value, decimals = 4) {
  if (value === null || value === undefined || Number.isNaN(value)) return m("mtext", {}, "\u00a0\u2013");
  const size = Math.abs(value);
  if (size === 0 || !Number.isFinite(value) || (size >= 10 ** (1 - decimals) && size < 1e4)) return numeral(decimal(value, decimals));
  const [mantissa, exponent] = size.toExponential(2).split("e");
  const parts = [m("mn", {}, mantissa), operator("×"), m("msup", {}, m("mn", {}, "10"), numeral(String(Number(exponent)).replace("-", "\u2212")))];
  return value < 0 ? m("mrow", { "data-negative": "", "data-compound": "" }, operator("\u2212", { form: "prefix" }), ...parts) : m("mrow", { "data-compound": "" }, ...parts);
}

/** A constant of an op, or a number that somebody typed: as short as it is. @param {number} value */
export const shortNumber = (value) => (Number.isFinite(value) && Math.abs(value) < 1e6 && (value === 0 || Math.abs(value) >= 1e-4) ? numeral(String(Number(value.toPrecision(12))).replace("-", "\u2212")) : number(value));

/** dA/dB as a fraction. */
export const derivative = (above, below) => fraction(row(operator("∂", { form: "prefix", rspace: "0" }), above), row(operator("∂", { form: "prefix", rspace: "0" }), below));

export const inParentheses = (tree) => row(operator("(", { fence: "true" }), tree, operator(")", { fence: "true" }));

// --- filling ---

const OPENS = new Set(["(", "[", "{", "|", "=", ","]);

/**
 * The formula with its slots filled. A negative number stands in parentheses where it follows an operator or bears an
 * exponent. Slots without a filling stay as they are.
 * @param {Tree} tree
 * @param {(slot: string) => Filling|null|undefined} fill
 * @param {"free"|"bound"|"base"} [place]  what stands before it
 * @returns {Tree}
 */
export function fillSlots(tree, fill, place = "free") {
  const slot = tree.attributes["data-slot"];
  const filling = slot === undefined ? null : fill(slot);
  if (filling) return m("mrow", { "data-slot": slot, ...filling.attributes }, enclosed(filling.content, place));
  return { ...tree, children: tree.children.map((child, index) => (typeof child === "string" ? child : fillSlots(child, fill, placeOf(tree, index, place)))) };
}

const enclosed = (content, place) => {
  const negative = "data-negative" in content.attributes && place !== "free";
  const compound = "data-compound" in content.attributes && place === "base";
  return negative || compound ? inParentheses(content) : content;
};

function placeOf(parent, index, place) {
  if (["msup", "msub", "msubsup"].includes(parent.tag)) return index === 0 ? "base" : "free";
  if (!["mrow", "math", "mpadded"].includes(parent.tag)) return "free";
  if (index === 0) return place;
  const before = parent.children[index - 1];
  return typeof before !== "string" && before.tag === "mo" && OPENS.has(String(before.children[0])) ? "free" : "bound";
}

/** Whether a formula is a sum or bears a sign, and so stands in parentheses as a factor. @param {Tree} tree @returns {boolean} */
export function isSum(tree) {
  if (!["mrow", "math"].includes(tree.tag)) return false;
  const { children } = tree;
  if (children.length === 1) return typeof children[0] !== "string" && isSum(children[0]);
  let depth = 0;
  return children.some((child) => {
    if (typeof child === "string" || child.tag !== "mo") return false;
    const sign = String(child.children[0]);
    if (sign === "(") depth += 1;
    if (sign === ")") depth -= 1;
    return depth === 0 && ["+", "-", "\u2212"].includes(sign);
  });
}

export const asFactor = (tree) => (isSum(tree) ? inParentheses(tree) : tree);

/** What is in a formula, without its <math>. @param {Tree} tree */
export const contents = (tree) => (tree.tag === "math" ? row(...tree.children) : tree);

/** The right side of "z = ...". @param {Tree} tree */
export function rightSide(tree) {
  const inside = unwrapped(tree);
  const at = inside.children.findIndex((child) => typeof child !== "string" && child.tag === "mo" && child.children[0] === "=");
  return at < 0 ? contents(tree) : row(...inside.children.slice(at + 1));
}

const unwrapped = (tree) => {
  const [only] = tree.children;
  return tree.children.length === 1 && typeof only !== "string" && ["mrow", "math"].includes(only.tag) && !("data-slot" in only.attributes) ? unwrapped(only) : tree;
};

// --- showing ---

/** The formula as text: for tests, and for ears where MathML is not spoken. @param {Tree|string} tree @returns {string} */
export function plainText(tree) {
  if (typeof tree === "string") return tree;
  const [first, second] = tree.children.map(plainText);
  if (tree.tag === "mfrac") return `(${first})/(${second})`;
  if (tree.tag === "msup") return `${first}^${second}`;
  if (tree.tag === "msub") return `${first}_${second}`;
  if (tree.tag === "msqrt") return `√(${tree.children.map(plainText).join("")})`;
  return tree.children.map(plainText).join("");
}

/** @param {Tree} tree @returns {Element} */
export function toElement(tree) {
  const element = document.createElementNS(MATHML, tree.tag);
  if (tree.tag === "mi" && [...plainText(tree)].length === 1) element.setAttribute("class", "letter"); // the names of functions are upright
  for (const [name, value] of Object.entries(tree.attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...tree.children.map((child) => (typeof child === "string" ? child : toElement(child))));
  return element;
}

/** A formula of its own, to be put into the page. @param {...(Tree|string)} children @returns {Element} */
export const math = (...children) => toElement(m("math", {}, ...children));
