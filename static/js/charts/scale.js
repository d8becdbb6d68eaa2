// @ts-check
/** From data to pixels and back, and the round numbers between which a reader finds the rest. */

/**
 * @typedef {((value: number) => number) & {invert: (pixel: number) => number, domain: number[], range: number[]}} Scale
 */

const HEADROOM = 1.04;

/**
 * @param {(value: number) => number} forward onto 0..1
 * @param {(share: number) => number} backward from 0..1
 * @param {number[]} domain
 * @param {number[]} range
 * @returns {Scale}
 */
const scale = (forward, backward, domain, [r0, r1]) => {
  const map = (/** @type {number} */ value) => r0 + forward(value) * (r1 - r0);
  const invert = (/** @type {number} */ pixel) => backward(r1 === r0 ? 0 : (pixel - r0) / (r1 - r0));
  return Object.assign(map, { invert, domain, range: [r0, r1] });
};

/**
 * A straight scale; a domain without extent maps to the middle of the range.
 * @param {number[]} domain
 * @param {number[]} range
 */
export const linear = (domain, range) => {
  const [d0, d1] = domain;
  const forward = (/** @type {number} */ value) => (d1 === d0 ? 0.5 : (value - d0) / (d1 - d0));
  return scale(forward, (share) => d0 + share * (d1 - d0), domain, range);
};

/**
 * A logarithmic scale of positive numbers.
 * @param {number[]} domain
 * @param {number[]} range
 */
export const log = (domain, range) => {
  const [d0, d1] = domain.map(Math.log10);
  const forward = (/** @type {number} */ value) => (d1 === d0 ? 0.5 : (Math.log10(value) - d0) / (d1 - d0));
  return scale(forward, (share) => 10 ** (d0 + share * (d1 - d0)), domain, range);
};

/**
 * A logarithmic scale that begins at 0: log(1 + value).
 * @param {number[]} domain
 * @param {number[]} range
 */
export const logFromZero = (domain, range) => {
  const [d0, d1] = domain.map(Math.log1p);
  const forward = (/** @type {number} */ value) => (d1 === d0 ? 0.5 : (Math.log1p(value) - d0) / (d1 - d0));
  return scale(forward, (share) => Math.expm1(d0 + share * (d1 - d0)), domain, range);
};

/** Ticks of such a scale: 0 and the powers of ten. @param {number} max */
export const ticksFromZero = (max) => [0, ...Array.from({ length: Math.max(0, Math.floor(Math.log10(max) + 1e-9) + 1) }, (_, exponent) => 10 ** exponent)];

/** Multiples of a step within [min, max], free of the dust of repeated addition. @param {number} min @param {number} max @param {number} step */
const multiples = (min, max, step) => {
  const first = Math.ceil(min / step - 1e-9);
  const last = Math.floor(max / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => Number(((first + index) * step).toPrecision(12)));
};

/** The round step (1, 2, 2.5 or 5 times a power of ten) nearest to a wished one from above. @param {number} wished */
const roundStep = (wished) => {
  const decade = 10 ** Math.floor(Math.log10(wished) + 1e-9);
  const factor = [1, 2, 2.5, 5, 10].find((candidate) => candidate * decade >= wished * (1 - 1e-9)) ?? 10;
  return factor * decade;
};

/**
 * Round values within [min, max], at most `count` (or one more where both ends are round).
 * @param {number} min
 * @param {number} max
 * @param {number} [count]
 * @returns {number[]}
 */
export const ticks = (min, max, count = 5) => {
  if (!Number.isFinite(min) || !Number.isFinite(max)) return [];
  if (min === max) return [min];
  return multiples(min, max, roundStep((max - min) / Math.max(1, count)));
};

/**
 * Ticks for an axis whose ends should be labelled: a step that divides both ends and zero is preferred (-6 -3 0 3 6).
 * @param {number} min
 * @param {number} max
 * @param {number} [count]
 * @returns {number[]}
 */
export const endTicks = (min, max, count = 5) => {
  const span = max - min;
  const divides = (/** @type {number} */ step) => [min, max].every((end) => Math.abs(end / step - Math.round(end / step)) < 1e-6);
  for (let parts = count - 1; parts >= 2; parts -= 1) {
    const step = span / parts;
    const factor = step / 10 ** Math.floor(Math.log10(step) + 1e-9);
    const isRound = [1, 1.5, 2, 2.5, 3, 4, 5].some((candidate) => Math.abs(candidate - factor) < 1e-6);
    if (isRound && divides(step)) return multiples(min, max, step);
  }
  return ticks(min, max, count);
};

/**
 * Ticks of a logarithmic axis: powers of ten, thinned to at most six; with 2 and 5 between where one or two would be alone.
 * @param {number} min
 * @param {number} max
 * @returns {number[]}
 */
export const logTicks = (min, max) => {
  if (!(min > 0) || !Number.isFinite(max) || max < min) return [];
  const first = Math.ceil(Math.log10(min) - 1e-9);
  const last = Math.floor(Math.log10(max) + 1e-9);
  const every = Math.max(1, Math.ceil((last - first + 1) / 6));
  const within = (/** @type {number} */ value) => value >= min * (1 - 1e-9) && value <= max * (1 + 1e-9);
  /** @type {number[]} */
  const values = [];
  const mantissas = last - first >= 2 ? [1] : [1, 2, 5];
  for (let exponent = first - 1; exponent <= last; exponent += 1) {
    if (mantissas.length === 1 && (last - exponent) % every !== 0) continue;
    for (const mantissa of mantissas) values.push(Number(`${mantissa}e${exponent}`));
  }
  return values.filter(within);
};

/**
 * The next round number at or above a positive value, in steps fine enough to use three quarters of an axis.
 * @param {number} value
 */
export const roundUp = (value) => {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const decade = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const factor = [1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((candidate) => candidate * decade >= value * (1 - 1e-9)) ?? 10;
  return Number((factor * decade).toPrecision(12));
};

/**
 * A linear domain with round ends, so that it rests while values move a little.
 * @param {number} min
 * @param {number} max
 * @returns {[number, number]}
 */
export const roundDomain = (min, max) => {
  if (!Number.isFinite(min) || !Number.isFinite(max)) return [0, 1];
  if (min === max) return min === 0 ? [0, 1] : roundDomain(Math.min(0, min), Math.max(0, max));
  const step = roundStep((max - min) / 5);
  const round = (/** @type {number} */ value) => Number(value.toPrecision(12));
  return [round(Math.floor(min / step + 1e-9) * step), round(Math.ceil(max / step - 1e-9) * step)];
};

/**
 * A logarithmic domain: from a whole decade up to 1, 2 or 5 times a power of ten with a little headroom; at least one decade.
 * @param {number} min
 * @param {number} max
 * @returns {[number, number]}
 */
export const decadeDomain = (min, max) => {
  if (!(min > 0) || !(max >= min) || !Number.isFinite(max)) return [0.1, 1];
  const top = Math.floor(Math.log10(max) + 1e-9);
  const factor = [1, 2, 5, 10].find((candidate) => candidate * 10 ** top >= max * HEADROOM) ?? 20;
  const upper = Number((factor * 10 ** top).toPrecision(12));
  const lower = Math.floor(Math.log10(min) + 1e-9);
  const least = Math.floor(Math.log10(upper / 10) + 1e-9);
  return [Number(`1e${Math.min(lower, least)}`), upper];
};
