import assert from "node:assert/strict";
import test from "node:test";
import { createTranslator } from "../../static/js/i18n.js";
import { OWN_KEYS, SHORTCUTS, keyOf } from "../../static/js/shortcuts.js";
import { readWords } from "./reading-words.js";

globalThis.document = { documentElement: { dataset: {} } };
const { scaleOf, summaryOf } = await import("../../static/js/showing.js");

test("a projector's page is as much larger as the screen is, in the tighter direction", () => {
  assert.equal(scaleOf(1920, 1080), 2);
  assert.ok(Math.abs(scaleOf(1280, 720) - 4 / 3) < 1e-9);
  assert.equal(scaleOf(1600, 540), 1.2); // never less than a fifth larger
  assert.equal(scaleOf(390, 844), 1); // a phone is no projector
});

for (const [language, expected] of [["en", "Circle, 2-4-2-1, tanh, rate 0.03"], ["zh", "圆环，2-4-2-1，tanh，学习率 0.03"]]) {
  test(`what is shown is said in a line (${language})`, () => {
    const words = readWords(language);
    const context = { t: createTranslator(words), label: (menu, name) => words.catalog[menu][name] };
    const layers = [4, 2, 1].map((units) => ({ units, activation: "tanh" }));
    const spec = { data: { name: "circle" }, network: { layers }, optimizer: { learning_rate: 0.03 } };
    const said = summaryOf(context, spec, { inputs: ["x1", "x2"] });
    assert.equal(said, expected.replace("圆环", words.catalog.datasets.circle));
  });
}

test("keys are named as the tables name them", () => {
  const of = (key, more = {}) => keyOf({ key, ctrlKey: false, metaKey: false, shiftKey: false, ...more });
  assert.deepEqual([of(" "), of("s"), of("S", { shiftKey: true }), of("?", { shiftKey: true }), of("z", { ctrlKey: true }), of("Z", { metaKey: true, shiftKey: true }), of("ArrowLeft", { shiftKey: true })],
    ["Space", "S", "S", "?", "Ctrl+Z", "Ctrl+Shift+Z", "ArrowLeft"]);
});

test("no key of a page means two things", () => {
  for (const [page, table] of Object.entries(SHORTCUTS)) {
    const keys = table.flatMap((row) => row.keys);
    assert.equal(new Set(keys).size, keys.length, page);
  }
});

for (const language of ["en", "zh"]) {
  test(`every key of the sheet and what it does has a word (${language})`, () => {
    const t = createTranslator(readWords(language));
    const rows = [...Object.values(SHORTCUTS).flat().map(({ keys, name }) => [keys, name]), ...Object.values(OWN_KEYS).flatMap(Object.values).flat()];
    for (const [keys, name] of rows) {
      assert.ok(t(`shortcuts.${name}`));
      for (const key of keys.flatMap((one) => one.split("+")).filter((one) => one.length > 1)) assert.ok(t(`shortcuts.keys.${key}`));
    }
    for (const control of Object.values(OWN_KEYS).flatMap(Object.keys)) assert.ok(t(`shortcuts.in.${control}`));
  });
}
