// @ts-check
/** Where one number comes from, as the panel of the playground shows it: formula, sentence, list. */
import { h } from "./dom.js";
import { readElement } from "./elements.js";
import { signed, signedCompact } from "./format.js";
import { hasWords } from "./i18n.js";
import { contents, derivative, fillSlots, m, math, number, operator, parseFormula, rightSide, row, symbol, toned } from "./mathml.js";
import { termList } from "./terms.js";

const FORWARD_SUMS = ["linear", "matmul", "mean", "sum"]; // each input times its derivative, added up, is the value
const LONGEST_PATH = 12;
const MOST_TERMS = 5; // with their sum they fit without scrolling

const times = () => operator("×");
const sumOver = (index) => m("msub", {}, operator("∑"), m("mi", {}, index));
const indexed = (letter, index) => m("msub", {}, m("mi", {}, letter), m("mi", {}, index));

/**
 * @param {any} context  with t, words, explaining
 * @param {any} answer  of the server
 * @param {any} names  from createElementWords
 * @returns {{formula: Element|null, parts: any[]}}
 */
export const why = (context, answer, names) => (answer.of === "gradient" ? gradient(context, answer, names) : value(context, answer, names));

/** A name that leads to its own explanation. */
function follow({ explaining }, element, of, words, step) {
  return h("button", { type: "button", class: "follow", "data-element": element, onclick: () => explaining.follow(element, of, step) }, words);
}

/** A sample in a list of samples: by its name, where there is room for it. */
const listed = (names, row_) => [h("span", { class: "sample-long" }, names.sample(row_)), h("span", { class: "sample-short", "aria-hidden": "true" }, `#${row_ + 1}`)];

const sentence = (words) => h("p", { class: "why-words" }, words);

// --- a gradient ---

function gradient(context, answer, names) {
  const { t, explaining } = context;
  const { element, terms, rows } = answer;
  const { kind } = readElement(element);
  const ends = element === "objective" || (element === "loss" && !terms.length);
  if (ends) return { formula: null, parts: [sentence(t("explain.panel.seed"))] };
  if (!terms.length) return { formula: null, parts: [sentence(t("explain.panel.no_way"))] };
  const overSamples = kind === "weight" || kind === "bias";
  const words = overSamples ? t("explain.panel.over_samples", { count: answer.samples }) : t("explain.panel.over_ways", { count: terms.length });
  const list = termList(context, {
    terms: terms.map((term) => {
      const isSample = overSamples && term.sample !== null;
      const via = () => (overSamples ? t("explain.element.penalty") : t("explain.panel.via", { name: names.short(term.element) }));
      return {
        ...term,
        label: isSample ? listed(names, rows[term.sample]) : via(),
        name: isSample ? names.sample(rows[term.sample]) : via(),
        open: onward(term) ? () => pathOf(context, answer, term, names) : undefined,
        links: {
          upstream: () => explaining.follow(term.element, "gradient"),
          local: term.local_element === null ? undefined : () => explaining.follow(term.local_element, "value"),
        },
      };
    }),
    sum: answer.value,
    most: MOST_TERMS,
    sumLabel: t("explain.panel.sum"),
  });
  return { formula: math(gradientFormula(answer, names)), parts: [sentence(words), list] };
}

/** The loss itself is the end of every path. */
const onward = (term) => term.element !== "loss" && term.element !== "objective";

function gradientFormula({ element, terms, formula }, names) {
  const { kind } = readElement(element);
  const to = names.letter(terms[0].element);
  const letter = names.letter(element) === to ? "u" : names.letter(element);
  const L = symbol("L");
  const of = (tree) => derivative(L, tree);
  const left = [of(symbol(letter)), operator("=")];
  const penalty = terms.some((term) => term.sample === null) && kind === "weight" ? [operator("+"), toned("bwd", derivative(symbol("R"), symbol("w")))] : [];
  const upstream = (tree) => toned("bwd", of(tree));
  if (kind === "weight") return row(...left, sumOver("s"), upstream(indexed("z", "s")), times(), toned("fwd", indexed(readElement(element).layer === 0 ? "x" : "a", "s")), ...penalty);
  if (kind === "bias") return row(...left, sumOver("s"), upstream(indexed("z", "s")));
  if (terms.length > 1 && to === "z") return row(...left, sumOver("j"), upstream(indexed("z", "j")), times(), toned("fwd", indexed("w", "j")));
  const local = formula ? fillSlots(contents(parseFormula(formula)), (slot) => letterOf(slot, { z: to, x: letter })) : derivative(symbol(to), symbol(letter));
  return row(...left, ...(terms.length > 1 ? [sumOver("j")] : []), upstream(symbol(to)), times(), toned("fwd", local));
}

const letterOf = (slot, letters) => (letters[slot] ? { content: symbol(letters[slot]) } : null);

/** The way from a term on to where it parts, or to the loss; what comes of each part adds up to the term. */
function pathOf(context, answer, term, names) {
  const { t, explaining } = context;
  const list = h("ul", { class: "why-path", "aria-busy": true });
  const line = (words, element, amount, tone) => h("li", {}, follow(context, element, "gradient", words), h("span", { class: tone, "data-value": amount ?? "" }, tone === "fwd" ? `× ${signedCompact(amount)}` : signedCompact(amount)));
  async function walk() {
    let factor = term.local;
    let element = term.element;
    for (let step = 0; step < LONGEST_PATH; step += 1) {
      const { terms, rows } = await explaining.ask({ element, of: "gradient", row: answer.row, step: answer.step });
      if (terms.length > 1) {
        list.append(...terms.map((next) => line(next.sample === null || terms.every(({ element: other }) => readElement(other).at[0] === readElement(next.element).at[0]) ? t("explain.panel.via", { name: names.short(next.element) }) : names.sample(rows[next.sample] ?? null), next.element, next.contribution * factor, "")));
        return;
      }
      if (!terms.length) return;
      [{ element }] = terms;
      factor *= terms[0].local;
      list.append(line(t("explain.panel.then", { name: names.name(element) }), element, terms[0].local, "fwd"));
    }
  }
  walk().catch((error) => list.append(h("li", { class: "problem" }, error.message))).finally(() => list.setAttribute("aria-busy", "false"));
  return list;
}

// --- a value ---

function value(context, answer, names) {
  const { t } = context;
  const { role, inputs, rows } = answer;
  if (role === "parameter") return parameter(context, answer);
  if (!inputs.length) return { formula: null, parts: [sentence(t(`explain.panel.given_${role}`, { sample: names.sample(rows[readElement(answer.element).at[0]] ?? null) }))] };
  if (FORWARD_SUMS.includes(answer.op)) return { formula: math(sumFormula(answer)), parts: [sumOf(context, answer, names)] };
  const { shown, filled } = valueFormula(answer, names);
  return {
    formula: shown,
    parts: [
      filled,
      h("h4", {}, t("explain.panel.computed_from")),
      h("ul", { class: "why-inputs" }, inputs.map((input) => h("li", {},
        follow(context, input.element, "value", names.full(input.element, rows)),
        h("span", { class: "fwd", "data-value": input.value ?? "" }, signedCompact(input.value)),
        h("span", { class: "hint" }, t("explain.panel.slope"), " ", h("span", { class: "fwd", "data-value": input.local ?? "" }, signedCompact(input.local)))))),
    ],
  };
}

function sumFormula({ element, op }) {
  if (op === "linear" || op === "matmul") {
    const input = readElement(element).layer === 0 ? "x" : "a";
    return row(symbol(op === "linear" ? "z" : "p"), operator("="), sumOver("i"), indexed(input, "i"), indexed("w", "i"), ...(op === "linear" ? [operator("+"), symbol("b")] : []));
  }
  const mean = op === "mean" ? [m("mfrac", {}, m("mn", {}, "1"), m("mi", {}, "n"))] : [];
  return row(symbol("L"), operator("="), ...mean, sumOver("s"), indexed("ℓ", "s"));
}

/** Each input times the weight it meets, and the bias; each sample's loss times its share. */
function sumOf(context, answer, names) {
  const { t, explaining } = context;
  const weighted = answer.op === "linear" || answer.op === "matmul";
  const inputs = weighted ? answer.inputs.filter((input) => input.input !== 1) : answer.inputs;
  const rowOf = ({ element }) => (weighted ? null : answer.rows[readElement(element).at[0]] ?? null);
  return termList(context, {
    terms: inputs.map((input) => ({
      label: rowOf(input) === null ? names.name(input.element) : listed(names, rowOf(input)),
      name: rowOf(input) === null ? names.name(input.element) : names.sample(rowOf(input)),
      upstream: input.value, local: input.local, contribution: input.value === null || input.local === null ? null : input.value * input.local,
      links: {
        upstream: () => explaining.follow(input.element, "value"),
        local: input.local_element === null ? undefined : () => explaining.follow(input.local_element, "value"),
      },
    })),
    sum: answer.value,
    most: MOST_TERMS,
    sumLabel: t("explain.panel.sum_value"),
    factors: [{ tone: "fwd", label: t("explain.panel.factor_value") }, { tone: "fwd", label: t(weighted ? "explain.panel.factor_weight" : "explain.panel.factor_share") }],
  });
}

function valueFormula({ element, formula, inputs, value: result }, names) {
  if (!formula) return { shown: null, filled: null };
  const tree = parseFormula(formula);
  if (!formula.includes("data-slot")) return { shown: math(contents(tree)), filled: null };
  const own = names.letter(element);
  const letters = { z: own };
  const numbers = {};
  for (const [slot, input] of Object.entries({ x: inputs[0], y: inputs[1] })) {
    if (!input) continue;
    const letter = names.letter(input.element);
    letters[slot] = letter === own ? "u" : letter;
    numbers[slot] = input.value;
  }
  const shown = math(fillSlots(contents(tree), (slot) => letterOf(slot, letters)));
  const put = fillSlots(rightSide(tree), (slot) => (slot in numbers ? { content: number(numbers[slot]) } : null));
  return { shown, filled: h("p", { class: "why-filled" }, math(row(symbol(own), operator("="), put, operator("="), number(result)))) };
}

/** A weight or a bias: its last update, or its beginning. */
function parameter(context, answer) {
  const { t, label, words, store } = context;
  const { update, element } = answer;
  if (!update) {
    const { kind, layer } = readElement(element);
    const { network, seed } = store.get().spec;
    const start = answer.step > 0 ? t("explain.panel.run_start", { step: answer.step }) : kind !== "weight" ? t(`explain.panel.${kind}_start`) : t("explain.panel.weight_start", { initializer: label("initializers", network.layers[layer].initializer), seed });
    return { formula: null, parts: [sentence(start)] };
  }
  const known = (name) => (hasWords(words(), `walk.update.terms.${name}`) ? t(`walk.update.terms.${name}`) : name);
  const line = (name, amount, tone = "", write = signedCompact) => h("li", {}, name, h("span", { class: tone, "data-value": amount ?? "" }, write(amount)));
  const exactly = (amount) => signed(amount, 6); // an update may be small beside what it changes
  const formula = math(row(m("msub", {}, symbol("w"), row(m("mi", {}, "t"), operator("+"), m("mn", {}, "1"))), operator("="), indexed("w", "t"), operator("+"), symbol("Δw")));
  return {
    formula,
    parts: [
      sentence(t("explain.panel.updated", { step: update.step })),
      h("ul", { class: "why-inputs update" },
        line(t("explain.panel.before"), update.before, "", exactly),
        update.terms.map(({ name, value: amount }) => line(name === "gradient" ? follow(context, element, "gradient", known(name), update.step) : known(name), amount, name === "gradient" ? "bwd" : name === "update" ? "strong" : "")),
        line(t("explain.panel.after"), update.after, "strong", exactly),
        update.after !== answer.value && line(t("explain.panel.by_hand"), answer.value, "strong", exactly)),
    ],
  };
}
