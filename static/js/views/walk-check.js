// @ts-check
/**
 * Check it: the engine nudges the number this column is about, both ways, and the slope it finds stands beside the gradient.
 * Asked for when the panel is opened, once for each number of a walk.
 */
import { checkFailure, checkReport } from "../charts/check-report.js";
import { h, setAttribute } from "../dom.js";
import { openQuestion } from "../predict.js";
import { panelOf, placeName, subjectOf } from "../walk-subject.js";

const WAIT = 300; // ms until a line says that something is on its way

/** @param {any} context  of the walkthrough page */
export function checkView(context) {
  const { t, store } = context;
  const body = h("div", { class: "check-body" });
  const line = h("div", { class: "loading-line", hidden: true, role: "progressbar", "aria-label": t("walk.check.loading") });
  const panel = h("div", { class: "checkit", "data-testid": "check", "aria-busy": false }, line, body);
  let shown = null; // {document, node} of the answer on the screen or on its way
  let redraw = () => {};

  async function load(node) {
    const { walk: document } = store.get();
    if (shown?.document === document && shown.node === node) return;
    const mine = shown = { document, node };
    const slow = setTimeout(() => { if (mine === shown) line.hidden = false; }, WAIT);
    setAttribute(panel, "aria-busy", true);
    let build;
    try {
      const answer = await context.check(node);
      build = () => report(context, node, answer);
    } catch (error) {
      // a request that never arrived has no words of ours
      const said = error instanceof TypeError ? new Error(t("walk.notice.gone")) : error;
      build = () => ({ elements: checkFailure(context, said, () => { shown = null; load(node); }), redraw: () => {} });
    }
    clearTimeout(slow);
    if (mine !== shown) return; // another number has been asked for
    line.hidden = true;
    setAttribute(panel, "aria-busy", false);
    const built = build();
    redraw = built.redraw;
    body.replaceChildren(...built.elements);
    setAttribute(panel, "data-subject", node);
    redraw();
  }

  const look = () => {
    const state = store.get();
    const walk = context.walk();
    if (!walk || panelOf(state) !== "check" || openQuestion(state)) return;
    const node = subjectOf(state, walk);
    if (node !== null) {
      load(node);
      return;
    }
    shown = null;
    redraw = () => {};
    body.replaceChildren(h("p", { class: "hint" }, t("walk.check.choose")));
  };
  context.select((state) => state.walk, look);
  context.select((state) => `${state.position} ${state.selected} ${panelOf(state)}`, look);
  context.select((state) => state.ui.theme, () => redraw());
  const observer = new ResizeObserver(() => redraw());
  observer.observe(panel);
  context.onDispose(() => observer.disconnect());
  return panel;
}

function report(context, id, answer) {
  const walk = context.walk();
  const loss = walk.document.positions.find((event) => event.phase === "seed").node;
  return checkReport(context, { answer, name: walk.node(id).name, lossName: walk.node(loss).name, place: placeName(context, walk, id) });
}
