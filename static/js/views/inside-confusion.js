// @ts-check
/** Which classes are taken for which, how well each is told, and the samples that were not. */
import { grayImage, rampLookup, rgb } from "../charts/field.js";
import { h, setAttribute, setText } from "../dom.js";
import { segmented } from "../fields.js";
import { decimal, integer, percent } from "../format.js";

const SPLITS = ["train", "validation", "test"];
const SIDE = 8; // of a picture of a digit
const MEASURES = ["precision", "recall", "f1"];

/** @param {any} context */
export function confusionPart(context) {
  const { t, store } = context;
  const split = segmented(context, { label: t("inspector.rows"), choices: SPLITS.map((name) => [name, t(`inspector.split_${name}`)]), read: (state) => state.ui.split, write: (value) => store.dispatch({ type: "ui", changes: { split: value } }) });
  const [, middle] = split.children;
  context.select((state) => !state.data?.validation, (isAway) => {
    middle.hidden = isAway;
    if (isAway && store.get().ui.split === "validation") store.dispatch({ type: "ui", changes: { split: "test" } });
  });
  const summary = h("p", { class: "hint", "data-testid": "confusion-summary" });
  const head = h("thead", {});
  const body = h("tbody", {});
  const table = h("table", { class: "confusion-table", "aria-label": t("inspector.matrix") }, head, body);
  const title = h("h3", {});
  const list = h("ul", { class: "mistakes" });
  const element = h("div", { class: "confusion-columns" },
    h("div", { class: "inspector-scroll", tabindex: 0, role: "group", "aria-label": t("inspector.matrix") }, h("div", { class: "confusion-head" }, split, summary), table),
    h("div", { class: "inspector-scroll", tabindex: 0, role: "group", "aria-label": t("inspector.mistakes") }, title, list));
  let built = "";
  let cells = [];
  let listed = "";

  const nameOf = ({ labels, class_names: names }, spec, at) => {
    if (labels.length === 2 && labels[0] === -1) return t("output.class", { name: labels[at] > 0 ? "+1" : "−1" });
    return names[at] ?? context.classLabel(spec.data.name, at);
  };

  function build(answer, spec) {
    const { labels } = answer;
    const names = labels.map((_, at) => nameOf(answer, spec, at));
    head.replaceChildren(
      h("tr", {}, h("td", {}), h("th", { scope: "colgroup", colspan: labels.length, class: "hint" }, t("inspector.predicted")), MEASURES.map(() => h("td", {}))),
      h("tr", {}, h("th", { scope: "col", class: "hint" }, t("inspector.truth")), names.map((name) => h("th", { scope: "col" }, name)), MEASURES.map((name) => h("th", { scope: "col", class: "measure", title: t(`inspector.about_${name}`) }, t(`inspector.${name}`)))));
    cells = labels.map((_, row) => ({
      counts: labels.map((_, column) => h("td", { class: row === column ? "count right-one" : "count", "data-testid": `confusion-${row}-${column}` })),
      measures: MEASURES.map((name) => h("td", { class: "measure", "data-testid": `${name}-${row}` })),
    }));
    body.replaceChildren(...cells.map(({ counts, measures }, row) => h("tr", {}, h("th", { scope: "row" }, names[row]), counts, measures)));
  }

  function write(answer) {
    answer.matrix.forEach((row, at) => {
      const total = row.reduce((sum, count) => sum + count, 0);
      row.forEach((count, column) => {
        const cell = cells[at].counts[column];
        setText(cell, integer(count));
        setAttribute(cell, "data-value", count);
        cell.style.setProperty("--share", String(total ? Math.round((count / total) * 22) : 0));
        setAttribute(cell, "data-wrong", at !== column && count > 0);
      });
      MEASURES.forEach((name, index) => {
        setText(cells[at].measures[index], decimal(answer.classes[at][name], 3));
        setAttribute(cells[at].measures[index], "data-value", answer.classes[at][name]);
      });
    });
    setText(summary, t("inspector.summary", { accuracy: percent(answer.accuracy), step: integer(answer.step) }));
    setText(title, answer.wrong === 0 ? t("inspector.no_mistakes") : answer.wrong > answer.mistakes.length ? t("inspector.first_mistakes", { count: answer.mistakes.length, all: integer(answer.wrong) }) : t("inspector.all_mistakes", { count: answer.wrong }));
  }

  /** The same samples keep their buttons, and with them the focus. */
  function listMistakes(answer, spec) {
    const isImage = spec.data.name === "digits";
    const key = JSON.stringify([answer.labels, isImage && store.get().ui.theme, answer.mistakes.map(({ row, predicted }) => [row, predicted])]);
    if (key === listed) return;
    listed = key;
    const active = /** @type {HTMLElement|null} */ (list.contains(document.activeElement) ? document.activeElement : null);
    const focused = active?.dataset.row;
    setAttribute(list, "data-pictures", isImage);
    list.replaceChildren(...answer.mistakes.map(({ row, truth, predicted, inputs }) => h("li", {}, h("button", { type: "button", class: "mistake", "data-row": row, "data-testid": `mistake-${row}`, onclick: () => context.setProbe(row) },
      isImage ? picture(inputs) : null,
      h("span", {}, t("inspector.sample", { index: row + 1 })),
      h("span", { class: "hint" }, t("inspector.taken", { truth: nameOf(answer, spec, truth), predicted: nameOf(answer, spec, predicted) }))))));
    if (focused !== undefined) /** @type {HTMLElement} */ (list.querySelector(`[data-row="${focused}"]`) ?? list.parentElement).focus();
    mark(store.get().frame?.probe?.index);
  }

  function picture(pixels) {
    const canvas = h("canvas", { class: "mistake-picture", "aria-hidden": "true" });
    const { ground, ink } = context.colors();
    grayImage(canvas, pixels, [SIDE, SIDE], { lookup: rampLookup(rgb(ground), rgb(ink)) });
    return canvas;
  }

  function mark(row) {
    for (const item of list.children) setAttribute(item.firstElementChild, "aria-pressed", Number(item.firstElementChild.dataset.row) === row);
  }

  context.select((state) => state.ui.theme, () => {
    const { inspector, spec } = store.get();
    if (inspector.confusion && spec && listed) listMistakes(inspector.confusion, spec);
  });
  context.select((state) => state.inspector.confusion, (answer, { spec, ui }) => {
    if (!answer || !spec || answer.split !== ui.split) return;
    const key = `${spec.data.name} ${answer.labels} ${answer.class_names}`;
    if (key !== built) build(answer, spec);
    built = key;
    write(answer);
    listMistakes(answer, spec);
  });
  context.select((state) => state.frame?.probe?.index, mark);
  return element;
}
