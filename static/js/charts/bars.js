// @ts-check
/**
 * Bars are rows of HTML with a width, so that a screen reader finds their names and numbers in order. What is computed
 * here is only their length, side and text; the style sheet draws them.
 */

import { percent } from "../format.js";

/**
 * @typedef {{name: string, value: number, share: number, text: string, strongest: boolean}} Bar
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
