// @ts-check
/** A row of tabs that shows as many as there is room for; the others are in a menu behind it. The open one is always in the row. */
import { arrange, h, setAttribute } from "./dom.js";

const MOST = 7;
const GAP = 4;
const SLACK = 10; // a tab is bold, and so a little wider, while it is open

/**
 * Which of them stand in the row.
 * @param {{name: string, width: number}[]} tabs  those there are, in order
 * @param {string|null} open
 * @param {number} room
 * @param {number} moreWidth  of the button that opens the menu
 * @returns {string[]}
 */
export function fitting(tabs, open, room, moreWidth) {
  const wide = ({ width }) => width + GAP;
  const all = tabs.reduce((sum, tab) => sum + wide(tab), SLACK);
  if (tabs.length <= MOST && all <= room) return tabs.map(({ name }) => name);
  const first = tabs.find(({ name }) => name === open);
  const chosen = new Set(first ? [first.name] : []);
  let left = room - moreWidth - SLACK - (first ? wide(first) : 0);
  for (const tab of tabs) {
    if (chosen.has(tab.name)) continue;
    left -= wide(tab);
    if (left < 0 || chosen.size === MOST) break;
    chosen.add(tab.name);
  }
  return tabs.map(({ name }) => name).filter((name) => chosen.has(name));
}

/**
 * @param {any} context
 * @param {{list: HTMLElement, tabs: HTMLElement[], words: string, isGone: (name: string) => boolean, openOf: () => string|null, show: (name: string) => void}} parts
 * @returns {{element: HTMLElement, fit: () => void}}  the button with its menu; fit() when something has changed
 */
export function fittingTabs(context, { list, tabs, words, isGone, openOf, show }) {
  const button = h("button", { type: "button", class: "inspector-more", "aria-haspopup": "menu", "aria-expanded": false, "data-keep": "inspector-more", onclick: () => toggle(menu.hidden) }, words);
  const menu = h("div", { class: "inspector-menu", role: "menu", "aria-label": words, hidden: true });
  const element = h("div", { class: "inspector-others" }, button, menu);
  const items = new Map(tabs.map((tab) => [tab.dataset.name, h("button", { type: "button", role: "menuitem", tabindex: -1, "data-name": tab.dataset.name, onclick: () => choose(tab) }, tab.firstChild?.textContent)]));
  let shown = "";

  function toggle(isOpen) {
    menu.hidden = !isOpen;
    setAttribute(button, "aria-expanded", isOpen);
    if (isOpen) /** @type {HTMLElement|null} */ (menu.querySelector("button"))?.focus();
  }
  function choose(tab) {
    toggle(false);
    show(tab.dataset.name);
    fit();
    tab.focus();
  }
  function fit() {
    const room = list.clientWidth + (element.hidden ? 0 : element.offsetWidth);
    if (!room) return;
    const there = tabs.filter((tab) => !isGone(String(tab.dataset.name)));
    for (const tab of tabs) tab.hidden = !there.includes(tab);
    element.hidden = false;
    const widths = there.map((tab) => ({ name: String(tab.dataset.name), width: tab.offsetWidth }));
    const names = fitting(widths, openOf(), room, element.offsetWidth);
    const others = there.filter((tab) => !names.includes(String(tab.dataset.name)));
    for (const tab of others) tab.hidden = true;
    element.hidden = others.length === 0;
    const key = others.map((tab) => tab.dataset.name).join(" ");
    if (key === shown) return;
    shown = key;
    arrange(menu, others.map((tab) => items.get(tab.dataset.name)));
  }

  menu.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.key === "Escape") {
      event.stopPropagation();
      toggle(false);
      button.focus();
    }
    if (!step) return;
    event.preventDefault();
    const there = [...menu.children];
    /** @type {HTMLElement} */ (there[(there.indexOf(/** @type {any} */ (document.activeElement)) + step + there.length) % there.length]).focus();
  });
  element.addEventListener("focusout", (event) => {
    if (!element.contains(/** @type {Node|null} */ (event.relatedTarget))) toggle(false);
  });
  const observer = new ResizeObserver(fit);
  observer.observe(list);
  context.onDispose(() => observer.disconnect());
  return { element, fit };
}
