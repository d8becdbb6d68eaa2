// @ts-check
/** The loss of every lane over the steps, and the loss that all of them are to reach: a line that can be taken by the hand. */
import { overSteps } from "../charts/over-steps.js";
import { roundUp } from "../charts/scale.js";
import { h, pointIn, setAttribute, setText } from "../dom.js";
import { neighbour, segmented } from "../fields.js";
import { decimal, integer, lossText, tickText } from "../format.js";
import { columnOf, epochAt, laneNow, placeOf } from "../net-race-store.js";
import { lineOf } from "../race-lanes.js";

const GUIDE = [4, 4];
const ASIDE = 28; // px from the end of the plot

/** @param {any} context */
export function netRaceCurves(context) {
  const { t, store } = context;
  const choose = (name) => (value) => store.dispatch({ type: "ui", changes: { [name]: value } });
  const measure = segmented(context, { label: t("race.measure"), choices: [["test", t("nets.test")], ["train", t("nets.train")]], read: (state) => state.ui.measure, write: choose("measure") });
  const scale = segmented(context, { label: t("race.scale"), choices: [["log", t("race.log")], ["linear", t("race.linear")]], read: (state) => state.ui.scale, write: choose("scale") });
  const steps = h("label", { class: "check" }, h("input", { type: "checkbox", "data-keep": "log-steps", onchange: (event) => choose("steps")(event.target.checked ? "log" : "linear") }), t("race.log_steps"));
  context.select((state) => state.ui.steps, (value) => { steps.firstElementChild.checked = value === "log"; });
  const title = h("h2", {});
  const handle = targetHandle(context, () => scales);
  let scales = null;
  const words = (step) => {
    const epoch = epochAt(store.get(), step);
    return epoch !== null ? t("nets.step_epoch", { step: integer(step), epoch: decimal(epoch, 2) }) : t("race.step_number", { step: integer(step) });
  };
  const chart = overSteps(context, { name: t("race.curves"), step: words, go: t("race.go") }, (now) => {
    scales = now;
    handle.place();
  });
  chart.element.firstElementChild.append(handle.element);

  context.select((state) => [state.races, state.frames, placeOf(state), state.status.state, state.ui.measure, state.ui.scale, state.ui.steps, state.ui.target, state.ui.theme, state.chosen.lane, state.data !== null].join(" "), (_, state) => {
    if (!state.spec) return;
    setText(title, t(`nets.over.${state.ui.measure}`));
    const column = columnOf(state);
    const colors = context.colors();
    const at = state.status.step;
    const lanes = state.curves.map((rows, lane) => ({ name: context.laneName(lane), label: String(lane + 1), ...lineOf(lane, colors), width: state.chosen.lane === lane ? 3.4 : 1.8, points: rows.map((row) => [row[0], row[column] ?? NaN]), until: at, guest: (laneNow(state, lane)?.diverged ?? null) !== null }));
    // the points under the pointer are those of the first line that is named: the longest one leads
    const longest = lanes.reduce((most, lane, index) => (lane.points.length > lanes[most].points.length ? index : most), 0);
    const { target } = state.ui;
    const last = Math.max(...lanes.map(({ points }) => points.at(-1)?.[0] ?? 0));
    const guide = target ? [{ name: "", label: "", color: colors.ink3, dash: GUIDE, width: 1.2, points: [[0, target], [roundUp(Math.max(10, last)), target]], guest: true }] : [];
    chart.write({ series: [lanes[longest], ...lanes.filter((_, index) => index !== longest), ...guide].filter(Boolean), moving: state.status.state === "playing" || state.seeking !== null, log: state.ui.scale === "log", logSteps: state.ui.steps === "log", present: at, format: lossText,
      summary: t("race.summary", { what: title.textContent, steps: integer(last), lanes: state.curves.map((_, lane) => `${context.laneName(lane)}: ${lossText(laneNow(state, lane)?.loss)}`).join("; ") }) });
    setAttribute(chart.element, "data-measure", state.ui.measure);
  });
  return h("section", { class: "race-panel net-curves", "data-view": "race-loss" },
    h("div", { class: "race-head" }, title, h("div", { class: "race-choices" }, measure, scale, steps)), chart.element);
}

/** The loss to reach, at its height on the chart. */
function targetHandle(context, scalesOf) {
  const { t, store } = context;
  const text = h("span", {});
  const element = h("div", { class: "target-handle", role: "slider", tabindex: 0, "aria-label": t("nets.target"), "aria-orientation": "vertical", "data-own-keys": "", "data-keep": "target-handle", title: t("nets.target_hint") }, text);
  const set = (value) => store.dispatch({ type: "ui", changes: { target: Number(value.toPrecision(2)) } });
  function place() {
    const scales = scalesOf();
    const { target } = store.get().ui;
    element.hidden = !target || !scales;
    if (element.hidden) return;
    const { plot, y } = scales;
    const top = Math.max(plot.y, Math.min(plot.y + plot.height, y(target)));
    setText(text, t("nets.target_short", { loss: tickText(target) }));
    // at the right: at the left the curves fall
    element.style.transform = `translate(calc(${Math.round(plot.x + plot.width - ASIDE)}px - 100%), ${Math.round(top)}px)`;
    setAttribute(element, "aria-valuenow", target);
    setAttribute(element, "aria-valuemin", Number(Math.min(...y.domain).toPrecision(3)));
    setAttribute(element, "aria-valuemax", Number(Math.max(...y.domain).toPrecision(3)));
  }
  element.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    element.focus();
    element.setPointerCapture(event.pointerId);
  });
  element.addEventListener("pointermove", (event) => {
    const scales = scalesOf();
    if (!element.hasPointerCapture(event.pointerId) || !scales) return;
    const [, top] = pointIn(element.parentElement, event);
    const value = scales.y.invert(Math.max(scales.plot.y, Math.min(scales.plot.y + scales.plot.height, top)));
    if (value > 0) set(value);
  });
  element.addEventListener("keydown", (event) => {
    const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    const next = way && neighbour(store.get().ui.target, way);
    if (!next) return;
    event.preventDefault();
    set(next);
  });
  return { element, place };
}
