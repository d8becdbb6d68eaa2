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

/**
 * What tells numbers of the same name apart: of the groups they are in, those that not all of them are in ("Sample 3").
 * @returns {Map<number, string>} by node; empty texts where there is nothing to tell apart
 */
export function apart(context, walk, ids) {
  const { groupName } = groupWords(context);
  // each sample has its own layer 1
  const paths = ids.map((id) => walk.paths.get(id).map(walk.group).filter((group) => group.kind !== "root").map(groupName));
  const shared = new Set((paths[0] ?? []).filter((name) => paths.every((path) => path.includes(name))));
  return new Map(ids.map((id, index) => [id, paths[index].filter((name) => !shared.has(name)).join(context.t("walk.groups.joint"))]));
}
