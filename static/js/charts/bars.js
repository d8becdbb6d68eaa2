// @ts-check
/**
 * Bars are rows of HTML with a width, so that a screen reader finds their names and numbers in order. What is computed
 * here is only their length, side and text; the style sheet draws them.
 */

import { percent, signed } from "../format.js";

/**
 * @typedef {{name: string, value: number, share: number, text: string, strongest: boolean}} Bar
 * @typedef {{start: number, length: number, sign: -1|0|1, text: string}} SignedBar start and length as shares of the row's width
 */

/** @param {number} share */
const clamp = (share) => (Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0);

/**
 * Probabilities by class; the first of equal ones is the strongest.
 * @param {string[]} names
 * @param {ArrayLike<number>} values
 * @param {number} [decimals] of the percentage
 * @returns {Bar[]}
 */
export const probabilityBars = (names, values, decimals = 1) => {
  const list = Array.from(values);
  const most = list.reduce((best, value, index) => (value > (list[best] ?? -Infinity) ? index : best), 0);
  return names.map((name, index) => ({
    name,
    value: list[index],
    share: clamp(list[index]),
    text: percent(list[index], decimals),
    strongest: index === most && Number.isFinite(list[index]),
  }));
};

/**
 * Signed numbers as bars from a centre line; without a limit the largest takes half the width.
 * @param {ArrayLike<number>} values
 * @param {{limit?: number, decimals?: number}} [options]
 * @returns {SignedBar[]}
 */
export const signedBars = (values, { limit, decimals = 4 } = {}) => {
  const list = Array.from(values);
  const full = limit ?? list.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);
  return list.map((value) => {
    const length = full > 0 ? clamp(Math.abs(value) / full) / 2 : 0;
    const sign = /** @type {-1|0|1} */ (length === 0 ? 0 : Math.sign(value));
    return { start: sign < 0 ? 0.5 - length : 0.5, length, sign, text: signed(value, decimals) };
  });
};
