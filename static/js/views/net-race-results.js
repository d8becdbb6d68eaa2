// @ts-check
/** Who is where: losses, metrics, when each reached the loss that all are to reach, and what a step costs it. */
import { h, setAttribute, setText } from "../dom.js";
import { decimal, integer, lossText, percent } from "../format.js";
import { ownNumberField } from "../own-number-field.js";
import { columnOf, epochAt, laneNow, reached } from "../net-race-store.js";
import { lineOf, structureOf } from "../race-lanes.js";

/** @param {any} context */
export function netRaceResults(context) {
  const { t, store } = context;
  const target = ownNumberField(context, { name: "target", label: t("nets.target"), bounds: { type: "number", minimum: 0, maximum: 1_000_000, exclusive_minimum: true }, read: ({ ui }) => ui.target ?? undefined });
  target.classList.add("race-target");
  const heads = ["lane", "loss", "metric", "reached", "time"].map((name) => [name, h("th", { scope: "col" })]);
  const body = h("tbody", {});
  const table = h("table", { class: "net-results", "data-testid": "net-results" }, h("thead", {}, h("tr", {}, heads.map(([, cell]) => cell))), body);
  let rows = [];
  context.select((state) => `${state.spec && structureOf(state.spec)} ${state.ui.theme}`, (_, state) => {
    if (!state.spec) return;
    rows = state.spec.lanes.map((_, index) => row(context, index));
    body.replaceChildren(...rows.map(({ element }) => element));
    draw();
  });
  function draw() {
    const state = store.get();
    if (!state.spec) return;
    const isShare = isClassified(state);
    for (const [name, cell] of heads) setText(cell, t(`nets.columns.${name === "metric" ? (isShare ? "accuracy" : "r2") : name === "loss" ? state.ui.measure : name}`));
    for (const each of rows) each.draw(state);
  }
  context.select((state) => `${state.races} ${state.frames} ${state.ui.measure} ${state.ui.target} ${state.data !== null}`, draw);
  return h("section", { class: "race-panel", "data-view": "net-results" },
    h("div", { class: "race-head" }, h("h2", {}, t("nets.results")), target),
    table, h("p", { class: "hint" }, t("nets.reached_note")));
}

const isClassified = ({ data, frame }) => (data ? data.task !== "regression" : frame?.lanes[0]?.metrics.test_accuracy !== undefined);

function row(context, index) {
  const { t } = context;
  const disc = h("span", { class: "lane-disc" }, String(index + 1));
  disc.style.setProperty("--lane", lineOf(index, context.colors()).color);
  const name = context.laneName(index);
  const cells = Object.fromEntries(["loss", "metric", "reached", "time"].map((key) => [key, h("td", { "data-testid": `net-${key}-${index + 1}` })]));
  const put = (key, text, value = "") => {
    setText(cells[key], text);
    setAttribute(cells[key], "data-value", value ?? "");
  };
  return {
    element: h("tr", { "data-lane": index + 1 }, h("th", { scope: "row" }, h("span", { class: "net-results-lane" }, disc, h("span", {}, name.slice(name.indexOf(" ") + 1)))), Object.values(cells)),
    draw(state) {
      const lane = laneNow(state, index);
      if (!lane) return Object.keys(cells).forEach((key) => put(key, "–"));
      const isGone = lane.diverged !== null;
      cells.loss.classList.toggle("gone", isGone);
      put("loss", isGone ? t("nets.diverged_short", { step: integer(lane.diverged) }) : lossText(lane.loss), isGone ? "" : lane.loss);
      const metric = lane.metrics[`${state.ui.measure}_${isClassified(state) ? "accuracy" : "r2"}`];
      put("metric", metric === undefined || metric === null ? "–" : isClassified(state) ? percent(metric, 1) : decimal(metric, 3), metric);
      const found = reached(state.curves[index], columnOf(state), state.ui.target, state.frame.interval);
      put("reached", found ? decimal(epochAt(state, found.step), 1) : t("nets.not_yet"), found?.step);
      setAttribute(cells.reached, "title", found ? t("nets.reached_title", { step: integer(found.step), loss: lossText(found.loss) }) : "");
      put("time", lane.microseconds === null || lane.microseconds === undefined ? "–" : t("nets.microseconds", { count: integer(lane.microseconds) }), lane.microseconds);
      return undefined;
    },
  };
}
