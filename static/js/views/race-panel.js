// @ts-check
/** Under the curves: why a lane moved, or what its settings do. One at a time. */
import { h } from "../dom.js";
import { segmented } from "../fields.js";

/** @param {any} context @param {Record<string, () => HTMLElement>} parts  by name, built when first looked at */
export function racePanel(context, parts) {
  const { t, store } = context;
  const names = Object.keys(parts);
  const body = h("div", { class: "race-part" });
  const built = {};
  const choice = names.length > 1 && segmented(context, { label: t("race.panels.label"), choices: names.map((name) => [name, t(`race.panels.${name}`)]), read: (state) => state.ui.panel, write: (panel) => store.dispatch({ type: "ui", changes: { panel } }) });
  context.select((state) => state.ui.panel, (panel) => {
    built[panel] ??= parts[panel]();
    body.replaceChildren(built[panel]);
  });
  return h("section", { class: "race-panel", "data-view": "race-panel" }, choice, body);
}
