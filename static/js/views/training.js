// @ts-check
/** How it learns: loss, optimizer with its fields, regularization, initial weights. All but the last apply while it trains. */
import { h } from "../dom.js";
import { numberField, selectField } from "../fields.js";

/** Where the hand's slider runs; the number field takes everything the engine allows. */
const SLIDERS = {
  learning_rate: { kind: /** @type {const} */ ("log"), minimum: 0.0001, maximum: 10, step: 0 },
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
  const rate = numberField(context, {
    path: "regularization.rate", label: t("training.rate"), read: (spec) => spec.regularization.rate, write: (value) => ({ regularization: { rate: value } }),
    bounds: catalog.fields.rate ?? { type: "number", minimum: 0, maximum: 10 }, slider: { kind: "log", minimum: 0.00001, maximum: 1, step: 0 },
  });
  context.select((state) => state.spec?.regularization.name, (name) => {
    rate.hidden = !name || name === "none";
  });
  const initializer = selectField(context, {
    path: "network.initializer",
    label: t("training.initializer"),
    read: (spec) => spec.network.layers[0].initializer,
    write: (name) => ({ network: { layers: context.store.get().spec.network.layers.map((layer) => ({ ...layer, initializer: name })) } }),
    options: () => catalog.initializers.map(({ name }) => [name, context.label("initializers", name)]),
  });

  return h("section", { class: "panel", "data-view": "training" },
    h("h2", {}, t("training.title")),
    loss, optimizer, optimizerFields(context), regularization, rate, initializer);
}

/** Going from one optimizer to another keeps a rate the reader has set and takes the new one's own default otherwise. */
function suggestedRate(context, name) {
  const { optimizer } = context.store.get().spec;
  const standard = (which) => context.catalog.optimizers.find((row) => row.name === which).fields.find((field) => field.name === "learning_rate")?.default;
  return optimizer.learning_rate === standard(optimizer.name) ? standard(name) : optimizer.learning_rate;
}

/** One field per number the optimizer declares. */
function optimizerFields(context) {
  const { catalog } = context;
  const groups = catalog.optimizers.map(({ name, fields }) =>
    h("div", { class: "group", "data-optimizer": name }, fields.filter((field) => field.type !== "boolean").map((field) =>
      numberField(context, {
        path: `optimizer.${field.name}`,
        label: context.label("fields", field.name),
        read: (spec) => (spec.optimizer.name === name ? spec.optimizer[field.name] : null),
        write: (value) => ({ optimizer: { [field.name]: value } }),
        bounds: field,
        slider: SLIDERS[field.name],
      }))));
  const box = h("div", { class: "group" });
  context.select((state) => state.spec?.optimizer.name, (name) => {
    // only the chosen optimizer's fields are in the page: two fields named "Learning rate" would be one too many
    box.replaceChildren(...groups.filter((group) => group.dataset.optimizer === name));
  });
  return box;
}
