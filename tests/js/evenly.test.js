import assert from "node:assert/strict";
import { test } from "node:test";
import { createEvenly } from "../../static/js/evenly.js";

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
