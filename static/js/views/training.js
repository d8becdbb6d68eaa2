// @ts-check
/** How it learns: loss, optimizer, schedule, penalties, clipping, each with its fields, and when it stops. All of it applies while it
 * trains; what a single layer does is in the header of the layer. */
import { MOST_LINKED_POINTS } from "../address.js";
import { classWeightsField } from "../class-weights.js";
import { arrange, h } from "../dom.js";
import { checkField, numberField, selectField } from "../fields.js";
import { help, helpOfMenu } from "../help.js";
import { scheduleCurve } from "../schedule-curve.js";
import { lossField, lossName } from "../spec-reading.js";

/** Where the hand's slider runs; the number field takes everything the engine allows. */
const SLIDERS = {
  learning_rate: { kind: /** @type {const} */ ("log"), minimum: 0.0001, maximum: 10, step: 0 },
  rate: { kind: /** @type {const} */ ("log"), minimum: 0.00001, maximum: 1, step: 0 },
};

/** @param {any} context */
export function trainingView(context) {
  const { t, catalog } = context;
  const loss = menuField(context, {
    part: "loss",
    menu: "losses",
    read: lossName,
    write: (name) => ({ loss: { name } }),
    rows: ({ spec }) => context.dataset(spec.data.name).losses,
  });
  const optimizer = menuField(context, {
    part: "optimizer",
    menu: "optimizers",
    read: (spec) => spec.optimizer.name,
    write: (name) => ({ optimizer: { name, learning_rate: suggestedRate(context, name) } }),
  });
  const regularization = menuField(context, {
    part: "regularization",
    menu: "regularizations",
    read: (spec) => spec.regularization.name,
    write: (name) => ({ regularization: { name, rate: name === "none" ? 0 : context.store.get().spec.regularization.rate || 0.001 } }),
  });
  const initializer = menuField(context, {
    part: "initializer",
    menu: "initializers",
    read: (spec) => spec.network.layers[0].initializer,
    change: (name) => context.setLayers((layers) => layers.map((layer) => ({ ...layer, initializer: name }))),
  });
  const but = (name, rows) => rows.filter((row) => row.name !== name);

  return h("section", { class: "panel", "data-view": "training" },
    h("h2", {}, t("training.title")),
    loss, choiceFields(context, "loss", catalog.losses, lossField, lossName),
    h("div", { class: "as-one", "data-lesson": "optimizer" },
      optimizer, choiceFields(context, "optimizer", catalog.optimizers), raceLink(context),
      ruleField(context, "schedule", "schedules", "constant"), scheduleCurve(context), choiceFields(context, "schedule", catalog.schedules)),
    regularization, choiceFields(context, "regularization", but("none", catalog.regularizations)),
    ruleField(context, "clipping", "clippings", "none"), choiceFields(context, "clipping", but("none", catalog.clippings)),
    initializer,
    ...stopping(context));
}

/** To the optimizers' page, where others race it on this net. More painted points than an address holds, the session has. */
function raceLink(context) {
  const link = h("a", { class: "button dense race-link" }, context.t("training.race"));
  context.select((state) => state.spec, (spec) => spec && (link.href = `/optimizers#tab=nets&optimizer.name=${spec.optimizer.name}&${context.settingsAddress()}${spec.data.points?.length > MOST_LINKED_POINTS ? `&session=${context.sessionId()}` : ""}`));
  return link;
}

/** One of a menu, with what the chosen one does. */
function menuField(context, { part, menu, read, write, change, rows }) {
  const label = context.t(`training.${part}`);
  return selectField(context, {
    path: part === "initializer" ? "network.initializer" : part === "loss" ? "loss" : `${part}.name`,
    label,
    read,
    write,
    change,
    options: (state) => (rows ? rows(state) : context.catalog[menu].map(({ name }) => name)).map((name) => [name, context.label(menu, name)]),
    help: helpOfMenu(context, part, label, menu, read),
  });
}

/** A rule that a spec leaves out while it does nothing. */
const ruleField = (context, part, menu, idle) => menuField(context, { part, menu, read: (spec) => spec[part]?.name ?? idle, write: (name) => ({ [part]: { name } }) });

/** Going from one optimizer to another keeps a rate the reader has set and takes the new one's own default otherwise. */
function suggestedRate(context, name) {
  const { optimizer } = context.store.get().spec;
  const standard = (which) => context.catalog.optimizers.find((row) => row.name === which).fields.find((field) => field.name === "learning_rate")?.default;
  return optimizer.learning_rate === standard(optimizer.name) ? standard(name) : optimizer.learning_rate;
}

/**
 * One control per field that the chosen row of a menu declares. Rows that share a field share its control, so that who is about
 * to type a learning rate keeps the field when the optimizer changes.
 */
function choiceFields(context, part, menu, valueOf = (spec, field) => spec[part]?.[field.name] ?? null, nameOf = (spec) => spec[part]?.name) {
  const control = (field) => {
    const label = context.label("fields", field.name);
    const options = {
      path: `${part}.${field.name}`,
      label,
      read: (spec) => valueOf(spec, field),
      write: (value) => ({ [part]: { [field.name]: value } }),
    };
    if (field.type === "weights") return classWeightsField(context);
    if (field.type === "choice") {
      const menuName = `${field.name}s`;
      return selectField(context, { ...options, options: () => field.choices.map((name) => [name, context.label(menuName, name)]), help: helpOfMenu(context, field.name, label, menuName, options.read) });
    }
    const own = { ...options, help: help(context, field.name, label) };
    if (field.type === "boolean") return checkField(context, own);
    return numberField(context, { ...own, bounds: field, slider: SLIDERS[field.name] });
  };
  const controls = new Map();
  for (const field of menu.flatMap(({ fields }) => fields)) {
    if (!controls.has(field.name)) controls.set(field.name, control(field));
  }
  const box = h("div", { class: "group" });
  context.select((state) => state.spec && nameOf(state.spec), (name) => {
    const row = menu.find((candidate) => candidate.name === name);
    arrange(box, (row?.fields ?? []).map((field) => controls.get(field.name)));
  });
  return box;
}

/** When training stands still by itself. */
function stopping(context) {
  const { t, catalog } = context;
  const field = (name, none) => numberField(context, {
    path: `stopping.${name}`,
    label: t(`training.stop.${name}`),
    read: (spec) => spec.stopping?.[name] ?? (name === "margin" ? catalog.fields.margin.default : null),
    write: (value) => ({ stopping: { [name]: value } }),
    bounds: catalog.fields[name],
    none,
    help: help(context, `stop_${name}`, t(`training.stop.${name}`), () => ["fields", name]),
  });
  const margin = field("margin");
  context.select((state) => Boolean(state.spec?.stopping?.patience), (isWatched) => { margin.hidden = !isWatched; });
  return [h("h3", { class: "part" }, t("training.stop.title")), field("epoch", t("training.stop.never")), field("patience", t("training.stop.off")), margin];
}
