// @ts-check
/** The parts of the data column for data of one's own: painting, a typed curve, a table. One of them is shown at a time. */
import { MOST_LINKED_POINTS } from "../address.js";
import { h, setAttribute, setText } from "../dom.js";
import { selectField } from "../fields.js";
import { taskOf } from "../own.js";
import { FEWEST_POINTS, MOST_POINTS, VALUES, arePoints, brushTarget, keepPoints, paintedPoints, targetsOf, withClasses } from "../painting.js";
import { reasonText } from "../walk-reason.js";
import { drawSwatch, markOf } from "./marks.js";

const KINDS = [2, 3, 4, 5, VALUES];

/** Shows a part only while the spec's data are of a name. */
const only = (context, name, element) => {
  context.select((state) => state.spec?.data.name === name, (isShown) => { element.hidden = !isShown; });
  return element;
};

// --- painted points ---

/** What is painted, how much of it there is, and how. @param {any} context */
function paintingPart(context) {
  const { t } = context;
  const kinds = selectField(context, {
    path: "data.classes", label: t("own.paint.kinds"), read: (spec) => String(spec.data.classes ?? 2),
    change: (value) => changeKind(context, Number(value)),
    options: () => KINDS.map((kind) => [String(kind), kind === VALUES ? t("own.paint.values") : t("own.paint.classes", { count: kind })]),
  });
  const count = h("p", { class: "hint", role: "status", "data-testid": "painted" });
  const clear = h("button", { type: "button", class: "button dense", "data-keep": "clear-points", onclick: () => keepPoints(context, []) }, t("own.paint.clear"));
  const tell = (state) => {
    if (state.spec?.data.name !== "points") return;
    const points = paintedPoints(state);
    const words = [t("own.paint.count", { count: points.length })];
    if (points.length < FEWEST_POINTS) words.push(t("own.paint.few"));
    else if (points.length >= MOST_POINTS) words.push(t("own.paint.full", { most: MOST_POINTS }));
    else if (points.length > MOST_LINKED_POINTS) words.push(t("own.paint.long_link", { most: MOST_LINKED_POINTS }));
    setText(count, words.join(" "));
    clear.disabled = points.length === 0;
  };
  context.select((state) => state.ui.draft, (_, state) => tell(state));
  context.select((state) => state.spec, (_, state) => tell(state));
  return only(context, "points", h("div", { class: "group own" }, kinds, h("div", { class: "row" }, count, clear), h("p", { class: "hint" }, t("own.paint.hint"))));
}

/** The brushes, beside the picture that is painted on. @param {any} context */
export function brushesPart(context) {
  const { t, store } = context;
  const choose = (changes) => store.dispatch({ type: "ui", changes });
  const list = h("div", { class: "brushes", role: "group", "aria-label": t("own.paint.brush") });
  const value = h("input", { class: "slider", type: "range", min: -1, max: 1, step: 0.1, "aria-label": t("own.paint.value"), oninput: () => choose({ brush: null, brushValue: Number(value.value) }) });

  const brush = (name, words, changes, shown) => h("button", { type: "button", class: "brush", "aria-label": words, title: words, "data-brush": name, onclick: () => choose(changes) }, shown);
  const build = () => {
    const { spec, ui } = store.get();
    if (spec?.data.name !== "points") return;
    const { classes } = spec.data;
    const focused = list.contains(document.activeElement) ? /** @type {any} */ (document.activeElement).dataset.brush : null;
    const className = (target) => t("output.class", { name: classes === 2 ? (target > 0 ? "+1" : "−1") : target });
    list.replaceChildren(
      ...(classes === VALUES
        ? [brush("value", t("own.paint.value_brush"), { brush: null }, swatch(context, ui.brushValue ?? 1, classes))]
        : targetsOf(classes).map((target) => brush(target, className(target), { brush: target }, swatch(context, target, classes)))),
      brush("erase", t("own.paint.erase"), { brush: "erase" }, t("own.paint.erase")));
    list.querySelector(`[data-brush="${focused}"]`)?.focus();
    value.hidden = classes !== VALUES;
    mark(store.get());
  };
  const mark = (state) => {
    if (state.spec?.data.name !== "points") return;
    const target = brushTarget(state);
    for (const button of list.children) {
      const { brush: own } = button.dataset;
      setAttribute(button, "aria-pressed", target === null ? own === "erase" : own === "value" || own === String(target));
    }
    value.value = String(state.ui.brushValue ?? 1);
    value.style.setProperty("--filled", `${50 * (Number(value.value) + 1)}%`);
  };
  context.select(({ spec, ui }) => [spec?.data.name, spec?.data.classes, ui.theme, ui.brushValue].join(" "), build);
  context.select((state) => state.ui.brush, (_, state) => mark(state));
  return only(context, "points", h("div", { class: "group own" }, list, value));
}

function swatch(context, target, classes) {
  const colors = context.colors();
  const canvas = h("canvas", { class: "swatch", "aria-hidden": "true" });
  drawSwatch(canvas, markOf(target, { task: taskOf({ classes }), classes, colors }), { size: 16, ground: colors.ground });
  return canvas;
}

function changeKind(context, classes) {
  const { store } = context;
  const state = store.get();
  const points = withClasses(paintedPoints(state), state.spec.data.classes, classes);
  store.dispatch({ type: "ui", changes: { brush: null, draft: null } });
  const changes = { classes, ...(points.length >= FEWEST_POINTS ? { points } : {}) };
  return context.set({ data: changes }, "data.classes", classes);
}

// --- a typed curve ---

function functionPart(context) {
  const { t } = context;
  const problem = h("p", { class: "problem", id: "curve-problem", role: "alert" });
  const input = h("input", { class: "input", id: "curve", type: "text", autocomplete: "off", spellcheck: "false", maxlength: 200, "aria-describedby": "curve-problem curve-hint" });
  let current = "";
  input.addEventListener("change", async () => {
    const text = input.value.trim();
    if (text === current) return setProblem("");
    const answer = await context.set({ data: { expression: text } }, "data.expression", text);
    if (answer?.type === "error" && answer.code !== "disconnected") {
      const why = /is not a function of x: (.*), got /s.exec(answer.message)?.[1] ?? answer.message;
      setProblem(t("own.curve.problem", { reason: /^may only depend on x|^must be one/.test(why) ? t("own.curve.only_x") : reasonText(t, why) }));
      input.setSelectionRange(answer.allowed?.position ?? 0, (answer.allowed?.position ?? 0) + (answer.allowed?.length ?? 0));
    } else setProblem("");
    return undefined;
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      input.value = current;
      setProblem("");
    }
  });
  const setProblem = (words) => {
    setText(problem, words);
    setAttribute(input, "aria-invalid", words !== "");
  };
  context.select((state) => state.spec?.data.expression, (expression) => {
    if (expression === undefined) return;
    current = expression;
    input.value = expression;
    setProblem("");
  });
  return only(context, "function", h("div", { class: "group own" },
    h("div", { class: "field wide" }, h("label", { for: "curve" }, t("own.curve.label")), input, problem),
    h("p", { class: "hint", id: "curve-hint" }, t("own.curve.hint"))));
}

// --- a table ---

function tablePart(context) {
  const { t } = context;
  const learns = h("p", {});
  const columns = h("button", { type: "button", class: "button dense", "data-keep": "columns", "aria-haspopup": "dialog", onclick: async () => (await context.dialogs.table()).openTable(context, { id: context.store.get().spec.data.table }) }, t("own.file.columns"));
  context.select((state) => state.spec?.data, (data) => {
    if (data?.name === "table") setText(learns, t("own.file.learns", { target: data.target, inputs: data.features.join(", ") }));
  });
  return only(context, "table", h("div", { class: "group own" }, learns, h("div", { class: "row" }, columns)));
}

/** All of them, each with its place. @param {any} context */
export function ownParts(context) {
  followDraft(context);
  return h("div", { class: "own" }, paintingPart(context), functionPart(context), tablePart(context));
}

/** The page's own points go when the session has them, or others in their place. */
function followDraft({ store, select }) {
  const drop = () => store.dispatch({ type: "ui", changes: { draft: null } });
  select((state) => state.data, (data, { ui }) => {
    if (ui.draft && arePoints(data, ui.draft)) drop();
  });
  let before = null;
  select((state) => state.spec?.data.points, (points, { ui, spec }) => {
    const isOther = JSON.stringify(points) !== before;
    before = JSON.stringify(points);
    if (ui.draft && (spec?.data.name !== "points" || (isOther && ui.draft.length < 2))) drop();
  });
}
