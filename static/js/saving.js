// @ts-check
/** A file made in the page, handed to the browser to keep. */
import { h } from "./dom.js";

/** @param {Blob} blob @param {string} name */
export function save(blob, name) {
  const link = h("a", { href: URL.createObjectURL(blob), download: `backprop-lab-${name}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the browser may still be reading it
}
