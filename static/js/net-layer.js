// @ts-check
/** What else a layer does: a small panel that its header opens, and the same in a few words. */
import { h } from "./dom.js";
import { place } from "./help.js";

/** "layer norm · dropout 20 % · + x": what of it is not as usual. */
export function layerWords(context, layer) {
  const { t } = context;
  return [
    layer.normalization && layer.normalization !== "none" && context.label("normalizations", layer.normalization),
    layer.dropout && t("net.dropped", { rate: Number((layer.dropout * 100).toPrecision(3)) }),
    layer.residual && t("net.residual_words"),
    layer.frozen === "all" && t("net.frozen_words"),
  ].filter(Boolean).join(" · ");
}

/** What the words depend on. */
export const besides = (spec) => spec && spec.network.layers.map(({ normalization, dropout, residual, frozen }) => [normalization, dropout, residual, frozen === "all"]).join(";");

/** Whether the header of any layer has such words. */
export const hasLayerWords = (spec) => spec.network.layers.some(({ normalization, dropout, residual, frozen }) => (normalization && normalization !== "none") || dropout || residual || frozen === "all");

/** What is cut out and frozen, in short; empty where nothing is. */
export const heldOf = (spec) => (spec?.network.layers.some(({ cut, frozen }) => cut?.length || frozen?.length) ? JSON.stringify(spec.network.layers.map(({ cut, frozen }) => [cut, frozen])) : "");

/**
 * @param {any} context
 * @returns {{element: HTMLElement, opener: (number: number) => HTMLElement}}  layers are numbered from 1
 */
export function createLayerPanel(context) {
  const { t } = context;
  const panel = h("div", { class: "inputs-panel layer-panel", id: "layer-panel", popover: "auto", role: "group", "data-lesson": "net" });
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

  const open = async (number, button) => {
    const [{ layerControls }] = await Promise.all([import("./layer-controls.js"), context.loadWords("held")]);
    shown = number;
    part.dispose();
    part = context.scope();
    panel.setAttribute("aria-label", t("net.more_of", { number }));
    panel.replaceChildren(...layerControls(part, number));
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
