// @ts-check
import { h } from "../dom.js";

/** @param {any} context */
export function walkTransportView(context) {
  return h("section", { class: "walk-transport", "data-view": "walk-transport" });
}
