// @ts-check
/** What else a layer does: a small panel that its header opens, and the same in a few words. */
import { h } from "./dom.js";
import { checkField, numberField, selectField } from "./fields.js";
import { help, helpOfMenu, place } from "./help.js";
import { fanIn } from "./spec-reading.js";

/** "layer norm · dropout 20 % · + x": what of it is not as usual. */
export function layerWords(context, layer) {
  const { t } = context;
  return [
    layer.normalization && layer.normalization !== "none" && context.label("normalizations", layer.normalization),
    layer.dropout && t("net.dropped", { rate: Number((layer.dropout * 100).toPrecision(3)) }),
    layer.residual && t("net.residual_words"),
  ].filter(Boolean).join(" · ");
}

/** What the words depend on. */
export const besides = (spec) => spec && spec.network.layers.map(({ normalization, dropout, residual }) => [normalization, dropout, residual]).join(";");

/** Whether the header of any layer has such words. */
export const hasLayerWords = (spec) => spec.network.layers.some(({ normalization, dropout, residual }) => (normalization && normalization !== "none") || dropout || residual);

/**
 * @param {any} context
 * @returns {{element: HTMLElement, opener: (number: number) => HTMLElement}}  layers are numbered from 1
 */
export function createLayerPanel(context) {
  const { t } = context;
  const panel = h("div", { class: "inputs-panel layer-panel", id: "layer-panel", popover: "auto", role: "group" });
  let part = context.scope();
  let shown = 0;
  context.onDispose(() => part.dispose());

  const openerOf = (number) => /** @type {HTMLElement|null} */ (document.querySelector(`[data-keep="more-${number}"]`));
  panel.addEventListener("toggle", (event) => {
    const isOpen = /** @type {any} */ (event).newState === "open";
    openerOf(shown)?.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) return;
    part.dispose();
    if (document.activeElement === document.body) openerOf(shown)?.focus();
  });

  const open = (number, button) => {
    shown = number;
    part.dispose();
    part = context.scope();
    panel.setAttribute("aria-label", t("net.more_of", { number }));
    panel.replaceChildren(...controls(part, number));
    /** @type {any} */ (panel).showPopover();
    place(panel, button);
    /** @type {HTMLElement|null} */ (panel.querySelector("select, input"))?.focus();
  };

  return {
    element: panel,
    opener(number) {
      let wasOpen = false; // pressing anywhere else closes the panel before the click arrives
      const button = h("button", {
        type: "button", class: "button dense icon layer-more", "aria-label": t("net.layer_more", { number }), title: t("net.layer_more", { number }), "aria-haspopup": "dialog", "aria-expanded": false, "data-keep": `more-${number}`,
        onpointerdown: () => { wasOpen = shown === number && panel.matches(":popover-open"); },
        onclick: () => {
          if (!wasOpen) open(number, button);
          wasOpen = false;
        },
      }, h("span", { "aria-hidden": "true" }, "⋯"));
      return button;
    },
  };
}

function controls(context, number) {
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
  return [h("h3", {}, t("net.more_of", { number })), activation, menu("initializer", "initializers"), menu("normalization", "normalizations", "none"), dropout, residual, why];
}
