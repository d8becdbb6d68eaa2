import assert from "node:assert/strict";
import { test } from "node:test";
import { furthest, latestWins } from "../../static/js/travelling.js";

/** A server that answers when it is told to. */
function slowServer() {
  const asked = [];
  return { asked, send: (command) => new Promise((resolve) => asked.push({ command, answer: (value = "done") => resolve(value) })) };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("of what is asked while one is under way only the latest is sent", async () => {
  const { asked, send } = slowServer();
  const ask = latestWins(send);
  const answers = [1, 2, 3, 4].map((step) => ask(step));
  assert.deepEqual(asked.map(({ command }) => command), [1]);
  assert.deepEqual(await Promise.all(answers.slice(1, 3)), [{ type: "replaced" }, { type: "replaced" }]);
  asked[0].answer("first");
  assert.equal(await answers[0], "first");
  await turn();
  assert.deepEqual(asked.map(({ command }) => command), [1, 4]);
  asked[1].answer("last");
  assert.equal(await answers[3], "last");
  ask(5);
  assert.deepEqual(asked.map(({ command }) => command), [1, 4, 5]);
});

test("a failure does not block what comes after", async () => {
  const sent = [];
  const ask = latestWins((command) => { sent.push(command); return command === 1 ? Promise.reject(new Error("gone")) : Promise.resolve("done"); });
  const [first, second] = [ask(1), ask(2)];
  await assert.rejects(first);
  assert.equal(await second, "done");
  assert.deepEqual(sent, [1, 2]);
});

test("how far a run has come is never read from a frame of another run", () => {
  assert.equal(furthest({ status: { run: 2, head: 400 }, frame: { run: 1, head: 1000 } }), 400);
  assert.equal(furthest({ status: { run: 2, head: 400 }, frame: { run: 2, head: 450 } }), 450);
  assert.equal(furthest({ status: { run: 2, head: 400 }, frame: null }), 400);
});
