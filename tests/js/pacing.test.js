import assert from "node:assert/strict";
import { test } from "node:test";
import { createEvenly, createPace, createPacedState } from "../../static/js/pacing.js";

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

/** A screen that is drawn when one says so. */
function screen() {
  const waiting = [];
  const shown = [];
  const { take, flush } = createEvenly((frame) => shown.push(frame), (draw) => waiting.push(draw));
  return { take, flush, shown, draw: () => waiting.splice(0).forEach((each) => each()) };
}

test("a frame that comes alone is delivered at once", () => {
  const { take, shown, draw } = screen();
  for (const frame of [1, 2, 3]) {
    take(frame);
    assert.equal(shown.at(-1), frame);
    draw();
  }
});

test("of two between two drawings the second waits for the next one", () => {
  const { take, shown, draw } = screen();
  take(1);
  take(2);
  assert.deepEqual(shown, [1]);
  draw();
  assert.deepEqual(shown, [1, 2]);
  take(3); // that drawing has its frame
  assert.deepEqual(shown, [1, 2]);
  draw();
  draw();
  assert.deepEqual(shown, [1, 2, 3]);
});

test("frames come in order, none is left out and none waits behind another", () => {
  const { take, shown, draw } = screen();
  for (let frame = 1; frame <= 9; frame += 1) {
    take(frame);
    assert.ok(shown.length >= frame - 1);
    if (frame % 4 === 0) draw();
  }
  draw();
  assert.deepEqual(shown, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("what must not overtake a frame lets it go first", () => {
  const { take, flush, shown, draw } = screen();
  take(1);
  take(2);
  flush();
  assert.deepEqual(shown, [1, 2]);
  flush();
  draw();
  draw();
  assert.deepEqual(shown, [1, 2]);
});
