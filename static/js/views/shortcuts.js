// @ts-check
/** The sheet of all keys: those of this page first. */
import { createDialog } from "../dialog.js";
import { h } from "../dom.js";
import { OWN_KEYS, SHORTCUTS } from "../shortcuts.js";

const SIGNS = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" };

/** @param {any} context */
export function openShortcuts(context) {
  const { t } = context;
  const here = location.pathname.slice(1) || "playground";
  const pages = Object.keys(SHORTCUTS).sort((one, other) => Number(other === here) - Number(one === here));
  const sections = pages.map((page) => h("section", {}, h("h3", {}, t(`pages.${page}`)),
    list(SHORTCUTS[page].map(({ keys, name }) => [keys, name])),
    Object.entries(OWN_KEYS[page]).map(([control, rows]) => [h("h4", {}, t(`shortcuts.in.${control}`)), list(rows)])));
  const dialog = createDialog(context, { name: "shortcuts", title: t("shortcuts.title"), close: t("shortcuts.close"), className: "shortcuts" },
    h("div", { class: "shortcuts-pages", tabindex: 0, role: "group", "aria-labelledby": "shortcuts-title" }, sections));
  dialog.showModal();

  function list(rows) {
    return h("dl", {}, rows.map(([keys, name]) => h("div", {},
      h("dt", {}, keys.map((key) => h("span", { class: "keys" }, key.split("+").map(cap)))),
      h("dd", {}, t(`shortcuts.${name}`)))));
  }

  function cap(key) {
    if (key === "Ctrl" && /Mac|iP/.test(navigator.platform)) return h("kbd", {}, "⌘");
    return h("kbd", { "aria-label": SIGNS[key] ? t(`shortcuts.keys.${key}`) : null }, SIGNS[key] ?? (key.length > 1 ? t(`shortcuts.keys.${key}`) : key));
  }
}
