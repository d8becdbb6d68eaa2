// @ts-check
/** The inputs of an expression as fields with sliders, live while one drags; which of them learn, how fast, and by what rule. */
import { h, setAttribute } from "./dom.js";
import { numberField, selectField } from "./fields.js";

const REACH = 5; // a slider goes from minus to plus this, or as far as its number
const RATES = { kind: /** @type {"log"} */ ("log"), minimum: 0.0001, maximum: 10, step: 0 };

/** @param {any} context */
export function inputsRow(context) {
  const { t, store } = context;
  const row = h("div", { class: "walk-inputs", id: "walk-inputs", role: "group", "aria-label": t("walk.options.inputs") });
  let part = context.scope();
  context.onDispose(() => part.dispose());
  const isShown = (state) => Boolean(state.ui.inputs && state.spec && !state.spec.session);
  context.select((state) => (isShown(state) ? Object.keys(state.spec.values ?? {}).join() + (state.spec.values ? "" : " net") : null), (names) => {
    part.dispose();
    part = context.scope();
    row.hidden = names === null;
    const { spec } = store.get();
    row.replaceChildren(...(names === null ? [] : spec.values ? [...Object.keys(spec.values).map((name) => valueField(part, name, spec.values[name])), ...ruleFields(part, "")] : ruleFields(part, "spec")));
  });
  return row;
}

function valueField(context, name, value) {
  const { t, store } = context;
  const reach = Math.max(REACH, Math.ceil(Math.abs(value)));
  const field = numberField(context, {
    path: `values.${name}`, label: name, bounds: { type: "number" }, step: 0.1,
    read: (spec) => spec.values?.[name], write: (number) => ({ values: { [name]: number } }),
    slider: { kind: "linear", minimum: -reach, maximum: reach, step: 0.05 },
  });
  const learns = h("input", { type: "checkbox", "aria-label": t("walk.options.learns_name", { name }), onchange: () => {
    const { spec } = store.get();
    const others = spec.learns.filter((one) => one !== name);
    context.set({ learns: learns.checked ? [...others, name] : others, constants: (spec.constants ?? []).filter((one) => one !== name || !learns.checked) }, `values.${name}`);
  } });
  context.select((state) => state.spec?.learns?.includes(name), (does) => { learns.checked = Boolean(does); });
  return h("div", { class: "walk-input" }, field, h("label", { class: "check" }, learns, h("span", { "aria-hidden": "true" }, t("walk.options.learns"))));
}

/** @param {string} inside  where the optimizer is: in an expression's source itself, or in the spec of a net */
function ruleFields(context, inside) {
  const { t, store } = context;
  const optimizerOf = (spec) => (inside ? spec?.[inside] : spec)?.optimizer;
  const placed = (optimizer) => (inside ? { [inside]: { optimizer } } : { optimizer });
  const rate = numberField(context, {
    path: "optimizer.learning_rate", label: context.label("fields", "learning_rate"), bounds: { type: "number" }, slider: RATES,
    read: (spec) => optimizerOf(spec)?.learning_rate, write: (value) => placed({ learning_rate: value }),
  });
  const rule = selectField(context, {
    path: "optimizer.name", label: t("training.optimizer"), read: (spec) => optimizerOf(spec)?.name,
    options: (state) => state.catalog.optimizers.map(({ name }) => [name, context.label("optimizers", name)]),
    change: async (name) => {
      const { spec, position } = store.get();
      const optimizer = { name, learning_rate: optimizerOf(spec).learning_rate };
      const next = inside ? { ...spec, [inside]: { ...spec[inside], optimizer } } : { ...spec, optimizer };
      return (await context.load(next, position, { field: "optimizer.name" })).ok ? {} : { type: "error" };
    },
  });
  setAttribute(rule, "class", "field wide rule");
  return [h("div", { class: "walk-input rate" }, rate), rule];
}
