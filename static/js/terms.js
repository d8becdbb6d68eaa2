// @ts-check
/**
 * The term list: a gradient as the sum it is. Each row is a term, upstream × local = contribution, and a bar from a centre
 * line; the largest come first, the rest is folded into one row that opens, and the sum stands under a rule. A row opens to
 * its path on to the loss.
 */
import { h, setAttribute } from "./dom.js";
import { signedCompact } from "./format.js";

const MOST_SHOWN = 8;

/**
 * @typedef {{upstream: number|null, local: number|null, contribution: number|null}} Numbers
 * @typedef {Numbers & {label: any, name: string, open?: () => any, links?: {upstream?: () => void, local?: () => void}, light?: {nodes: number[], edges: string[]}}} Term
 *   `label` is what is shown (a text or an element), `name` the same for ears; `open` gives the path as elements
 */

const sizeOf = (term) => (Number.isFinite(term.contribution) ? Math.abs(/** @type {number} */ (term.contribution)) : 0);

/**
 * Terms in their order, with the length of their bars; what is too much is folded.
 * @template {Numbers} T
 * @param {T[]} terms
 * @param {number} [most]  rows shown; one more is shown rather than folded alone
 * @returns {{shown: {term: T, share: number}[], folded: {term: T, share: number}[], rest: number, sum: number}}
 *   shares are from -1 to 1 of the largest; `rest` is what the folded ones add up to
 */
export function arrangeTerms(terms, most = MOST_SHOWN) {
  const sorted = terms.map((term, index) => ({ term, index })).sort((one, other) => sizeOf(other.term) - sizeOf(one.term) || one.index - other.index).map(({ term }) => term);
  const largest = sorted.length ? sizeOf(sorted[0]) : 0;
  const rows = sorted.map((term) => ({ term, share: largest > 0 && Number.isFinite(term.contribution) ? /** @type {number} */ (term.contribution) / largest : 0 }));
  const count = rows.length <= most + 1 ? rows.length : most;
  const total = (list) => list.reduce((sum, { term }) => sum + (term.contribution ?? NaN), 0);
  return { shown: rows.slice(0, count), folded: rows.slice(count), rest: total(rows.slice(count)), sum: total(rows) };
}

/**
 * @param {any} context  with t
 * @param {{terms: Term[], sum: number|null, most?: number, sumLabel: any, light?: (nodes?: number[], edges?: string[]) => void, factors?: {tone: string, label: string}[],
 *   format?: (value: number|null) => string}} options
 *   `sum` is the engine's number, which the terms add up to; `factors` says what the two of a term are, if not upstream and local
 */
export function termList(context, { terms, sum, most, sumLabel, light, factors, format = signedCompact }) {
  const { t } = context;
  const { shown, folded, rest } = arrangeTerms(terms, most);
  const kinds = factors ?? [{ tone: "bwd", label: t("explain.upstream") }, { tone: "fwd", label: t("explain.local") }];
  const own = { t, light, format, kinds };
  const list = h("ol", { class: "terms" }, shown.map((row) => line(own, row)));
  const inside = h("ol", { class: "terms folded", hidden: true }, folded.map((row) => line(own, row)));
  return h("div", { class: "term-list" },
    list,
    folded.length > 0 && foldedRow(own, folded.length, rest, inside),
    inside,
    h("div", { class: "term-sum" },
      h("span", { class: "term-name" }, sumLabel),
      h("span", { class: "term-total", "data-testid": "term-sum", "data-value": sum ?? "" }, format(sum))));
}

function line({ t, light, format, kinds: [first, second] }, { term, share }) {
  const path = h("div", { class: "term-path", hidden: true });
  const name = h("span", { class: "term-name" }, term.label);
  const toggle = term.open ? opener({ t, target: path, label: t("explain.path_of", { name: term.name }), fill: () => path.childElementCount || path.append(...[term.open?.()].flat()) }, name) : name;
  const item = h("li", { class: "term", "data-value": term.contribution ?? "" },
    h("div", { class: "term-row" },
      toggle,
      h("span", { class: "term-product" },
        factor(format(term.upstream), term.upstream, first.tone, term.links?.upstream, first.label), h("span", { class: "sign" }, "×"),
        factor(format(term.local), term.local, second.tone, term.links?.local, second.label), h("span", { class: "sign" }, "=")),
      h("span", { class: "term-value" }, format(term.contribution)),
      bar(share)),
    path);
  if (light && term.light) {
    const on = () => light(term.light?.nodes, term.light?.edges);
    const off = () => light();
    for (const [event, action] of /** @type {[string, () => void][]} */ ([["pointerenter", on], ["focusin", on], ["pointerleave", off], ["focusout", off]])) item.addEventListener(event, action);
  }
  return item;
}

/** A factor is a link to where it comes from. */
const factor = (text, value, tone, follow, label) => (
  follow
    ? h("button", { type: "button", class: `factor ${tone}`, "data-value": value ?? "", "aria-label": `${label} ${text}`, onclick: follow }, text)
    : h("span", { class: `factor ${tone}`, "data-value": value ?? "" }, text));

function opener({ target, label, fill }, ...content) {
  const button = h("button", { type: "button", class: "term-open", "aria-expanded": false, "aria-label": label, onclick: () => {
    fill?.();
    target.hidden = !target.hidden;
    setAttribute(button, "aria-expanded", !target.hidden);
  } }, h("span", { class: "caret", "aria-hidden": "true" }), ...content);
  return button;
}

const foldedRow = ({ t, format }, count, rest, target) => {
  const words = t("explain.more_terms", { count });
  return h("div", { class: "term-row more" },
    opener({ target, label: words }, h("span", { class: "term-name" }, words)),
    h("span", { class: "term-value" }, format(rest)));
};

/** From the centre to the right what is positive, to the left what is negative. */
function bar(share) {
  const fill = h("span", { class: `term-fill ${share < 0 ? "neg" : "pos"}` });
  fill.style.setProperty("--share", String(Math.abs(share)));
  return h("span", { class: "term-bar", "aria-hidden": "true" }, fill);
}
