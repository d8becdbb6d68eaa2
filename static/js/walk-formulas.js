// @ts-check
/**
 * The formulas of a walk's ops with symbols and with numbers put in: for a value, a local derivative, a gradient. Each is a
 * list of parts, "y = z / d", "= 5.0000 / 3.0000", "= 1.6667", which may stand on one line or on several. Pure: trees.
 */
import { asFactor, contents, derivative, fillSlots, m, number, operator, parseFormula, rightSide, row, shortNumber, symbol, toned } from "./mathml.js";
import { edgeKey } from "./walk.js";

/** @typedef {import("./mathml.js").Tree} Tree */

const INPUTS = ["x", "y"];
const equals = (...children) => row(operator("="), ...children);
const times = () => operator("×");
/** What a reader is asked for. */
export const asked = () => row(m("mspace", { width: "0.25em" }), m("mtext", { class: "asked" }, "\u2002?\u2002"));

/** @param {any} walk  createWalk() */
export function createFormulas(walk) {
  const { document } = walk;
  const parsed = new Map();
  const loss = walk.node(document.positions.find((event) => event.phase === "seed").node);

  /** The formulas of an op as trees; null for a leaf. */
  function formulaOf(node) {
    const known = node.formula === null ? null : document.formulas[node.formula];
    if (!known) return null;
    if (!parsed.has(node.formula)) parsed.set(node.formula, { value: parseFormula(known.value), locals: known.locals.map(parseFormula), convention: known.convention });
    return parsed.get(node.formula);
  }

  // --- slots ---
  const nodeOf = (node, slot) => (slot === "z" ? node.id : INPUTS.includes(slot) ? node.inputs[INPUTS.indexOf(slot)] : undefined);
  const attributes = (id, value) => ({ class: "slot", "data-node": id, "data-value": value ?? null });
  const constantOf = (node, slot) => (slot in (node.constants ?? {}) ? { content: shortNumber(node.constants[slot]) } : null);
  const symbols = (node) => (slot) => {
    const id = nodeOf(node, slot);
    return id === undefined ? constantOf(node, slot) : { content: symbol(walk.node(id).name), attributes: attributes(id) };
  };
  const numbers = (node) => (slot) => {
    const id = nodeOf(node, slot);
    return id === undefined ? constantOf(node, slot) : { content: numeral(walk.node(id)), attributes: attributes(id, walk.node(id).value) };
  };
  const hasNodes = (tree) => typeof tree !== "string" && (INPUTS.includes(tree.attributes["data-slot"]) || tree.attributes["data-slot"] === "z" || tree.children.some(hasNodes));

  const name = (id) => row(m("mrow", attributes(id), symbol(walk.node(id).name)));
  const slope = (above, below, tone) => toned(tone, derivative(name(above), name(below)));

  return {
    loss,
    formulaOf,
    symbolOf: (id) => symbol(walk.node(id).name),
    /** dL/dx of a node. */
    gradientSymbol: (id) => slope(loss.id, id, "bwd"),
    /** dy/dx of an edge. */
    localSymbol: (id, from) => slope(from, id, "fwd"),

    /** z = x / y, with numbers, the value. @returns {Tree[]} */
    value(node, isKnown = true) {
      const formula = formulaOf(node);
      if (!formula) return [];
      const parts = [contents(fillSlots(formula.value, symbols(node)))];
      if (!isKnown) return parts;
      const filled = rightSide(fillSlots(formula.value, numbers(node)));
      return [...parts, equals(filled), equals(result(node.id, node.value))];
    },

    /** dz/dx, as a formula, with numbers, its value. @returns {Tree[]} */
    local(node, input, isKnown = true) {
      const own = formulaOf(node)?.locals[input];
      if (!own) return [];
      const parts = [row(slope(node.id, node.inputs[input], "fwd"), equals(contents(fillSlots(own, symbols(node)))))];
      if (isKnown && hasNodes(own)) parts.push(equals(contents(fillSlots(own, numbers(node)))));
      return parts;
    },

    /**
     * dL/dx = dL/dz × dz/dx, the local one as a formula, then with numbers. One of several contributions is added ("+=").
     * @param {any} node  the op the gradient flows through
     * @param {number} input
     * @param {{upstream: number|null, adds: boolean, hidesLocal: boolean, known: boolean}} options  known: whether it has arrived
     * @returns {Tree[]}
     */
    gradient(node, input, { upstream, adds, hidesLocal, known }) {
      const target = node.inputs[input];
      const own = formulaOf(node)?.locals[input];
      const left = [slope(loss.id, target, "ink"), operator(adds ? "+=" : "=")];
      const above = node.id === loss.id ? toned("bwd", m("mn", {}, "1")) : slope(loss.id, node.id, "bwd");
      const parts = [row(...left, above, times(), slope(node.id, target, "fwd"))];
      if (hidesLocal || !own) return [...parts, equals(above, times(), asked())];
      const factor = (fill) => toned("fwd", asFactor(contents(fillSlots(own, fill))));
      const formula = equals(above, times(), factor(symbols(node)));
      if (!known) return [...parts, formula];
      const seen = m("mrow", { ...attributes(node.id), class: "slot bwd", "data-value": upstream }, number(upstream));
      return [...parts, ...(hasNodes(own) ? [formula] : []), equals(seen, times(), factor(numbers(node)))];
    },
  };

  function result(id, value) {
    return m("mrow", { class: "slot fwd result", "data-node": id, "data-value": value ?? null, "data-result": "" }, number(value));
  }
}

/** A node's number within a formula: constants as short as they were written. */
const numeral = (node) => (node.role === "constant" ? shortNumber(node.value) : number(node.value));

/** The key of the edge that an input of an op is. */
export const inputEdge = (node, input) => edgeKey(node.inputs[input], node.id, input);

/** The terms of a node's gradient that have arrived, largest first; equal ones in the order of arrival. */
export const termsAt = (walk, id, position) => walk.arrived(id, position).map((at) => ({ at, ...walk.event(at) }));

/**
 * The way from an arrival on to the loss along which most of it comes: at each node the arrival that carries the most.
 * @returns {{events: any[], product: number}}  the product of the local derivatives (and the seed) along it
 */
export function strongestPath(walk, position) {
  const events = [];
  let event = walk.event(position);
  for (;;) {
    events.push(event);
    const onward = walk.arrivals.get(event.from).map(walk.event);
    if (!onward.length) break;
    event = onward.reduce((best, one) => (Math.abs(one.contribution) > Math.abs(best.contribution) ? one : best));
  }
  return { events, product: events.reduce((product, { local }) => product * local, walk.document.seed ?? 1) };
}
