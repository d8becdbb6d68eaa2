// @ts-check
/** The sheet of all keys: those of this page first. */
import { h, icon } from "../dom.js";
import { OWN_KEYS, SHORTCUTS } from "../shortcuts.js";

const SIGNS = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" };

/** @param {any} context */
export function openShortcuts(context) {
  const { t } = context;
  const here = location.pathname.slice(1) || "playground";
  const pages = Object.keys(SHORTCUTS).sort((one, other) => Number(other === here) - Number(one === here));
  const dialog = h("dialog", { class: "shortcuts", "aria-labelledby": "shortcuts-title", "data-own-keys": "" },
    h("header", {}, h("h2", { id: "shortcuts-title" }, t("shortcuts.title")), h("button", { type: "button", class: "button icon round", "aria-label": t("shortcuts.close"), onclick: () => dialog.close() }, icon("close"))),
    h("div", { class: "shortcuts-pages", tabindex: 0, role: "group", "aria-labelledby": "shortcuts-title" }, pages.map((page) => h("section", {}, h("h3", {}, t(`pages.${page}`)),
      list(SHORTCUTS[page].map(({ keys, name }) => [keys, name])),
      Object.entries(OWN_KEYS[page]).map(([control, rows]) => [h("h4", {}, t(`shortcuts.in.${control}`)), list(rows)])))));
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  context.onDispose(() => dialog.remove());
  context.root.append(dialog);
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
