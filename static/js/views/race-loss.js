// @ts-check
/** Loss over steps, or the distance to the nearest of the lowest points, of every lane. */
import { overSteps, pointsOf } from "../charts/over-steps.js";
import { h, setAttribute } from "../dom.js";
import { segmented } from "../fields.js";
import { integer, lossText } from "../format.js";
import { lineOf } from "../race-lanes.js";
import { distanceTo } from "../race-state.js";

/** @param {any} context */
export function raceLoss(context) {
  const { t, store } = context;
  const choose = (name) => (value) => store.dispatch({ type: "ui", changes: { [name]: value } });
  const measure = segmented(context, { label: t("race.measure"), choices: [["loss", t("race.loss")], ["distance", t("race.distance")]], read: (state) => measured(state), write: choose("measure") });
  context.select((state) => Boolean(state.surface?.minima.length), (has) => { measure.hidden = !has; });
  const scale = segmented(context, { label: t("race.scale"), choices: [["log", t("race.log")], ["linear", t("race.linear")]], read: (state) => state.ui.scale, write: choose("scale") });
  const steps = h("label", { class: "check" }, h("input", { type: "checkbox", "data-keep": "log-steps", onchange: (event) => choose("steps")(event.target.checked ? "log" : "linear") }), t("race.log_steps"));
  context.select((state) => state.ui.steps, (value) => { steps.firstElementChild.checked = value === "log"; });
  const title = h("h2", {});
  const chart = overSteps(context, { name: t("race.curves"), step: (step) => t("race.step_number", { step: integer(step) }), go: t("race.go") });

  context.select((state) => `${state.races} ${state.at} ${measured(state)} ${state.ui.scale} ${state.ui.steps} ${state.ui.theme} ${state.ui.start !== null}`, (_, state) => {
    if (!state.spec) return;
    const isDistance = measured(state) === "distance";
    title.textContent = t(isDistance ? "race.distance_over" : "race.loss_over");
    const colors = context.colors();
    const series = state.paths.map((path, lane) => {
      const values = isDistance ? path.points.map((point) => (point[0] === null || point[1] === null ? NaN : distanceTo(point, state.surface.minima))) : path.values;
      const name = `${lane + 1} ${context.label("optimizers", path.optimizer.name)}`;
      return { name, label: String(lane + 1), ...lineOf(lane, colors), points: pointsOf(values.map((_, step) => step), values), until: state.at, guest: path.left !== null };
    });
    const below = series.some(({ points }) => points.some((point) => point[1] < 0)); // which has no logarithm
    scale.hidden = below;
    chart.write({ series, moving: state.ui.start !== null, log: state.ui.scale === "log" && !below, logSteps: state.ui.steps === "log", present: state.at, format: lossText, summary: t("race.summary", { what: title.textContent, steps: integer(state.spec.steps), lanes: series.map(({ name, points }) => `${name}: ${lossText(points[Math.min(state.at, points.length - 1)]?.[1])}`).join("; ") }) });
    setAttribute(chart.element, "data-measure", isDistance ? "distance" : "loss");
  });
  return h("section", { class: "race-panel race-loss", "data-view": "race-loss" },
    h("div", { class: "race-head" }, title, scale), chart.element, h("div", { class: "race-choices" }, measure, steps));
}

const measured = (state) => (state.surface?.minima.length ? state.ui.measure : "loss");
