// @ts-check
/** How it learns: loss, optimizer with its fields, regularization, initial weights. All but the last apply while it trains. */
import { arrange, h } from "../dom.js";
import { checkField, numberField, selectField } from "../fields.js";

/** Where the hand's slider runs; the number field takes everything the engine allows. */
const SLIDERS = {
  learning_rate: { kind: /** @type {const} */ ("log"), minimum: 0.0001, maximum: 10, step: 0 },
  rate: { kind: /** @type {const} */ ("log"), minimum: 0.00001, maximum: 1, step: 0 },
};

/** @param {any} context */
export function trainingView(context) {
  const { t, catalog } = context;
  const loss = selectField(context, {
    path: "loss",
    label: t("training.loss"),
    read: (spec) => spec.loss,
    write: (name) => ({ loss: name }),
    options: ({ spec }) => context.dataset(spec.data.name).losses.map((name) => [name, context.label("losses", name)]),
  });
  const optimizer = selectField(context, {
    path: "optimizer.name",
    label: t("training.optimizer"),
    read: (spec) => spec.optimizer.name,
    write: (name) => ({ optimizer: { name, learning_rate: suggestedRate(context, name) } }),
    options: () => catalog.optimizers.map(({ name }) => [name, context.label("optimizers", name)]),
  });
  const regularization = selectField(context, {
    path: "regularization.name",
    label: t("training.regularization"),
    read: (spec) => spec.regularization.name,
    write: (name) => ({ regularization: { name, rate: name === "none" ? 0 : context.store.get().spec.regularization.rate || 0.001 } }),
    options: () => catalog.regularizations.map(({ name }) => [name, context.label("regularizations", name)]),
  });
  const clipping = ruleField(context, "clipping", "clippings", "none");
  const schedule = ruleField(context, "schedule", "schedules", "constant");
  const initializer = selectField(context, {
    path: "network.initializer",
    label: t("training.initializer"),
    read: (spec) => spec.network.layers[0].initializer,
    change: (name) => context.setLayers((layers) => layers.map((layer) => ({ ...layer, initializer: name }))),
    options: () => catalog.initializers.map(({ name }) => [name, context.label("initializers", name)]),
  });

  return h("section", { class: "panel", "data-view": "training" },
    h("h2", {}, t("training.title")),
    loss,
    optimizer, choiceFields(context, "optimizer", catalog.optimizers),
    schedule, choiceFields(context, "schedule", catalog.schedules),
    regularization, choiceFields(context, "regularization", catalog.regularizations.filter(({ name }) => name !== "none")),
    clipping, choiceFields(context, "clipping", catalog.clippings.filter(({ name }) => name !== "none")),
    initializer);
}

/** A rule that a spec leaves out while it does nothing. */
function ruleField(context, part, menu, idle) {
  return selectField(context, {
    path: `${part}.name`,
    label: context.t(`training.${part}`),
    read: (spec) => spec[part]?.name ?? idle,
    write: (name) => ({ [part]: { name } }),
    options: () => context.catalog[menu].map(({ name }) => [name, context.label(menu, name)]),
  });
}

/** Going from one optimizer to another keeps a rate the reader has set and takes the new one's own default otherwise. */
function suggestedRate(context, name) {
  const { optimizer } = context.store.get().spec;
  const standard = (which) => context.catalog.optimizers.find((row) => row.name === which).fields.find((field) => field.name === "learning_rate")?.default;
  return optimizer.learning_rate === standard(optimizer.name) ? standard(name) : optimizer.learning_rate;
}

/**
 * One control per field that the chosen row of a menu declares: numbers, and yes or no. Rows that share a field share its
 * control, so that who is about to type a learning rate keeps the field when the optimizer changes.
 */
function choiceFields(context, part, menu) {
  const control = (field) => {
    const options = {
      path: `${part}.${field.name}`,
      label: context.label("fields", field.name),
      read: (spec) => spec[part]?.[field.name] ?? null,
      write: (value) => ({ [part]: { [field.name]: value } }),
    };
    if (field.type === "boolean") return checkField(context, options);
    return numberField(context, { ...options, bounds: field, slider: SLIDERS[field.name] });
  };
  const controls = new Map();
  for (const field of menu.flatMap(({ fields }) => fields)) {
    if (!controls.has(field.name)) controls.set(field.name, control(field));
  }
  const box = h("div", { class: "group" });
  context.select((state) => state.spec?.[part]?.name, (name) => {
    const row = menu.find((candidate) => candidate.name === name);
    arrange(box, (row?.fields ?? []).map((field) => controls.get(field.name)));
  });
  return box;
}
