// @ts-check
/** The options: which walk, its expression and inputs or its sample, how much detail, and whether to predict first. */
import { h, icon, setAttribute, setText } from "../dom.js";
import { integer } from "../format.js";
import { hasWords } from "../i18n.js";
import { DETAILS, detailOf } from "../walk-detail.js";
import { inputsRow } from "../walk-inputs.js";
import { reasonText } from "../walk-reason.js";

const AROUND = 24; // characters of an expression beside its error

/** @param {any} context */
export function optionsView(context) {
  const { t } = context;
  const inputs = inputsRow(context);
  const section = h("section", { class: "walk-options", "data-view": "walk-options", "aria-label": t("walk.options.label") },
    h("div", { class: "options-row" },
      presetField(context), expressionField(context), inputsButton(context), sampleField(context), sourceLine(context),
      h("div", { class: "options-end" }, detailField(context), predictSwitch(context))),
    inputs, noticeLine(context));
  context.select((state) => state.walk?.kind, (kind) => setAttribute(section, "data-kind", kind ?? "none"));
  context.select((state) => Boolean(state.spec?.session), (isSession) => setAttribute(section, "data-source", isSession ? "session" : "own"));
  context.select((state) => state.loading, (loading) => setAttribute(section, "data-loading", loading));
  return section;
}

function presetField(context) {
  const { t, store } = context;
  const other = h("option", { value: "", hidden: true });
  const select = h("select", { class: "select", id: "walk-preset", "data-keep": "walk-preset", onchange: () => context.openPreset(select.value) },
    store.get().presets.map(({ name }) => h("option", { value: name }, hasWords(context.words(), `walk.presets.${name}`) ? t(`walk.presets.${name}`) : name)), other);
  context.select((state) => [state.preset, state.walk?.kind, Boolean(state.spec?.session)].join(), (_, state) => {
    other.textContent = t(state.spec?.session ? "walk.options.from_playground" : state.walk?.kind === "network" ? "walk.options.own_net" : "walk.options.own");
    select.value = state.preset ?? "";
  });
  return h("div", { class: "option preset" }, h("label", { for: "walk-preset" }, t("walk.options.preset")), select);
}

/** Enter or leaving it applies; what is refused stays to be mended, with a caret where it went wrong. */
function expressionField(context) {
  const { t, store } = context;
  const input = h("input", { class: "input", id: "walk-expression", type: "text", spellcheck: "false", autocomplete: "off", autocapitalize: "off", "data-keep": "walk-expression" });
  const before = h("span", {});
  const wrong = h("mark", {});
  const after = h("span", {});
  const excerpt = h("code", { class: "excerpt", "aria-hidden": "true" }, h("span", {}, before, wrong, after), h("span", { class: "caret" }));
  const reason = h("span", {});
  const problem = h("div", { class: "expression-problem", id: "expression-problem", role: "alert", hidden: true }, excerpt, h("p", { class: "problem" }, reason));
  let current = "";
  let asked = "";
  const apply = async () => {
    const text = input.value.trim();
    if (text === asked) return;
    asked = text;
    if (text === current) return store.dispatch({ type: "solved", field: "expression" });
    // the values of names that are still there are kept
    const { spec } = store.get();
    const names = new Set(text.match(/[A-Za-z]\w*/g));
    const values = Object.fromEntries(Object.entries(spec?.values ?? {}).filter(([name]) => names.has(name)));
    return context.load({ expression: text, values, ...(spec?.expression ? { optimizer: spec.optimizer } : {}) }, 0, { field: "expression" });
  };
  input.addEventListener("change", apply);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") apply();
    if (event.key !== "Escape") return;
    input.value = asked = current;
    store.dispatch({ type: "solved", field: "expression" });
  });
  context.select((state) => state.spec?.expression, (expression) => {
    current = asked = expression ?? "";
    if (input.value.trim() !== current) input.value = current;
  });
  context.select((state) => state.problems.expression, (found) => {
    setAttribute(input, "aria-invalid", Boolean(found));
    problem.hidden = !found;
    if (!found) return input.removeAttribute("aria-describedby");
    if (input.value === current && found.value) input.value = String(found.value); // it came with a link
    input.setAttribute("aria-describedby", "expression-problem");
    const text = String(found.value ?? asked);
    const at = found.allowed?.position;
    excerpt.hidden = at === undefined || at === null;
    if (!excerpt.hidden) {
      const length = Math.max(1, Math.min(found.allowed.length ?? 1, AROUND));
      const from = Math.max(0, at - AROUND);
      setText(before, (from ? "…" : "") + text.slice(from, at));
      setText(wrong, text.slice(at, at + length) || " ");
      setText(after, text.slice(at + length, at + length + AROUND));
      setText(/** @type {Element} */ (excerpt.lastChild), " ".repeat(at - from + (from ? 1 : 0)) + "^".repeat(length));
    }
    const where = excerpt.hidden ? "" : `${t("walk.options.at", { position: integer(at + 1) })}${t("walk.sentence.space")}`;
    setText(reason, where + (found.message ? reasonText(t, found.message) : t("walk.options.refused")));
    return undefined;
  });
  return h("div", { class: "option expression" }, h("label", { for: "walk-expression" }, t("walk.options.expression")), h("div", { class: "expression-box" }, input, problem));
}

function inputsButton(context) {
  const { t, store } = context;
  const button = h("button", { type: "button", class: "button inputs-button", "aria-controls": "walk-inputs", "data-keep": "walk-inputs", onclick: () => store.dispatch({ type: "ui", changes: { inputs: !store.get().ui.inputs } }) }, t("walk.options.inputs"), icon("down"));
  context.select((state) => state.ui.inputs, (isOpen) => setAttribute(button, "aria-expanded", isOpen));
  return button;
}

/** Of a minibatch: all samples, or one. */
function sampleField(context) {
  const { t, store } = context;
  const select = h("select", { class: "select", id: "walk-sample", "data-keep": "walk-sample", onchange: () => {
    const sample = select.value === "" ? null : Number(select.value);
    context.load({ ...store.get().spec, sample }, 0, { preset: store.get().preset, field: "sample" });
  } });
  let listed = "";
  const field = h("div", { class: "option sample" }, h("label", { for: "walk-sample" }, t("walk.options.sample")), select);
  context.select((state) => state.walk, (walk) => {
    field.hidden = walk?.kind !== "network";
    if (field.hidden) return;
    if (walk.rows.join() !== listed) {
      listed = walk.rows.join();
      select.replaceChildren(h("option", { value: "" }, t("walk.options.all", { count: walk.rows.length })), ...walk.rows.map((row, index) => h("option", { value: index }, t("walk.groups.sample", { number: row + 1 }))));
    }
    select.value = walk.source.sample === null || walk.source.sample === undefined ? "" : String(walk.source.sample);
  });
  return field;
}

/** "Session at step 600", with the way back to it. */
function sourceLine(context) {
  const { t } = context;
  const words = h("span", {});
  const back = h("a", { href: "/", onclick: (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    context.toPlayground();
  } }, t("walk.options.back"));
  const line = h("p", { class: "option source" }, words, back);
  context.select((state) => state.walk, (walk) => {
    line.hidden = !walk?.source.session;
    if (!line.hidden) setText(words, t("walk.options.session", { step: integer(walk.step) }));
  });
  return line;
}

function detailField(context) {
  const { t } = context;
  const inputs = DETAILS.map((name) => h("input", { type: "radio", name: "detail", value: name, id: `detail-${name}`, "data-keep": `detail-${name}`, onchange: () => context.setDetail(name) }));
  const group = h("div", { class: "segmented radios", role: "radiogroup", "aria-labelledby": "detail-label" },
    inputs.map((input) => h("label", { for: input.id }, input, h("span", {}, t(`walk.detail.${input.value}`)))));
  const show = (_, state) => {
    const walk = context.walk();
    const chosen = walk ? detailOf(walk, state.detail) : "operations";
    for (const input of inputs) {
      input.checked = input.value === chosen;
      input.disabled = state.walk?.kind === "expression" && input.value !== "operations"; // there is nothing but operations
    }
    group.title = state.walk?.kind === "expression" ? t("walk.detail.only") : "";
  };
  context.select((state) => state.detail, show);
  context.select((state) => state.walk, show);
  return h("div", { class: "option detail" }, h("span", { id: "detail-label", class: "option-label" }, t("walk.options.detail")), group);
}

function predictSwitch(context) {
  const { t, store } = context;
  const button = h("button", { type: "button", role: "switch", class: "switch", "data-keep": "predict", "aria-label": t("walk.options.predict"), onclick: () => context.setPredict({ on: !store.get().predict.on }) },
    h("span", { "aria-hidden": "true" }, t("walk.options.predict")), h("span", { class: "switch-track", "aria-hidden": "true" }));
  context.select((state) => state.predict.on, (on) => setAttribute(button, "aria-checked", on));
  return button;
}

/** What went wrong with the walk as a whole, and the way on. */
function noticeLine(context) {
  const { t, store } = context;
  const words = h("p", { role: "alert" });
  const actions = h("div", { class: "notice-actions" });
  const line = h("div", { class: "walk-notice", hidden: true }, words, actions);
  const action = (key, act) => h("button", { type: "button", class: "button dense", onclick: act }, t(key));
  context.select((state) => state.notice, (notice) => {
    line.hidden = !notice;
    setAttribute(line, "data-kind", notice?.kind ?? "");
    setText(words, notice ? t(`walk.notice.${notice.kind}`, { message: notice.message ?? "", step: integer(notice.step ?? 0), layer: (notice.layer ?? 0) + 1, part: notice.part ? t(`walk.parts.${notice.part}`) : "" }) : "");
    actions.replaceChildren();
    if (!notice) return;
    if (notice.kind === "gone") actions.append(action("walk.notice.again", () => context.load(notice.source, notice.place?.position ?? 0, notice.place)));
    else if (notice.kind === "many") actions.append(action("walk.notice.single", () => context.load({ ...notice.source, sample: 0 }, 0, { toggled: {} })));
    else if (notice.kind === "ahead") actions.append(h("a", { class: "button dense", href: "/" }, t("walk.options.back")));
    else if (notice.kind !== "first") actions.append(action("walk.notice.preset", () => context.openPreset(store.get().presets[0]?.name)));
    if (store.get().walk) actions.append(action("walk.notice.dismiss", () => store.dispatch({ type: "notice", notice: null })));
  });
  return line;
}
