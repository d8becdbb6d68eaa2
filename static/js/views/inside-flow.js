// @ts-check
/** How every layer fared all along the run: its gradient, its updates, its weights, what is dead or saturated. */
import { ends, overSteps, pointsOf } from "../charts/over-steps.js";
import { createDiagnosisWords, ratioText } from "../diagnosis-words.js";
import { h, setAttribute, setText } from "../dom.js";
import { followInside, presentOf } from "../follow-inside.js";
import { integer, percent } from "../format.js";
import { segmented } from "../fields.js";
import { DASHES } from "../runs.js";

const MEASURES = ["gradient_norm", "update_ratio", "weight_norm", "activation_spread", "dead_share", "saturated_share"];
const SHARES = ["dead_share", "saturated_share"]; // on an axis that is not logarithmic
const HEALTHY = 1e-3;
const PACE = 1500;

/** Beyond eight layers a colour comes again, with another dash. @param {number} index */
const dashOf = (index) => DASHES[(index + 3 * Math.floor(index / DASHES.length)) % DASHES.length];

/** @param {any} context */
export function flowPart(context) {
  const { t, store } = context;
  const measured = (state) => state.ui.flow ?? MEASURES[0];
  const choice = segmented(context, { label: t("inside.flow.label"), choices: MEASURES.map((name) => [name, t(`inside.flow.${name}`)]), read: measured, write: (flow) => store.dispatch({ type: "ui", changes: { flow } }) });
  const note = h("p", { class: "hint", "data-testid": "flow-note" });
  const chart = overSteps(context, { name: t("inside.flow.table"), step: (step) => t("inside.step", { step: integer(step) }), go: t("inside.go_there") });
  const element = h("div", { class: "inside", "data-testid": "flow" }, h("div", { class: "inside-head" }, choice, note), chart.element);
  let answer = null;

  function write() {
    const state = store.get();
    if (!answer || !state.spec) return;
    const colors = context.colors();
    const measure = measured(state);
    const words = createDiagnosisWords(context, state.spec);
    const { steps, layers } = answer;
    const lines = layers.map((layer, index) => ({ name: words.heading(index), points: pointsOf(steps, layer[measure]), color: colors.lanes[index % colors.lanes.length], dash: dashOf(index), width: 1.8, labelColor: colors.ink2 }))
      .filter((_, index) => layers[index][measure].some((value) => value !== null));
    const guide = measure === "update_ratio" && steps.length ? [{ name: "", label: "10⁻³", points: [[steps[0], HEALTHY], [steps.at(-1), HEALTHY]], color: colors.ink, dash: [1, 3], width: 1.2 }] : [];
    const isLog = !SHARES.includes(measure);
    const about = t(`inside.flow.about.${measure}`);
    setText(note, lines.length ? about : t(`inside.flow.none.${measure}`));
    setAttribute(note, "title", note.textContent); // on a low screen there is one line of it
    chart.write({ series: [...guide, ...lines], log: isLog, present: presentOf(state), format: isLog ? (value) => (value === null || Number.isNaN(value) ? "–" : ratioText(value)) : (value) => percent(value, 0), summary: t("inside.flow.summary", { what: t(`inside.flow.${measure}`), ...ends(steps) }) });
    element.dataset.left = answer.left;
  }

  followInside(context, { tab: "flow", path: () => "/history/layers", pace: PACE, take: (body) => {
    answer = body ?? answer;
    write();
  } });
  context.select((state) => `${measured(state)} ${state.ui.theme} ${presentOf(state)}`, write);
  return element;
}
