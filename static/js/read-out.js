// @ts-check
/** A number on the screen: its name, its text, and the exact value for whoever reads the page by program. */
import { h, setAttribute, setText } from "./dom.js";
import { integer } from "./format.js";

/** "1,250" with commas that are drawn but are not part of the text: what is copied or read by a program is a number. */
export function groups(value) {
  const digits = integer(value).split(",");
  return digits.map((part, index) => (index < digits.length - 1 ? h("span", { class: "thousands" }, part) : part));
}

/** One number with its name; the exact value is in data-value. */
export function readOut(context, id, label, read, format) {
  const value = h("dd", { "data-testid": id });
  context.select(read, (number) => {
    const text = number === null ? "–" : format(number);
    if (Array.isArray(text)) value.replaceChildren(...text);
    else setText(value, text);
    setAttribute(value, "data-value", number ?? "");
  });
  return h("div", { class: `read-out ${id}` }, h("dt", {}, label), value);
}
