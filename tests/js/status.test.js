import assert from "node:assert/strict";
import { test } from "node:test";
import { initialStatus, ratesOf, reduceStatus, sessionRatesOf } from "../../static/js/status-state.js";

const at = (uptime, steps, sessions = []) => ({ uptime, steps, frames: 2 * steps, frames_dropped: 0, commands: 1, sessions, loop_lag: null, memory: 5 });
const row = (id, step, run = 0) => ({ id, step, run });

test("a second of what is counted comes from two answers", () => {
  assert.deepEqual(ratesOf(at(10, 100), at(12, 400)), { steps: 150, frames: 300, frames_dropped: 0, commands: 0 });
  assert.equal(ratesOf(null, at(12, 400)), null);
});

test("a server that was started anew has no rates yet", () => {
  assert.equal(ratesOf(at(500, 1e6), at(1, 20)), null);
});

test("a session's rate is of one run, and going back is none", () => {
  const before = at(10, 0, [row("a", 100), row("b", 100), row("c", 100)]);
  const after = at(12, 0, [row("a", 500), row("b", 20), row("c", 300, 1), row("d", 9)]);
  assert.deepEqual(sessionRatesOf(before, after), { a: 200 });
});

test("the last minute and a half is kept", () => {
  let state = initialStatus("light");
  for (let i = 0; i < 200; i += 1) state = reduceStatus(state, { type: "status", body: at(i, 10 * i) });
  assert.equal(state.past.steps.length, 90);
  assert.equal(state.past.steps.at(-1), 10);
  assert.deepEqual(state.past.lag, []);
});

test("who is not the teacher any more sees nothing", () => {
  const seen = reduceStatus(reduceStatus(initialStatus("light"), { type: "seat", teacher: true, keyless: false }), { type: "status", body: at(1, 1) });
  assert.equal(reduceStatus(seen, { type: "seat", teacher: false, keyless: false }).body, null);
});

test("a message that is not known is a mistake", () => {
  assert.throws(() => reduceStatus(initialStatus("light"), { type: "what" }), /unknown message/);
});
