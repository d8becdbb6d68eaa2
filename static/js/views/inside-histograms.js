// @ts-check
/** How the numbers of each layer were spread all along the run: what it answers, its weights, the sizes of its gradients. */
import { drawHeat, heatAt, quartersOf } from "../charts/heat.js";
import { createDiagnosisWords } from "../diagnosis-words.js";
import { arrange, h, pointIn, setAttribute, setText } from "../dom.js";
import { segmented } from "../fields.js";
import { followInside, presentOf } from "../follow-inside.js";
import { integer, power, tickText } from "../format.js";

const KINDS = ["activations", "weights", "gradients"];
const MOST_ROWS = 12;
const PACE = 2000;

/** @param {any} context */
export function histogramsPart(context) {
  const { t, store } = context;
  const kindOf = (state) => state.ui.histograms ?? KINDS[0];
  const choice = segmented(context, { label: t("inside.histograms.label"), choices: KINDS.map((name) => [name, t(`inside.histograms.${name}`)]), read: kindOf, write: (histograms) => store.dispatch({ type: "ui", changes: { histograms } }) });
  const note = h("p", { class: "hint", "data-testid": "histograms-note" });
  const row = h("div", { class: "inside-figures", tabindex: 0, role: "group", "aria-label": t("inspector.histograms") });
  const element = h("div", { class: "inside", "data-testid": "histograms" }, h("div", { class: "inside-head" }, choice, note), row);
  let figures = [];
  let answer = null;

  function write() {
    const state = store.get();
    const { spec } = state;
    if (!answer || !spec || answer.layers.length !== spec.network.layers.length) return;
    const words = createDiagnosisWords(context, spec);
    while (figures.length < answer.layers.length) figures.push(figure(context));
    arrange(row, answer.layers.map((_, index) => figures[index].element));
    answer.layers.forEach((layer, index) => figures[index].write({ ...layer, steps: answer.steps, of: answer.of, title: words.heading(index), present: presentOf(state) }));
    setAttribute(element, "data-left", answer.left);
    setAttribute(element, "data-steps", answer.steps.length);
  }

  followInside(context, { tab: "histograms", path: (state) => `/history/histograms?of=${kindOf(state)}`, pace: PACE, take: (body) => {
    if (body) answer = body;
    write();
  } });
  context.select((state) => `${state.ui.theme} ${presentOf(state)}`, write);
  context.select(kindOf, (kind) => {
    setText(note, t(`inside.histograms.about.${kind}`));
    setAttribute(note, "title", note.textContent); // on a low screen there is one line of it
  });
  return element;
}

/** One layer: its picture, what lies under the pointer, a table for ears. */
function figure(context) {
  const { t } = context;
  const canvas = h("canvas", { class: "heat", role: "img", tabindex: 0 });
  const caption = h("figcaption", {});
  const reading = h("span", { class: "hint heat-reading" });
  const body = h("tbody", {});
  const columns = ["lowest", "middle", "highest"];
  const table = h("table", { class: "visually-hidden" }, h("thead", {}, h("tr", {}, h("td", {}), columns.map((name) => h("th", { scope: "col" }, t(`inside.histograms.${name}`))))), body);
  const element = h("figure", {}, h("div", { class: "heat-head" }, caption, reading), canvas, table);
  let data = null;
  let scales = null;
  let cursor = null;

  const range = (bin) => {
    const [low, high] = [bin, bin + 1].map((at) => (data.first + at) * data.width);
    return data.of === "gradients" ? t("inside.histograms.range", { low: power(10 ** low), high: power(10 ** high) }) : t("inside.histograms.range", { low: tickText(low), high: tickText(high) });
  };
  function draw() {
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!data || !width) return;
    const colors = context.colors();
    const color = { activations: colors.fwd, weights: colors.ink2, gradients: colors.bwd }[data.of];
    const isThere = cursor && cursor.column < data.steps.length && cursor.bin < (data.counts[0]?.length ?? 0);
    scales = drawHeat(canvas, data, { width, height, colors, color, log: data.of === "gradients", present: data.present, cursor: isThere ? cursor : null });
    setText(reading, isThere ? t("inside.histograms.reading", { step: integer(data.steps[cursor.column]), range: range(cursor.bin), number: integer(data.counts[cursor.column][cursor.bin]) }) : zeros());
  }
  const zeros = () => {
    const count = data.zeros.at(-1) ?? 0;
    return data.of === "gradients" && count ? t("inside.histograms.zeros", { number: integer(count) }) : "";
  };
  function writeTable() {
    const every = Math.max(1, Math.ceil(data.steps.length / MOST_ROWS));
    body.replaceChildren(...data.steps.flatMap((step, index) => {
      if (index % every !== 0 && index !== data.steps.length - 1) return [];
      const found = quartersOf(data.counts[index]);
      return [h("tr", {}, h("th", { scope: "row" }, t("inside.step", { step: integer(step) })), columns.map((name) => h("td", {}, found ? range(found[name]) : "–")))];
    }));
  }
  const look = (place) => {
    cursor = place;
    draw();
  };
  canvas.addEventListener("pointermove", (event) => {
    if (scales && data) look(heatAt(data, scales, ...pointIn(canvas, event)));
  });
  canvas.addEventListener("pointerleave", () => look(null));
  canvas.addEventListener("blur", () => look(null));
  canvas.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!data || !way || !data.counts[0]?.length) return;
    event.preventDefault();
    const last = data.steps.length - 1;
    const here = cursor ?? { column: last, bin: quartersOf(data.counts[last])?.middle ?? 0 };
    const within = (value, most) => Math.max(0, Math.min(most, value));
    look(cursor ? { column: within(here.column + way[0], last), bin: within(here.bin + way[1], data.counts[0].length - 1) } : here);
  });
  const observer = new ResizeObserver(draw);
  observer.observe(canvas);
  context.onDispose(() => observer.disconnect());
  return {
    element,
    write(next) {
      data = next;
      setText(caption, next.title);
      const words = t("inside.histograms.summary", { layer: next.title, what: t(`inside.histograms.${next.of}`), steps: next.steps.length });
      setAttribute(canvas, "aria-label", words);
      setAttribute(table, "aria-label", words);
      writeTable();
      draw();
    },
  };
}
