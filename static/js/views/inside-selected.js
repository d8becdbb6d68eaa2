// @ts-check
/** What is selected in the net: its picture large, and its value and its gradient all along the run. */
import { drawNeuron } from "../charts/neuron.js";
import { ends, overSteps, pointsOf } from "../charts/over-steps.js";
import { h, setAttribute, setText } from "../dom.js";
import { createElementWords, elementOf } from "../elements.js";
import { followInside, presentOf } from "../follow-inside.js";
import { integer, signed, signedCompact } from "../format.js";

const PACE = 1500;
const SIDE = 160; // pixels of a curve
const OF_SAMPLE = ["neuron", "input"];

/** @param {any} context */
export function selectedPart(context) {
  const { t, store } = context;
  const empty = h("p", { class: "empty" }, t("inside.selected.nothing"));
  const title = h("h3", {});
  const moment = h("p", { class: "hint" });
  const pictures = h("div", { class: "selected-pictures" });
  const from = h("button", { type: "button", class: "button dense", "data-keep": "selected-explain", onclick: explain }, t("inside.selected.explain"));
  const side = h("div", { class: "selected-side" }, title, pictures, moment, from);
  const amounts = { values: h("span", { class: "selected-amount", "data-testid": "selected-value" }), gradients: h("span", { class: "selected-amount bwd", "data-testid": "selected-gradient" }) };
  const charts = { values: chartOf("value"), gradients: chartOf("gradient") };
  const columns = h("div", { class: "selected-columns" }, side,
    ...Object.entries(charts).map(([key, chart]) => h("div", { class: "selected-chart" }, h("div", { class: "heat-head" }, h("h3", {}, t(`inside.selected.${key}`)), amounts[key]), chart.element)));
  const element = h("div", { class: "inside selected", "data-testid": "selected" }, empty, columns);
  let answer = null;

  function chartOf(kind) {
    return overSteps(context, { name: t(`inside.selected.table_${kind}`), step: (step) => t("inside.step", { step: integer(step) }), go: t("inside.go_there") });
  }
  const rowOf = ({ ui, frame }) => (OF_SAMPLE.includes(ui.pinned?.kind) ? frame?.probe?.index ?? 0 : null);
  const isImage = (state) => state.ui.pinned?.kind === "input" && state.data?.name === "digits"; // one picture stands for all pixels

  function pathOf(state) {
    const { pinned } = state.ui;
    if (!pinned || isImage(state)) return null;
    const row = rowOf(state);
    return `/history/element?${new URLSearchParams({ element: elementOf(pinned), ...(row === null ? {} : { row: String(row) }) })}`;
  }

  function explain() {
    const { ui } = store.get();
    if (ui.pinned) context.explaining.open(elementOf(ui.pinned), OF_SAMPLE.includes(ui.pinned.kind) ? "value" : "gradient", rowOf(store.get()), true);
  }

  /** Which neurons' functions are shown: of a weight both that it joins. */
  const subjects = ({ kind, layer, index, from: source }) => (kind === "weight" ? [{ layer: layer - 1, index: source }, { layer, index }] : [{ layer, index }]);

  function drawPictures() {
    const { ui, frame, data, spec } = store.get();
    if (!ui.pinned || !frame || !data || !spec || element.offsetParent === null) return;
    const shown = subjects(ui.pinned);
    const names = createElementWords(context, spec);
    const key = JSON.stringify(shown);
    if (pictures.dataset.of !== key) {
      pictures.dataset.of = key;
      pictures.dataset.count = String(shown.length);
      pictures.replaceChildren(...shown.map(() => h("figure", {}, h("canvas", { role: "img" }), h("figcaption", { class: "hint" }))));
    }
    shown.forEach(({ layer, index }, at) => {
      const [canvas, caption] = pictures.children[at].children;
      const name = names.short(elementOf({ kind: layer < 0 ? "input" : "neuron", layer, index }));
      drawNeuron(/** @type {any} */ (canvas), { frame, data, layer, index, last: spec.network.layers.length - 1, width: SIDE, height: SIDE }, { colors: context.colors() });
      setAttribute(canvas, "aria-label", t("inside.selected.picture", { name }));
      setText(caption, name);
    });
  }

  function write() {
    const state = store.get();
    const { ui, spec, frame } = state;
    empty.hidden = Boolean(ui.pinned);
    columns.hidden = !ui.pinned;
    if (!ui.pinned || !spec) return;
    const names = createElementWords(context, spec);
    const row = rowOf(state);
    setText(title, row === null ? names.name(elementOf(ui.pinned)) : t("inside.selected.of", { name: names.name(elementOf(ui.pinned)), sample: names.sample(row) }));
    setText(moment, t(isImage(state) ? "inside.selected.pixels" : row === null ? "inside.selected.batch" : "inside.selected.alone"));
    const isHere = answer && !isImage(state) && answer.element === elementOf(ui.pinned) && answer.row === row;
    from.hidden = isImage(state);
    for (const [key, chart] of Object.entries(charts)) {
      const values = isHere ? answer[key] : [];
      const isThere = values.some((value) => value !== null);
      chart.element.parentElement.hidden = isHere && !isThere;
      const colors = context.colors();
      const color = key === "values" ? colors.fwd : colors.bwd;
      const words = t(`inside.selected.${key}`);
      chart.write({
        series: [{ name: words, label: "", points: isHere ? pointsOf(answer.steps, values) : [], color, width: 1.6 }],
        log: false, present: presentOf(state), format: (value) => signedCompact(value), summary: t("inside.selected.summary", { what: words, name: title.textContent, ...ends(isHere ? answer.steps : []) }),
      });
      const now = isHere ? values[answer.steps.indexOf(frame?.step)] ?? null : null;
      setText(amounts[key], now === null ? "" : key === "values" ? signed(now, 4) : `◂\u2009${signedCompact(now)}`);
      setAttribute(amounts[key], "data-value", now ?? "");
    }
    drawPictures();
  }

  followInside(context, { tab: "selected", path: pathOf, pace: PACE, take: (body) => {
    if (body) answer = body;
    write();
  } });
  context.select((state) => `${JSON.stringify(state.ui.pinned)} ${rowOf(state)} ${state.ui.theme} ${state.revision}`, write);
  context.select((state) => (state.ui.inspector === "selected" ? state.frame : null), () => queueMicrotask(drawPictures));
  context.select(presentOf, write);
  return element;
}
