// @ts-check
/** The "?" beside a control: one sentence on what it does, and its formula. */
import { h } from "./dom.js";
import { parseFormula, toElement } from "./mathml.js";

let serial = 0;

/**
 * A button and what it opens. A choice of a menu is told with the formula of what is chosen now.
 * @param {any} context
 * @param {string} topic  a name under "help"
 * @param {string} label  of the control
 * @param {(spec: any) => {words?: string, formulas: string[]}|null} [chosen]  by default the field's own formula, if it has one
 */
export function help(context, topic, label, chosen) {
  const { t, catalog, store } = context;
  const id = `help-${++serial}`;
  const panel = h("span", { class: "help-panel", id, popover: "auto", role: "note" });
  const button = h("button", { type: "button", class: "help", popovertarget: id, "aria-label": t("training.about", { name: label }), title: t("training.about", { name: label }) }, h("span", { "aria-hidden": "true" }, "?"));
  const own = () => ({ formulas: catalog.formulas.fields[topic] ?? [] });
  panel.addEventListener("beforetoggle", (event) => {
    if (/** @type {any} */ (event).newState !== "open") return;
    const { words, formulas } = (chosen ?? own)(store.get().spec) ?? own();
    panel.replaceChildren(
      h("span", { class: "help-words" }, t(`help.${topic}`)),
      formulas.length ? h("span", { class: "help-formulas" }, words ? h("span", { class: "help-chosen" }, words) : null, formulas.map((formula) => h("span", { class: "help-formula" }, toElement(parseFormula(formula))))) : "");
  });
  panel.addEventListener("toggle", (event) => {
    if (/** @type {any} */ (event).newState === "open") place(panel, button);
  });
  return h("span", { class: "help-place" }, button, panel);
}

/** Beside what opens it, where there is room: below, else above. */
export function place(panel, opener) {
  const box = opener.getBoundingClientRect();
  const below = box.bottom + 6 + panel.offsetHeight <= innerHeight - 8;
  panel.style.left = `${Math.max(8, Math.min(innerWidth - panel.offsetWidth - 8, box.left + box.width / 2 - panel.offsetWidth / 2))}px`;
  panel.style.top = `${below ? box.bottom + 6 : Math.max(8, box.top - 6 - panel.offsetHeight)}px`;
}

/** Help for a control whose choices come from a menu of the catalog. */
export function helpOfMenu(context, topic, label, menu, read) {
  return help(context, topic, label, (spec) => {
    const name = spec && read(spec);
    return { words: name && context.label(menu, name), formulas: context.catalog.formulas[menu][name] ?? [] };
  });
}
