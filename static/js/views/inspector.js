// @ts-check
/** The strip under the net: tabs that open a panel, and on it, closed or open, how many things were found to be wrong. */
import { h, icon, setAttribute, setText } from "../dom.js";
import { fittingTabs } from "../fitting-tabs.js";
import { TABS } from "../inspecting.js";

/** What is in a tab comes when it is first opened. */
const PARTS = {
  diagnosis: async () => (await import("../inspector-diagnosis.js")).diagnosisPart,
  layers: async () => (await import("../inspector-layers.js")).layersPart,
};

/** @param {any} context  with `inside`: the parts that draw */
export function inspectorView(context) {
  const { t, store } = context;
  const badge = h("span", { class: "badge", "data-testid": "findings", hidden: true });
  const spoken = h("span", { class: "visually-hidden" });
  const tabs = TABS.map((name) => h("button", {
    type: "button", role: "tab", id: `inspector-tab-${name}`, "aria-controls": "inspector-panel", "data-name": name, "data-keep": `inspector-${name}`,
    onclick: () => show(store.get().ui.inspector === name ? null : name),
  }, t(`inspector.${name}`), name === "diagnosis" ? [badge, spoken] : null));
  const list = h("div", { class: "inspector-tabs", role: "tablist", "aria-label": t("inspector.label") }, tabs);
  const toggle = h("button", { type: "button", class: "button dense icon inspector-toggle", "data-keep": "inspector-toggle", "aria-controls": "inspector-panel", onclick: () => show(store.get().ui.inspector ? null : "diagnosis") }, icon("down"));
  const panel = h("div", { class: "inspector-panel", id: "inspector-panel", role: "tabpanel", hidden: true });
  const isGone = (name) => name === "confusion" && store.get().data?.task === "regression";
  const more = fittingTabs(context, { list, tabs, words: t("inspector.more"), isGone, openOf: () => store.get().ui.inspector, show });
  const section = h("section", { class: "inspector", "data-view": "inspector", "aria-label": t("inspector.label"), "data-open": false }, h("div", { class: "inspector-strip" }, list, more.element, toggle), panel);
  const places = {};

  /** Only one of the two panels under the net is open; what was pointed at stays so. */
  function show(name) {
    if (name && store.get().explain) context.explaining.leave();
    store.dispatch({ type: "ui", changes: { inspector: name } });
  }

  async function fill(name) {
    if (places[name]) return;
    const place = places[name] = h("div", { class: "inspector-part", "data-part": name, hidden: true });
    panel.append(place);
    const [part] = await Promise.all([(PARTS[name] ?? context.inside[name])(), context.loadWords("inspector")]);
    if (place.isConnected) place.append(part(context));
  }

  list.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const shown = tabs.filter((tab) => !tab.hidden);
    const at = shown.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    const next = shown[(at + step + shown.length) % shown.length];
    if (store.get().ui.inspector) show(next.dataset.name);
    for (const tab of tabs) tab.tabIndex = tab === next ? 0 : -1;
    next.focus();
  });

  context.select((state) => state.ui.inspector, (open) => {
    setAttribute(section, "data-open", open !== null);
    panel.hidden = open === null;
    for (const tab of tabs) {
      setAttribute(tab, "aria-selected", tab.dataset.name === open);
      tab.tabIndex = tab.dataset.name === (open ?? TABS[0]) ? 0 : -1;
    }
    more.fit();
    setAttribute(toggle, "aria-expanded", open !== null);
    const words = t(open ? "inspector.close" : "inspector.open");
    setAttribute(toggle, "aria-label", words);
    setAttribute(toggle, "title", words);
    if (!open) return panel.removeAttribute("aria-labelledby");
    setAttribute(panel, "aria-labelledby", `inspector-tab-${open}`);
    fill(open);
    for (const [name, place] of Object.entries(places)) place.hidden = name !== open;
    return undefined;
  });
  context.select((state) => state.inspector.diagnosis?.findings.length ?? 0, (count) => {
    badge.hidden = count === 0;
    setText(badge, String(count));
    setText(spoken, count ? t("inspector.findings", { count }) : "");
    more.fit();
  });
  context.select((state) => state.data?.task === "regression", () => {
    if (isGone(store.get().ui.inspector)) show("diagnosis");
    more.fit();
  });
  section.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !store.get().ui.inspector) return;
    event.stopPropagation();
    const name = store.get().ui.inspector;
    show(null);
    tabs[TABS.indexOf(name)].focus();
  });
  return section;
}
