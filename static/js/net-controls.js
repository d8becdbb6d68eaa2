// @ts-check
/** What can be done to the net, around its picture: a header over each column, the legend and the layer buttons below. */
import { h, icon, s, setAttribute } from "./dom.js";
import { segmented, selectField } from "./fields.js";
import { isProjected, isTouch, modeButton } from "./mode.js";
import { INPUTS_PANEL } from "./net-inputs.js";
import { hasLayerWords, layerWords } from "./net-layer.js";

/** Two rows of controls where columns are narrow; a line for what layers do besides, where any does. */
export const headerHeight = (compact, spec) => (isProjected() ? 36 : (isTouch() ? 166 : compact ? 96 : 66) + (spec && hasLayerWords(spec) ? 16 : 0));

const ROOMY = 190; // px from column to column in which all controls have their full width
export const TIGHTEST = 136; // in which they still fit into one row

/** Over each column: what it is, how many neurons, which activation. */
export function headers(context, spec, layout, compact, moreOpener) {
  const { t } = context;
  const layers = spec.network.layers;
  const last = layers.length - 1;
  const box = h("div", { class: "net-heads" });
  box.style.height = `${headerHeight(compact, spec)}px`;
  layout.columns.forEach((column, at) => {
    const image = spec.data.features[0] === "pixels";
    const title = at === 0 ? t("net.inputs") : at - 1 === last ? t("net.output") : t("net.layer", { number: at });
    const count = at === 0 ? (image ? t("net.pixels") : t("net.features", { count: spec.data.features.length })) : t("net.neurons", { count: layers[at - 1].units });
    const controls = h("div", { class: "net-controls" });
    if (at === 0 && context.dataset(spec.data.name).features.choices.length > 1) controls.append(h("button", { type: "button", class: "button dense", popovertarget: INPUTS_PANEL, "data-keep": "choose-inputs", "aria-label": t("net.choose_inputs"), title: t("net.choose_inputs") }, t(compact ? "net.choose" : "net.choose_inputs")));
    if (at > 0 && at - 1 < last) controls.append(neuronButton(-1, at, layers[at - 1].units), neuronButton(1, at, layers[at - 1].units));
    if (at > 0) controls.append(moreOpener(at), activation(at));
    const head = h("div", { class: `net-head${compact ? " compact" : layout.pitch < ROOMY ? " tight" : ""}` }, h("h3", {}, title, " ", h("span", { class: "count" }, count)), controls);
    const words = at > 0 ? layerWords(context, layers[at - 1]) : "";
    if (words) head.append(h("p", { class: "layer-words", title: words }, words));
    head.style.left = `${column.x}px`;
    if (!compact) head.style.width = `${Math.min(layout.pitch, ROOMY) - 6}px`; // it ends before the next one begins
    box.append(head);
  });
  return box;

  function neuronButton(change, number, units) {
    const { minimum, maximum } = context.catalog.fields.units;
    const reason = change > 0 && units >= maximum ? t("net.limit_neurons", { count: maximum }) : change < 0 && units <= minimum ? t("net.limit_one") : null;
    const words = t(change > 0 ? "net.add_neuron" : "net.remove_neuron", { number });
    return h("button", {
      type: "button", class: "button dense icon", "aria-label": words, title: reason ?? words, "aria-disabled": reason ? "true" : null, "data-keep": `${change > 0 ? "add" : "remove"}-${number}`,
      onclick: () => !reason && context.setLayers((rows) => rows.map((row, index) => (index === number - 1 ? { ...row, units: row.units + change } : row))),
    }, icon(change > 0 ? "plus" : "minus"));
  }

  function activation(number) {
    const select = selectField(context, {
      path: `network.layers[${number - 1}].activation`,
      label: t("net.activation", { number }),
      read: (current) => current.network.layers[number - 1]?.activation,
      change: (name) => context.setLayers((rows) => rows.map((row, index) => (index === number - 1 ? { ...row, activation: name } : row))),
      options: ({ spec: current }) => context.activationsOf(current, number - 1).map((name) => [name, context.label("activations", name)]),
      hidden: true,
      className: "dense",
    });
    select.dataset.keep = `activation-${number}`;
    return select;
  }
}

export function legend(context) {
  const { t, store } = context;
  const sample = (sign) => s("svg", { viewBox: "0 0 34 6", width: 34, height: 6, "aria-hidden": "true" }, s("line", { class: `edge ${sign}`, x1: 0, x2: 34, y1: 3, y2: 3, "stroke-width": 3, "stroke-dasharray": sign === "neg" ? "6 4" : "none" }));
  return h("div", { class: "legend" },
    h("span", { class: "hint edges-words" }, t("net.edges_show")),
    segmented(context, { label: t("net.edges_show"), choices: [["weight", t("net.weight")], ["gradient", t("net.gradient")]], read: (state) => state.ui.edges, write: (value) => store.dispatch({ type: "ui", changes: { edges: value } }) }),
    h("span", { class: "legend-item" }, sample("pos"), `+ ${t("net.positive")}`),
    h("span", { class: "legend-item" }, sample("neg"), `− ${t("net.negative")}`));
}

export function layerButtons(context) {
  const { t } = context;
  const { maximum } = context.catalog.fields.layers;
  const make = (name, onclick, blocked) => {
    const button = h("button", { type: "button", class: "button", "data-keep": name, onclick: () => button.getAttribute("aria-disabled") !== "true" && onclick() }, icon(name === "add_layer" ? "plus" : "minus"), t(`net.${name}`));
    context.select((state) => state.spec?.network.layers.length, (count) => {
      const reason = count ? blocked(count) : null;
      setAttribute(button, "aria-disabled", Boolean(reason));
      setAttribute(button, "title", reason ?? t(`net.${name}`));
    });
    return button;
  };
  return h("div", { class: "layer-buttons" },
    make("remove_layer", context.removeLayer, (count) => (count <= 1 ? t("net.no_hidden") : null)),
    modeButton(context, "net"),
    make("add_layer", context.addLayer, (count) => (count >= maximum ? t("net.limit_layers", { count: maximum - 1 }) : null)));
}
