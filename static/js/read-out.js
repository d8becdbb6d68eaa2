// @ts-check
/** A number on the screen: its name, its text, and the exact value for whoever reads the page by program. */
import { h, setAttribute, setText } from "./dom.js";
import { integer } from "./format.js";

/** "1,250" in parts, with commas that are drawn but are not part of the text: what is copied or read by a program is a number. */
export const groups = (value) => integer(value).split(",");

/** Writes the parts, into what is there if they are as many. */
function writeGroups(element, parts) {
  if (element.childNodes.length !== parts.length) element.replaceChildren(...parts.map((part, index) => h("span", { class: index < parts.length - 1 ? "thousands" : null }, part)));
  else parts.forEach((part, index) => setText(element.childNodes[index], part));
}

/** One number with its name; the exact value is in data-value. */
export function readOut(context, id, label, read, format) {
  const value = h("dd", { "data-testid": id });
  context.select(read, (number) => {
    const text = number === null ? "–" : format(number);
    if (Array.isArray(text)) writeGroups(value, text);
    else setText(value, text);
    setAttribute(value, "data-value", number ?? "");
  });
  return h("div", { class: `read-out ${id}` }, h("dt", {}, label), value);
}
