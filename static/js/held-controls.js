// @ts-check
/** Cutting out and freezing, beside the number or the neuron that is explained, and for a layer. */
import { h, icon, setAttribute } from "./dom.js";
import { placeOf } from "./elements.js";
import { canBeCut, isCut, isFrozen, withCut, withFrozen, withLayerFrozen } from "./held.js";
import { loadStyle } from "./page.js";
import { fanIn } from "./spec-reading.js";

const PARAMETERS = ["weight", "bias"];

/** A box to be ticked that asks for other layers. */
function check(context, words, read, edit) {
  const input = h("input", { type: "checkbox", onchange: async () => {
    const answer = await context.setLayers((layers) => edit(layers, input.checked));
    if (answer?.type === "error") show();
  } });
  const show = () => {
    const { spec, data } = context.store.get();
    if (spec && data) input.checked = read(spec.network.layers, data.inputs.length);
  };
  return { element: h("label", { class: "check" }, input, words), show };
}

/**
 * @param {any} context
 * @returns {{element: HTMLElement, about: (element: string|null) => void}}  which number the panel is about
 */
export function heldControls(context) {
  const { t, store } = context;
  loadStyle("net-held");
  /** @type {any} */
  let place = null;
  const fan = (layers, inputs) => fanIn(layers, place.layer, inputs);
  const inputs = () => store.get().data.inputs.length;
  const read = (layers, count) => Boolean(place && layers[place.layer]) && isFrozen(layers, place, fan(layers, count));
  const freeze = (layers, frozen) => withFrozen(layers, place, fan(layers, inputs()), frozen);
  const one = check(context, t("held.frozen"), read, freeze);
  const neuron = check(context, t("held.freeze_neuron"), read, freeze);
  const cut = h("button", { type: "button", class: "button dense", "data-keep": "cut-neuron", onclick: () => context.setLayers((layers) => withCut(layers, place, !isCut(layers, place))) });
  const hint = h("p", { class: "hint" });
  const element = h("div", { class: "held-controls", hidden: true, "data-lesson": "net" }, one.element, neuron.element, cut, hint);

  const show = () => {
    const { spec } = store.get();
    const isNumber = PARAMETERS.includes(place?.kind);
    const isNeuron = place?.kind === "neuron" && place.layer >= 0;
    element.hidden = !spec || !spec.network.layers[place?.layer] || !(isNumber || isNeuron);
    element.parentElement?.removeAttribute("data-frozen");
    if (element.hidden) return;
    const { layers } = spec.network;
    one.element.hidden = !isNumber;
    neuron.element.hidden = !isNeuron;
    (isNumber ? one : neuron).show();
    cut.hidden = !canBeCut(layers, place);
    const isOut = !cut.hidden && isCut(layers, place);
    cut.replaceChildren(icon(isOut ? "undo" : "close"), t(isOut ? "held.restore" : "held.cut"));
    setAttribute(cut, "title", t(isOut ? "held.restore_hint" : "held.cut_hint"));
    const isStill = isFrozen(layers, place, fan(layers, inputs()));
    element.parentElement?.toggleAttribute("data-frozen", isNumber && isStill); // "it learns" would be wrong
    hint.textContent = isOut ? t("held.is_cut") : isStill ? t(isNumber ? "held.is_frozen" : "held.are_frozen") : "";
  };
  context.select((state) => state.spec?.network.layers, show);

  return {
    element,
    about(number) {
      place = number && placeOf(number);
      show();
    },
  };
}

/** A whole layer frozen. @param {any} context @param {number} index */
export function layerHeld(context, index) {
  const whole = check(context, context.t("held.freeze_layer"), (layers) => layers[index]?.frozen === "all", (layers, frozen) => withLayerFrozen(layers, index, frozen));
  context.select((state) => state.spec?.network.layers, whole.show);
  return whole.element;
}
