import assert from "node:assert/strict";
import { test } from "node:test";
import { changeName, changeText } from "../../static/js/changes.js";
import { createTranslator, hasWords } from "../../static/js/i18n.js";
import { nudged } from "../../static/js/value-field.js";
import { readWords } from "./reading-words.js";

const spec = { data: { name: "circle", features: ["x1", "x2"] }, network: { layers: [{ units: 4 }, { units: 2 }, { units: 1 }] } };

function contextIn(code) {
  const words = readWords(code);
  const t = createTranslator(words);
  return { t, label: (menu, name) => (hasWords(words, `catalog.${menu}.${name}`) ? t(`catalog.${menu}.${name}`) : name), classLabel: () => "", store: { get: () => ({ spec }) } };
}
const [en, zh] = [contextIn("en"), contextIn("zh")];

for (const [kind, english, chinese] of [
  ["reset", "back to step 0", "回到第 0 步"],
  ["set optimizer.learning_rate", "Learning rate", "学习率"],
  ["set optimizer.learning_rate optimizer.name", "Optimizer", "优化器"],
  ["set network.layers", "the layers", "各层"],
  ["set batch_size seed", "Batch size and more", "批量大小等"],
  ["edit layers.0.weight [1, 2]", "Weight x₂ → 1.3", "权重 x₂ → 1.3"],
  ["cut layers.0 [2]", "1.3 cut out", "剪除 1.3"],
  ["restore layers.1", "Layer 2 put back", "恢复 第 2 层"],
  ["freeze layers.0.weight [1, 2]", "Weight x₂ → 1.3 frozen", "冻结 权重 x₂ → 1.3"],
  ["thaw layers.2 [0]", "ŷ thawed", "解冻 ŷ"],
  ["edit layers.2.bias [0]", "Bias of ŷ", "ŷ 的偏置"],
]) {
  test(`"${kind}" in words`, () => {
    assert.equal(changeName(en, kind), english);
    assert.equal(changeName(zh, kind), chinese);
  });
}

test("nothing to undo has no name", () => assert.equal(changeName(en, null), ""));

test("a change tells what was and what is", () => {
  assert.equal(changeText(en, [{ path: "optimizer.learning_rate", before: 0.03, after: 0.1 }]), "Learning rate 0.03 → 0.1");
  assert.equal(changeText(en, [{ path: "optimizer.beta1", before: null, after: 0.9 }, { path: "optimizer.name", before: "sgd", after: "adam" }]), "Optimizer SGD → Adam");
  assert.equal(changeText(en, [{ path: "network.layers", before: [{ units: 4 }, { units: 1 }], after: [{ units: 4 }, { units: 2 }, { units: 1 }] }]), "the layers 4-1 → 4-2-1");
  assert.equal(changeText(en, [{ path: "layers.0.bias [1]", before: null, after: -0.5 }]), "Bias of 1.2 −0.5000");
  assert.equal(changeText(en, []), "");
});

test("arrow keys move a number by a tenth, finer with Alt, coarser with Shift, without dust", () => {
  const key = (name, extra = {}) => ({ key: name, shiftKey: false, altKey: false, ...extra });
  assert.equal(nudged(0.2, key("ArrowUp")), 0.3);
  assert.equal(nudged(0.3, key("ArrowDown", { altKey: true })), 0.29);
  assert.equal(nudged(0.3, key("ArrowDown", { shiftKey: true })), -0.7);
  assert.equal(nudged(0.3, key("a")), null);
});
