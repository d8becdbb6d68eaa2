// @ts-check
/** Formulas on a line, in parts that go on to the next line where there is no room. */
import { h, setAttribute } from "./dom.js";
import { math } from "./mathml.js";

/**
 * @param {import("./mathml.js").Tree[]} parts
 * @param {{focusable?: boolean}} [options]  whether the numbers in it are stops of the Tab key
 */
export function equation(parts, { focusable = false } = {}) {
  const line = h("div", { class: "equation" }, parts.map((part) => math(part)));
  if (focusable) {
    for (const slot of line.querySelectorAll("[data-value][data-node]")) {
      slot.setAttribute("tabindex", "0");
      slot.setAttribute("role", "button");
    }
  }
  return line;
}

/** A formula that is wider than its place, even in parts, is scrolled, by keys as well. To be called when it is on the page. */
export function makeReachable(root, label) {
  for (const line of root.querySelectorAll(".equation")) {
    if (line.scrollWidth <= line.clientWidth + 1) continue;
    line.tabIndex = 0;
    setAttribute(line, "role", "group");
    setAttribute(line, "aria-label", label);
  }
}
