// @ts-check
/** The card beside a place of the net: its numbers, kept up to date while it is open. */
import { h, setAttribute, setText } from "./dom.js";
import { signed, signedCompact } from "./format.js";
import { layerParameter, readParameter } from "./net-reading.js";

const MOST_ROWS = 16;
const FEW_ROWS = 4; // with so few weights each has its gradient beside it

/**
 * @param {any} context
 * @returns {{element: HTMLElement, show: (place: any, names: any, frame: any) => void, hide: () => void}}
 */
export function createNetCard(context) {
  const { t } = context;
  const element = h("div", { class: "net-card", role: "tooltip", id: "net-card", hidden: true });
  let shown = "";
  /** @type {((frame: any) => void)[]} */
  let writers = [];

  const row = (words, read, tone = "sign") => {
    const value = h("dd", {});
    writers.push((frame) => {
      const number = read(frame);
      setText(value, tone === "small" ? signedCompact(number) : signed(number, 4));
      setAttribute(value, "data-sign", tone === "gradient" ? "gradient" : number < 0 ? "neg" : number > 0 ? "pos" : "zero");
    });
    return [h("dt", {}, words), value];
  };
  const gradientRow = (read) => {
    const value = h("dd", { "data-sign": "gradient" });
    writers.push((frame) => setText(value, `◂\u2009${signedCompact(read(frame))}`));
    return [h("dt", {}, t("net.gradient")), value];
  };

  const parameterRows = (words, place) => [
    ...row(words, (frame) => readParameter(frame, place)?.value),
    ...gradientRow((frame) => readParameter(frame, place)?.gradient),
  ];

  /** The numbers of one neuron: what it says for the chosen sample, its bias, the weights that reach it. */
  const neuronRows = (place, names, frame) => {
    const { layer, index } = place;
    const rows = [];
    if (frame.probe) rows.push(...row(t("net.value_for_sample", { index: frame.probe.index + 1 }), (next) => next.activations.layers[layer]?.data[index]));
    rows.push(...parameterRows(t("net.bias"), { kind: "bias", layer, index }));
    const fanIn = layerParameter(frame, layer, "weight").shape[0];
    if (fanIn <= MOST_ROWS) {
      for (let from = 0; from < fanIn; from += 1) {
        const weight = { kind: "weight", layer, index, from };
        rows.push(...row(`${t("net.weight")} ${names.edge(weight).join(" → ")}`, (next) => readParameter(next, weight)?.value));
        if (fanIn <= FEW_ROWS) rows.push(...gradientRow((next) => readParameter(next, weight)?.gradient));
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
      const rows = frame.probe && frame.activations.input ? row(t("net.value_for_sample", { index: frame.probe.index + 1 }), (next) => next.activations.input?.data[index]) : [];
      return [h("p", { class: "net-card-title" }, t("net.input", { name: names.neuron(-1, index) })), h("dl", {}, rows)];
    }
    return [h("p", { class: "net-card-title" }, t("net.neuron", { name: names.neuron(layer, index) })), h("dl", {}, neuronRows(place, names, frame))];
  };

  return {
    element,
    show(place, names, frame) {
      const key = JSON.stringify([place, frame.probe?.index, frame.revision]);
      if (key !== shown) {
        element.replaceChildren(...build(place, names, frame));
        shown = key;
      }
      for (const write of writers) write(frame);
      element.hidden = false;
    },
    hide() {
      element.hidden = true;
      element.replaceChildren(); // a hidden description is still read
      shown = "";
    },
  };
}
