// @ts-check
/** How the run is going: the losses and the metric as numbers, and their curves beside those of other runs, with a step under the pointer. */
import { nearestPoint } from "../charts/line-cursor.js";
import { drawLines } from "../charts/lines.js";
import { h, pointIn, s, setAttribute, setText } from "../dom.js";
import { segmented } from "../fields.js";
import { integer, lossText, percent, decimal } from "../format.js";
import { overlaid } from "../overlays.js";
import { createPacedState } from "../pacing.js";
import { readOut } from "../read-out.js";
import { withPresent } from "../reducer.js";
import { DASHES, laneOf, runName, runOf } from "../runs.js";

const PACE = 100; // milliseconds from one drawing of curves and numbers to the next while a run plays: faster nobody could read them

/**
 * @param {any} context
 * @param {{runs: Element[]}} parts  the button that opens the list of runs, and the list
 */
export function lossesView(context, parts) {
  const { t, store } = context;
  const seen = createPacedState(PACE);
  const measured = (name) => (state) => seen(state).frame?.metrics[name] ?? null;
  const accuracy = readOut(context, "test-accuracy", t("losses.accuracy"), measured("test_accuracy"), percent);
  const determination = readOut(context, "test-r2", t("losses.r2"), measured("test_r2"), (value) => decimal(value, 3));
  context.select((state) => state.data?.task === "regression", (regression) => {
    accuracy.hidden = regression;
    determination.hidden = !regression;
  });
  const validation = readOut(context, "validation-loss", t("losses.validation"), measured("validation_loss"), lossText);
  context.select((state) => !state.data?.validation, (isAway) => { validation.hidden = isAway; });
  return h("section", { class: "panel losses", "data-view": "losses" },
    h("dl", { class: "read-outs" },
      readOut(context, "train-loss", t("losses.train"), measured("train_loss"), lossText),
      validation,
      readOut(context, "test-loss", t("losses.test"), measured("test_loss"), lossText),
      accuracy, determination),
    h("div", { class: "panel-head" },
      h("h2", {}, t("losses.title")),
      parts.runs),
    h("div", { class: "scales" }, scale("scale", "losses.scale", "losses.scale_short"), scale("steps", "losses.steps_scale", "losses.steps_short")),
    chart(context, seen));

  function scale(key, label, words) {
    return h("div", { class: "scale" }, h("span", { class: "hint", "aria-hidden": "true" }, t(words)),
      segmented(context, { label: t(label), choices: [["log", t("losses.log")], ["linear", t("losses.linear")]], read: (state) => state.ui[key], write: (value) => store.dispatch({ type: "ui", changes: { [key]: value } }) }));
  }
}

/** The lines of the chart: the run that is shown, and under it those laid over it. */
function seriesOf(context) {
  const { t, store } = context;
  const state = store.get();
  const colors = context.colors();
  const losses = withPresent(state.losses, state.frame);
  const others = overlaid(state).filter((id) => state.curves[id]?.test.length).map((id) => ({
    id, name: runName(t, runOf(state.runs.runs, id), id), label: shorten(runName(t, runOf(state.runs.runs, id), id)),
    points: state.curves[id].test, color: colors.lanes[laneOf(id)], dash: DASHES[laneOf(id)], width: 1.5, labelColor: colors.ink2, guest: true,
  }));
  const until = state.frame && state.frame.step < (losses.test.at(-1)?.[0] ?? 0) ? state.frame.step : undefined;
  return [...others,
    ...(losses.validation.length ? [{ id: null, name: t("losses.validation_short"), points: losses.validation, color: colors.ink, dash: [1.5, 3], width: 1.6, until }] : []),
    { id: null, name: t("losses.train_short"), points: losses.train, color: colors.ink3, dash: [6, 3], width: 1.3, until },
    { id: null, name: t("losses.test_short"), points: losses.test, color: colors.ink, width: 1.6, until },
  ];
}

/** Which runs lie over the current one, and what they are called. */
const overlays = (state) => `${overlaid(state)} ${state.runs.runs.map(({ name }) => name)}`;

const LONGEST_LABEL = 10;
const shorten = (name) => (name.length > LONGEST_LABEL ? `${name.slice(0, LONGEST_LABEL - 1)}…` : name);

function chart(context, seen) {
  const { t, store } = context;
  const canvas = h("canvas", { class: "loss-chart", role: "img", tabindex: 0 });
  const card = h("dl", { class: "chart-card", hidden: true });
  const names = h("div", { class: "key-row" });
  let scales = null;
  let cursor = null;
  let [width, height] = [0, 0];

  const draw = () => {
    const { frame, ui } = store.get();
    if (!width) return;
    const series = seriesOf(context);
    const [train, test] = series.slice(-2);
    const until = test.until ?? null;
    const point = cursor === null ? null : nearestPoint(test.points, cursor);
    const words = (step) => t("losses.step", { step: integer(step) });
    const at = point ? { step: point[0] } // the card says which
      : until === null ? null : { step: until, text: words(until) };
    scales = drawLines(canvas, series, { width, height, colors: context.colors(), log: ui.scale === "log", logSteps: ui.steps === "log", cursor: at });
    names.classList.toggle("away", scales.labelled); // the lines bear their names where there is room
    read(series, point, at && scales.x(at.step) > width / 2);
    const last = test.points.at(-1);
    setAttribute(canvas, "aria-label", last ? t("losses.summary", { first: test.points[0][0], last: frame && until !== null ? frame.step : last[0], train: lossText(nearestPoint(train.points, until ?? last[0])?.[1]), test: lossText(nearestPoint(test.points, until ?? last[0])?.[1]) }) : t("losses.empty"));
  };

  /** What each line says at the step under the pointer: exact points, with their own step where it is another. */
  function read(series, point, isRight) {
    if (card.hidden === Boolean(point)) card.hidden = !point;
    if (!point) return;
    setAttribute(card, "data-side", isRight ? "left" : "right");
    card.replaceChildren(h("div", { class: "chart-card-step" }, t("losses.step", { step: integer(point[0]) })), ...[...series].reverse().map(({ id, name, points, color }) => {
      const near = nearestPoint(points, point[0]);
      const mark = h("span", { class: id === null ? "" : "run-ring" }, id === null ? "" : String(id));
      mark.style.borderColor = color;
      const isThere = near && (near[0] === point[0] || (point[0] > points[0][0] && point[0] < points[points.length - 1][0]));
      const step = isThere && near[0] !== point[0] ? ` (${integer(near[0])})` : "";
      return h("div", {}, h("dt", {}, id === null ? null : mark, name), h("dd", {}, isThere ? `${lossText(near[1])}${step}` : "–"));
    }));
  }
  const writeKey = () => {
    names.replaceChildren(...seriesOf(context).reverse().map(({ name, color, dash = [] }) => {
      const line = s("line", { x1: 0, x2: 26, y1: 3, y2: 3, "stroke-width": 2, stroke: color, "stroke-dasharray": dash.join(" ") || null });
      return h("span", { class: "legend-item" }, s("svg", { viewBox: "0 0 26 6", width: 26, height: 6, "aria-hidden": "true" }, line), name);
    }));
  };
  context.select((state) => seen(state).losses, draw);
  context.select((state) => seen(state).frame?.step, draw);
  context.select((state) => state.status.state, draw);
  const lines = (state) => `${overlays(state)} ${state.ui.theme}`;
  context.select((state) => `${state.ui.scale} ${state.ui.steps} ${lines(state)}`, draw);
  context.select((state) => state.curves, draw);
  context.select((state) => `${lines(state)} ${Object.keys(state.curves)}`, writeKey);
  const observer = new ResizeObserver(() => {
    [width, height] = [canvas.clientWidth, canvas.clientHeight]; // asked for while drawing, the whole page would be laid out for it
    draw();
  });
  observer.observe(canvas);
  context.onDispose(() => observer.disconnect());

  const at = (step) => {
    cursor = step;
    draw();
  };
  const point = (event) => scales && at(Math.max(0, scales.x.invert(pointIn(canvas, event)[0])));
  canvas.addEventListener("pointermove", point);
  canvas.addEventListener("pointerdown", point); // a finger that taps does not move
  canvas.addEventListener("pointerleave", (event) => event.pointerType !== "touch" && at(null)); // what was tapped stays until one taps elsewhere
  canvas.addEventListener("blur", () => at(null));
  canvas.addEventListener("keydown", (event) => {
    const { test } = withPresent(store.get().losses, store.get().frame);
    if (!test.length || !["ArrowLeft", "ArrowRight", "Escape"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "Escape") return at(null);
    const here = cursor === null ? test.length - 1 : test.findIndex(([step]) => step >= cursor);
    at(test[Math.max(0, Math.min(test.length - 1, (here < 0 ? test.length - 1 : here) + (event.key === "ArrowRight" ? 1 : -1)))][0]);
  });
  return [h("div", { class: "chart" }, canvas, card, table(context)), names];
}

const MOST_ROWS = 20;

/** The curves for ears: up to twenty points, written when the run stands still. */
function table(context) {
  const { t, store } = context;
  const head = h("tr", {});
  const body = h("tbody", {});
  const cell = (points, step) => {
    const near = nearestPoint(points, step);
    return h("td", {}, near && near[0] === step ? lossText(near[1]) : "–");
  };
  const write = () => {
    if (store.get().status.state === "playing") return;
    const series = seriesOf(context);
    const [train, test] = series.slice(-2);
    const others = series.slice(0, -2);
    const column = (words) => h("th", { scope: "col" }, words);
    head.replaceChildren(...[t("transport.step_count"), t("losses.train"), t("losses.test"), ...others.map(({ id, name }) => (id === null ? t("losses.validation") : t("losses.test_of", { name })))].map(column));
    const every = Math.max(1, Math.ceil(test.points.length / MOST_ROWS));
    const steps = test.points.map(([step]) => step).filter((_, index, all) => index % every === 0 || index === all.length - 1);
    body.replaceChildren(...steps.map((step) => h("tr", {}, h("th", { scope: "row" }, integer(step)), [train, test, ...others].map(({ points }) => cell(points, step)))));
  };
  context.select((state) => `${state.status.state} ${state.frame?.step} ${state.frame?.run} ${overlays(state)} ${Object.keys(state.curves)}`, write);
  // a table is as wide as its columns, whatever is said: what hides it stands around it
  return h("div", { class: "visually-hidden" }, h("table", { "aria-label": t("losses.table") }, h("thead", {}, head), body));
}
