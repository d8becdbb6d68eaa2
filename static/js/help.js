// @ts-check
/** The "?" beside a control: one sentence on what it does, and its formula. */
import { h } from "./dom.js";
import { hasWords } from "./i18n.js";
import { getJson } from "./page.js";

let serial = 0;

/** What only a reader who asks needs. */
let loading = null;
const load = () => (loading ??= Promise.all([getJson("/api/catalog/formulas"), import("./mathml.js")]).then(([{ body }, mathml]) => ({ formulas: body, draw: (formula) => mathml.toElement(mathml.parseFormula(formula)) })).catch(() => {
  loading = null; // the server is away: asked again with the next question
  return null;
}));

/**
 * A button and what it opens. A choice of a menu is told with the formula of what is chosen now.
 * @param {any} context
 * @param {string} topic  a name under "help"
 * @param {string} label  of the control
 * @param {(spec: any) => [menu: string, name: string]} [chosen]  which formula, by default the field's own, if it has one
 */
export function help(context, topic, label, chosen) {
  const { t, store } = context;
  const id = `help-${++serial}`;
  const panel = h("span", { class: "help-panel", id, popover: "auto", role: "note" });
  const button = h("button", { type: "button", class: "help", popovertarget: id, "aria-label": t("training.about", { name: label }), title: t("training.about", { name: label }) }, h("span", { "aria-hidden": "true" }, "?"));
  panel.addEventListener("beforetoggle", (event) => {
    if (/** @type {any} */ (event).newState !== "open") return;
    fill();
  });
  const fill = async () => {
    await context.loadWords("help").catch(() => {}); // the server is away: asked again with the next question
    if (!hasWords(context.words(), `help.${topic}`)) return;
    panel.replaceChildren(h("span", { class: "help-words" }, context.t(`help.${topic}`))); // in the language of now
    if (panel.matches(":popover-open")) place(panel, button);
    const known = await load();
    const [menu, name] = chosen?.(store.get().spec) ?? ["fields", topic];
    const formulas = known?.formulas[menu]?.[name] ?? [];
    if (!formulas.length) return;
    const words = menu === "fields" ? null : h("span", { class: "help-chosen" }, context.label(menu, name));
    const drawn = h("span", { class: "help-formulas" }, words, formulas.map((formula) => h("span", { class: "help-formula" }, known?.draw(formula))));
    panel.querySelector(".help-formulas")?.remove();
    panel.append(drawn);
    if (drawn.scrollWidth > drawn.clientWidth) drawn.tabIndex = 0; // to be scrolled by keys as well
    if (panel.matches(":popover-open")) place(panel, button);
  };
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
  return help(context, topic, label, (spec) => [menu, read(spec)]);
}
