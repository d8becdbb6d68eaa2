// @ts-check
/** The optimizers' page: a frame around its tabs, which are loaded when they are opened; the address says which, and what is in it. */
import { h, setAttribute } from "./dom.js";
import { createPage, getJson, loadStyle } from "./page.js";
import { KEYS, addressIn, placeOf, tabContext } from "./race-tab.js";
import { SHORTCUTS, listenToShortcuts, shortcutsButton } from "./shortcuts.js";
import { createStore } from "./store.js";
import { headerView } from "./views/header.js";

/**
 * What a tab brings along. Its module makes it: createTab(page, menus) -> {store, actions, open(text), address(), views(context),
 * enter(), leave()}; `race` names those that show one and the same race of nets.
 */
const TABS = {
  surfaces: { load: () => import("./race-surfaces.js"), words: [], style: null, race: false },
  nets: { load: () => import("./race-nets.js"), words: ["nets"], style: "race-nets", race: true },
  landscape: { load: () => import("./race-landscape.js"), words: ["landscape"], style: "race-landscape", race: true },
};
const NAMES = Object.keys(TABS);
const ADDRESS_WAITS = 200; // browsers refuse an address that is written too often

start();

async function start() {
  const store = createStore((state, { changes }) => ({ ui: { ...state.ui, ...changes } }), { ui: { theme: document.documentElement.dataset.theme, tab: placeOf(location.hash, NAMES).tab } });
  const catalog = getJson("/api/catalog");
  TABS[store.get().ui.tab].load(); // comes while the words do
  const page = await createPage(store, (context) => views(context, frame), ["optimizers"]);
  const frame = createFrame(page, (await catalog).body);
  for (const key of KEYS) page[key] = () => frame.current()?.actions[key]?.();
  const openSavedRaces = async (kind) => (await Promise.all([import("./views/saved-races.js"), page.loadWords("races"), loadStyle("saved"), loadStyle("own-data"), loadStyle("saved-races")]))[0].openSavedRaces(page, kind);
  Object.assign(page, { keepAddress: frame.keepAddress, fullAddress: frame.fullAddress, openSavedRaces, openShortcuts: async () => (await Promise.all([import("./views/shortcuts.js"), page.loadWords("shortcuts"), loadStyle("shortcuts")]))[0].openShortcuts(page) });
  await frame.open(location.hash);
  page.mount();
  listenToShortcuts(page, SHORTCUTS.optimizers);
}

function views(page, frame) {
  const panel = h("div", { class: "race-tab", role: "tabpanel", id: "race-tab" });
  page.select((state) => state.ui.tab, (name) => setAttribute(panel, "aria-labelledby", `race-tab-${name}`));
  frame.showIn(panel);
  page.onDispose(() => frame.showIn(null));
  return [headerView(page, [shortcutsButton(page)]), h("main", { class: "race-frame" }, tablist(page, frame), panel)];
}

function tablist(page, frame) {
  const { t } = page;
  const buttons = NAMES.map((name) => h("button", { type: "button", role: "tab", id: `race-tab-${name}`, "aria-controls": "race-tab", "data-keep": `race-tab-${name}`, "data-name": name, onclick: () => frame.choose(name) }, t(`race.tabs.${name}`)));
  page.select((state) => state.ui.tab, (tab) => {
    for (const button of buttons) {
      const isOpen = button.dataset.name === tab;
      setAttribute(button, "aria-selected", isOpen);
      button.tabIndex = isOpen ? 0 : -1;
    }
  });
  const list = h("div", { class: "race-tabs segmented", role: "tablist", "aria-label": t("race.tabs.label") }, buttons);
  list.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(document.activeElement);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = buttons[(to + buttons.length) % buttons.length];
    next.focus();
    next.click();
  });
  return buttons.length > 1 ? [h("div", { class: "race-tabs-bar" }, list)] : [];
}

/** The tabs that have been opened so far, the one that is shown, and the address. */
function createFrame(page, catalog) {
  const tabs = {};
  let place = null;
  let shown = null;

  async function made(name) {
    const { load, words, style } = TABS[name];
    const [module] = await Promise.all([load(), page.loadWords(...words), style && loadStyle(style)]);
    if (!tabs[name]) {
      const tab = tabs[name] = await module.createTab(page, { catalog });
      tab.context = tabContext(page, tab.store, tab.actions);
    }
    return tabs[name];
  }

  // --- what is shown ---
  page.store.select((state) => state.ui.theme, (theme) => {
    for (const tab of Object.values(tabs)) tab.store.dispatch({ type: "ui", changes: { theme } });
  });
  function show() {
    shown?.context.dispose();
    shown = null;
    const tab = tabs[page.store.get().ui.tab];
    if (!place || !tab) return;
    shown = tab;
    place.replaceChildren(...tab.views(tab.context));
  }
  function showIn(element) {
    place = element;
    show();
  }

  // --- the address ---
  let written = location.hash.slice(1);
  let timer = 0;
  /** @type {string|null} */
  let replaced = null; // what a tab has shown until now, while it opens something else
  function keepAddress() {
    clearTimeout(timer);
    timer = setTimeout(writeNow, ADDRESS_WAITS);
  }
  function writeNow() {
    clearTimeout(timer);
    const { tab } = page.store.get().ui;
    const text = tabs[tab]?.address();
    if (text === null || text === undefined || text === replaced) return; // nothing is there yet, or not what is being opened
    if (location.hash.slice(1) !== written) return; // one has gone back, or edited it: the address leads
    const next = addressIn(tab, text, NAMES);
    if (next === written) return;
    history.replaceState(null, "", next ? `#${next}` : location.pathname);
    written = location.hash.slice(1);
  }
  addEventListener("pagehide", writeNow);
  addEventListener("pointerdown", writeNow, true); // it may be the button that copies the link
  addEventListener("hashchange", () => {
    if (location.hash.slice(1) !== written) open(location.hash);
  });

  let openings = 0;
  async function open(hash) {
    openings += 1;
    const mine = openings;
    const { tab: name, text } = placeOf(hash, NAMES);
    written = hash.replace(/^#/, "");
    const before = page.store.get().ui.tab;
    replaced = tabs[before]?.address() ?? null;
    const tab = await made(name);
    if (mine !== openings) return;
    if (before !== name) tabs[before]?.leave();
    tab.enter();
    if (before !== name) page.store.dispatch({ changes: { tab: name } });
    if (shown !== tab) show();
    replaced = text ? tab.address() : null;
    await tab.open(text);
    if (mine === openings) replaced = null;
  }
  /** By hand: a step in the browser's history. A race of nets is taken along. @param {string} name */
  function choose(name) {
    const before = page.store.get().ui.tab;
    if (name === before) return;
    writeNow();
    const own = tabs[name]?.address() ?? "";
    const text = TABS[name].race ? tabs[before].carriedTo?.(own) ?? own : own;
    const next = addressIn(name, text, NAMES);
    history.pushState(null, "", next ? `#${next}` : location.pathname);
    return open(next); // the step in the history is made: whoever goes back at once comes from here
  }
  /** What a race is kept with. */
  function fullAddress() {
    writeNow();
    return written;
  }
  return { open, choose, showIn, keepAddress, fullAddress, current: () => tabs[page.store.get().ui.tab] };
}
