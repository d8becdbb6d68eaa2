import assert from "node:assert/strict";
import { test } from "node:test";
import { readAddress, writeAddress } from "../../static/js/address.js";

const circle = {
  version: 1, seed: 42, dtype: "float64",
  data: { name: "circle", samples: 500, noise: 0, train_fraction: 0.5, features: ["x1", "x2"] },
  network: { layers: [{ kind: "linear", units: 4, activation: "tanh", initializer: "xavier" }, { kind: "linear", units: 1, activation: "tanh", initializer: "xavier" }] },
  loss: "mse", optimizer: { name: "sgd", learning_rate: 0.03 }, regularization: { name: "none", rate: 0 }, batch_size: 10,
};
const iris = { ...circle, data: { name: "iris", samples: 150, noise: 0, train_fraction: 0.5, features: ["petal_length", "petal_width"] }, loss: "cross_entropy" };
const defaultsOf = (name) => ({ circle, iris })[name];
const write = (spec) => writeAddress(spec, defaultsOf);

test("the default page has a bare address", () => {
  assert.equal(write(circle), "");
});

test("an address names only what differs", () => {
  assert.equal(write({ ...circle, seed: 7, optimizer: { name: "sgd", learning_rate: 0.1 } }), "seed=7&optimizer.learning_rate=0.1");
});

test("an address is measured against the defaults of its own data set", () => {
  assert.equal(write(iris), "data.name=iris");
});

test("layers are written as units-activation and read back", () => {
  const layers = [{ kind: "linear", units: 8, activation: "leaky_relu", initializer: "he" }, { kind: "linear", units: 1, activation: "tanh", initializer: "xavier" }];
  const address = write({ ...circle, network: { layers } });
  assert.equal(address, "network.layers=8-leaky_relu-he,1-tanh");
  assert.deepEqual(readAddress(address), { network: { layers: [{ units: 8, activation: "leaky_relu", initializer: "he" }, { units: 1, activation: "tanh" }] } });
});

test("an address says everything about an optimizer that is not the default one", () => {
  const address = write({ ...circle, optimizer: { name: "adam", learning_rate: 0.001, beta1: 0.9 } });
  assert.deepEqual(readAddress(address).optimizer, { name: "adam", learning_rate: 0.001, beta1: 0.9 });
});

test("features are a list", () => {
  assert.deepEqual(readAddress("#data.features=x1,x1_squared").data.features, ["x1", "x1_squared"]);
});

test("what is written is read back, whatever the numbers", () => {
  for (const value of [0.1, 1e-7, 12345678, 3e5]) {
    assert.equal(readAddress(write({ ...circle, optimizer: { name: "sgd", learning_rate: value } })).optimizer.learning_rate, value);
  }
});

test("words stay words, so that the server can say what is wrong with them", () => {
  assert.deepEqual(readAddress("seed=abc&batch_size=NaN&noise="), { seed: "abc", batch_size: "NaN", noise: "" });
});

test("a broken address is not an exception", () => {
  assert.deepEqual(readAddress("#%E0%A4%A&&=&seed=%"), { "%E0%A4%A": "", "": "", seed: "%" });
});

test("an address cannot reach into the prototype", () => {
  readAddress("__proto__.polluted=1&constructor.prototype.polluted=1");
  assert.equal({}.polluted, undefined);
});

// --- data of one's own ---

const own = {
  points: { ...circle, data: { name: "points", train_fraction: 0.5, features: ["x1", "x2"], classes: 2, points: [[0, 0, 1], [1, 1, -1]] } },
  function: { ...circle, data: { name: "function", expression: "2*sin(x)" } },
  table: { ...circle, data: { name: "table", table: "houses", features: ["area"], target: "price" } },
};
const writeOwn = (spec) => writeAddress(spec, (name) => ({ circle, ...own })[name]);

test("painted points are in the address, and read back", () => {
  const points = [[1.25, -3, 1], [-0.5, 0, -1]];
  const address = writeOwn({ ...own.points, data: { ...own.points.data, points } });
  assert.equal(address, "data.name=points&data.points=1.25,-3,1,-0.5,0,-1");
  assert.deepEqual(readAddress(address).data, { name: "points", points });
});

test("more points than a link carries are named, and the name is stable", () => {
  const points = Array.from({ length: 101 }, () => [0, 0, 1]);
  const address = writeOwn({ ...own.points, data: { ...own.points.data, points } });
  assert.equal(address, "data.name=points&data.points=custom");
  assert.equal(readAddress(address).data.points, "custom");
  assert.equal(writeOwn({ ...own.points, data: { ...own.points.data, ...readAddress(address).data } }), address);
});

test("texts of people stay texts, whatever they look like", () => {
  const address = writeOwn({ ...own.table, data: { name: "table", table: "12345678", features: ["a,b", "c d&e=f"], target: "12" } });
  assert.deepEqual(readAddress(address).data, { name: "table", table: "12345678", features: ["a,b", "c d&e=f"], target: "12" });
  assert.deepEqual(readAddress(writeOwn({ ...own.function, data: { name: "function", expression: "1" } })).data, { name: "function", expression: "1" });
});

test("of another table all choices are written, though some are as usual", () => {
  assert.match(writeOwn({ ...own.table, data: { ...own.table.data, table: "ab12" } }), /data\.features=area&data\.target=price/);
});

test("what else a layer does is written behind it and read back", () => {
  const base = { kind: "linear", units: 8, activation: "relu", initializer: "xavier" };
  const layers = [{ ...base, normalization: "batch", dropout: 0.25, residual: true }, { ...base, initializer: "he", normalization: "layer" }, { ...base, units: 1, activation: "tanh" }];
  const address = write({ ...circle, network: { layers } });
  assert.equal(address, "network.layers=8-relu-bn-dropout0.25-residual,8-relu-he-ln,1-tanh");
  assert.deepEqual(readAddress(address).network.layers, [
    { units: 8, activation: "relu", normalization: "batch", dropout: 0.25, residual: true },
    { units: 8, activation: "relu", initializer: "he", normalization: "layer" },
    { units: 1, activation: "tanh" },
  ]);
  const tiny = write({ ...circle, network: { layers: [{ ...base, dropout: 1e-7 }, layers[2]] } });
  assert.equal(readAddress(tiny).network.layers[0].dropout, 1e-7);
});

test("a loss with fields, class weights, rules of stopping and a whole batch are in the address", () => {
  const spec = { ...circle, loss: { name: "huber", delta: 0.5 }, batch_size: "all", stopping: { epoch: 20, patience: 5 } };
  const address = write(spec);
  assert.equal(address, "loss.name=huber&loss.delta=0.5&batch_size=all&stopping.epoch=20&stopping.patience=5");
  assert.deepEqual(readAddress(address), { loss: { name: "huber", delta: 0.5 }, batch_size: "all", stopping: { epoch: 20, patience: 5 } });
  const weighted = (class_weights) => readAddress(write({ ...iris, loss: { name: "cross_entropy", class_weights } })).loss.class_weights;
  assert.deepEqual(weighted([1, 2.5, 1]), [1, 2.5, 1]);
  assert.equal(weighted("balanced"), "balanced");
});

test("what is cut out and frozen is in the address", () => {
  const layers = [
    { units: 4, activation: "tanh", cut: [0, 3], frozen: [[0, 2], [1, 2], [1]] }, { units: 2, activation: "relu", frozen: "all", residual: true }, { units: 1, activation: "tanh", frozen: [[0]] },
  ];
  const spec = { ...circle, network: { layers } };
  const address = writeAddress(spec, () => circle);
  assert.match(address, /4-tanh-cut0\.3-frozen0_2\.1_2\.1,2-relu-residual-frozen,1-tanh-frozen0/);
  assert.deepEqual(readAddress(address).network.layers, layers);
});
