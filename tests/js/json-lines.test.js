import assert from "node:assert/strict";
import { test } from "node:test";
import { readLines } from "../../static/js/json-lines.js";

const answer = (...parts) => new Response(new ReadableStream({
  start(controller) {
    for (const part of parts) controller.enqueue(typeof part === "string" ? new TextEncoder().encode(part) : part);
    controller.close();
  },
}));
const all = async (response) => {
  const found = [];
  for await (const value of readLines(response)) found.push(value);
  return found;
};

test("lines are values, wherever the network cuts them", async () => {
  assert.deepEqual(await all(answer('{"a": 1}\n{"b"', ': 2}\n', '{"c": 3}\n')), [{ a: 1 }, { b: 2 }, { c: 3 }]);
  const [half, rest] = [new TextEncoder().encode('"梯度"\n').slice(0, 3), new TextEncoder().encode('"梯度"\n').slice(3)];
  assert.deepEqual(await all(answer(half, rest)), ["梯度"]);
});

test("empty lines are none, and the last one may end without a break", async () => {
  assert.deepEqual(await all(answer("1\n\n2\n3")), [1, 2, 3]);
  assert.deepEqual(await all(answer()), []);
});

test("a line that is no JSON is an error, not a value left out", async () => {
  await assert.rejects(all(answer("1\n{oops\n")), SyntaxError);
});
