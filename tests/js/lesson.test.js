import assert from "node:assert/strict";
import { test } from "node:test";
import { GROUPS, groupsOf, refuses } from "../../static/js/lesson.js";
import { readAddress } from "../../static/js/address.js";

globalThis.location = /** @type {any} */ ({ hostname: "localhost", hash: "" });
const { readPage } = await import("../../static/js/session.js");

test("what is hidden need not be locked, and what is no group is left out", () => {
  assert.deepEqual(groupsOf({ lock: ["net", "data", "magic"], hide: ["data"] }), { lock: ["net"], hide: ["data"] });
  assert.deepEqual(groupsOf(null), { lock: [], hide: [] });
});

const set = (changes) => ({ type: "set", changes });
const CHANGES = {
  data: set({ data: { noise: 0.1 } }),
  net: set({ network: { layers: [] } }),
  training: set({ loss: "mse" }),
  optimizer: set({ optimizer: { learning_rate: 0.1 } }),
  timeline: { type: "seek", step: 3 },
  runs: { type: "name_run", run: 1, name: "a" },
};

test("a lesson refuses changes of what it locks or hides, and no other", () => {
  for (const [group, command] of Object.entries(CHANGES)) {
    assert.ok(GROUPS.includes(group));
    for (const way of ["lock", "hide"]) {
      assert.equal(refuses({ [way]: [group] }, command), true, group);
      const others = GROUPS.filter((name) => name !== group && !(group === "optimizer" && name === "training"));
      assert.equal(refuses({ [way]: others }, command), false, group);
    }
  }
  assert.equal(refuses({ lock: ["training"] }, CHANGES.optimizer), true);
  assert.equal(refuses({ lock: ["net"] }, { type: "edit", parameter: "layers.0.bias" }), true);
  assert.equal(refuses({ lock: ["data"] }, set({ loss: "mse", data: {} })), true);
  assert.equal(refuses({ lock: GROUPS }, { type: "play" }), false);
  assert.equal(refuses(null, CHANGES.data), false);
});

test("an address names the lesson and the run, and neither is part of the spec", () => {
  const hash = "#seed=7&lock=data,net&hide=runs&run=eJw0";
  assert.deepEqual(readPage(hash, []).ui.lesson, { lock: ["data", "net"], hide: ["runs"] });
  assert.deepEqual(readPage(hash, []).spec, { seed: 7 });
  assert.deepEqual(readPage(hash, []).kept, { path: "/api/shared", body: { link: "eJw0" } });
  assert.deepEqual(readPage("#shared=a-b", []).kept, { path: "/api/shared", body: { shared: "a-b" } });
  assert.deepEqual(readPage("#saved=a/b", []).kept, { path: "/api/saved/a%2Fb/open", body: {} });
  assert.equal(readPage("#seed=7", []).kept, null);
  assert.equal(readPage("#seed=7", []).ui.lesson, null);
  assert.equal(readAddress("#shared=12345678901234567890").shared, "12345678901234567890"); // no number, whatever it looks like
});
