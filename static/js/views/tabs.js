// @ts-check
/** On a phone the columns are behind tabs; the net comes first. */
import { h, setAttribute } from "../dom.js";

const TABS = ["net", "data", "training"];

/** @param {any} context */
export function tabsView(context) {
  const { t, store } = context;
  const buttons = TABS.map((name) => h("button", { type: "button", role: "tab", "data-tab-name": name, "data-keep": `tab-${name}`, onclick: () => store.dispatch({ type: "ui", changes: { tab: name } }) }, t(`tabs.${name}`)));
  context.select((state) => state.ui.tab, (tab) => {
    for (const button of buttons) {
      setAttribute(button, "aria-selected", button.dataset.tabName === tab);
      button.tabIndex = button.dataset.tabName === tab ? 0 : -1;
    }
  });
  const list = h("div", { class: "tabs", role: "tablist", "aria-label": t("tabs.label") }, buttons);
  list.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const next = buttons[(buttons.indexOf(document.activeElement) + step + TABS.length) % TABS.length];
    next.click();
    next.focus();
  });
  return list;
}
