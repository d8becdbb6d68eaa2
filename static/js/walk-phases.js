// @ts-check
/** The cards of the places between the operations: what goes in, the seed, all gradients, an update, the next step. */
import { h } from "./dom.js";
import { equation } from "./equations.js";
import { integer, lossText } from "./format.js";
import { hasWords } from "./i18n.js";
import { inWords } from "./in-words.js";
import { asFactor, contents, fillSlots, m, math, number, operator, parseFormula, rightSide, row, shortNumber, symbol, toned } from "./mathml.js";
import { numberText, variable } from "./walk-names.js";
import { apart } from "./walk-subject.js";

const MOST_SHOWN = 80; // numbers in a list

/** @returns {{title: any[], rows: any[], subject: number|null}} */
export function phaseCard(context, view) {
  const event = view.walk.event(view.state.position);
  return { inputs, seed, gradients, update, next }[event.phase](context, view, event);
}

const title = (words, ...rest) => [h("h2", {}, words), rest.length > 0 && h("span", { class: "card-subtitle plain" }, rest)].filter(Boolean);

// --- inputs ---

function inputs(context, { state, walk }) {
  const { t } = context;
  const leaves = walk.document.nodes.filter((node) => !node.op);
  const roles = ["input", "parameter", "target", "constant"].map((role) => [role, leaves.filter((node) => node.role === role)]).filter(([, list]) => list.length);
  return {
    title: title(t("walk.card.inputs"), t("walk.card.inputs_hint")),
    rows: roles.map(([role, list]) => h("div", { class: "card-row" },
      h("div", { class: "card-label" }, t(`walk.role_list.${role}`)),
      h("div", { class: "card-content" }, h("div", { class: "links" }, placed(context, walk, list.slice(0, MOST_SHOWN), (node) => link(walk, node, state.position)), list.length > MOST_SHOWN && h("span", { class: "hint" }, t("walk.card.more", { count: integer(list.length - MOST_SHOWN) })))))),
    subject: null,
  };
}

/** Numbers in their order, each sample and neuron named before its own. */
function placed(context, walk, list, show) {
  const places = apart(context, walk, list.map((node) => node.id));
  const starts = list.flatMap((node, index) => (index === 0 || places.get(node.id) !== places.get(list[index - 1].id) ? [index] : []));
  return starts.map((from, nth) => {
    const place = places.get(list[from].id);
    const links = list.slice(from, starts[nth + 1]).map(show);
    return place ? h("span", { class: "placed" }, h("span", { class: "hint" }, place), links) : links;
  });
}

const link = (walk, node, position) => {
  const value = walk.valueAt(node.id, position);
  return h("button", { type: "button", class: "link", "data-node": node.id, "data-of": "value", "data-keep": `leaf-${node.id}`, "data-value": value ?? "" }, variable(node.name), node.name !== String(value) && h("span", { class: "fwd" }, numberText(value)));
};

// --- seed ---

function seed({ t }, { walk, formulas }, event) {
  const { loss } = formulas;
  return {
    title: title(t("walk.card.seed")),
    rows: [
      h("div", { class: "card-row" }, h("div", { class: "card-label" }, t("walk.card.gradient_of")),
        h("div", { class: "card-content equation" }, math(row(formulas.gradientSymbol(loss.id), operator("="), toned("bwd strong", number(event.sum)))))),
      h("p", { class: "card-words" }, t("walk.card.seed_words", { loss: loss.name, value: lossText(loss.value) })),
    ],
    subject: loss.id,
  };
}

// --- all gradients ---

function gradients({ t }, { walk }) {
  const parameters = walk.document.nodes.filter((node) => node.role === "parameter");
  const largest = Math.max(...parameters.map((node) => Math.abs(node.grad ?? 0)), 0);
  const rows = [...parameters].slice(0, 4 * MOST_SHOWN).map((node) => {
    const fill = h("span", { class: `term-fill ${node.grad < 0 ? "neg" : "pos"}` });
    fill.style.setProperty("--share", String(largest > 0 && Number.isFinite(node.grad) ? Math.abs(node.grad) / largest : 0));
    const cell = (of, tone, value) => h("td", { class: "number" }, h("button", { type: "button", class: `number-link ${tone}`, "data-node": node.id, "data-of": of, "data-keep": `${of}-${node.id}`, "data-value": value ?? "" }, numberText(value)));
    return h("tr", { "data-row": node.id },
      h("th", { scope: "row" }, variable(node.name), node.element && h("code", {}, node.element)),
      cell("value", "fwd", node.value), cell("gradient", "bwd", node.grad),
      h("td", {}, h("span", { class: "term-bar", "aria-hidden": "true" }, fill)));
  });
  const head = (words, kind = "") => h("th", { scope: "col", class: kind }, words);
  return {
    title: title(t("walk.card.gradients"), t("walk.card.gradients_hint", { count: parameters.length })),
    rows: [h("table", { class: "card-table" },
      h("thead", {}, h("tr", {}, head(t("walk.card.parameter")), head(t("walk.card.value"), "number"), head(t("walk.card.gradient_head"), "number"), head(h("span", { class: "visually-hidden" }, t("walk.card.bar"))))),
      h("tbody", {}, rows))],
    subject: null,
  };
}

// --- an update ---

const WITHOUT_FORMULA = new Set(["gradient", "clipped", "schedule"]);

/** The terms of the optimizer in order: name, formula, the same with this parameter's numbers, value. */
function update(context, { walk }, event) {
  const { t, label } = context;
  const node = walk.node(event.node);
  const { update: how } = walk.document;
  const known = Object.fromEntries(event.terms.map((term) => [term.name, term.value]));
  const remembered = (name) => name.endsWith("_old");
  const rows = event.terms.filter((term) => !remembered(term.name)).map((term) => h("div", { class: "update-row", "data-term": term.name },
    h("div", { class: "card-label" }, termWords(context, term.name)),
    h("div", {}, equation(updateParts(term, { node, how, known, event })), termNote(context, term.name)),
    h("div", { class: `update-value ${term.name === "gradient" ? "bwd" : ""}`, "data-value": term.value ?? "" }, numberText(term.value))));
  rows.push(h("div", { class: "update-row new", "data-term": "new" },
    h("div", { class: "card-label" }, t("walk.update.new_value")),
    h("div", { class: "equation" }, math(row(symbol(node.name), operator("←"), number(event.before), operator(known.update < 0 ? "−" : "+"), number(Math.abs(known.update))))),
    h("div", { class: "update-value fwd", "data-value": event.after ?? "" }, numberText(event.after))));
  return {
    title: title(inWords(t, "walk.update.title", { node: variable(node.name) }), label("optimizers", how.optimizer), h("span", { class: "hint" }, ` ${t("walk.update.step", { step: how.t })}`)),
    rows: [h("div", { class: "update" }, rows)],
    subject: node.id,
  };
}

/** The words of an optimizer's term; one without words of its own is called by its name. */
export const termWords = ({ t, words }, name) => (hasWords(words(), `walk.update.terms.${name}`) ? t(`walk.update.terms.${name}`) : name.replaceAll("_", " "));

const termNote = ({ t }, name) => (WITHOUT_FORMULA.has(name) ? h("span", { class: "hint" }, t(`walk.update.notes.${name}`)) : null);

function updateParts(term, { node, how, known, event }) {
  const formula = how.formulas[term.name];
  if (!formula || WITHOUT_FORMULA.has(term.name)) return [];
  const tree = parseFormula(formula);
  const values = { w: event.before, g: known.clipped ?? known.gradient, t: how.t, ...how.settings, ...known };
  const filled = contents(fillSlots(tree, (slot) => {
    const value = values[slot];
    if (typeof value !== "number") return null;
    const isSetting = slot === "t" || (slot in how.settings && !(slot in known));
    return { content: isSetting ? shortNumber(value) : number(value), attributes: { class: `slot ${slot === "g" ? "bwd" : ""}`, "data-value": value } };
  }));
  const named = contents(fillSlots(tree, (slot) => (slot === "w" ? { content: symbol(node.name), attributes: { class: "slot" } } : null)));
  const parts = [named, row(operator("="), rightSide(filled))];
  // a schedule scales the update after the rule
  if (term.name === "update" && "schedule" in known) parts.push(row(operator("×"), toned("", number(known.schedule))));
  if (term.name === "update" && "schedule" in known) parts[0] = row(asFactor(parts[0]), operator("×"), m("mi", { class: "word" }, "s"));
  return parts;
}

// --- the next step ---

/** Whether every parameter went against its gradient: with momentum, some may go on as before. */
const isDownhill = (walk) => walk.document.positions.every((event) => event.phase !== "update" || (event.after - event.before) * walk.node(event.node).grad <= 0);

function next({ t }, { walk, formulas }, event) {
  const { loss } = formulas;
  const change = event.loss === null || loss.value === null ? null : event.loss - loss.value;
  return {
    title: title(t("walk.card.next")),
    rows: [
      h("dl", { class: "before-after" },
        h("div", {}, h("dt", {}, t("walk.card.loss_before")), h("dd", { class: "fwd", "data-value": loss.value ?? "" }, lossText(loss.value))),
        h("div", { class: "then" }, h("dt", {}, t("walk.card.loss_after")), h("dd", { class: "fwd", "data-testid": "loss-after", "data-value": event.loss ?? "" }, lossText(event.loss))),
        h("div", {}, h("dt", {}, t("walk.card.change")), h("dd", { "data-value": change ?? "" }, numberText(change)))),
      h("p", { class: "card-words" }, t(change === null ? "walk.card.next_broken" : change > 0 ? "walk.card.next_rose" : change === 0 ? "walk.card.next_same" : isDownhill(walk) ? "walk.card.next_fell" : "walk.card.next_carried")),
    ],
    subject: loss.id,
  };
}
