// @ts-check
/** The strip "is the learning rate fair" of a race of nets: a result for every lane and rate, over several seeds. Pure but for its fields. */
import { h } from "./dom.js";
import { integer } from "./format.js";
import { columnOf, valueAt } from "./net-race-store.js";
import { ownNumberField } from "./own-number-field.js";
import { byFactors } from "./race-rates.js";

const RATES = 13;
const SEEDS = [1, 3, 5, 9];
const STEPS = 500;
const MOST_STEPS = 100_000; // the server's

/** From 0.0001 to 1, or as far as the rates in use go. @param {any[]} lanes */
function ratesFor(lanes) {
  const used = lanes.map((lane) => lane.optimizer.learning_rate);
  const decade = (value, round) => 10 ** round(Math.log10(value));
  return byFactors(Math.max(1e-8, Math.min(1e-4, ...used.map((value) => decade(value, Math.floor)))), Math.min(100, Math.max(1, ...used.map((value) => decade(value, Math.ceil)))), RATES);
}

const stepsOf = ({ ui }) => ui.stripSteps ?? STEPS;

/** What came so far as lines: of each lane the rates that are there, in their order. @param {any[]} found @param {string} measure */
export function linesOf(found, measure) {
  const lanes = new Map();
  for (const each of found) lanes.set(each.lane, [...(lanes.get(each.lane) ?? []), each]);
  return [...lanes].sort(([one], [other]) => one - other).map(([lane, results]) => {
    const sorted = results.sort((one, other) => one.index - other.index);
    const pick = (name) => sorted.map((each) => each[measure][name]);
    return { lane, rates: sorted.map(({ rate }) => rate), median: pick("median"), low: pick("low"), high: pick("high") };
  });
}

export const netStrip = {
  slice: (state) => `${state.races} ${state.ui.measure} ${stepsOf(state)} ${state.ui.seeds} ${Math.floor(state.frames / 15)}`,
  key: ({ spec, ui }) => JSON.stringify([spec.spec, spec.lanes.map((lane) => ({ ...lane, optimizer: { ...lane.optimizer, learning_rate: 0 } })), ratesFor(spec.lanes), stepsOf({ ui }), ui.seeds]),
  isLittle: () => false,
  isMoving: () => false,
  request: (state) => ({ path: "/api/races/rates", body: { ...state.spec, rates: ratesFor(state.spec.lanes), seeds: state.ui.seeds, steps: stepsOf(state) } }),
  isResult: (line) => line.lane !== undefined,
  share: (line) => line.progress,
  lines: (found, state) => linesOf(found, state.ui.measure),
  note: ({ t }, state) => t("nets.rates.note", { steps: stepsOf(state), seeds: state.ui.seeds }),
  value: (state, lane) => (state.status.head >= stepsOf(state) ? valueAt(state.curves[lane], columnOf(state), stepsOf(state)) : null),
  worst: (state) => state.curves[0]?.[0]?.[columnOf(state)] ?? 1,
  domain: ({ spec }) => [ratesFor(spec.lanes)[0], ratesFor(spec.lanes)[RATES - 1]],
  leaves: "nets.rates.leaves",
  refused: ({ t }, { field, allowed }) => (field === "steps" && allowed?.maximum ? t("nets.rates.too_many", { most: integer(allowed.maximum) }) : t("race.rates.too_many")),
  more(context) {
    const { t, store } = context;
    const set = (changes) => store.dispatch({ type: "ui", changes });
    const seeds = h("select", { class: "select", id: "strip-seeds", "data-keep": "strip-seeds", onchange: () => set({ seeds: Number(seeds.value) }) }, SEEDS.map((count) => h("option", { value: count }, count)));
    const steps = ownNumberField(context, { name: "stripSteps", label: t("race.steps"), bounds: { type: "integer", minimum: 1, maximum: MOST_STEPS }, read: stepsOf });
    context.select((state) => state.ui.seeds, (value) => { seeds.value = String(value); });
    return h("div", { class: "strip-fields" }, steps, h("div", { class: "field" }, h("label", { for: "strip-seeds" }, t("nets.rates.seeds")), seeds));
  },
};
