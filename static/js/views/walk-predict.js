// @ts-check
/**
 * Predict first: the questions before a gradient is shown, and after each answer the path that it follows from. What was
 * predicted stands beside what is; nobody is told off.
 */
import { h, setAttribute } from "../dom.js";
import { inWords } from "../in-words.js";
import { derivative, math, symbol, toned } from "../mathml.js";
import { TRIES, answer, answersAt, openQuestion, passed, readLog, remaining, skip, toCsv, withEntry } from "../predict.js";
import { answerText, feedback } from "../predict-words.js";
import { remember } from "../theme.js";
import { numberText, variable } from "../walk-names.js";
import { placeName } from "../walk-subject.js";

const LOG = "predictions";

/** @param {any} context  of the walkthrough page */
export function predictView(context) {
  const { t, store } = context;
  const spoken = h("p", { class: "visually-hidden", role: "status" });
  const body = h("div", { class: "predict-body" });
  const panel = h("div", { class: "predict", "data-testid": "predict" }, body, spoken);
  const set = (changes) => store.dispatch({ type: "predict", changes });

  function give(value) {
    const result = answer(store.get(), value, new Date());
    if (!result) return;
    remember(LOG, JSON.stringify(withEntry(storedLog(), result.entry)));
    store.dispatch({ type: "ui", changes: { side: "predict" } });
    wantsFocus = true;
    set(result.changes);
    const state = store.get();
    spoken.textContent = result.answer.settled
      ? `${t("walk.predict.it_is")} ${answerText(t, state, state.position, result.answer.question, result.answer.actual)}. ${feedback(t, state, state.position, result.answer)}`
      : t("walk.predict.again", again(state.walk.positions[state.position], result.answer));
  }
  const reveal = (wholeOp) => {
    wantsFocus = true;
    set(skip(store.get(), wholeOp));
  };

  let wantsFocus = false; // after an answer, the focus is where it goes on
  const render = () => {
    const state = store.get();
    if (!context.walk()) return;
    const open = openQuestion(state);
    const view = { state, walk: context.walk(), give, reveal, redraw: render };
    body.replaceChildren(...(open ? question(context, view, open) : rest(context, view)).flat(Infinity).filter(Boolean));
    if (wantsFocus) /** @type {HTMLElement|null} */ (body.querySelector("[data-first]"))?.focus({ preventScroll: true });
    wantsFocus = false;
  };
  context.select((state) => state.walk, render);
  context.select((state) => state.position, render);
  context.select((state) => state.predict, render);
  // Below the graph on a narrow screen: what is asked comes into view.
  context.select((state) => (openQuestion(state) ? state.position : null), (position) => {
    if (position !== null) requestAnimationFrame(() => panel.scrollIntoView({ block: "nearest" }));
  });
  // A step that was asked for instead of an answer
  let insisted = store.get().predict.insisted ?? 0;
  context.select((state) => state.predict.insisted ?? 0, (count) => {
    if (count === insisted) return;
    insisted = count;
    const first = /** @type {HTMLElement|null} */ (body.querySelector("[data-first]"));
    first?.focus();
    first?.scrollIntoView({ block: "nearest" });
    spoken.textContent = "";
    setTimeout(() => { spoken.textContent = t("walk.predict.first"); }, 50);
  });

  const keys = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, select, textarea, dialog")) return;
    if (openQuestion(store.get())?.question !== "sign") return;
    const sign = { "+": "+", "=": "+", 0: "0", "-": "\u2212", "\u2212": "\u2212" }[event.key];
    if (!sign) return;
    event.preventDefault();
    give(sign);
  };
  addEventListener("keydown", keys);
  context.onDispose(() => removeEventListener("keydown", keys));
  return panel;
}

const storedLog = () => {
  try {
    return readLog(localStorage.getItem(`backprop-lab.${LOG}`));
  } catch {
    return []; // blocked storage: the log lasts as long as its page
  }
};

// --- the open question ---

function question(context, view, open) {
  const { t } = context;
  const { walk } = view;
  const at = open.questions.indexOf(open.question);
  const place = placeName(context, walk, open.event.node);
  const settled = open.answers.filter((one) => one.settled);
  return [
    h("header", { class: "predict-head" }, h("h2", {}, t("walk.predict.title")), place && h("span", { class: "hint place" }, place), h("span", { class: "hint" }, t("walk.predict.count", { number: at + 1, count: open.questions.length }))),
    h("div", { class: "predict-progress", "aria-hidden": "true" }, open.questions.map((_, index) => h("span", { "data-done": String(index <= at) }))),
    given(context, view, settled.slice(-1), open.position), // the others stand in the summary
    { sign: askSign, larger: askLarger, number: askNumber }[open.question](context, view, open),
    h("footer", { class: "predict-foot" }, score(context, view),
      h("span", { class: "predict-skips" },
        remaining(view.state) > 0 && h("button", { type: "button", class: "text-link", "data-keep": "skip-op", onclick: () => view.reveal(true) }, t("walk.predict.skip_op")),
        h("button", { type: "button", class: "text-link", "data-keep": "skip", onclick: () => view.reveal(false) }, t("walk.predict.skip")))),
  ];
}

const gradientOf = (walk, id) => {
  const loss = walk.event(walk.document.positions.findIndex((event) => event.phase === "seed")).node;
  return math(toned("bwd", derivative(symbol(walk.node(loss).name), symbol(walk.node(id).name))));
};
/** The gradient, or the part of it that arrives now. */
const what = ({ t }, walk, event) => (event.of > 1 ? inWords(t, "walk.predict.contribution", { nth: event.nth, of: event.of, gradient: gradientOf(walk, event.node) }) : [gradientOf(walk, event.node)]);
const asks = (kind, ...content) => h("p", { class: "predict-question", id: "predict-question", "data-question": kind }, content);
const options = (list, give, isFirst = true) => h("div", { class: "predict-options", role: "group", "aria-labelledby": "predict-question" }, list.map(([value, mark, words, tone], index) =>
  h("button", { type: "button", class: "predict-option", "data-answer": value, "data-tone": tone, "data-first": isFirst && index === 0, "data-keep": `answer-${value}`, onclick: () => give(value) }, h("span", { class: "mark" }, mark), words && h("span", {}, words))));

function askSign(context, { walk, give }, { event }) {
  const { t } = context;
  const others = walk.node(event.from).inputs.filter((id) => id !== event.node);
  const name = (id) => variable(walk.node(id).name);
  return [
    asks("sign", inWords(t, "walk.predict.sign", { what: what(context, walk, event) })),
    options([["+", "+", t("walk.predict.positive"), "pos"], ["0", "0", t("walk.predict.zero"), "zero"], ["\u2212", "\u2212", t("walk.predict.negative"), "neg"]], give),
    h("p", { class: "hint" }, others.length
      ? inWords(t, "walk.predict.think", { input: name(event.node), output: name(event.from), after: name(event.from), other: name(others[0]) })
      : inWords(t, "walk.predict.think_alone", { input: name(event.node), output: name(event.from), after: name(event.from) })),
  ];
}

function askLarger(context, { walk, give }, { event, rival }) {
  const { t } = context;
  return [
    asks("larger", t("walk.predict.larger")),
    options([["this", gradientOf(walk, event.node), null, ""], ["other", gradientOf(walk, rival.node), null, ""], ["same", "=", t("walk.predict.same"), ""]], give),
    h("p", { class: "hint" }, t(rival.sibling ? "walk.predict.think_sibling" : "walk.predict.think_upstream")),
  ];
}

function askNumber(context, { walk, give, redraw }, open) {
  const { t } = context;
  const { event } = open;
  const input = h("input", { class: "input", id: "predict-number", type: "text", inputmode: "decimal", autocomplete: "off", "data-first": true, "data-keep": "predict-number", "aria-describedby": "predict-number-hint" });
  const problem = h("p", { class: "problem", role: "alert" });
  const submit = (submitted) => {
    submitted.preventDefault();
    const text = input.value.trim().replace(/\u2212/g, "-").replace(/^([-+]?\d+),(\d+)$/, "$1.$2");
    if (text === "" || !Number.isFinite(Number(text))) {
      problem.textContent = t("walk.predict.not_a_number");
      setAttribute(input, "aria-invalid", true);
      input.focus();
    } else give(Number(text));
  };
  const last = open.answers.find((one) => one.question === "number");
  return [
    h("form", { class: "predict-number", onsubmit: submit, novalidate: true },
      h("label", { class: "predict-question", for: "predict-number", "data-question": "number" }, inWords(t, "walk.predict.number", { what: what(context, walk, event) })),
      h("div", { class: "predict-entry" }, input, h("button", { type: "submit", class: "button" }, t("walk.predict.answer"))),
      problem),
    last && h("p", { class: "predict-again" }, t("walk.predict.again", again(event, last))),
    h("p", { class: "hint", id: "predict-number-hint" }, t("walk.predict.tolerance")),
  ];
}

const again = ({ upstream, local }, { predicted, tries }) => ({ predicted: numberText(predicted), upstream: numberText(upstream), local: numberText(local), tries: TRIES - tries });

// --- what was answered ---

/** Each prediction beside what is, and why. */
function given({ t }, { state }, answers, position) {
  if (!answers.length) return null;
  return h("ol", { class: "predict-given" }, answers.map((one) => h("li", { "data-right": String(one.right), "data-question": one.question },
    h("div", { class: "predict-pair" },
      h("span", {}, t("walk.predict.you"), " ", h("strong", {}, answerText(t, state, position, one.question, one.predicted))),
      h("span", {}, t("walk.predict.it_is"), " ", h("strong", { "data-value": one.actual }, answerText(t, state, position, one.question, one.actual)))),
    h("p", {}, feedback(t, state, position, one)))));
}

/** No question is open: what was answered here, the score, the log. */
function rest(context, view) {
  const { t } = context;
  const { state } = view;
  const answers = answersAt(state, state.position);
  const how = passed(state, state.position);
  return [
    how === "answered" ? given(context, view, answers, state.position)
      : how === "skipped" ? [h("p", { class: "hint" }, t("walk.predict.skipped")), path(context, view)]
        : h("p", {}, t("walk.predict.waits")),
    h("div", { class: "predict-on" }, score(context, view), how && h("button", { type: "button", class: "button", "data-first": true, "data-keep": "predict-on", onclick: () => context.stepForward() }, t("walk.predict.go_on"))),
    log(context, view),
  ];
}

/** upstream × local = contribution, as it came. */
function path({ t }, { state }) {
  const { upstream, local, contribution } = state.walk.positions[state.position];
  const part = (kind, value) => h("span", { class: `chip ${kind}`, "data-value": value ?? "" }, numberText(value));
  return h("p", { class: "predict-path", "aria-label": t("walk.predict.because_number", { upstream: numberText(upstream), local: numberText(local), contribution: numberText(contribution) }) },
    part("upstream", upstream), " × ", part("local", local), " = ", part("contribution", contribution));
}

const score = ({ t }, { state }) => h("span", { class: "predict-score", "data-testid": "predict-score" }, state.predict.score?.asked ? t("walk.predict.score", state.predict.score) : t("walk.predict.no_score"));

/** The answers given in this browser: to take along, or to forget. */
function log({ t, store }, { redraw }) {
  const entries = storedLog();
  if (!entries.length) return null;
  return h("footer", { class: "predict-foot predict-skips" },
    h("button", { type: "button", class: "text-link", "data-keep": "export-answers", onclick: () => download("predictions.csv", toCsv(storedLog())) }, t("walk.predict.export")),
    h("button", { type: "button", class: "text-link", "data-keep": "clear-answers", onclick: () => {
      remember(LOG, "[]");
      store.dispatch({ type: "predict", changes: { score: { right: 0, asked: 0 } } });
      redraw();
    } }, t("walk.predict.clear")));
}

function download(name, text) {
  // the mark at the front tells spreadsheets that this is UTF-8
  const url = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
