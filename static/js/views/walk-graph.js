// @ts-check
import { h } from "../dom.js";

/** @param {any} context */
export function graphView(context) {
  return h("section", { class: "walk-graph", "data-view": "walk-graph" });
}
