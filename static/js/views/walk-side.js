// @ts-check
/** The right column: predict first, where does this come from, check it. While a question is open there is nothing else. */
import { arrange, h, setAttribute } from "../dom.js";
import { openQuestion } from "../predict.js";
import { panelOf } from "../walk-subject.js";

const TABS = ["predict", "explain", "check"];

/**
 * @param {any} context  of the walkthrough page
 * @param {{predict: Element, explain: Element, check: Element}} panels
 */
export function walkSideView(context, panels) {
  const { t, store } = context;
  const choose = (name) => store.dispatch({ type: "ui", changes: { side: name } });
  const buttons = Object.fromEntries(TABS.map((name) => [name, h("button", { type: "button", role: "tab", id: `side-tab-${name}`, "aria-controls": `side-${name}`, "data-keep": `side-${name}`, onclick: () => choose(name) }, t(`walk.side.${name}`))]));
  const list = h("div", { class: "side-tabs", role: "tablist", "aria-label": t("walk.side.label"), "data-own-keys": "" });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const shown = TABS.filter((name) => buttons[name].isConnected);
    if (!step) return;
    event.preventDefault();
    const next = shown[(shown.findIndex((name) => buttons[name] === document.activeElement) + step + shown.length) % shown.length];
    choose(next);
    buttons[next].focus();
  });
  const bodies = TABS.map((name) => h("div", { role: "tabpanel", id: `side-${name}`, "aria-labelledby": `side-tab-${name}`, class: "side-panel" }, panels[name]));
  const aside = h("aside", { class: "walk-side", "aria-label": t("walk.side.label") }, list, bodies);

  context.select((state) => `${panelOf(state)} ${state.predict.on} ${openQuestion(state) !== null}`, (_, state) => {
    const active = panelOf(state);
    const isAsking = openQuestion(state) !== null;
    arrange(list, TABS.filter((name) => (name === "predict" ? state.predict.on : !isAsking)).map((name) => buttons[name]));
    TABS.forEach((name, index) => {
      setAttribute(buttons[name], "aria-selected", name === active);
      buttons[name].tabIndex = name === active ? 0 : -1;
      bodies[index].hidden = name !== active;
    });
    setAttribute(aside, "data-panel", active);
  });
  // A number that is chosen in the graph is chosen to be explained.
  let chosen = store.get().selected;
  context.select((state) => state.selected, (selected, state) => {
    if (selected !== null && selected !== chosen && panelOf(state) === "predict" && !openQuestion(state)) choose("explain");
    chosen = selected;
  });
  return aside;
}
