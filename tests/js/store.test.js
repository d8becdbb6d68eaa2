import assert from "node:assert/strict";
import { test } from "node:test";
import { createStore } from "../../static/js/store.js";

const add = (state, message) => ({ ...state, [message.name]: (state[message.name] ?? 0) + 1 });
const manual = () => {
  const drawings = [];
  return { schedule: (draw) => drawings.push(draw), flush: () => drawings.splice(0).forEach((draw) => draw()), drawings };
};

test("a listener renders at once and again when its slice has changed", () => {
  const { schedule, flush } = manual();
  const store = createStore(add, { a: 0, b: 0 }, schedule);
  const seen = [];
  store.select((state) => state.a, (value) => seen.push(value));
  store.dispatch({ name: "b" });
  flush();
  store.dispatch({ name: "a" });
  flush();
  assert.deepEqual(seen, [0, 1]);
});

test("many messages between two drawings are one rendering", () => {
  const { schedule, flush, drawings } = manual();
  const store = createStore(add, {}, schedule);
  const seen = [];
  store.select((state) => state.a, (value) => seen.push(value));
  for (let times = 0; times < 50; times += 1) store.dispatch({ name: "a" });
  assert.equal(drawings.length, 1);
  flush();
  assert.deepEqual(seen, [undefined, 50]);
});

test("a listener that has ended renders no more", () => {
  const { schedule, flush } = manual();
  const store = createStore(add, {}, schedule);
  let renders = 0;
  const end = store.select((state) => state.a, () => (renders += 1));
  end();
  store.dispatch({ name: "a" });
  flush();
  assert.equal(renders, 1);
});
