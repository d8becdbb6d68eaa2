// @ts-check
/**
 * The formula card: the operation at work, its formula, the same with numbers, and for each input upstream × local =
 * contribution. Hovering a factor lights what it stands for in the graph, and the other way round.
 */
import { h, setAttribute } from "../dom.js";
import { equation, keepReachable } from "../equations.js";
import { hasWords } from "../i18n.js";
import { inWords } from "../in-words.js";
import { inParentheses, math, number, operator, row, toned } from "../mathml.js";
import { answersAt, masked, masksLocal } from "../predict.js";
import { createFormulas, inputEdge } from "../walk-formulas.js";
import { phaseCard } from "../walk-phases.js";
import { glyph, numberText, variable } from "../walk-names.js";
import { numberChip } from "../walk-chips.js";
import { apart, placeName } from "../walk-subject.js";

const MOST_ADDED = 4; // contributions in a line
const MOST_USERS = 40;

/** @param {any} context  of the walkthrough page */
export function formulaCard(context) {
  const { t, store } = context;
  const head = h("div", { class: "card-title" });
  const checkIt = h("button", { type: "button", class: "button dense", "data-keep": "check-it", onclick: () => store.dispatch({ type: "ui", changes: { side: "check" } }) }, t("walk.card.check_it"));
  const body = h("div", { class: "card-body" });
  const section = h("section", { class: "walk-card", "aria-label": t("walk.card.label"), "data-testid": "walk-card" },
    h("header", { class: "card-head" }, head, h("div", { class: "card-actions" }, checkIt, context.exportButtons?.())),
    body);

  const reach = keepReachable(context, body, t("walk.card.label"));
  let formulas = null;
  const render = () => {
    const state = store.get();
    const walk = context.walk();
    if (!walk) return;
    if (formulas?.walk !== walk) formulas = Object.assign(createFormulas(walk), { walk });
    const card = cardOf(context, { state, walk, formulas });
    const kept = /** @type {HTMLElement|null} */ (body.contains(document.activeElement) ? document.activeElement : null)?.dataset.keep;
    head.replaceChildren(...card.title.filter(Boolean));
    body.replaceChildren(...card.rows);
    setAttribute(section, "data-phase", walk.event(state.position).phase);
    setAttribute(section, "data-position", state.position);
    setAttribute(checkIt, "aria-disabled", card.subject === null);
    reach();
    if (kept) /** @type {HTMLElement|null} */ (body.querySelector(`[data-keep="${kept}"]`))?.focus();
    mark(state.lit);
  };
  const mark = (lit) => {
    for (const element of section.querySelectorAll("[data-node], [data-edge]")) {
      const isLit = element.hasAttribute("data-edge") ? lit.edges.includes(element.getAttribute("data-edge")) : lit.nodes.includes(Number(element.getAttribute("data-node")));
      setAttribute(element, "data-lit", isLit);
    }
  };
  context.select((state) => state.walk, render);
  context.select((state) => `${state.position} ${state.selected}`, render);
  context.select((state) => state.predict, render);
  context.select((state) => state.lit, mark);
  lighting(context, section);
  return section;
}

/** What is under the pointer or has the focus is lit in the graph; a click chooses it. */
function lighting(context, section) {
  const place = (event) => event.target.closest?.("[data-node], [data-edge]") ?? null;
  let shown = null;
  const show = (element) => {
    if (element === shown) return;
    shown = element;
    const node = element?.getAttribute("data-node");
    const edge = element?.getAttribute("data-edge");
    context.light(node ? [Number(node)] : [], edge ? [edge] : []);
  };
  section.addEventListener("pointerover", (event) => show(place(event)));
  section.addEventListener("pointerleave", () => show(null));
  section.addEventListener("focusin", (event) => show(place(event)));
  section.addEventListener("focusout", () => show(null));
  const choose = (event) => {
    const element = place(event);
    if (!element?.hasAttribute("data-node") || event.target.closest("a")) return;
    event.preventDefault();
    context.store.dispatch({ type: "ui", changes: { side: "explain", of: element.dataset.of ?? null } });
    context.selectNode(Number(element.getAttribute("data-node")));
  };
  section.addEventListener("click", choose);
}

/** @returns {{title: any[], rows: any[], subject: number|null}} */
function cardOf(context, view) {
  const { state, walk } = view;
  const event = walk.event(state.position);
  const chosen = state.selected !== null && walk.node(state.selected) ? walk.node(state.selected) : null;
  if (chosen) {
    const card = chosen.op ? opCard(context, view, chosen) : leafCard(context, view, chosen);
    return { ...card, title: [...card.title, back(context)], subject: chosen.id };
  }
  if (event.phase === "forward") return { ...opCard(context, view, walk.node(event.node)), subject: event.node };
  if (event.phase === "backward") return { ...opCard(context, view, walk.node(event.from)), subject: event.node };
  return phaseCard(context, view);
}

const back = ({ t, selectNode }) => h("button", { type: "button", class: "button dense", "data-keep": "unselect", onclick: () => selectNode(null) }, t("walk.card.back"));

/** "Division  y = z ÷ d" */
function opTitle(context, { walk }, node) {
  const { t, words } = context;
  const key = `walk.ops.${node.op}`;
  return [
    h("h2", {}, hasWords(words(), key) ? t(`walk.ops.${node.op}`) : node.op.replaceAll("_", " ")),
    h("span", { class: "card-subtitle" }, variable(node.name), " = ", applied(node, node.inputs.map((id) => variable(walk.node(id).name)))),
    placeOf(context, walk, node),
  ];
}

/** In a net the same name is in every neuron: "Layer 1, Neuron 2". */
function placeOf(context, walk, node) {
  const place = placeName(context, walk, node.id);
  return place && h("span", { class: "hint" }, place);
}

/** "z ÷ d", "tanh(z)", "e²" */
function applied(node, inputs) {
  const sign = h("span", { class: "op-sign" }, glyph(node.op, node.constants).replace("( )", ""));
  if (["add", "sub", "mul", "div"].includes(node.op)) return [inputs[0], " ", sign, " ", inputs[1]];
  if (node.op === "power") return [inputs[0], sign];
  if (node.op === "neg") return ["−", inputs[0]];
  if (node.op === "abs") return ["|", inputs[0], "|"];
  return [sign, "(", inputs.flatMap((input, index) => [index ? ", " : null, input]), ")"];
}

function opCard(context, view, node) {
  const { t } = context;
  const { state, walk, formulas } = view;
  const isKnown = walk.hasValue(node.id, state.position);
  const isBackward = state.position > walk.lastForward;
  const convention = formulas.formulaOf(node)?.convention;
  const rows = [labelled(t("walk.card.value"), null, equation(formulas.value(node, isKnown)), isKnown && numbers(view, node))];
  const atKink = isKnown && convention && isAtKink(walk, node);
  node.inputs.forEach((id, input) => rows.push(
    !walk.takesGradient(id) ? null
      : isBackward ? gradientRow(context, view, node, input)
        : localRow(context, view, node, input, isKnown)));
  const fixed = [...new Set(node.inputs)].filter((id) => !walk.takesGradient(id));
  if (fixed.length) rows.push(h("p", { class: "hint card-note" }, inWords(t, "walk.card.no_gradient", { count: fixed.length, nodes: fixed.flatMap((id, index) => [index ? ", " : "", variable(walk.node(id).name)]) })));
  if (atKink) rows.push(h("p", { class: "hint card-note" }, t("walk.card.kink", { convention: conventionWords(context, node.op, convention) })));
  return { title: opTitle(context, view, node), rows: rows.filter(Boolean) };
}

const conventionWords = ({ t, words }, op, convention) => (hasWords(words(), `walk.kinks.${op}`) ? t(`walk.kinks.${op}`) : convention);

/** Whether the op stands exactly where its derivative is a convention. */
function isAtKink(walk, node) {
  const [x, y] = node.inputs.map((id) => walk.node(id).value);
  if (node.op === "maximum" || node.op === "minimum") return x === y;
  if (node.op === "clip") return x === node.constants.low || x === node.constants.high;
  return x === 0 && (node.op !== "power" || node.constants.exponent === 0);
}

// --- rows ---

const labelled = (label, note, ...content) => h("div", { class: "card-row" }, h("div", { class: "card-label" }, label, note), h("div", { class: "card-content" }, content));

const chips = (...children) => h("div", { class: "chips" }, children);
const sign = (text) => h("span", { class: "chip-sign", "aria-hidden": "true" }, text);

/** The numbers that were put in, as buttons: a formula is one thing to keys and to screen readers. */
const numbers = ({ walk }, node) => h("div", { class: "links" }, [...new Set(node.inputs)].map((id) => {
  const { name, value, role } = walk.node(id);
  return h("button", { type: "button", class: "link", "data-node": id, "data-of": "value", "data-keep": `input-${id}`, "data-value": value ?? "" }, variable(name), role !== "constant" && h("span", { class: "fwd" }, numberText(value)));
}));

function localRow(context, view, node, input, isKnown) {
  const { t } = context;
  const { walk, formulas } = view;
  const id = node.inputs[input];
  const edge = inputEdge(node, input);
  return labelled(inWords(t, "walk.card.slope", { node: variable(walk.node(id).name) }), null,
    equation(formulas.local(node, input, isKnown)),
    chips(numberChip(context, { kind: "local", value: isKnown ? node.locals[input] : null, edge, keep: `local-${edge}` })));
}

function gradientRow(context, view, node, input) {
  const { t } = context;
  const { state, walk, formulas } = view;
  const id = node.inputs[input];
  const edge = inputEdge(node, input);
  const at = walk.edges.find((one) => one.key === edge)?.backward ?? null;
  const hasArrived = at !== null && state.position >= at;
  const hidden = masked(state);
  const isAsked = hasArrived && at === state.position && hidden.has(id);
  const hidesLocal = at !== null && masksLocal(state, node.id, input);
  const hidesUpstream = hidden.has(node.id);
  const upstream = hidesUpstream ? null : walk.gradAt(node.id, state.position);
  const isComplete = walk.arrived(node.id, state.position).length === walk.arrivals.get(node.id).length && upstream !== null;
  const event = at === null ? null : walk.event(at);
  const known = hasArrived && !isAsked;
  const several = event !== null && event.of > 1;
  const note = isAsked ? h("span", { class: "card-asked" }, t("walk.card.predict")) : predicted(context, state, at);
  return labelled([inWords(t, "walk.card.gradient", { node: variable(walk.node(id).name) }), several && h("span", { class: "card-path" }, t("walk.card.path", { nth: event.nth, of: event.of }))], note,
    equation(formulas.gradient(node, input, { upstream, adds: several, hidesLocal, known: hasArrived && isComplete })),
    chips(
      numberChip(context, { kind: "upstream", value: isComplete ? upstream : null, asked: hidesUpstream, node: node.id, of: "gradient", keep: `upstream-${edge}` }), sign("×"),
      numberChip(context, { kind: "local", value: node.locals[input], asked: hidesLocal, edge, keep: `local-${edge}` }), sign("="),
      numberChip(context, { kind: "contribution", value: known ? event.contribution : null, asked: isAsked, node: id, edge: undefined, of: "gradient", keep: `contribution-${edge}` })),
    several && known && runningSum(context, view, id, at));
}

/** At a fan-out: what has arrived so far, added up. */
function runningSum({ t }, { walk, formulas }, id, at) {
  const all = walk.arrived(id, at).map(walk.event);
  const event = walk.event(at);
  // of many, what had arrived before stands as one number
  const upTo = all.length > MOST_ADDED ? [all[all.length - 2].sum, event.contribution] : all.map((one) => one.contribution);
  const terms = upTo.flatMap((one, index) => [index ? operator("+") : null, one < 0 && index ? inParentheses(number(one)) : number(one)]);
  return h("div", { class: "card-sum", "data-value": event.sum },
    h("span", { class: "hint" }, t("walk.card.sum", { nth: event.nth, of: event.of })),
    math(row(formulas.gradientSymbol(id), operator("="), ...terms, upTo.length > 1 && operator("="), upTo.length > 1 && toned("bwd strong", number(event.sum)))));
}

/** What the reader said before it was shown. */
function predicted({ t }, state, at) {
  const said = at === null ? null : answersAt(state, at).find((one) => one.question === "sign");
  if (!said) return null;
  return h("span", { class: "card-predicted", "data-right": String(said.right) }, t("walk.card.predicted", { sign: said.predicted }));
}

// --- a number that was put in, not computed ---

function leafCard(context, view, node) {
  const { t } = context;
  const { state, walk, formulas } = view;
  const value = walk.valueAt(node.id, state.position);
  const rows = [labelled(t("walk.card.value"), null, h("div", { class: "equation" }, math(row(formulas.symbolOf(node.id), operator("="), toned("fwd", number(value))))))];
  if (walk.takesGradient(node.id)) {
    const hidden = masked(state).has(node.id);
    const arrived = hidden ? [] : walk.arrived(node.id, state.position);
    const of = walk.arrivals.get(node.id).length;
    rows.push(labelled(t("walk.card.gradient_of"), null,
      arrived.length ? runningSum(context, view, node.id, arrived[arrived.length - 1])
        : h("p", { class: "hint" }, hidden ? t("walk.card.predict") : t("walk.card.waits", { count: of }))));
  }
  const users = walk.edges.filter((edge) => edge.from === node.id).slice(0, MOST_USERS);
  const places = apart(context, walk, users.map((edge) => edge.to));
  rows.push(labelled(t("walk.card.used_by"), null, h("div", { class: "links" }, users.map((edge) =>
    h("button", { type: "button", class: "link", "data-node": edge.to, "data-keep": `user-${edge.to}` }, variable(walk.node(edge.to).name), places.get(edge.to) && h("span", { class: "hint" }, places.get(edge.to)), h("span", { class: "fwd" }, numberText(walk.valueAt(edge.to, state.position))))))));
  return {
    title: [h("h2", {}, variable(node.name)), h("span", { class: "card-subtitle plain" }, t(`walk.roles.${node.role}`), node.element && h("code", {}, node.element)), placeOf(context, walk, node)].filter(Boolean),
    rows,
  };
}
