// @ts-check
/**
 * What happens at a position, in one sentence with its numbers. Pure: a list of pieces, each a text and what it is, so that the
 * page can set names in italics and numbers in the colour of their pass.
 */
import { decimal } from "./format.js";
import { glyph, numberText, outputName } from "./walk-names.js";

/** @typedef {{text: string, kind: ""|"name"|"fwd"|"bwd"|"lead"|"lead fwd"|"lead bwd"|"hint"}} Piece */

const MARK = "\u0001";
const INFIX = { add: "+", sub: "−", mul: "×", div: "÷" };

/**
 * A sentence of the locale with pieces in its holes.
 * @param {(key: string, params?: any) => string} t
 * @param {string} key
 * @param {Record<string, Piece[]|Piece|string|number>} [holes]
 * @returns {Piece[]}
 */
export function phrase(t, key, holes = {}) {
  const names = Object.keys(holes);
  const text = t(key, { ...holes, ...Object.fromEntries(names.map((name, index) => [name, typeof holes[name] === "object" ? MARK + index + MARK : holes[name]])) });
  return text.split(MARK).flatMap((part, index) => (index % 2 ? /** @type {any} */ (holes[names[Number(part)]]) : part ? [plain(part)] : []));
}

const plain = (text) => ({ text, kind: /** @type {""} */ ("") });
const forward = (t, value) => ({ text: value === null ? t("walk.graph.not_finite") : numberText(value), kind: /** @type {"fwd"} */ ("fwd") });
const backward = (t, value) => ({ text: value === null ? t("walk.graph.not_finite") : numberText(value), kind: /** @type {"bwd"} */ ("bwd") });
const named = (node) => ({ text: node.name, kind: /** @type {"name"} */ ("name") });

/**
 * @param {{t: (key: string, params?: any) => string, groupPath: (group: any) => string}} words
 * @param {any} walk
 * @param {number} position
 * @param {{open: Set<number>, masked: Set<number>}} view
 * @returns {Piece[]}
 */
export function sentence(words, walk, position, { open, masked }) {
  const event = walk.event(position);
  const { t } = words;
  if (event.node === undefined) return whole(t, walk, event);
  const shown = walk.representative(event.node, open);
  const leading = event.phase === "forward" ? "lead fwd" : event.phase === "update" ? "lead" : "lead bwd";
  const lead = (key, subject) => phrase(t, key, subject).map((piece) => (piece.kind === "name" ? { ...piece, kind: /** @type {any} */ (`${leading} name`) } : { ...piece, kind: /** @type {any} */ (leading) }));
  if (shown.startsWith("g") && event.phase !== "seed") return closed(words, walk, event, position, walk.group(Number(shown.slice(1))), lead, masked);
  const node = walk.node(event.node);
  const told = { forward: forwardInto, seed: seedOf, backward: backwardInto, update: updateOf }[event.phase](t, walk, event, node, masked);
  // a parameter that samples share says nothing of where a gradient comes from: the op it comes from does
  const group = walk.group(event.phase === "backward" ? walk.node(event.from).group : node.group);
  const where = group.kind === "neuron" ? [{ text: `${words.groupPath(group)}${t("walk.sentence.after_place")}`, kind: /** @type {"hint"} */ ("hint") }] : [];
  return [...where, ...lead(`walk.sentence.${event.phase}`, { node: named(node) }), plain(t("walk.sentence.space")), ...told];
}

/** Inputs, gradients, next: the whole graph at once. */
function whole(t, walk, event) {
  const { document } = walk;
  const lead = { text: t(`walk.sentence.${event.phase}`), kind: /** @type {"lead"} */ ("lead") };
  if (event.phase !== "next") return [lead, plain(t("walk.sentence.space")), plain(t(`walk.sentence.${event.phase}_more`))];
  const before = walk.node(walk.loss).value;
  if (event.loss === null || before === null) return [lead, plain(t("walk.sentence.space")), plain(t("walk.sentence.next_broken"))];
  const way = event.loss < before ? "falls" : event.loss > before ? "rises" : "stays";
  const few = Math.min(Math.abs(before), Math.abs(event.loss)) < 0.001;
  const loss = (value) => ({ text: few ? numberText(value).replace("+", "") : decimal(value, 4), kind: /** @type {"fwd"} */ ("fwd") });
  const goesOn = [plain(t("walk.sentence.space")), ...phrase(t, "walk.sentence.next_goes", { step: document.step + 1 })];
  return [lead, plain(t("walk.sentence.space")), ...phrase(t, `walk.sentence.next_${way}`, { before: loss(before), after: loss(event.loss) }), ...goesOn];
}

/** m = w × x = +3.0000 × +2.0000 = +6.0000. */
function forwardInto(t, walk, _event, node) {
  const inputs = node.inputs.map((id) => walk.node(id));
  const equals = plain(" = ");
  const symbols = applied(node, inputs.map(named), false);
  const numbers = applied(node, inputs.map((input) => forward(t, input.value)), true);
  const repeats = inputs.every((input) => /^[\d.]+$/.test(input.name));
  return [named(node), equals, ...(repeats ? [] : [...symbols, equals]), ...numbers, equals, forward(t, node.value), plain(t("walk.sentence.stop"))];
}

/** An operation applied to names or to numbers. */
function applied(node, args, isNumbers) {
  const inBrackets = (piece) => [plain("("), piece, plain(")")];
  const sign = INFIX[node.op];
  if (sign && args.length === 2) {
    // a second sign needs brackets after + and −, and nowhere else
    const second = isNumbers && (node.op === "add" || node.op === "sub") && /^[+−]/.test(args[1].text) ? inBrackets(args[1]) : [args[1]];
    return [args[0], plain(` ${sign} `), ...second];
  }
  if (node.op === "power") return [...(isNumbers ? inBrackets(args[0]) : [args[0]]), plain(glyph("power", node.constants).replace("( )", ""))];
  if (node.op === "neg") return [plain("−"), ...(isNumbers ? inBrackets(args[0]) : [args[0]])];
  return [plain(`${glyph(node.op, node.constants).replaceAll("| |", "abs")}(`), ...args.flatMap((piece, index) => (index ? [plain(", "), piece] : [piece])), plain(")")];
}

function seedOf(t, _walk, event, node) {
  return phrase(t, "walk.sentence.seed_more", { node: named(node), one: backward(t, event.sum) });
}

/** +1.3333 × −0.5556 = −0.7407, and where several arrive, how far the sum is. */
function backwardInto(t, walk, event, node, masked) {
  const upstream = backward(t, event.upstream);
  if (masked.has(event.node)) return phrase(t, "walk.sentence.asked", { upstream, from: named(walk.node(event.from)), node: named(node) });
  const product = [upstream, plain(" × "), forward(t, event.local), plain(" = "), backward(t, event.contribution)];
  if (event.of === 1) return [...product, plain(t("walk.sentence.stop"))];
  const rest = event.of - event.nth;
  if (event.nth === 1) return phrase(t, "walk.sentence.first", { product, count: rest });
  const sums = { product, before: backward(t, earlier(walk, event)), sum: backward(t, event.sum) };
  return rest ? phrase(t, "walk.sentence.adds", { ...sums, count: rest }) : phrase(t, "walk.sentence.complete", sums);
}

const earlier = (walk, event) => {
  const at = walk.arrivals.get(event.node)[event.nth - 2];
  return at === undefined ? null : walk.event(at).sum;
};

function updateOf(t, _walk, event) {
  const change = event.terms.find((term) => term.name === "update");
  const gradient = event.terms.find((term) => term.name === "gradient");
  return phrase(t, "walk.sentence.update_more", { before: forward(t, event.before), after: forward(t, event.after), change: plain(numberText(change?.value ?? event.after - event.before)), gradient: backward(t, gradient?.value ?? null) });
}

/** A closed group is passed at once: what comes out of it, what flowed back through it. */
function closed(words, walk, event, position, group, lead, masked) {
  const { t } = words;
  const name = plain(words.groupPath(group));
  const opening = [...lead(`walk.sentence.${event.phase}_group`, { group: name }), plain(t("walk.sentence.space"))];
  const shown = group.outputs.map((id) => walk.node(id)).filter(Boolean).slice(0, 4);
  const list = (number) => shown.flatMap((node, index) => [...(index ? [plain(", ")] : []), { text: outputName(walk, node, group), kind: /** @type {"name"} */ ("name") }, plain(" = "), number(node)]);
  const more = group.outputs.length > shown.length ? plain(", …") : plain(t("walk.sentence.stop"));
  if (event.phase === "forward" && shown.length) return [...opening, ...list((node) => forward(t, walk.valueAt(node.id, position))), more];
  if (event.phase === "backward" && shown.length) {
    return [...opening, ...phrase(t, "walk.sentence.backward_group_more", { gradients: list((node) => (masked.has(node.id) ? { text: "?", kind: /** @type {"bwd"} */ ("bwd") } : backward(t, walk.gradAt(node.id, position)))) })];
  }
  const count = walk.members.get(group.id).filter((id) => walk.update.has(id)).length;
  return event.phase === "update" ? [...opening, ...phrase(t, "walk.sentence.update_group_more", { count })] : opening;
}
