// @ts-check
/** The surface itself: its formula, and the fields of its form. */
import { h, setAttribute, setText } from "../dom.js";
import { equation, keepReachable } from "../equations.js";
import { numberField } from "../fields.js";
import { contents, parseFormula } from "../mathml.js";

const SLIDERS = {
  condition: { kind: "log", minimum: 1, maximum: 1000, step: 0 },
  steepness: { kind: "log", minimum: 1, maximum: 1000, step: 0 },
  noise: { kind: "linear", minimum: 0, maximum: 5, step: 0.05 },
};

/** @param {any} context */
export function raceSurface(context) {
  const { t } = context;
  const formula = h("div", { class: "surface-formula" });
  const fields = h("div", { class: "surface-fields" });
  const reach = keepReachable(context, formula, t("race.formula"));
  let scope = context.scope();
  context.onDispose(() => scope.dispose());
  context.select((state) => state.surface && state.surface.formulas.join(""), (text, state) => {
    if (!text) return;
    formula.replaceChildren(...state.surface.formulas.map((each) => equation([contents(parseFormula(each))])));
    reach();
  });
  context.select((state) => state.spec?.surface.name, (name, state) => {
    if (!name) return;
    scope.dispose();
    scope = context.scope();
    const row = state.surfaces.find((one) => one.name === name);
    const own = [...row.fields].sort((one, other) => Number(one.name === "noise") - Number(other.name === "noise"));
    fields.replaceChildren(...own.map((field) => (field.name === "expression" ? expressionField(scope)
      : numberField(scope, { path: `surface.${field.name}`, label: t(`race.fields.${field.name}`), read: (spec) => spec.surface[field.name], bounds: field, slider: SLIDERS[field.name], change: (value) => context.setSurfaceField(field.name, value) }))),
    seedField(scope));
  });
  context.select((state) => state.spec?.surface.noise > 0, (isNoisy) => { fields.dataset.noisy = String(Boolean(isNoisy)); });
  return h("details", { class: "surface-settings", open: true }, h("summary", { "data-keep": "surface-settings" }, t("race.about")), formula, fields);
}

const seedField = (context) => Object.assign(numberField(context, { path: "seed", label: context.t("race.seed"), read: (spec) => spec.seed, bounds: { type: "integer", minimum: 0, maximum: 4294967295 }, change: (value) => context.change((spec) => ({ ...spec, seed: value })) }), { className: "field surface-seed" });

function expressionField(context) {
  const { t, store } = context;
  const input = h("input", { class: "input expression-input", id: "surface-expression", type: "text", autocomplete: "off", spellcheck: "false", "data-keep": "surface-expression" });
  const problem = h("p", { class: "problem", role: "alert", id: "surface-expression-problem" });
  let typing = false;
  const commit = async () => {
    typing = false;
    const answer = await context.setSurfaceField("expression", input.value.trim());
    if (answer.type === "error") typing = true; // what is wrong stays to be put right; the old surface stays, too
  };
  input.addEventListener("input", () => {
    typing = true;
    store.dispatch({ type: "solved", field: "surface.expression" });
  });
  input.addEventListener("change", commit);
  context.select((state) => state.spec?.surface.expression, (text) => {
    if (text !== undefined && !typing) input.value = text;
  });
  context.select((state) => state.problems["surface.expression"], (found) => {
    setAttribute(input, "aria-invalid", Boolean(found));
    if (found) input.setAttribute("aria-describedby", problem.id);
    else input.removeAttribute("aria-describedby");
    if (!found) return setText(problem, "");
    const { position, length } = found.allowed ?? {};
    const before = found.value.slice(0, position ?? 0);
    const wrong = position === undefined ? found.value : found.value.slice(position, position + Math.max(1, length));
    problem.replaceChildren(t("race.expression_bad"), " ", position === undefined ? h("code", {}, wrong) : h("code", {}, before, h("mark", {}, wrong || "␣"), found.value.slice(position + Math.max(1, length))));
    return undefined;
  });
  return h("div", { class: "field wide" }, h("label", { for: "surface-expression" }, t("race.fields.expression")), input, problem);
}
