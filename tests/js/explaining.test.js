import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { createExplaining, readQuestion, writeQuestion } from "../../static/js/explaining.js";
import { readAddress } from "../../static/js/address.js";
import { initialState, reduce } from "../../static/js/reducer.js";
import { createStore } from "../../static/js/store.js";

const { fetch } = globalThis;
afterEach(() => { globalThis.fetch = fetch; });

/** A page at a step, and a server that answers what it is asked, or refuses. */
function opened(step, refuse = () => null) {
  const store = createStore(reduce, { ...initialState(), frame: { step }, data: { rows: 500 } }, (draw) => draw());
  const asked = [];
  globalThis.fetch = async (url) => {
    const query = Object.fromEntries(new URL(url, "http://lab").searchParams);
    asked.push(query);
    const error = refuse(query);
    const body = error ? { error } : { element: query.element, of: query.of, step: Number(query.step ?? 3) };
    return { ok: !error, status: error ? 422 : 200, json: async () => body };
  };
  return { store, asked, explaining: createExplaining(store, () => "id"), trail: () => store.get().explain.trail.map(({ element, of, row, step: at }) => [element, of, row, at]) };
}

const weight = "layers.0.weight[1,2]";

test("a question is at the step that is shown", async () => {
  const { explaining, asked, trail, store } = opened(600);
  await explaining.open(weight, "gradient");
  assert.deepEqual(asked, [{ element: weight, of: "gradient", step: "600" }]);
  assert.deepEqual(trail(), [[weight, "gradient", null, 600]]);
  assert.deepEqual(store.get().ui.pinned, { kind: "weight", layer: 0, index: 2, from: 1 });
});

test("a factor is asked for at the same step, and one can go back", async () => {
  const { explaining, trail } = opened(600);
  await explaining.open("layers.1.output[0,1]", "value", 17);
  await explaining.follow("layers.1.z[0,1]", "value");
  await explaining.follow(weight, "value");
  assert.deepEqual(trail(), [["layers.1.output[0,1]", "value", 17, 600], ["layers.1.z[0,1]", "value", 17, 600], [weight, "value", null, 600]]);
  await explaining.back();
  assert.equal(trail().length, 2);
  await explaining.backTo(0);
  assert.deepEqual(trail(), [["layers.1.output[0,1]", "value", 17, 600]]);
});

test("a run that has gone back is asked where it is", async () => {
  const { explaining, asked, trail } = opened(600, ({ step }) => (step === "600" ? { field: "step", message: "no" } : null));
  await explaining.open(weight, "gradient");
  assert.deepEqual(asked.map(({ step }) => step), ["600", undefined]);
  assert.deepEqual(trail(), [[weight, "gradient", null, 3]]);
});

test("what is refused is kept as a problem", async () => {
  const { explaining, store } = opened(600, () => ({ field: "element", message: "no such number" }));
  await explaining.open("nothing", "value");
  assert.equal(store.get().explain.problem.message, "no such number");
  assert.equal(store.get().explain.answer, null);
});

test("the last question wins", async () => {
  const { explaining, store } = opened(600);
  await Promise.all([explaining.open(weight, "gradient"), explaining.open("loss", "value")]);
  assert.equal(store.get().explain.answer.element, "loss");
});

test("an answer that comes after closing is dropped", async () => {
  const { explaining, store } = opened(600);
  const answer = explaining.open(weight, "gradient");
  explaining.close();
  await answer;
  assert.equal(store.get().explain, null);
});

test("a link from a later step is answered where the run is, and says so", async () => {
  const { explaining, store, trail } = opened(0);
  await explaining.restore({ element: weight, of: "gradient", row: null, step: 600 });
  assert.deepEqual(trail(), [[weight, "gradient", null, 0]]);
  assert.deepEqual(store.get().explain.note, { linked: 600, step: 0 });
});

test("a question is part of an address and can be read from it", () => {
  const question = { element: weight, of: "gradient", row: 17, step: 600 };
  const address = writeQuestion(question).join("&");
  assert.equal(address, "explain=layers.0.weight[1,2]&of=gradient&row=17&step=600");
  assert.deepEqual(readQuestion(readAddress(address)), question);
  assert.equal(readQuestion(readAddress("data.name=xor")), null);
  assert.deepEqual(readQuestion(readAddress("explain=loss&of=nonsense&step=-3&row=x")), { element: "loss", of: "gradient", row: null, step: null });
});
