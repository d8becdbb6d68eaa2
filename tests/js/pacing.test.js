import assert from "node:assert/strict";
import { test } from "node:test";
import { createPace, createPacedState } from "../../static/js/pacing.js";

test("what stands still is always drawn, what plays after its time", (context) => {
  let now = 0;
  context.mock.method(performance, "now", () => now);
  const isDue = createPace(66);
  const at = (time, isStill = false) => {
    now = time;
    return isDue(isStill);
  };
  assert.deepEqual([at(0), at(20), at(65), at(66), at(100), at(110, true), at(150), at(176)], [true, false, false, true, false, true, false, true]);
});

test("what is read from a paced state changes together, rarely while a run plays, at once when it stands still", (t) => {
  let now = 1000;
  t.mock.method(performance, "now", () => now);
  const seen = createPacedState(100);
  const state = (frame, playing = true) => ({ frame, status: { state: playing ? "playing" : "paused" } });
  assert.equal(seen(state(1)).frame, 1);
  assert.equal(seen(state(2)).frame, 1);
  now += 100;
  assert.equal(seen(state(3)).frame, 3);
  assert.equal(seen(state(4)).frame, 3); // the second of two that read it at one moment
  assert.equal(seen(state(5, false)).frame, 5);
  assert.equal(seen(state(6, false)).frame, 6);
});
