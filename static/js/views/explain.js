// @ts-check
/**
 * "Where does this come from": one number of the net, at the step it was read at, as the sum or formula it is; every number
 * in it leads on to where that comes from. Beside it the gradient is checked by nudging the number.
 */
import { checkFailure, checkReport } from "../charts/check-report.js";
import { h, icon, setAttribute, setText } from "../dom.js";
import { createElementWords, placeOf, readElement } from "../elements.js";
import { why } from "../explain-why.js";
import { integer, signed, signedCompact } from "../format.js";
import { heldControls } from "../held-controls.js";
import { valueField } from "../value-field.js";

const TABS = ["why", "check"];

/** @param {any} context */
export function explainView(context) {
  const { t, store, explaining } = context;
  const title = h("h2", { tabindex: -1, id: "explain-title" });
  const moment = h("p", { class: "hint", "data-testid": "explain-moment" });
  const trail = h("ol", { class: "trail" });
  const back = h("button", { type: "button", class: "button dense", "data-keep": "explain-back", onclick: () => explaining.back() }, icon("left"), t("explain.panel.back"));
  const refresh = h("button", { type: "button", class: "button dense", "data-keep": "explain-refresh", title: t("explain.panel.refresh_hint"), onclick: () => explaining.refresh() }, t("explain.panel.refresh"));
  const along = h("button", { type: "button", class: "button dense", "data-keep": "explain-along", title: t("explain.panel.along_hint"), onclick: () => {
    explaining.leave();
    store.dispatch({ type: "ui", changes: { inspector: "selected" } });
  } }, t("explain.panel.along"));
  const walk = h("a", { class: "button dense", "data-keep": "explain-walk", onclick: context.walk }, t("explain.panel.walk"));
  const close = h("button", { type: "button", class: "button dense icon", "aria-label": t("explain.panel.close"), title: t("explain.panel.close_hint"), onclick: shut }, icon("close"));
  const tabs = h("div", { class: "segmented explain-tabs", role: "group", "aria-label": t("explain.panel.tabs") },
    TABS.map((name) => h("button", { type: "button", "data-value": name, onclick: () => store.dispatch({ type: "ui", changes: { explainTab: name } }) }, t(`explain.panel.tab_${name}`))));
  const problem = h("p", { class: "problem", role: "alert" });
  const questions = h("div", { class: "explain-questions" });
  const setting = valueField(context);
  const holding = heldControls(context);
  const numbers = h("div", { class: "explain-numbers" }, questions, setting.element, holding.element);
  const reasons = h("div", { class: "explain-why" });
  const checking = checkColumn(context);
  const spoken = h("p", { class: "visually-hidden", role: "status" });
  const panel = h("section", { class: "explain-panel", "data-view": "explain", "aria-labelledby": "explain-title", hidden: true },
    h("div", { class: "explain-head" },
      h("nav", { class: "explain-trail", "aria-label": t("explain.panel.trail") }, back, trail),
      h("div", { class: "explain-title" }, title, moment),
      h("div", { class: "explain-actions" }, tabs, refresh, along, walk, close)),
    problem,
    h("div", { class: "explain-columns" }, numbers, reasons, checking.element),
    spoken);

  let origin = null; // what had the focus when it was opened
  let drawn = null;
  function shut() {
    explaining.close();
    if (!panel.contains(document.activeElement)) return;
    // the net has been built anew since: the same place of it, another element
    const { place } = origin?.dataset ?? {};
    (place ? /** @type {HTMLElement|null} */ (document.querySelector(`[data-place='${place}']`)) : origin)?.focus?.();
    // what had the focus may have been nothing at all; in a panel that is hidden it would swallow keys
    if (panel.contains(document.activeElement)) /** @type {HTMLElement} */ (document.activeElement).blur();
  }
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.target.closest("input:not([type=checkbox])")) return;
    event.stopPropagation();
    shut();
  });

  const render = () => {
    const { explain, spec } = store.get();
    if (!explain || !spec) {
      panel.hidden = true;
      drawn = null;
      return;
    }
    if (panel.hidden && !panel.contains(document.activeElement)) origin = document.activeElement;
    panel.hidden = false;
    const { answer, problem: refused, note } = explain;
    setText(problem, refused ? t(refused.field ? "explain.panel.unknown" : "explain.panel.failed", { message: refused.message }) : "");
    back.hidden = explain.trail.length < 2;
    const names = createElementWords(context, spec);
    showTrail(explain.trail, names);
    if (refused && drawn === null) setText(title, t("explain.panel.title"));
    setText(moment, answer ? momentText(answer, note, names) : "");
    setAttribute(panel, "aria-busy", !answer);
    for (const part of [numbers, reasons, checking.element]) part.hidden = !answer;
    if (!answer || drawn === answer) return;
    const moved = panel.contains(document.activeElement) || explain.focus;
    if (explain.focus) store.dispatch({ type: "explain", explain: { ...explain, focus: false } });
    drawn = answer;
    setText(title, names.full(answer.element, answer.rows));
    questions.replaceChildren(...numberRows(answer));
    setting.about(answer.role === "parameter" ? answer.element : null);
    holding.about(answer.element);
    const { formula, parts } = why(context, answer, names);
    reasons.replaceChildren(h("div", { class: "explain-question" }, h("h3", {}, t("explain.panel.title")), formula), ...parts.filter(Boolean));
    setAttribute(reasons, "data-of", answer.of);
    reasons.scrollTop = 0;
    checking.about(answer, names);
    setText(spoken, t(answer.of === "gradient" ? "explain.panel.spoken_gradient" : "explain.panel.spoken_value", { name: title.textContent, step: integer(answer.step), number: signedCompact(answer.value) }));
    // the link that was followed is gone; and a panel that is only being built is not in the page yet
    if (moved && !panel.contains(document.activeElement)) queueMicrotask(() => title.focus());
  };

  function showTrail(questions, names) {
    const { answer } = store.get().explain;
    trail.replaceChildren(...questions.slice(0, -1).map(({ element, of }, index) => h("li", {}, h("button", { type: "button", class: "follow", onclick: () => explaining.backTo(index) }, t(`explain.panel.trail_${of}`, { name: names.name(element) })))));
    trail.hidden = questions.length < 2 || !answer;
  }

  function momentText({ step, samples, row }, note, names) {
    const of = row === null ? t("explain.panel.batch", { count: samples }) : t("explain.panel.alone", { sample: names.sample(row) });
    const words = t("explain.panel.at", { step: integer(step), of });
    return note ? `${words} ${t("explain.panel.linked", { linked: integer(note.linked) })}` : words;
  }

  /** The two questions about the number, each with its answer. */
  function numberRows({ element, of, number, gradient, role }) {
    const ask = (question, tone, amount) => h("button", {
      type: "button", class: "explain-ask", "aria-pressed": of === question, "data-keep": `ask-${question}`, "data-testid": `explain-${question}`, "data-value": amount ?? "",
      onclick: () => of !== question && explaining.turn(question),
    }, h("span", {}, t(`explain.panel.${question}`)), h("span", { class: `explain-amount ${tone}` }, amount === null ? "–" : question === "gradient" ? `◂\u2009${signedCompact(amount)}` : signed(amount, 4)));
    const sign = number < 0 ? "neg" : number > 0 ? "pos" : "";
    return [
      ask("value", readElement(element).kind === "weight" || role === "parameter" ? sign : "fwd", number),
      role === "input" || role === "target" || role === "constant" ? null : ask("gradient", "bwd", gradient),
      h("p", { class: "hint explain-role" }, t(`explain.role.${role}`)),
    ].filter(Boolean);
  }

  context.select((state) => state.explain, render);
  context.select((state) => [state.explain?.answer?.step, state.explain?.answer?.element, state.frame?.step].join(" "), (_, { explain, frame }) => {
    const step = explain?.answer?.step;
    refresh.hidden = step === undefined || !frame || frame.step === step;
    if (step === undefined) return;
    along.hidden = placeOf(explain.answer.element) === null;
    setAttribute(walk, "href", context.walkAddress(step, explain.answer.element));
    Object.assign(walk.dataset, { step, element: explain.answer.element });
  });
  context.select((state) => state.ui.explainTab, (tab) => {
    setAttribute(panel, "data-tab", tab);
    for (const button of tabs.children) setAttribute(button, "aria-pressed", button.dataset.value === tab);
    checking.look();
  });
  return panel;
}

/** The check of the number the panel is about, asked for when it can be seen. */
function checkColumn(context) {
  const { t, store, explaining } = context;
  const body = h("div", { class: "check-body" });
  const element = h("div", { class: "explain-check", "data-testid": "check", "aria-busy": false }, h("h3", {}, t("explain.panel.tab_check")), body);
  let subject = null; // {answer, names}
  let shown = null;
  let redraw = () => {};

  async function look() {
    if (!subject || shown === subject || element.offsetParent === null) return;
    const mine = shown = subject;
    const question = store.get().explain?.trail.at(-1);
    if (!question) return;
    setAttribute(element, "aria-busy", true);
    let report;
    try {
      const answer = await explaining.check(question);
      report = checkReport(context, { answer, name: mine.names.letter(mine.answer.element), lossName: "L" });
    } catch (error) {
      report = { elements: checkFailure(context, error, () => { shown = null; look(); }), redraw: () => {} };
    }
    if (mine !== shown) return;
    setAttribute(element, "aria-busy", false);
    redraw = report.redraw;
    body.replaceChildren(...report.elements);
    redraw();
  }
  const observer = new ResizeObserver(() => {
    look();
    redraw();
  });
  observer.observe(element);
  context.onDispose(() => observer.disconnect());
  return {
    element,
    look,
    about(answer, names) {
      const { element: of, step, row, number, gradient } = answer;
      if (subject && subject.answer.element === of && subject.answer.step === step && subject.answer.row === row && subject.answer.number === number && subject.answer.gradient === gradient && shown === subject) return;
      subject = { answer, names };
      look();
    },
  };
}
