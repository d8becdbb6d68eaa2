// @ts-check
/** What each lane has made of the data so far: its answer over the plane, or along x. */
import { drawCurve } from "../charts/curve.js";
import { drawPlane } from "../charts/plane.js";
import { h, setAttribute, setText } from "../dom.js";
import { integer, lossText, percent } from "../format.js";
import { laneNow } from "../net-race-store.js";
import { lineOf, structureOf } from "../race-lanes.js";

const MOST_POINTS = 140;
const MANY = 4;
const SMALL = 110; // where samples would hide the answer

/** @param {any} context */
export function netRacePictures(context) {
  const { t, store } = context;
  const list = h("ol", { class: "net-pictures" });
  const element = h("section", { class: "race-panel", "data-view": "net-pictures", "aria-label": t("nets.pictures") }, list);
  let cards = [];
  let side = 0; // of a picture: asked only when it may have changed, for to ask is to lay out
  context.select((state) => `${state.spec && structureOf(state.spec)} ${state.ui.theme}`, (_, state) => {
    if (!state.spec) return;
    cards = state.spec.lanes.map((_, index) => card(context, index));
    list.replaceChildren(...cards.map(({ element: item }) => item));
    measure();
  });
  function draw() {
    const state = store.get();
    const shows = Boolean(state.data) && state.data.dimensions <= 2;
    if (element.hidden === shows) {
      element.hidden = !shows;
      side = list.querySelector("canvas")?.clientWidth ?? 0;
    }
    if (!shows || !state.frame || !state.spec || !side) return;
    // while many train, they take turns: half of them with each frame
    const takesTurns = state.status.state === "playing" && cards.length > MANY;
    cards.forEach((each, index) => (!takesTurns || index % 2 === state.frames % 2) && each.draw(state, side));
  }
  function measure() {
    side = list.querySelector("canvas")?.clientWidth ?? 0;
    draw();
  }
  context.select((state) => `${state.races} ${state.frames} ${state.status.state} ${state.ui.measure} ${state.data !== null}`, draw);
  const observer = new ResizeObserver(measure);
  observer.observe(list);
  context.onDispose(() => observer.disconnect());
  return element;
}

const few = new WeakMap();

/** So few samples that the answer behind them is seen. @param {any} data */
function fewOf(data) {
  if (!few.has(data)) {
    const rows = data.points?.shape[0] ?? 0;
    const every = Math.max(1, Math.ceil(rows / MOST_POINTS));
    const chosen = Array.from({ length: Math.ceil(rows / every) }, (_, index) => index * every);
    const pick = (array, width) => array && { shape: [chosen.length, width], data: Float32Array.from(chosen.flatMap((row) => Array.from(array.data.subarray(width * row, width * (row + 1)), Number))) };
    few.set(data, { points: pick(data.points, data.points?.shape[1] ?? 1), targets: pick(data.targets, 1), train: pick(data.train, 1), validation: pick(data.validation, 1) });
  }
  return few.get(data);
}

function card(context, index) {
  const { t } = context;
  const name = context.laneName(index);
  const canvas = h("canvas", { role: "img" });
  const disc = h("span", { class: "lane-disc" }, String(index + 1));
  const { color } = lineOf(index, context.colors());
  disc.style.setProperty("--lane", color);
  const title = h("span", { class: "net-picture-name" }, name.slice(name.indexOf(" ") + 1));
  const value = h("span", { class: "hint" });
  const element = h("li", { class: "net-picture", "data-lane": index + 1 }, canvas, h("div", { class: "net-picture-row" }, disc, title), value);
  return {
    element,
    draw(state, width) {
      const { frame, data } = state;
      const lane = laneNow(state, index);
      if (!lane) return;
      const options = { width, height: width, colors: context.colors(), compact: true };
      const plain = { bounds: data.bounds, axes: [], task: data.task, classes: data.classes, ...(width < SMALL ? null : fewOf(data)) };
      const picture = frame.pictures[index];
      if (data.dimensions === 2 && picture) drawPlane(canvas, { ...plain, ...(picture.shape.length === 3 ? { classField: picture } : { field: picture }) }, options);
      if (data.dimensions === 1 && frame.curves[index]) drawCurve(canvas, { ...plain, curve: frame.curves[index] }, options);
      const words = lane.diverged !== null ? t("nets.diverged", { step: integer(lane.diverged) }) : lane.metrics.test_accuracy === undefined ? t("nets.loss_now", { loss: lossText(lane.loss) }) : t("nets.accuracy_now", { share: percent(lane.metrics.test_accuracy, 1) });
      setText(value, words);
      value.classList.toggle("gone", lane.diverged !== null);
      setAttribute(canvas, "aria-label", t("nets.picture_of", { name, words }));
      setAttribute(canvas, "data-step", lane.step);
    },
  };
}
