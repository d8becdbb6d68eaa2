import assert from "node:assert/strict";
import { test } from "node:test";
import { arrangeTerms } from "../../static/js/terms.js";

const terms = (...contributions) => contributions.map((contribution) => ({ upstream: contribution, local: 1, contribution }));
const sizes = (rows) => rows.map(({ term }) => term.contribution);

test("the largest in size comes first, equal ones stay in order, bars are shares of it", () => {
  const { shown, folded, sum } = arrangeTerms(terms(0.5, -2, 1, -1));
  assert.deepEqual(sizes(shown), [-2, 1, -1, 0.5]);
  assert.deepEqual(shown.map(({ share }) => share), [-1, 0.5, -0.5, 0.25]);
  assert.deepEqual(folded, []);
  assert.equal(sum, -1.5);
});

test("what is too much is folded into one row that says what it adds up to", () => {
  const { shown, folded, rest, sum } = arrangeTerms(terms(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), 4);
  assert.deepEqual(sizes(shown), [10, 9, 8, 7]);
  assert.deepEqual(sizes(folded), [6, 5, 4, 3, 2, 1]);
  assert.equal(rest, 21);
  assert.equal(sum, 55);
});

test("one more is shown rather than folded alone", () => {
  assert.equal(arrangeTerms(terms(1, 2, 3, 4, 5), 4).folded.length, 0);
  assert.equal(arrangeTerms(terms(1, 2, 3, 4, 5, 6), 4).folded.length, 2);
});

test("zeros and what is not finite have no bar", () => {
  assert.deepEqual(arrangeTerms(terms(0, 0)).shown.map(({ share }) => share), [0, 0]);
  const { shown, sum } = arrangeTerms(terms(null, 2));
  assert.deepEqual(shown.map(({ share }) => share), [1, 0]);
  assert.equal(Number.isNaN(sum), true);
  assert.deepEqual(arrangeTerms([]).shown, []);
});
