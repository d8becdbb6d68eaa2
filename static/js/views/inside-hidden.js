// @ts-check
/** How the layers fold the space the samples lie in: the same samples and grid lines beside one another, as each layer sees them. */
import { drawFolded, heightsOf } from "../charts/folded.js";
import { nearestMark } from "../charts/marks.js";
import { createDiagnosisWords } from "../diagnosis-words.js";
import { arrange, h, setAttribute, setText } from "../dom.js";
import { followInside } from "../follow-inside.js";
import { decimal, exact, integer, percent } from "../format.js";
import { decode } from "../frames.js";
import { createNames } from "../net-reading.js";

const MOST_ROWS = 20;

/** @param {any} context */
export function hiddenPart(context) {
  const { t, store } = context;
  const note = h("p", { class: "hint", "data-testid": "hidden-note" });
  const reading = h("p", { class: "hidden-reading", "data-testid": "hidden-reading" });
  const row = h("div", { class: "inside-figures hidden-levels", tabindex: 0, role: "group", "aria-label": t("inspector.hidden") });
  const element = h("div", { class: "inside", "data-testid": "hidden" }, h("div", { class: "inside-head" }, note, reading), row);
  let answer = null;
  let figures = [];

  const chosen = ({ ui, spec }) => {
    const { layer, units } = ui.axes ?? {};
    const size = layer === undefined ? 0 : layer === 0 ? Infinity : spec?.network.layers[layer - 1]?.units ?? 0;
    return units?.every((unit) => unit < size) ? ui.axes : null; // the net may have become smaller since
  };
  const pathOf = (state) => {
    const axes = chosen(state);
    return axes ? `/hidden?layer=${axes.layer}&units=${axes.units}` : "/hidden";
  };
  const readAnswer = async (response) => {
    const { metadata, arrays } = decode(await response.arrayBuffer());
    return { step: Number(metadata.step), samples: Number(metadata.samples), levels: JSON.parse(metadata.levels), arrays };
  };

  const indexOf = (sample) => (answer ? Array.from(answer.arrays.rows.data).indexOf(sample) : -1);
  const names = (spec) => {
    const words = createDiagnosisWords(context, spec);
    return (level) => (level === 0 ? t("net.inputs") : words.heading(level - 1));
  };

  function write() {
    const { spec, data, frame } = store.get();
    if (!answer || !spec || !data || answer.levels.length !== spec.network.layers.length + 1) return;
    while (figures.length < answer.levels.length) figures.push(figure(context, figures.length, point));
    arrange(row, answer.levels.map((_, index) => figures[index].element));
    const { targets, train, validation, rows } = answer.arrays;
    const limit = data.task === "regression" ? Math.max(1, ...Array.from(targets.data, Math.abs)) : 1;
    answer.levels.forEach((level, index) => figures[index].write({
      title: names(spec)(index), level, spec, limit, rows: rows.data, probe: indexOf(frame?.probe?.index),
      shown: { points: answer.arrays[`points.${index}`], grid: answer.arrays[`grid.${index}`] ?? null, targets: targets.data, train: train.data, validation: validation.data, task: data.task, classes: data.classes },
    }));
    const shown = answer.samples > rows.data.length ? t("inside.hidden.some", { shown: integer(rows.data.length), all: integer(answer.samples) }) : t("inside.hidden.all");
    say(`${shown} ${t(data.task === "regression" ? "inside.hidden.fits" : "inside.hidden.separates")} ${t("inside.hidden.follow")}`);
    setAttribute(element, "data-step", answer.step);
  }

  /** On a low screen there is one line of it. */
  function say(words) {
    setText(note, words);
    setAttribute(note, "title", words);
  }

  /** What one sample is at a layer, while one points at it. */
  function point(title, sample, values) {
    setText(reading, sample === null ? "" : t("inside.hidden.reading", { title, index: integer(sample + 1), values: values.map(exact).join(", ") }));
  }

  followInside(context, { tab: "hidden", path: pathOf, read: readAnswer, take: (next) => {
    if (next?.levels.length) answer = next;
    setText(reading, next?.levels.length === 0 ? t("inside.hidden.overflow") : "");
    write();
  } });
  context.select((state) => `${state.ui.theme} ${state.frame?.probe?.index}`, write);
  return element;
}

/** One layer: its picture, and which of its neurons are the axes. */
function figure(context, index, point) {
  const { t, store } = context;
  const caption = h("figcaption", {});
  const axes = h("span", { class: "hint" });
  const choice = h("span", { class: "hidden-axes" });
  const canvas = h("canvas", { class: "folded", role: "img", tabindex: 0 });
  const body = h("tbody", {});
  const table = h("table", { class: "visually-hidden" }, body);
  const element = h("figure", { "data-testid": `hidden-${index}` }, h("div", { class: "heat-head" }, caption, axes, choice), canvas, table);
  let data = null;
  let scales = null;
  let built = "";

  const draw = () => {
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (data && width) scales = drawFolded(canvas, data.shown, { width, height, colors: context.colors(), probe: data.probe, limit: data.limit });
  };
  const under = (event) => {
    if (!scales || !data) return -1;
    const box = canvas.getBoundingClientRect();
    const { points } = data.shown;
    return nearestMark(points, scales, event.clientX - box.left, event.clientY - box.top, 10, points.shape[1] > 1 ? undefined : heightsOf(data.shown));
  };
  const look = (at) => {
    const width = data?.shown.points.shape[1] ?? 0;
    point(data?.title, at < 0 ? null : data.rows[at], at < 0 ? [] : Array.from(data.shown.points.data.subarray(at * width, (at + 1) * width)));
  };
  canvas.addEventListener("pointermove", (event) => look(under(event)));
  for (const end of ["pointerleave", "blur"]) canvas.addEventListener(end, () => look(-1));
  canvas.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!way || !data) return;
    event.preventDefault();
    const next = (Math.max(0, data.probe) + way + data.rows.length) % data.rows.length;
    context.setProbe(data.rows[next]);
    look(next);
  });
  canvas.addEventListener("click", (event) => {
    const at = under(event);
    if (at >= 0) context.setProbe(data.rows[at]);
  });

  /** Two neurons as axes instead of the components. */
  function buildChoice({ level, spec }) {
    const chosen = store.get().ui.axes;
    const mine = chosen?.layer === index ? chosen.units : null;
    const key = `${level.units} ${mine} ${JSON.stringify(spec.data.features)} ${context.language}`;
    if (key === built) return;
    built = key;
    if (level.units < 3) return choice.replaceChildren();
    const name = (unit) => createNames(context, spec).neuron(index - 1, unit);
    const set = (units) => store.dispatch({ type: "ui", changes: { axes: units ? { layer: index, units } : null } });
    const select = (at) => {
      const options = Array.from({ length: level.units }, (_, unit) => h("option", { value: unit }, index === 0 ? String(spec.data.features[unit] ?? unit + 1) : name(unit)));
      const own = h("select", { class: "select", "data-keep": `axes-${index}-${at}`, "aria-label": t(at ? "inside.hidden.second" : "inside.hidden.first"), onchange: () => set(mine.map((unit, place) => (place === at ? Number(own.value) : unit))) }, options);
      own.value = String(mine[at]);
      return own;
    };
    const toggle = h("button", { type: "button", class: "button dense", "aria-pressed": mine !== null, "data-keep": `axes-${index}`, onclick: () => set(mine ? null : [0, 1]) }, t("inside.hidden.choose"));
    return choice.replaceChildren(...(mine ? [select(0), select(1)] : []), toggle);
  }

  const observer = new ResizeObserver(draw);
  observer.observe(canvas);
  context.onDispose(() => observer.disconnect());
  return {
    element,
    write(next) {
      data = next;
      const { title, level, shown, rows } = next;
      setText(caption, title);
      const explained = level.explained && level.explained.reduce((sum, share) => sum + share, 0);
      setText(axes, explained !== null && explained !== undefined ? t("inside.hidden.components", { share: percent(explained, 0) }) : shown.points.shape[1] === 1 ? t("inside.hidden.against") : "");
      setAttribute(axes, "data-explained", level.explained ?? "");
      setAttribute(axes, "title", explained !== null && explained !== undefined ? t("inside.hidden.components_hint", { share: percent(explained, 1) }) : "");
      buildChoice(next);
      const focused = /** @type {HTMLElement|null} */ (document.activeElement)?.dataset?.keep;
      if (focused?.startsWith(`axes-${index}`)) /** @type {HTMLElement|null} */ (choice.querySelector(`[data-keep="${focused}"]`))?.focus();
      setAttribute(canvas, "aria-label", t("inside.hidden.picture", { title, count: rows.length }));
      setAttribute(table, "aria-label", t("inside.hidden.picture", { title, count: rows.length }));
      const every = Math.max(1, Math.ceil(rows.length / MOST_ROWS));
      const width = shown.points.shape[1];
      body.replaceChildren(...Array.from(rows).flatMap((sample, at) => (at % every ? [] : [h("tr", {}, h("th", { scope: "row" }, t("inspector.sample", { index: Number(sample) + 1 })), Array.from({ length: width }, (_, column) => h("td", {}, decimal(shown.points.data[at * width + column], 4))))])));
      draw();
    },
  };
}
