import assert from "node:assert/strict";
import { test } from "node:test";
import { decimal, exact, integer, lossText, percent, power, signed, signedCompact, superscript, tickText } from "../../static/js/format.js";

const table = (name, write, rows) => {
  for (const [value, ...rest] of rows) {
    const expected = rest.pop();
    test(`${name} writes ${String(value)}${rest.length ? ` with ${rest} decimals` : ""} as ${expected}`, () => assert.equal(write(value, ...rest), expected));
  }
};

table("signed", signed, [
  [0.5653, "+0.57"], [-1.2, "−1.20"], [0, "0.00"], [-0, "0.00"], [-0.001, "0.00"], [-0.565, 4, "−0.5650"], [0.381238338, 9, "+0.381238338"],
  [Infinity, "+∞"], [-Infinity, "−∞"], [NaN, "–"], [null, "–"], [undefined, "–"], ["Infinity", "+∞"], ["NaN", "–"], ["", "–"],
]);
table("decimal", decimal, [[0.5653, "0.57"], [-1.2, 1, "−1.2"], [0, 3, "0.000"], [Infinity, "∞"], [null, "–"]]);
table("integer", integer, [[1250, "1,250"], [0, "0"], [999, "999"], [-1234567, "−1,234,567"], [null, "–"], [Infinity, "∞"]]);
table("superscript", superscript, [[-5, "⁻⁵"], [12, "¹²"], [0, "⁰"]]);
table("power", power, [[0.000012, "1.2×10⁻⁵"], [-31415, 2, "−3.14×10⁴"], [0, "0"], [null, "–"]]);
table("a list of signed numbers", signedCompact, [[0.2556, "+0.2556"], [-0.00123, "−1.23×10⁻³"], [0, "0.0000"], [123456, "+1.23×10⁵"], [NaN, "–"]]);
table("a loss", lossText, [
  [0.1398, "0.1398"], [0.0001, "0.0001"], [0.0000123, "1.2×10⁻⁵"], [0, "0.0000"], [9999, "9999.0000"], [312345, "3.1×10⁵"], [Infinity, "∞"], [null, "–"],
]);
table("percent", percent, [[0.994, "99.4\u00a0%"], [1, "100.0\u00a0%"], [0.5, 0, "50\u00a0%"], [null, "–"]]);
table("a tick", tickText, [
  [0, "0"], [-6, "−6"], [0.25, "0.25"], [1250, "1,250"], [0.001, "0.001"], [0.00001, "10⁻⁵"], [0.00002, "2×10⁻⁵"], [1e6, "10⁶"], [0.1 + 0.2, "0.3"],
  [100000, "100,000"], [Infinity, "∞"], [NaN, "–"],
]);
table("a number to be checked by hand", exact, [
  [0.01234567, "0.0123457"], [-314.15926, "−314.159"], [0, "0"], [-3.1415926e-7, "−3.14159×10⁻⁷"], [12345678, "1.23457×10⁷"], [null, "–"], [Infinity, "∞"],
]);
