// @ts-check
/** Which rates, and which values of other fields, a lane is tried with; and how large a request that makes. Pure. */

export const RATES = 25;
const AT_ONCE = 60_000; // updates that are computed without being asked for: a second or so

const round = (value) => Number(value.toPrecision(4));
const spaced = (low, high, count) => Array.from({ length: count }, (_, index) => low + ((high - low) * index) / (count - 1));

/** From low to high by equal factors. @param {number} low @param {number} high @param {number} count */
export const byFactors = (low, high, count) => spaced(Math.log10(low), Math.log10(high), count).map((power) => round(10 ** power));

/** Rates from 0.0001 to 1, or as far as those in use go. @param {any} spec */
export function ratesFor(spec) {
  const used = spec.lanes.map((lane) => lane.optimizer.learning_rate);
  const decade = (value, up) => 10 ** (up ? Math.ceil(Math.log10(value) - 1e-9) : Math.floor(Math.log10(value) + 1e-9));
  return byFactors(Math.max(1e-8, Math.min(1e-4, ...used.map((value) => decade(value, false)))), Math.min(100, Math.max(1, ...used.map((value) => decade(value, true)))), RATES);
}

/** Whether the strip of a race is so little work that it is computed unasked. @param {any} spec */
export const isLittle = (spec) => spec.lanes.length * RATES * (spec.surface.noise ? 3 : 1) * spec.steps <= AT_ONCE;

/** What of a race the strip depends on: not on the rates, only on how far they go. @param {any} spec */
export const stripKey = (spec) => JSON.stringify([{ ...spec, lanes: spec.lanes.map((lane) => ({ ...lane, optimizer: { ...lane.optimizer, learning_rate: 0 } })) }, ratesFor(spec)]);

const SEEDS = 3;

/** The strip of a race on a surface. */
export const surfaceStrip = {
  slice: (state) => `${state.races} ${state.ui.start !== null}`,
  key: ({ spec }) => stripKey(spec),
  isLittle: ({ spec }) => isLittle(spec),
  isMoving: ({ ui }) => ui.start !== null,
  request: ({ spec }) => ({ path: "/api/descents/rates", body: { ...spec, rates: ratesFor(spec), seeds: SEEDS } }),
  isResult: () => true,
  share: (line, found) => found.length / line.lanes,
  lines: (found) => found,
  domain: () => null,
  note: ({ t }, { spec }) => t(spec.surface.noise > 0 ? "race.rates.note_seeds" : "race.rates.note", { steps: spec.steps, seeds: SEEDS }),
  value: ({ paths }, lane) => (paths[lane].left === null ? paths[lane].values.at(-1) : null),
  worst: ({ paths }) => Math.abs(paths[0]?.values[0] ?? 1),
  leaves: "race.rates.leaves",
  refused: ({ t }) => t("race.rates.too_many"),
};

/** Fields of an optimizer that a map can go along beside the rate. @param {any} catalog @param {string} name */
export const otherFields = (catalog, name) => catalog.optimizers.find((row) => row.name === name).fields.filter((field) => field.type === "number" && field.name !== "learning_rate");

/** Values of a field along an axis, all of them allowed. @param {any} field @param {number} own  the one in use */
export function valuesOf({ name, minimum, maximum, exclusive_minimum: above, exclusive_maximum: below }, own) {
  const small = ["eps", "weight_decay", "momentum_decay"].includes(name);
  const values = small ? byFactors(1e-8, Math.min(1, maximum ?? 1), 13) : [...spaced(0, 0.9, 10), 0.95, 0.98, 0.99, ...(below ? [] : [1])].map(round);
  const allowed = (value) => (above ? value > minimum : value >= minimum) && (below ? value < maximum : maximum === null || value <= maximum);
  return [...new Set([...values, own])].filter(allowed).sort((one, other) => one - other);
}

/** The index of the value nearest to another: by factors where all are above 0. @param {number[]} values @param {number} value @param {boolean} isLog */
export function nearestIndex(values, value, isLog) {
  const at = (each) => (isLog ? Math.log(Math.max(each, 1e-300)) : each);
  return values.reduce((best, each, index) => (Math.abs(at(each) - at(value)) < Math.abs(at(values[best]) - at(value)) ? index : best), 0);
}
