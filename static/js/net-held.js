// @ts-check
/** Neurons that are cut out and numbers that are frozen, shown in the net; loaded when there are some. */
import { h, icon, s, setAttribute } from "./dom.js";
import { isCut, isFrozen, withCut } from "./held.js";
import { fanIn } from "./spec-reading.js";

const MOST_LOCKS = 40; // of a layer; beyond, the lines are only fainter, and of a whole layer its header says it
const ALONG = 0.36; // of a line: where fewest cross

const lock = () => s("svg", { class: "lock", viewBox: "0 0 12 14", width: 10, height: 12, "aria-hidden": "true" },
  s("rect", { x: 1.5, y: 6, width: 9, height: 7, rx: 1.5 }), s("path", { d: "M3.5 6V4a2.5 2.5 0 0 1 5 0v2" }));

/**
 * @param {any} context
 * @param {{neurons: any[], biases: any[], edges: any[], picture: HTMLElement, svg: SVGElement, drawLayer: (layer: number) => void, names: any}} net
 * @param {any} spec
 * @param {number} inputs  how many numbers arrive at the first layer
 */
export function showHeld(context, { neurons, biases, edges, picture, svg, drawLayer, names }, spec, inputs) {
  const { t } = context;
  const { layers } = spec.network;
  for (const element of picture.querySelectorAll(".neuron-restore, .bias .lock, .edge-lock")) element.remove();
  const cutAt = (layer, index) => layer >= 0 && isCut(layers, { kind: "neuron", layer, index });

  for (const { element, place, x, y, size } of neurons) {
    const cut = cutAt(place.layer, place.index);
    element.dataset.label ??= element.getAttribute("aria-label") ?? "";
    setAttribute(element, "data-cut", cut);
    setAttribute(element, "aria-label", cut ? t("held.cut_label", { name: element.dataset.label }) : element.dataset.label);
    if (!cut) continue;
    const words = t("held.restore_name", { name: names.neuron(place.layer, place.index) });
    const restore = h("button", { type: "button", class: "neuron-restore", "data-lesson": "net", "aria-label": words, title: words, onclick: (event) => {
      event.stopPropagation(); // or the net would think that nothing is meant
      context.setLayers((rows) => withCut(rows, place, false));
      element.focus();
    } }, icon("undo"));
    Object.assign(restore.style, { left: `${x + size / 2 - 12}px`, top: `${y - size / 2 - 12}px` });
    element.after(restore);
  }

  const frozenAt = layers.map((_, layer) => edges.filter((edge) => edge.layer === layer && isFrozen(layers, { kind: "weight", layer, index: edge.to, from: edge.from }, fanIn(layers, layer, inputs))));
  for (const edge of edges) {
    const isOff = cutAt(edge.layer - 1, edge.from) || cutAt(edge.layer, edge.to);
    edge.held = isOff ? "cut" : frozenAt[edge.layer].includes(edge) ? "frozen" : "";
    setAttribute(edge.hit, "data-held", edge.held);
  }
  layers.forEach((_, layer) => drawLayer(layer));
  for (const row of frozenAt.filter(({ length }, layer) => layers[layer].frozen !== "all" && length <= MOST_LOCKS)) {
    for (const { hit } of row) {
      const { x, y } = hit.getPointAtLength(hit.getTotalLength() * ALONG);
      svg.append(s("g", { class: "edge-lock", transform: `translate(${(x - 5).toFixed(1)} ${(y - 6).toFixed(1)})` }, s("rect", { x: -1, y: -1, width: 12, height: 14, rx: 4, class: "lock-ground" }), lock()));
    }
  }
  for (const { element, place } of biases) {
    const frozen = isFrozen(layers, { ...place, kind: "bias" }, fanIn(layers, place.layer, inputs));
    element.dataset.label ??= element.getAttribute("aria-label") ?? "";
    setAttribute(element, "aria-label", frozen ? t("held.frozen_label", { name: element.dataset.label }) : element.dataset.label);
    setAttribute(element, "data-cut", cutAt(place.layer, place.index));
    if (frozen) element.querySelector(".bias-ring")?.after(lock());
  }
}
