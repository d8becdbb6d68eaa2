import { test } from "node:test";
import assert from "node:assert/strict";

import { withoutField, withoutImpossible } from "../../static/js/impossible.js";

test("one field goes, of a list the whole list, and what is not there changes nothing", () => {
  const spec = { seed: 1, network: { layers: [{ units: 0 }], bias: true }, data: "x" };
  assert.deepEqual(withoutField(spec, "network.layers[0].units"), { seed: 1, network: { bias: true }, data: "x" });
  assert.deepEqual(withoutField(spec, "data.name"), { seed: 1, network: spec.network });
  assert.deepEqual(withoutField(spec, "loss"), spec);
});

/** A server that refuses some fields. */
const server = (...bad) => {
  const asked = [];
  return {
    asked,
    post: async (spec) => {
      asked.push(spec);
      const field = bad.find((name) => name in spec);
      return field ? { status: 422, body: { error: { field } } } : { status: 201 };
    },
  };
};

test("each refused field is left out alone", async () => {
  const { asked, post } = server("seed", "loss");
  const spec = { seed: -1, loss: "none", batch_size: 4 };
  const { answer, refused } = await withoutImpossible(await post(spec), spec, post);
  assert.equal(answer.status, 201);
  assert.deepEqual(refused.map(({ field }) => field), ["seed", "loss"]);
  assert.deepEqual(asked.at(-1), { batch_size: 4 });
});

test("where that does not help, nothing of the link is left, and it ends", async () => {
  let asked = 0;
  const post = async () => {
    asked += 1;
    return { status: 422, body: { error: { field: "elsewhere" } } };
  };
  const spec = { seed: 1 };
  const { answer, refused } = await withoutImpossible(await post(), spec, post);
  assert.deepEqual([answer.status, refused.length, asked], [422, 1, 2]);
});

test("a link full of nonsense is not taken apart for ever", async () => {
  const fields = Array.from({ length: 20 }, (_, i) => `f${i}`);
  const { asked, post } = server(...fields);
  const spec = Object.fromEntries(fields.map((field) => [field, 1]));
  const { answer } = await withoutImpossible(await post(spec), spec, post);
  assert.equal(answer.status, 201);
  assert.ok(asked.length < 10);
});
