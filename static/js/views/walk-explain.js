// @ts-check
/**
 * Where does this come from: a value as its formula and inputs, a gradient as the sum of its terms, largest first, each of
 * which opens to its path on to the loss.
 */
import { h, setAttribute } from "../dom.js";
import { equation, keepReachable } from "../equations.js";
import { inWords } from "../in-words.js";
import { math, number, operator, row, toned } from "../mathml.js";
import { openQuestion } from "../predict.js";
import { termList } from "../terms.js";
import { createFormulas, inputEdge, strongestPath, termsAt } from "../walk-formulas.js";
import { numberText, plainName, variable } from "../walk-names.js";
import { apart, placeName, subjectOf } from "../walk-subject.js";

/** @param {any} context  of the walkthrough page */
export function explainView(context) {
  const { t, store } = context;
  const panel = h("div", { class: "explain", "data-testid": "explain" });
  const reach = keepReachable(context, panel, context.t("walk.card.label"));
  let formulas = null;
  const render = () => {
    const state = store.get();
    const walk = context.walk();
    if (!walk) return;
    if (formulas?.walk !== walk) formulas = Object.assign(createFormulas(walk), { walk });
    const id = subjectOf(state, walk);
    if (id === null || openQuestion(state)) {
      panel.replaceChildren(h("p", { class: "hint" }, t("explain.choose")));
      return;
    }
    const node = walk.node(id);
    const hasGradient = walk.hasGradient(id, state.position);
    const wished = state.ui.of?.node === id ? state.ui.of.of : null;
    const of = wished ?? (hasGradient ? "gradient" : "value");
    const view = { state, walk, formulas };
    const kept = /** @type {HTMLElement|null} */ (panel.contains(document.activeElement) ? document.activeElement : null)?.dataset.keep;
    panel.replaceChildren(
      ...(of === "gradient" ? gradient(context, view, node) : value(context, view, node)).flat().filter(Boolean),
      choice(context, id, of));
    reach();
    setAttribute(panel, "data-of", of);
    setAttribute(panel, "data-subject", id);
    if (kept) /** @type {HTMLElement|null} */ (panel.querySelector(`[data-keep="${kept}"]`))?.focus();
  };
  context.select((state) => state.walk, render);
  context.select((state) => `${state.position} ${state.selected}`, render);
  context.select((state) => state.ui.of, render);
  context.select((state) => state.predict, render);
  return panel;
}

function choice({ t, store }, node, of) {
  const buttons = ["value", "gradient"].map((name) => h("button", { type: "button", "aria-pressed": name === of, "data-keep": `of-${name}`, onclick: () => store.dispatch({ type: "ui", changes: { of: { node, of: name } } }) }, t(`explain.of.${name}`)));
  return h("div", { class: "segmented", role: "group", "aria-label": t("explain.of.label") }, buttons);
}

/** "∂L/∂w = +0.8889", and where in the net that is. */
function total(context, { walk }, node, { id, label, tone, number: shown }) {
  const place = placeName(context, walk, node.id);
  return [
    h("div", { class: "explain-total" }, label, h("span", { class: `explain-number ${tone}`, "data-testid": id, "data-value": shown ?? "" }, numberText(shown))),
    place && h("p", { class: "hint" }, place),
  ];
}

// --- a value ---

function value(context, view, node) {
  const { t } = context;
  const { state, walk, formulas } = view;
  const now = walk.valueAt(node.id, state.position);
  if (now === null) return [h("p", { class: "hint" }, t("explain.not_computed")), link(t("explain.go_there"), () => context.goTo(walk.madeAt(node.id)))];
  const head = total(context, view, node, { id: "explain-value", label: math(row(formulas.symbolOf(node.id), operator("="))), tone: "fwd", number: now });
  if (!node.op) {
    const moved = walk.update.has(node.id) && state.position >= walk.update.get(node.id);
    return [head, h("p", {}, t(moved ? "explain.moved" : `explain.given.${node.role}`)), moved && link(t("explain.see_update"), () => { context.selectNode(null); context.goTo(walk.update.get(node.id)); })];
  }
  return [
    head,
    equation(formulas.value(node).slice(0, 2)),
    h("h3", {}, t("explain.inputs")),
    h("ul", { class: "input-list" }, node.inputs.map((id, input) => h("li", {},
      follow(context, id, "value", variable(walk.node(id).name)),
      h("span", { class: "fwd", "data-value": walk.node(id).value ?? "" }, numberText(walk.node(id).value)),
      walk.node(id).role !== "constant" && h("span", { class: "hint" }, math(formulas.localSymbol(id, node.id)), h("span", { class: "fwd", "data-value": node.locals[input] ?? "" }, ` ${numberText(node.locals[input])}`))))),
  ];
}

const link = (words, action) => h("button", { type: "button", class: "text-link", onclick: action }, words);

/** A name that leads to its own explanation. */
function follow(context, id, of, ...content) {
  const lit = (nodes) => () => context.light(nodes);
  return h("button", {
    type: "button", class: "follow", "data-keep": `to-${id}`,
    onclick: () => { context.store.dispatch({ type: "ui", changes: { of: { node: id, of } } }); context.selectNode(id); },
    onpointerenter: lit([id]), onfocus: lit([id]), onpointerleave: lit([]), onblur: lit([]),
  }, content);
}

// --- a gradient ---

function gradient(context, view, node) {
  const { t } = context;
  const { state, walk, formulas } = view;
  const sum = walk.gradAt(node.id, state.position);
  const symbol = () => formulas.gradientSymbol(node.id);
  const head = () => total(context, view, node, { id: "explain-gradient", label: math(row(symbol(), operator("="))), tone: "bwd", number: sum });
  if (node.id === formulas.loss.id && sum !== null) return [head(), h("p", {}, t("explain.seed"))];
  if (!walk.takesGradient(node.id)) return [h("p", {}, t("explain.no_gradient"))];
  const count = walk.arrivals.get(node.id).length;
  if (sum === null) return [h("p", { class: "hint" }, t("explain.not_arrived", { count })), link(t("explain.go_there"), () => context.goTo(walk.arrivals.get(node.id)[0]))];
  const terms = termsAt(walk, node.id, state.position);
  const isPart = terms.length < count;
  const places = apart(context, walk, terms.map((event) => event.from));
  return [
    head(),
    h("p", { class: "hint" }, isPart ? t("explain.so_far", { arrived: terms.length, count }) : t("explain.sum_of", { count })),
    termList(context, {
      terms: terms.map((event) => term(context, view, event, places.get(event.from))),
      sum,
      sumLabel: math(symbol()),
      light: context.light,
      format: numberText, // as in the graph
    }),
  ];
}

/** One way the gradient came: over an edge of an op. */
function term(context, view, event, place) {
  const { t } = context;
  const { walk } = view;
  const from = walk.node(event.from);
  const edge = inputEdge(from, event.input);
  return {
    ...event,
    label: [inWords(t, "explain.via", { node: variable(from.name) }), place && h("span", { class: "hint" }, place)],
    name: [plainName(from.name), place].filter(Boolean).join(" "),
    open: () => path(context, view, event.at),
    links: {
      upstream: () => { context.store.dispatch({ type: "ui", changes: { of: { node: event.from, of: "gradient" } } }); context.selectNode(event.from); },
      local: () => { context.selectNode(null); context.goTo(event.at); },
    },
    light: { nodes: [event.from], edges: [edge] },
  };
}

/** From the number on to the loss: the local derivatives along the strongest path, and their product. */
function path(context, { walk, formulas }, at) {
  const { t } = context;
  const { events, product } = strongestPath(walk, at);
  const rows = events.map((event) => h("li", {},
    follow(context, event.from, "gradient", variable(walk.node(event.node).name), " → ", variable(walk.node(event.from).name)),
    math(formulas.localSymbol(event.node, event.from)),
    h("span", { class: "fwd", "data-value": event.local ?? "" }, numberText(event.local))));
  const term = walk.event(at).contribution;
  const isAll = Math.abs(product - term) <= 1e-9 * Math.max(Math.abs(product), Math.abs(term));
  return [
    h("p", { class: "hint" }, t(isAll ? "explain.path" : "explain.strongest_path")),
    h("ol", { class: "path" }, rows),
    h("p", { class: "path-product" }, t("explain.product"), " ", math(row(...(isAll ? [toned("bwd", number(product))] : [toned("bwd", number(product)), operator("≠"), number(term)]))), !isAll && h("span", { class: "hint" }, ` ${t("explain.other_paths")}`)),
  ];
}
