// @ts-check
/** How the run is going: the losses and the metric as numbers, and their curves with a step under the pointer. */
import { drawLines, nearestPoint } from "../charts/lines.js";
import { h, s, setAttribute, setText } from "../dom.js";
import { segmented } from "../fields.js";
import { integer, lossText, percent, decimal } from "../format.js";
import { readOut } from "../read-out.js";
import { withPresent } from "../reducer.js";

/** @param {any} context */
export function lossesView(context) {
  const { t, store } = context;
  const accuracy = readOut(context, "test-accuracy", t("losses.accuracy"), (state) => state.frame?.metrics.test_accuracy ?? null, percent);
  const determination = readOut(context, "test-r2", t("losses.r2"), (state) => state.frame?.metrics.test_r2 ?? null, (value) => decimal(value, 3));
  context.select((state) => state.data?.task === "regression", (regression) => {
    accuracy.hidden = regression;
    determination.hidden = !regression;
  });
  return h("section", { class: "panel losses", "data-view": "losses" },
    h("dl", { class: "read-outs" },
      readOut(context, "train-loss", t("losses.train"), (state) => state.frame?.metrics.train_loss ?? null, lossText),
      readOut(context, "test-loss", t("losses.test"), (state) => state.frame?.metrics.test_loss ?? null, lossText),
      accuracy, determination),
    h("div", { class: "panel-head" },
      h("h2", {}, t("losses.title")),
      segmented(context, { label: t("losses.scale"), choices: [["log", t("losses.log")], ["linear", t("losses.linear")]], read: (state) => state.ui.scale, write: (value) => store.dispatch({ type: "ui", changes: { scale: value } }) })),
    chart(context));
}

function chart(context) {
  const { t, store } = context;
  const canvas = h("canvas", { class: "loss-chart", role: "img", tabindex: 0 });
  const reading = h("p", { class: "chart-reading hint", "aria-live": "off" });
  const names = key(context);
  let scales = null;
  let cursor = null;

  const draw = () => {
    const { losses: recorded, frame, ui } = store.get();
    const losses = withPresent(recorded, frame);
    const width = canvas.clientWidth;
    if (!width) return;
    const colors = context.colors();
    const test = cursor === null ? null : nearestPoint(losses.test, cursor);
    const train = test && nearestPoint(losses.train, test[0]);
    const drawn = drawLines(canvas, [
      { name: t("losses.train_short"), points: losses.train, color: colors.ink3, dash: [6, 3], width: 1.3 },
      { name: t("losses.test_short"), points: losses.test, color: colors.ink, width: 1.6 },
    ], { width, height: canvas.clientHeight, colors, log: ui.scale === "log", cursor: test && { step: test[0], text: t("losses.step", { step: integer(test[0]) }) } });
    scales = drawn;
    names.classList.toggle("away", drawn.labelled); // the lines bear their names where there is room
    setText(reading, test ? `${t("losses.step", { step: integer(test[0]) })} · ${t("losses.train_short")} ${lossText(train?.[1])} · ${t("losses.test_short")} ${lossText(test[1])}` : "");
    const last = losses.test[losses.test.length - 1];
    setAttribute(canvas, "aria-label", last ? t("losses.summary", { first: losses.test[0][0], last: last[0], train: lossText(losses.train[losses.train.length - 1][1]), test: lossText(last[1]) }) : t("losses.empty"));
  };
  context.select((state) => state.losses, draw);
  context.select((state) => state.frame?.step, draw);
  context.select((state) => `${state.ui.scale} ${state.ui.theme}`, draw);
  const observer = new ResizeObserver(draw);
  observer.observe(canvas);
  context.onDispose(() => observer.disconnect());

  const at = (step) => {
    cursor = step;
    draw();
  };
  canvas.addEventListener("pointermove", (event) => scales && at(Math.max(0, scales.x.invert(event.clientX - canvas.getBoundingClientRect().left))));
  canvas.addEventListener("pointerleave", () => at(null));
  canvas.addEventListener("blur", () => at(null));
  canvas.addEventListener("keydown", (event) => {
    const { test } = withPresent(store.get().losses, store.get().frame);
    if (!test.length || !["ArrowLeft", "ArrowRight", "Escape"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "Escape") return at(null);
    const here = cursor === null ? test.length - 1 : test.findIndex(([step]) => step >= cursor);
    at(test[Math.max(0, Math.min(test.length - 1, (here < 0 ? test.length - 1 : here) + (event.key === "ArrowRight" ? 1 : -1)))][0]);
  });
  return [h("div", { class: "chart" }, canvas, reading, table(context)), names];
}

const MOST_ROWS = 20;

/** The curves for ears: up to twenty points, written when the run stands still. */
function table(context) {
  const { t, store } = context;
  const body = h("tbody", {});
  const head = (words) => h("th", { scope: "col" }, words);
  const write = () => {
    const { losses: recorded, frame, status } = store.get();
    if (status.state === "playing") return;
    const losses = withPresent(recorded, frame);
    const every = Math.max(1, Math.ceil(losses.test.length / MOST_ROWS));
    const rows = losses.test.map(([step, test], index) => [step, losses.train[index]?.[1], test]).filter((_, index, all) => index % every === 0 || index === all.length - 1);
    body.replaceChildren(...rows.map(([step, train, test]) => h("tr", {}, h("th", { scope: "row" }, integer(step)), h("td", {}, lossText(train)), h("td", {}, lossText(test)))));
  };
  context.select((state) => `${state.status.state} ${state.frame?.step}`, write);
  return h("table", { class: "visually-hidden", "aria-label": t("losses.table") }, h("thead", {}, h("tr", {}, head(t("transport.step_count")), head(t("losses.train")), head(t("losses.test")))), body);
}

function key(context) {
  const { t } = context;
  const sample = (name) => s("svg", { viewBox: "0 0 26 6", width: 26, height: 6, "aria-hidden": "true" }, s("line", { class: `curve-sample ${name}`, x1: 0, x2: 26, y1: 3, y2: 3 }));
  return h("div", { class: "key-row" },
    h("span", { class: "legend-item" }, sample("test"), t("losses.test_short")),
    h("span", { class: "legend-item" }, sample("train"), t("losses.train_short")));
}
