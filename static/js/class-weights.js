// @ts-check
/** How much each class counts: all alike, so that each counts the same in all, or numbers of one's own. */
import { h, setAttribute } from "./dom.js";
import { selectField, withHelp } from "./fields.js";
import { help } from "./help.js";

const KINDS = ["none", "balanced", "own"];
const kindOf = (weights) => (Array.isArray(weights) ? "own" : weights ?? "none");

/** @param {any} context */
export function classWeightsField(context) {
  const { t } = context;
  const label = context.label("fields", "class_weights");
  const read = (spec) => (typeof spec.loss === "string" ? null : spec.loss.class_weights ?? null);
  const send = (weights) => context.set({ loss: { class_weights: weights } }, "loss.class_weights", weights);
  const classes = () => context.store.get().data?.classes ?? 2;
  const kind = selectField(context, {
    path: "loss.class_weights",
    label,
    read: (spec) => kindOf(read(spec)),
    change: (name) => send(name === "none" ? null : name === "own" ? Array(classes()).fill(1) : name),
    options: () => KINDS.map((name) => [name, t(`training.weights.${name}`)]),
    help: help(context, "class_weights", label),
  });
  const input = h("input", { id: "class-weights", class: "input", type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false" });
  const own = h("div", { class: "field wide" }, withHelp(h("label", { for: "class-weights" }, t("training.weights.numbers"))), input);
  const write = (weights) => { input.value = weights.join(", "); };
  input.addEventListener("change", async () => {
    const numbers = input.value.split(/[\s,，;]+/).filter(Boolean).map(Number);
    const isWrong = numbers.length !== classes() || numbers.some((number) => !(number > 0));
    setAttribute(input, "aria-invalid", isWrong);
    const { store } = context;
    if (isWrong) return store.dispatch({ type: "problem", field: "loss.class_weights", problem: { value: input.value, allowed: { choices: [t("training.weights.wanted", { count: classes() })] } } });
    const answer = await send(numbers);
    return answer?.type === "error" ? write(read(store.get().spec) ?? []) : undefined;
  });
  context.select((state) => state.spec && JSON.stringify(read(state.spec)), (_, { spec }) => {
    const weights = spec && read(spec);
    own.hidden = !Array.isArray(weights);
    setAttribute(input, "aria-invalid", false);
    if (Array.isArray(weights)) write(weights);
  });
  return h("div", { class: "group" }, kind, own);
}
