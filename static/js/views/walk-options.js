// @ts-check
import { h } from "../dom.js";

/** @param {any} context */
export function optionsView(context) {
  return h("section", { class: "walk-options", "data-view": "walk-options" });
}
