// @ts-check
/** What follows an answer, in words: the path that leads to the number. Before all is answered it says no more than was asked. */
import { passed, rivalAt, signOf } from "./predict.js";
import { numberText, plainName } from "./walk-names.js";

const SIGNS = { "+": "plus", "\u2212": "minus", 0: "zero" };
const KINDS = { "+": "positive", "\u2212": "negative", 0: "zero" };
const nameOf = (walk, id) => plainName(walk.nodes.find((node) => node.id === id).name);

/** A predicted or an actual answer as text. @param {(key: string, params?: any) => string} t */
export function answerText(t, { walk }, position, question, value) {
  if (question === "number") return numberText(value);
  if (question === "sign") return t(`walk.predict.signs.${SIGNS[value]}`);
  if (value === "same") return t("walk.predict.same");
  const rival = rivalAt(walk, position);
  return t("walk.predict.size_of", { name: nameOf(walk, value === "this" ? walk.positions[position].node : rival?.node) });
}

/**
 * @param {(key: string, params?: any) => string} t
 * @param {any} state
 * @param {number} position
 * @param {import("./predict.js").Answer} answer
 */
export function feedback(t, state, position, { question }) {
  const { walk } = state;
  const { node, upstream, local, contribution } = walk.positions[position];
  const numbers = { upstream: numberText(upstream), local: numberText(local), contribution: numberText(contribution) };
  const word = (value) => t(`walk.predict.signs.${SIGNS[signOf(value)]}`);
  if (question === "sign") {
    const signs = { a: word(upstream), b: word(local), c: word(contribution) };
    if (passed(state, position)) return t("walk.predict.because_sign_full", { ...numbers, ...signs });
    // the size of the local derivative is part of the next question
    return t("walk.predict.because_sign", { ...numbers, ...signs, kind: t(`walk.predict.${KINDS[signOf(local)]}`) });
  }
  if (question === "number") return t("walk.predict.because_number", numbers);
  const rival = rivalAt(walk, position);
  if (rival?.sibling) {
    const other = walk.positions.find((event) => event.phase === "backward" && event.from === walk.positions[position].from && event.node === rival.node);
    return t("walk.predict.because_sibling", { ...numbers, node: nameOf(walk, node), other: nameOf(walk, rival.node), other_local: numberText(other.local) });
  }
  const size = Math.abs(local);
  return t(`walk.predict.because_${Math.abs(size - 1) < 1e-9 ? "same" : size < 1 ? "smaller" : "larger"}`, numbers);
}
