// @ts-check
/** What the optimizer remembers of every element of a parameter, and what it is about to compute from its next gradient. */
import { cellAt, drawMatrix } from "../charts/matrix.js";
import { createDiagnosisWords } from "../diagnosis-words.js";
import { arrange, h, setAttribute, setText } from "../dom.js";
import { createElementWords } from "../elements.js";
import { followInside } from "../follow-inside.js";
import { exact, integer, signedCompact } from "../format.js";
import { hasWords } from "../i18n.js";

const MOST_ROWS = 64; // of the table for ears

/** @param {any} context */
export function optimizerPart(context) {
  const { t, store } = context;
  const select = h("select", { class: "select", "aria-label": t("inside.optimizer.parameter"), "data-keep": "optimizer-parameter", onchange: () => store.dispatch({ type: "ui", changes: { remembered: select.value } }) });
  const note = h("p", { class: "hint", "data-testid": "optimizer-note" });
  const pictures = h("div", { class: "optimizer-pictures" });
  const title = h("h3", {});
  const list = h("dl", { class: "optimizer-terms" });
  const head = h("tr", {});
  const body = h("tbody", {});
  const table = h("table", { class: "visually-hidden" }, h("thead", {}, head), body);
  const element = h("div", { class: "inside", "data-testid": "optimizer" }, h("div", { class: "inside-head" }, select, note),
    h("div", { class: "optimizer-columns" }, h("div", { class: "inspector-scroll", tabindex: 0, role: "group", "aria-label": t("inside.optimizer.arrays") }, pictures), h("div", { class: "inspector-scroll", tabindex: 0, role: "group", "aria-label": t("inside.optimizer.element") }, title, list)), table);
  let answer = null;
  let cursor = 0;
  let figures = [];
  let built = "";

  const term = (name) => (hasWords(context.words(), `walk.update.terms.${name}`) ? t(`walk.update.terms.${name}`) : name.replaceAll("_", " "));
  const shapeOf = ({ shape }) => (shape.length > 1 ? shape : [1, shape[0]]);
  /** What there is of each element: its value, what is remembered, what is coming. */
  const arrays = () => [
    { key: "value", group: "value", name: "value", values: answer.value },
    ...answer.remembered.map(({ name, values }) => ({ key: `remembered-${name}`, group: "remembered", name, values })),
    ...answer.coming.map(({ name, values }) => ({ key: `coming-${name}`, group: "coming", name, values })),
  ];
  const wordsOf = ({ group, name }) => (group === "value" ? t("inside.optimizer.value") : group === "remembered" ? t("inside.optimizer.remembered", { name: term(name) }) : term(name));

  /** "Layer 1, weights". */
  const parameterName = (name, spec) => {
    const [, layer, kind] = name.split(".");
    return t("inside.optimizer.of_layer", { layer: createDiagnosisWords(context, spec).heading(Number(layer)), kind: t(`inside.optimizer.kind_${kind}`) });
  };
  const elementName = (index, spec) => {
    const [, columns] = shapeOf(answer);
    const at = answer.shape.length > 1 ? [Math.floor(index / columns), index % columns] : [index];
    return createElementWords(context, spec).name(`${answer.parameter}[${at}]`);
  };

  function figure() {
    const canvas = h("canvas", { class: "matrix", role: "img", tabindex: 0 });
    const caption = h("figcaption", {});
    const place = (event) => {
      const box = canvas.getBoundingClientRect();
      return cellAt(shapeOf(answer), { width: canvas.clientWidth, height: canvas.clientHeight }, event.clientX - box.left, event.clientY - box.top);
    };
    const point = (event) => {
      const cell = place(event);
      if (cell !== null) look(cell);
    };
    canvas.addEventListener("pointermove", point);
    canvas.addEventListener("pointerdown", point);
    canvas.addEventListener("keydown", (event) => {
      const [rows, columns] = shapeOf(answer);
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
      if (!step) return;
      event.preventDefault();
      if (cursor + step >= 0 && cursor + step < rows * columns) look(cursor + step);
    });
    return { canvas, caption, element: h("figure", {}, caption, canvas) };
  }

  function look(cell) {
    cursor = cell;
    draw();
    writeElement();
  }

  function draw() {
    if (!answer) return;
    const shape = shapeOf(answer);
    arrays().forEach((each, index) => {
      const { canvas } = figures[index];
      if (canvas.clientWidth) drawMatrix(canvas, { values: each.values, shape }, { width: canvas.clientWidth, height: canvas.clientHeight, colors: context.colors(), cursor });
    });
  }

  /** All that is known of the element under the cursor. */
  function writeElement() {
    const { spec } = store.get();
    setText(title, elementName(cursor, spec));
    const all = arrays();
    const key = all.map((each) => each.key).join(" ");
    if (list.dataset.of !== key) {
      list.dataset.of = key;
      list.replaceChildren(...all.map((each) => h("div", { "data-group": each.group }, h("dt", {}, wordsOf(each), each.group === "coming" && answer.formulas[each.name] ? h("code", { class: "hint" }, answer.formulas[each.name]) : null), h("dd", { "data-testid": `optimizer-${each.key}` }))));
    }
    all.forEach(({ values }, index) => {
      const amount = list.children[index].lastElementChild;
      setText(amount, `${(values[cursor] ?? 0) > 0 ? "+" : ""}${exact(values[cursor])}`);
      setAttribute(amount, "data-value", values[cursor] ?? "");
    });
  }

  function write() {
    const { spec } = store.get();
    if (!answer || !spec) return;
    const all = arrays();
    const names = answer.parameters.map(({ name }) => name);
    if (built !== names.join()) {
      built = names.join();
      select.replaceChildren(...names.map((name) => h("option", { value: name }, parameterName(name, spec))));
    }
    select.value = answer.parameter;
    if (cursor >= answer.value.length) cursor = 0;
    while (figures.length < all.length) figures.push(figure());
    arrange(pictures, all.map((_, index) => figures[index].element));
    all.forEach((each, index) => {
      setText(figures[index].caption, each.group === "value" ? wordsOf(each) : term(each.name)); // what is remembered is bold
      setAttribute(figures[index].element, "data-group", each.group);
      setAttribute(figures[index].canvas, "aria-label", t("inside.optimizer.picture", { what: wordsOf(each), name: parameterName(answer.parameter, spec) }));
    });
    const name = context.label("optimizers", answer.optimizer.name);
    setText(note, t(answer.remembered.length ? "inside.optimizer.note" : "inside.optimizer.forgetful", { name, updates: integer(answer.updates), what: answer.remembered.map((each) => term(each.name)).join(t("diagnosis.comma")), step: integer(answer.step) }));
    setAttribute(note, "title", note.textContent); // on a low screen there is one line of it
    setAttribute(table, "aria-label", t("inside.optimizer.table", { name: parameterName(answer.parameter, spec) }));
    head.replaceChildren(h("td", {}), ...all.map((each) => h("th", { scope: "col" }, wordsOf(each))));
    body.replaceChildren(...answer.value.slice(0, MOST_ROWS).map((_, index) => h("tr", {}, h("th", { scope: "row" }, elementName(index, spec)), all.map(({ values }) => h("td", {}, signedCompact(values[index]))))));
    setAttribute(element, "data-step", answer.step);
    draw();
    writeElement();
  }

  /** The parameter that was chosen, as long as the net has it; until then that of a selected weight. */
  const chosen = ({ ui }) => ui.remembered ?? (ui.pinned && ["weight", "bias", "scale", "shift"].includes(ui.pinned.kind) ? `layers.${ui.pinned.layer}.${ui.pinned.kind}` : null);
  const path = (state) => {
    const name = chosen(state);
    const isThere = name !== null && name in (state.frame?.parameters ?? {});
    return isThere ? `/optimizer?parameter=${name}` : "/optimizer";
  };
  followInside(context, { tab: "optimizer", path, take: (next) => {
    if (next) answer = next;
    write();
  } });
  context.select((state) => state.ui.theme, draw);
  const observer = new ResizeObserver(draw);
  observer.observe(pictures);
  context.onDispose(() => observer.disconnect());
  return element;
}
