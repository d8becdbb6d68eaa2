import assert from "node:assert/strict";
import { test } from "node:test";
import { dragged } from "../../static/js/net-drag.js";

test("up is more, a hundredth for each pixel, with Shift a thousandth", () => {
  assert.equal(dragged(0.5, -100, false), 1.5);
  assert.equal(dragged(0.5, 100, false), -0.5);
  assert.ok(Math.abs(dragged(0.5, -100, true) - 0.6) < 1e-12);
});

test("a value stays within what can be set", () => {
  assert.equal(dragged(1e6, -50, false), 1e6);
  assert.equal(dragged(-1e6, 50, false), -1e6);
});
