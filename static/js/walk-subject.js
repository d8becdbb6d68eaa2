// @ts-check
/** What the right column of the walkthrough is about, and where in the net a number is. */
import { openQuestion } from "./predict.js";
import { groupWords } from "./walk-names.js";

/** The number it is about: the chosen one, else the one of the position. @returns {number|null} */
export const subjectOf = (state, walk) => (state.selected !== null && walk.node(state.selected) ? state.selected : walk.event(state.position).node ?? null);

/** Which panel is open: while a question is, no other. @returns {"predict"|"explain"|"check"} */
export function panelOf(state) {
  if (openQuestion(state)) return "predict";
  const { side } = state.ui;
  if (side === "explain" || side === "check") return side;
  return state.predict.on ? "predict" : "explain";
}

/** "Layer 2, Neuron 1"; nothing in an expression. */
export const placeName = (context, walk, id) => groupWords(context).groupPath(walk.group(walk.node(id).group));
