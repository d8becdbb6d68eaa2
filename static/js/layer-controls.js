// @ts-check
/** The controls of one layer, apart from its neurons and activation; loaded when they are asked for. */
import { h } from "./dom.js";
import { checkField, numberField, selectField } from "./fields.js";
import { layerHeld } from "./held-controls.js";
import { help, helpOfMenu } from "./help.js";
import { fanIn } from "./spec-reading.js";

/**
 * @param {any} context
 * @param {number} number  from 1
 */
export function layerControls(context, number) {
  const { t, catalog } = context;
  const index = number - 1;
  const path = (field) => `network.layers[${index}].${field}`;
  const layerOf = (spec) => spec.network.layers[index];
  const change = (field) => (value) => context.setLayers((rows) => rows.map((row, at) => (at === index ? { ...row, [field]: value } : row)));
  const menu = (field, rows, standard) => {
    const label = context.label("fields", field);
    const read = (spec) => layerOf(spec)?.[field] ?? standard;
    return selectField(context, { path: path(field), label, read, change: change(field), options: () => catalog[rows].map(({ name }) => [name, context.label(rows, name)]), help: helpOfMenu(context, field, label, rows, read) });
  };
  const isOutput = (spec) => index === spec.network.layers.length - 1;
  const dropout = numberField(context, {
    path: path("dropout"), label: context.label("fields", "dropout"), read: (spec) => layerOf(spec)?.dropout ?? 0, change: change("dropout"), bounds: catalog.fields.dropout,
    scale: 100, unit: "%", step: 5, slider: { kind: "linear", minimum: 0, maximum: 0.9, step: 0.05 }, help: help(context, "dropout", context.label("fields", "dropout")),
  });
  const residual = checkField(context, { path: path("residual"), label: context.label("fields", "residual"), read: (spec) => Boolean(layerOf(spec)?.residual), change: change("residual"), help: help(context, "residual", context.label("fields", "residual")) });
  const why = h("p", { class: "hint" });
  const input = /** @type {HTMLInputElement} */ (residual.querySelector("input"));
  context.select((state) => state.spec && [state.spec.network.layers.length, layerOf(state.spec)?.units, state.data && fanIn(state.spec.network.layers, index, state.data.inputs.length)].join(), (_, { spec, data }) => {
    if (!spec || !data || !layerOf(spec)) return;
    const arriving = fanIn(spec.network.layers, index, data.inputs.length);
    const { units } = layerOf(spec);
    input.disabled = arriving !== units;
    why.textContent = arriving === units ? "" : t("net.residual_needs", { inputs: arriving, units });
    dropout.hidden = isOutput(spec);
  });
  const activation = h("p", { class: "layer-activation" });
  const chosen = (spec) => layerOf(spec)?.activation;
  context.select((state) => state.spec && chosen(state.spec), (name) => {
    if (name) activation.replaceChildren(h("span", { class: "helped" }, h("span", {}, `${context.label("fields", "activation")}: ${context.label("activations", name)}`), helpOfMenu(context, "activation", context.label("fields", "activation"), "activations", chosen)));
  });
  return [h("h3", {}, t("net.more_of", { number })), activation, menu("initializer", "initializers"), menu("normalization", "normalizations", "none"), dropout, residual, why, layerHeld(context, index)];
}
