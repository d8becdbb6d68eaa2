// @ts-check
/** How sharply the loss bends on the way of each lane, beside what steps of its rate would bear. */
import { overSteps } from "../charts/over-steps.js";
import { h, setAttribute, setText } from "../dom.js";
import { exact, integer } from "../format.js";
import { keyOf } from "../landscape-asking.js";
import { stepAt } from "../landscape-state.js";
import { lineOf } from "../race-lanes.js";

const short = (value) => exact(Number(value.toPrecision(3)));

/** @param {any} context */
export function landscapeCurvature(context) {
  const { t } = context;
  const button = h("button", { type: "button", class: "button dense", "data-keep": "curvature-run", onclick: () => (isRunning() ? context.cancelCurve() : context.curve()) });
  const progress = h("progress", { max: 1, value: 0, "aria-label": t("landscape.curvature.progress") });
  const sentence = h("p", { class: "hint", "data-testid": "curvature-note" });
  const chart = overSteps(context, { name: t("landscape.curvature.title"), step: (step) => t("race.step_number", { step: integer(step) }), go: t("race.go") });
  const element = h("section", { class: "race-panel race-loss landscape-curvature", "data-view": "curvature", "data-testid": "curvature" },
    h("div", { class: "race-head" }, h("h2", {}, t("landscape.curvature.title")), button), h("p", { class: "hint" }, t("landscape.curvature.about")), chart.element, progress, sentence);
  const isRunning = () => context.store.get().curvature?.state === "running";

  context.select((state) => state.curvature?.state, (_, state) => say(state));
  context.select((state) => state.races, (_, state) => say(state));
  function say(state) {
    const { curvature, spec } = state;
    const isOther = !curvature || !spec || curvature.race !== keyOf(spec);
    button.replaceChildren(isRunning() ? t("race.cancel") : t("landscape.compute"));
    button.hidden = !spec || (!isRunning() && !isOther && curvature.state === "done");
    progress.hidden = !isRunning();
    chart.element.classList.toggle("stale", Boolean(curvature) && isOther);
    setAttribute(element, "data-state", !curvature ? "none" : isOther ? "stale" : curvature.state);
  }
  context.select((state) => state.curvature, draw);
  context.select((state) => `${state.at} ${state.maps} ${state.ui.theme}`, draw);

  function draw() {
    const state = context.store.get();
    const { curvature } = state;
    chart.element.hidden = !curvature;
    if (!curvature) return setText(sentence, "");
    const { steps, lanes } = curvature;
    const done = lanes.reduce((count, points) => count + points.length, 0);
    progress.value = steps.length ? done / (steps.length * lanes.length) : 0;
    const colors = context.colors();
    const names = JSON.parse(curvature.race).lanes.map((lane, index) => `${index + 1} ${context.label("optimizers", lane.optimizer.name)}`);
    const series = lanes.map((points, lane) => ({ name: names[lane], label: String(lane + 1), ...lineOf(lane, colors), points: steps.map((step, index) => [step, points[index]?.largest > 0 ? points[index].largest : NaN]) }));
    // what steps of a rate would bear: the same colour, thin and fine
    const guides = lanes.flatMap((points, lane) => (points.some(({ limit }) => limit !== null) ? [{ name: "", label: "", color: lineOf(lane, colors).color, dash: [1, 3], width: 1, points: points.filter(({ limit }) => limit !== null).map(({ step, limit }) => [step, limit]) }] : []));
    const lanesWords = lanes.map((points, lane) => `${names[lane]}: ${exact(points.at(-1)?.largest ?? null)}`).join("; ");
    chart.write({ series: [...series, ...guides], log: true, present: stepAt(state), format: exact, summary: t("landscape.curvature.summary", { lanes: lanesWords }), moving: curvature.state === "running" });
    setAttribute(chart.element, "data-points", done);
    return setText(sentence, lanes.map((points, lane) => edge(points, names[lane])).filter(Boolean).join(" "));
  }
  /** What the end of a lane says about the edge. */
  function edge(points, name) {
    const last = points.at(-1);
    if (!last || last.limit === null || last.largest === null) return "";
    return t(last.largest > last.limit ? "landscape.curvature.beyond" : "landscape.curvature.within", { name, largest: short(last.largest), limit: short(last.limit), step: integer(last.step) });
  }
  return element;
}
