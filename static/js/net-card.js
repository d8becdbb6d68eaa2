// @ts-check
/** The card beside a place of the net: its numbers, kept up to date while it is open; pinned, each says where it comes from. */
import { h, setAttribute, setText } from "./dom.js";
import { elementOf } from "./elements.js";
import { signed, signedCompact } from "./format.js";
import { layerParameter, readParameter } from "./net-reading.js";

const MOST_ROWS = 16;
const FEW_ROWS = 4; // with so few weights each has its gradient beside it

/**
 * @param {any} context
 * @returns {{element: HTMLElement, show: (place: any, names: any, frame: any, isPinned: boolean) => void, hide: () => void}}
 */
export function createNetCard(context) {
  const { t } = context;
  const element = h("div", { class: "net-card", role: "tooltip", id: "net-card", hidden: true });
  let shown = "";
  let pinned = false;
  /** @type {((frame: any) => void)[]} */
  let writers = [];

  /** A number; of a pinned card it is a button that asks where the number comes from. */
  const cell = (words, place, of, row = null) => {
    const text = pinned ? h("button", { type: "button", class: "number-link", title: t("net.explain"), onclick: () => context.explaining.open(elementOf(place), of, row) }) : h("span", {});
    return { text, element: h("dd", {}, text), name: h("dt", {}, words) };
  };
  const row = (words, read, place, probe = null) => {
    const { text, element: value, name } = cell(words, place, "value", probe);
    writers.push((frame) => {
      const number = read(frame);
      setText(text, signed(number, 4));
      setAttribute(value, "data-sign", number < 0 ? "neg" : number > 0 ? "pos" : "zero");
    });
    return [name, value];
  };
  const gradientRow = (place) => {
    const { text, element: value, name } = cell(t("net.gradient"), place, "gradient");
    setAttribute(value, "data-sign", "gradient");
    writers.push((frame) => setText(text, `◂\u2009${signedCompact(readParameter(frame, place)?.gradient)}`));
    return [name, value];
  };

  const valueRow = (words, place) => row(words, (frame) => readParameter(frame, place)?.value, place);
  const parameterRows = (words, place) => [...valueRow(words, place), ...gradientRow(place)];

  /** The numbers of one neuron: what it says for the chosen sample, its bias, the weights that reach it. */
  const neuronRows = (place, names, frame) => {
    const { layer, index } = place;
    const rows = [];
    if (frame.probe) rows.push(...row(t("net.value_for_sample", { index: frame.probe.index + 1 }), (next) => next.activations.layers[layer]?.data[index], place, frame.probe.index));
    rows.push(...parameterRows(t("net.bias"), { kind: "bias", layer, index }));
    for (const kind of layerParameter(frame, layer, "scale") ? ["scale", "shift"] : []) rows.push(...parameterRows(t(`net.norm_${kind}`), { kind, layer, index }));
    const fanIn = layerParameter(frame, layer, "weight").shape[0];
    if (fanIn <= MOST_ROWS) {
      for (let from = 0; from < fanIn; from += 1) {
        const weight = { kind: "weight", layer, index, from };
        rows.push(...valueRow(`${t("net.weight")} ${names.edge(weight).join(" → ")}`, weight));
        if (fanIn <= FEW_ROWS) rows.push(...gradientRow(weight));
      }
    }
    return rows;
  };

  const build = (place, names, frame) => {
    writers = [];
    const { kind, layer, index } = place;
    if (kind === "weight") return [h("p", { class: "net-card-title" }, t("net.edge", { from: names.edge(place)[0], to: names.edge(place)[1] })), h("dl", {}, parameterRows(t("net.weight"), place)), h("p", { class: "hint" }, t("net.gradient_hint"))];
    if (kind === "bias") return [h("p", { class: "net-card-title" }, names.neuron(layer, index)), h("dl", {}, parameterRows(t("net.bias"), place)), h("p", { class: "hint" }, t("net.gradient_hint"))];
    if (kind === "input") {
      const rows = frame.probe && frame.activations.input ? row(t("net.value_for_sample", { index: frame.probe.index + 1 }), (next) => next.activations.input?.data[index], place, frame.probe.index) : [];
      return [h("p", { class: "net-card-title" }, t("net.input", { name: names.neuron(-1, index) })), h("dl", {}, rows)];
    }
    return [h("p", { class: "net-card-title" }, t("net.neuron", { name: names.neuron(layer, index) })), h("dl", {}, neuronRows(place, names, frame))];
  };

  return {
    element,
    show(place, names, frame, isPinned) {
      const key = JSON.stringify([place, frame.probe?.index, frame.revision, isPinned]);
      if (key !== shown) {
        pinned = isPinned;
        setAttribute(element, "data-pinned", isPinned);
        setAttribute(element, "role", isPinned ? "group" : "tooltip");
        setAttribute(element, "aria-label", t("net.numbers"));
        element.replaceChildren(...build(place, names, frame));
        shown = key;
      }
      for (const write of writers) write(frame);
      element.hidden = false;
    },
    hide() {
      if (element.hidden) return;
      element.hidden = true;
      element.replaceChildren(); // a hidden description is still read
      shown = "";
    },
  };
}
