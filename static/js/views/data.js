// @ts-check
/** What is learnt from: data set, its fields, the split, the batch, the seed. */
import { h, icon, s, setAttribute, setText } from "../dom.js";
import { checkField, numberField, selectField } from "../fields.js";
import { help } from "../help.js";
import { batchOf } from "../spec-reading.js";
import { integer } from "../format.js";
import { dataButtons } from "../data-buttons.js";
import { OWN, partOfOwn, withWords } from "../own.js";

/** @param {any} context */
export function dataView(context) {
  const { t, catalog } = context;
  const bounds = (name) => context.dataField(name);
  const dataSet = selectField(context, {
    path: "data.name",
    label: t("data.data_set"),
    read: (spec) => spec.data.name,
    write: (name) => ({ data: { name } }),
    options: () => catalog.datasets.map(({ name }) => [name, context.label("datasets", name)]),
    help: help(context, "data_set", t("data.data_set")),
  });

  const noise = numberField(context, {
    path: "data.noise", label: t("data.noise"), read: (spec) => spec.data.noise, write: (value) => ({ data: { noise: value } }),
    bounds: bounds("noise"), step: 0.05, decimals: 2, slider: { kind: "linear", minimum: 0, maximum: 1, step: 0.05 }, help: help(context, "noise", t("data.noise")),
  });
  const share = numberField(context, {
    path: "data.train_fraction", label: t("data.train_share"), read: (spec) => spec.data.train_fraction, write: (value) => ({ data: { train_fraction: value } }),
    bounds: bounds("train_fraction"), step: 5, scale: 100, unit: "%", slider: { kind: "linear", minimum: 0.1, maximum: 0.9, step: 0.05 },
    help: help(context, "train_fraction", t("data.train_share")),
  });
  const validation = numberField(context, {
    path: "data.validation_fraction", label: context.label("fields", "validation_fraction"), read: (spec) => spec.data.validation_fraction ?? 0, write: (value) => ({ data: { validation_fraction: value } }),
    bounds: bounds("validation_fraction"), step: 5, scale: 100, unit: "%", slider: { kind: "linear", minimum: 0, maximum: 0.5, step: 0.05 },
    help: help(context, "validation_fraction", context.label("fields", "validation_fraction")),
  });
  const samples = numberField(context, {
    path: "data.samples", label: t("data.samples"), read: (spec) => spec.data.samples, write: (value) => ({ data: { samples: value } }),
    bounds: bounds("samples"), step: 10, help: help(context, "samples", t("data.samples")),
  });
  const batch = numberField(context, {
    path: "batch_size", label: t("data.batch_size"), read: (spec, state) => batchOf(state), write: (value) => ({ batch_size: value }),
    bounds: catalog.fields.batch_size, step: 1, help: help(context, "batch_size", t("data.batch_size")),
  });
  const whole = checkField(context, {
    path: "batch_size.all", label: t("data.batch_all"), read: (spec) => spec.batch_size === "all",
    change: (isWhole) => context.set({ batch_size: isWhole ? "all" : Math.min(catalog.fields.batch_size.default, batchOf(context.store.get()) ?? 1) }, "batch_size", isWhole),
  });
  const dice = h("button", { type: "button", class: "button icon", "aria-label": t("data.new_seed"), title: t("data.new_seed"), "data-keep": "dice",
    onclick: () => context.set({ seed: Math.floor(Math.random() * 1000) }, "seed") }, icon("dice"));
  const seed = numberField(context, {
    path: "seed", label: t("data.seed"), read: (spec) => spec.seed, write: (value) => ({ seed: value }), bounds: catalog.fields.seed, step: 1, extra: dice, help: help(context, "seed", t("data.seed")),
  });
  const split = h("p", { class: "hint" });
  context.select((state) => state.data, (data) => {
    const test = data && integer(data.rows - data.trainRows - data.validationRows);
    if (data) setText(split, t(data.validationRows ? "data.split_three" : "data.split", { train: integer(data.trainRows), test, validation: integer(data.validationRows) }));
  });
  context.select((state) => state.spec?.data.name, (name) => {
    if (!name) return;
    const asked = context.dataset(name).fields.map((field) => field.name);
    noise.hidden = !asked.includes("noise");
    samples.hidden = !asked.includes("samples");
  });
  const panel = h("section", { class: "panel", "data-view": "data" },
    h("div", { class: "panel-head" }, h("h2", {}, t("data.title")),
      h("button", { type: "button", class: "button dense", "data-keep": "gallery", "aria-haspopup": "dialog", onclick: async () => (await context.dialogs.gallery()).openGallery(context) }, t("data.examples"))),
    dataSet, pictures(context), partOfOwn(context, OWN, async () => (await withWords(context, import("../charts/own-data.js"))).ownParts(context)),
    partOfOwn(context, ["stocks"], async () => (await import("../data-stocks.js")).companyPart(context)), dataButtons(context, () => panel),
    noise, share, validation, split, samples, batch, whole, seed);
  return panel;
}

/** The two-class data sets as small pictures of their points. The select above says the same in words. */
function pictures(context) {
  const { t, catalog } = context;
  const buttons = catalog.datasets.filter((set) => set.preview && set.task === "binary" && !OWN.includes(set.name)).map((set) => {
    const name = context.label("datasets", set.name);
    return h("button", { type: "button", class: "thumbnail", title: name, "aria-label": name, "data-name": set.name, "data-keep": `set-${set.name}`,
      onclick: () => context.set({ data: { name: set.name } }, "data.name") }, thumbnail(set));
  });
  context.select((state) => state.spec?.data.name, (name) => {
    for (const button of buttons) setAttribute(button, "aria-pressed", button.dataset.name === name);
  });
  return h("div", { class: "thumbnails", role: "group", "aria-label": t("data.pictures") }, buttons);
}

function thumbnail({ preview }) {
  const size = 30;
  const marks = preview.points.map(([x, y], index) => {
    const [cx, cy] = [2 + x * (size - 4), 2 + (1 - y) * (size - 4)];
    return preview.classes[index] > 0 ? s("circle", { class: "pos", cx, cy, r: 1.3 }) : s("path", { class: "neg", d: `M${cx} ${cy - 1.6}l1.6 1.6l-1.6 1.6l-1.6-1.6z` });
  });
  return s("svg", { viewBox: `0 0 ${size} ${size}`, "aria-hidden": "true" }, marks);
}
