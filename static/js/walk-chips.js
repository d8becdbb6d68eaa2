// @ts-check
/** A number with its part in the chain rule under it: upstream, local, contribution. */
import { h } from "./dom.js";
import { numberText } from "./walk-names.js";

/**
 * @param {any} context  with t
 * @param {{kind: "upstream"|"local"|"contribution", value: number|null, asked?: boolean, node?: number, edge?: string, of?: string, keep: string}} options
 *   `asked`: it is the reader's to say; null is shown as a dash: not known yet
 */
export function numberChip({ t }, { kind, value, asked = false, node, edge, of, keep }) {
  const shown = asked ? null : value;
  const text = asked ? "?" : shown === null ? "–" : numberText(shown);
  const label = t(`walk.chip.${kind}`);
  return h("span", { class: "chip-group" },
    h("button", { type: "button", class: `chip ${kind}`, "data-keep": keep, "data-node": node, "data-edge": edge, "data-of": of, "data-state": asked ? "asked" : shown === null ? "open" : "known", "data-value": shown ?? "", "aria-label": `${label}: ${text}` }, text),
    h("span", { class: "chip-label", "aria-hidden": "true" }, label));
}
