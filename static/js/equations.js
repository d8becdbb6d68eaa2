// @ts-check
/** Formulas on a line, in parts that go on to the next line where there is no room. */
import { h } from "./dom.js";
import { math } from "./mathml.js";

/** @param {import("./mathml.js").Tree[]} parts */
export const equation = (parts) => h("div", { class: "equation" }, parts.map((part) => math(part)));

/**
 * A formula that is wider than its place, even in parts, is scrolled, by keys as well: it is a stop of the Tab key while it is.
 * @param {any} context  with onDispose
 * @param {Element} root
 * @param {string} label
 * @returns {() => void} to be called when there are other formulas; other widths are seen
 */
export function keepReachable(context, root, label) {
  const look = () => {
    for (const line of root.querySelectorAll(".equation")) {
      const isWide = line.scrollWidth > line.clientWidth + 1;
      if (isWide === line.hasAttribute("tabindex")) continue;
      const attributes = { tabindex: "0", role: "group", "aria-label": label };
      for (const [name, value] of Object.entries(attributes)) isWide ? line.setAttribute(name, value) : line.removeAttribute(name);
    }
  };
  let timer = 0;
  const lookSoon = () => { // to measure at once would lay the page out in the middle of a step
    clearTimeout(timer);
    timer = setTimeout(look, 100);
  };
  const observer = new ResizeObserver(lookSoon);
  observer.observe(root);
  context.onDispose(() => {
    clearTimeout(timer);
    observer.disconnect();
  });
  return lookSoon;
}
