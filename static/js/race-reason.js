// @ts-check
/** What an update has to do with the slope under it: measured from its terms. Pure. */

export const AXES = ["x", "y"];
/** What carries the past, the one that decides the direction first. */
const MEMORIES = ["velocity", "m_hat", "mix", "m"];
const UNEVEN = 1.5;

const termsOf = (why) => Object.fromEntries(why.terms.map(({ name, value }) => [name, value]));

/**
 * The most telling fact: along an axis the step goes against the slope, because of memory, of decay or of something else; or
 * it goes with it everywhere, with one axis scaled more than the other, or along the slope itself.
 * @param {any} why  of POST /api/descents/step
 * @returns {{kind: string, axis: number, by: string|null, ratio: number|null}}
 */
export function judged(why) {
  const { gradient, update, ...terms } = termsOf(why);
  if (update.every((value) => value === 0)) return { kind: "still", axis: 0, by: null, ratio: null };
  if (gradient.every((value) => value === 0)) return { kind: "flat", axis: 0, by: null, ratio: null };
  const against = [0, 1].filter((axis) => update[axis] * gradient[axis] > 0);
  if (against.length) {
    // of two, the one along which more is moved
    const axis = against.reduce((most, each) => (Math.abs(update[each]) > Math.abs(update[most]) ? each : most));
    const by = MEMORIES.find((name) => terms[name] && terms[name][axis] * update[axis] < 0 && terms[name][axis] * gradient[axis] < 0) ?? null;
    if (by) return { kind: "against_memory", axis, by, ratio: null };
    const decays = terms.decay && terms.decay[axis] * update[axis] > 0;
    return { kind: decays ? "against_decay" : "against", axis, by: null, ratio: null };
  }
  const rates = why.effective_rate;
  if (rates.every((rate) => rate !== null && rate > 0)) {
    const axis = rates[0] >= rates[1] ? 0 : 1;
    const ratio = rates[axis] / rates[1 - axis];
    if (ratio > UNEVEN) return { kind: MEMORIES.some((name) => terms[name]) ? "uneven_memory" : "uneven", axis, by: null, ratio };
    if (ratio < 1 + 1e-9) return { kind: "along", axis: 0, by: null, ratio: null };
  }
  return { kind: "with", axis: 0, by: null, ratio: null };
}

/** Every number that the formulas of an update may name, along one axis: slot -> number. @param {any} why @param {number} axis */
export function numbersOf(why, axis) {
  const terms = termsOf(why);
  const seen = terms.clipped ?? terms.gradient;
  return {
    ...Object.fromEntries(Object.entries(why.optimizer).filter(([, value]) => typeof value === "number")),
    ...Object.fromEntries(Object.entries(why.remembered).map(([name, value]) => [`${name}_old`, value[axis]])),
    ...Object.fromEntries(Object.entries(terms).map(([name, value]) => [name, value[axis]])),
    g: seen[axis],
    w: why.point[axis],
    t: why.step + 1,
  };
}
