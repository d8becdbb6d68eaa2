import assert from "node:assert/strict";
import { test } from "node:test";
import { createPace } from "../../static/js/pacing.js";

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
