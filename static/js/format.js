// @ts-check
/**
 * Numbers as the page writes them: a true minus sign (U+2212), fixed decimals so that columns stay put, commas in
 * thousands, powers of ten with superscripts. A number that does not exist (null, NaN) is an en dash; infinity is "∞".
 */

const MINUS = "\u2212";
const NOTHING = "\u2013";
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** JSON has no NaN or infinity, so they may arrive as words. @param {unknown} value */
const toNumber = (value) => (value === null || value === undefined || value === "" ? NaN : Number(value));

/** @param {string} digits */
const withCommas = (digits) => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");

/** @param {number} number @param {(size: number) => string} write @param {string} plus */
const withSign = (number, write, plus) => {
  if (Number.isNaN(number)) return NOTHING;
  const text = Number.isFinite(number) ? write(Math.abs(number)) : "∞";
  if (!/[1-9∞]/.test(text)) return text;
  return (number < 0 ? MINUS : plus) + text;
};

/** Fixed decimals, while the whole part fits beside them: a run that diverges must not burst its slot. @param {number} decimals */
const fixed = (decimals) => (/** @type {number} */ size) => (size < 1e4 ? size.toFixed(decimals) : scientific(size, 1));

/**
 * "+0.57", "−1.20"; what is shown as zero has no sign.
 * @param {unknown} value
 * @param {number} [decimals]
 */
export const signed = (value, decimals = 2) => withSign(toNumber(value), fixed(decimals), "+");

/**
 * "0.57", "−1.20".
 * @param {unknown} value
 * @param {number} [decimals]
 */
export const decimal = (value, decimals = 2) => withSign(toNumber(value), fixed(decimals), "");

/**
 * 1250 -> "1,250".
 * @param {unknown} value
 */
export const integer = (value) => withSign(toNumber(value), (size) => withCommas(size.toFixed(0)), "");

/**
 * An exponent in superscript digits: -5 -> "⁻⁵".
 * @param {number} exponent
 */
export const superscript = (exponent) =>
  (exponent < 0 ? "⁻" : "") + [...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[Number(digit)]).join("");

/** @param {number} size @param {number} decimals */
const scientific = (size, decimals) => {
  const [mantissa, exponent] = size.toExponential(decimals).split("e");
  return `${mantissa}×10${superscript(Number(exponent))}`;
};

/**
 * A power of ten: 0.000012 -> "1.2×10⁻⁵".
 * @param {unknown} value
 * @param {number} [decimals] of the mantissa
 */
export const power = (value, decimals = 1) => {
  const number = toNumber(value);
  return number === 0 ? "0" : withSign(number, (size) => scientific(size, decimals), "");
};

/**
 * Fixed decimals while they say something, a power of ten outside [smallest, largest]: for lists of signed numbers.
 * @param {unknown} value
 * @param {number} [decimals]
 */
export const signedCompact = (value, decimals = 4) => {
  const number = toNumber(value);
  const size = Math.abs(number);
  if (number === 0 || !Number.isFinite(number) || (size >= 10 ** (2 - decimals) && size < 1e4)) return signed(number, decimals);
  return withSign(number, (rest) => scientific(rest, 2), "+");
};

/**
 * A loss: "0.1398"; "1.2×10⁻⁵" where four decimals would say too little, "3.1×10⁵" where they would not fit.
 * @param {unknown} value
 */
export const lossText = (value) => {
  const number = toNumber(value);
  const size = Math.abs(number);
  if (number === 0 || !Number.isFinite(number) || (size >= 0.0001 && size <= 9999)) return decimal(number, 4);
  return power(number);
};

/**
 * Six digits, to be checked by hand: "0.0123457", "−3.14159×10⁻⁷".
 * @param {unknown} value
 */
export const exact = (value) => withSign(toNumber(value), (size) => (size !== 0 && (size < 1e-3 || size >= 1e6) ? scientific(size, 5) : String(Number(size.toPrecision(6)))), "");

/**
 * A share of one: 0.994 -> "99.4 %" (with a space that does not break).
 * @param {unknown} value
 * @param {number} [decimals]
 */
export const percent = (value, decimals = 1) => {
  const text = decimal(toNumber(value) * 100, decimals);
  return text === NOTHING ? text : `${text}\u00a0%`;
};

/**
 * The shortest true text beside a tick: "−6", "0.25", "1,250", "10⁻⁵".
 * @param {unknown} value
 */
export const tickText = (value) => {
  const number = toNumber(value);
  if (number === 0) return "0";
  return withSign(number, (size) => {
    if (size < 0.0009999 || size >= 1e6) {
      const [mantissa, exponent] = size.toExponential(2).split("e");
      const factor = String(Number(mantissa));
      return `${factor === "1" ? "" : `${factor}×`}10${superscript(Number(exponent))}`;
    }
    const [whole, fraction] = String(Number(size.toPrecision(6))).split(".");
    return withCommas(whole) + (fraction ? `.${fraction}` : "");
  }, "");
};
