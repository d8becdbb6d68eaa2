// @ts-check
/** Why did it move there: everything a lane computed for one update, with formulas and numbers, and one sentence that says it. */
import { h, setAttribute, setText } from "../dom.js";
import { equation, keepReachable } from "../equations.js";
import { segmented } from "../fields.js";
import { signedCompact } from "../format.js";
import { hasWords } from "../i18n.js";
import { contents, fillSlots, m, number, operator, parseFormula, row, shortNumber } from "../mathml.js";
import { AXES, judged, numbersOf } from "../race-reason.js";
import { lineOf } from "../race-lanes.js";
import { explained } from "../race-state.js";

/** @param {any} context */
export function raceWhy(context) {
  const { t, store } = context;
  const disc = h("span", { class: "lane-disc" });
  const title = h("h2", {});
  const at = h("span", { class: "hint", "data-testid": "why-step" });
  const sentence = h("p", { class: "why-sentence", "data-testid": "why-sentence" });
  const body = h("tbody", {});
  const table = h("table", { class: "why-terms" }, h("thead", {}, h("tr", {}, h("td", {}), AXES.map((axis) => h("th", { scope: "col", class: "variable" }, axis)))), body);
  const axes = segmented(context, { label: t("race.why.axis"), choices: AXES.map((axis) => [axis, axis]), read: (state) => state.ui.axis, write: (axis) => store.dispatch({ type: "ui", changes: { axis } }) });
  const formulas = h("div", { class: "why-formulas" });
  const element = h("div", { class: "why", "data-testid": "why" }, h("div", { class: "race-head" }, h("div", { class: "why-title" }, disc, title), at), sentence, table, h("div", { class: "race-head" }, h("h3", {}, t("race.why.formulas")), axes), formulas);
  const reach = keepReachable(context, formulas, t("race.why.formulas"));
  const nameOf = (term) => (hasWords(context.words(), `race.terms.${term}`) ? t(`race.terms.${term}`) : term.replaceAll("_", " "));

  context.select((state) => `${state.chosen.lane} ${explained(state)} ${state.races} ${state.ui.theme}`, (_, state) => {
    const path = state.paths[state.chosen.lane];
    if (!path) return;
    setText(disc, String(state.chosen.lane + 1));
    disc.style.setProperty("--lane", lineOf(state.chosen.lane, context.colors()).color);
    setText(title, t("race.why.title", { name: context.label("optimizers", path.optimizer.name) }));
    setText(at, t("race.step_number", { step: explained(state) }));
  });

  context.select((state) => state.why, (why) => {
    element.dataset.ready = String(Boolean(why));
    if (!why) return;
    const { kind, axis, by, ratio } = judged(why);
    const gradient = why.terms.find((term) => term.name === "gradient").value;
    const words = { name: context.label("optimizers", why.optimizer.name), axis: AXES[axis], other: AXES[1 - axis], g: signedCompact(gradient[axis], 3), ratio: ratio && signedCompact(ratio, 2).replace("+", ""), by: by && nameOf(by) };
    const way = (value) => t(value > 0 ? `race.why.ways.more_${AXES[axis]}` : `race.why.ways.less_${AXES[axis]}`);
    setText(sentence, t(`race.why.because.${kind}`, { ...words, downhill: way(-gradient[axis]), step: way(why.terms.at(-1).value[axis]) }));
    setAttribute(sentence, "data-kind", kind);
    setAttribute(element, "data-lane", why.lane + 1);
    setAttribute(element, "data-step", why.step + 1);
    const cells = (values, isLast) => values.map((value) => h("td", { "data-value": value ?? "" }, isLast ? h("b", {}, signedCompact(value)) : signedCompact(value)));
    const line = (name, key, values, className = "") => h("tr", { class: className, "data-term": key }, h("th", { scope: "row" }, name, " ", symbolOf(why, key)), cells(values, className === "taken"));
    body.replaceChildren(
      ...why.terms.map(({ name, value }) => line(nameOf(name), name, value, name === "gradient" ? "gradient" : name === "update" ? "taken" : "")),
      ...(why.terms.some(({ name }) => name === "effective_rate") ? [] : [line(t("race.why.per_gradient"), "per_gradient", why.effective_rate)]));
    if (store.get().ui.axis !== AXES[axis] && kind.startsWith("against")) store.dispatch({ type: "ui", changes: { axis: AXES[axis] } });
  });

  context.select((state) => `${state.ui.axis} ${state.why?.lane} ${state.why?.step} ${state.why?.next} ${state.why?.optimizer.name}`, (_, { why, ui }) => {
    if (!why) return;
    const axis = AXES.indexOf(ui.axis);
    const known = numbersOf(why, axis);
    const own = { update: m("mrow", {}, m("mi", {}, "Δ"), m("mi", {}, ui.axis)), effective_rate: m("msub", {}, m("mi", {}, "η"), m("mi", {}, ui.axis)), w: m("mi", {}, ui.axis) };
    const written = Object.entries(why.formulas).filter(([name]) => known[name] !== undefined).flatMap(([name, text]) => {
      const tree = contents(parseFormula(text));
      const symbols = fillSlots(tree, (slot) => (own[slot] ? { content: own[slot] } : null));
      const numbers = fillSlots(tree, (slot) => (slot === name || known[slot] === undefined ? (own[slot] ? { content: own[slot] } : null) : { content: why.optimizer[slot] !== undefined || slot === "t" ? shortNumber(known[slot]) : number(known[slot]) }));
      return [h("div", { class: "why-formula", "data-term": name }, equation([symbols]), equation([numbers, row(operator("="), number(known[name]))]))];
    });
    const from = why.point[axis];
    const place = (step) => m("msub", {}, m("mi", {}, ui.axis), m("mn", {}, String(step)));
    written.push(h("div", { class: "why-formula" }, equation([row(place(why.step + 1), operator("="), place(why.step), operator("+"), own.update), row(operator("="), number(from), operator("+"), known.update < 0 ? row(operator("("), number(known.update), operator(")")) : number(known.update), operator("="), number(why.next[axis]))])));
    formulas.replaceChildren(...written);
    reach();
  });
  return element;
}

/** The letter of a term, as the formulas write it. */
function symbolOf(why, key) {
  if (key === "gradient") return h("span", { class: "variable" }, "g");
  const text = why.formulas[key];
  if (!text || key === "update") return "";
  const find = (tree) => (typeof tree === "string" ? null : tree.attributes["data-slot"] === key ? tree : tree.children.map(find).find(Boolean));
  const found = find(parseFormula(text));
  return found ? equationSymbol(found) : "";
}

const equationSymbol = (tree) => equation([tree]).firstElementChild;
