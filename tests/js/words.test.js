import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { addWords, createTranslator, hasWords } from "../../static/js/i18n.js";
import { allowedText, neighbour } from "../../static/js/fields.js";
import { readParts, readWords } from "./reading-words.js";

const words = { en: readWords("en"), zh: readWords("zh") };
const flat = (node, path = "") => Object.entries(node).flatMap(([key, value]) => (typeof value === "object" ? flat(value, `${path}${key}.`) : [[path + key, value]]));

test("both languages have the same words", () => {
  assert.deepEqual(flat(words.en).map(([key]) => key).sort(), flat(words.zh).map(([key]) => key).sort());
});

test("no word stands in two files, and a file has the same words in both languages", () => {
  const keys = Object.values(readParts("en")).flatMap((part) => flat(part).map(([key]) => key));
  assert.deepEqual(keys.filter((key, at) => keys.indexOf(key) !== at), []);
  const lists = (code) => Object.entries(readParts(code)).map(([name, part]) => [name, flat(part).map(([key]) => key).sort()]);
  assert.deepEqual(lists("zh"), lists("en"));
});

test("words that come later join those that are there, for translators made before", () => {
  const tree = addWords({}, { net: { a: "A" } });
  const t = createTranslator(tree);
  addWords(tree, { net: { b: "B" }, own: { c: "C" } });
  assert.deepEqual(["net.a", "net.b", "own.c"].map((key) => t(key)), ["A", "B", "C"]);
});

test("both languages fill in the same things", () => {
  const holes = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort().join();
  const chinese = Object.fromEntries(flat(words.zh));
  for (const [key, text] of flat(words.en)) {
    if (/\.one$/.test(key)) continue; // "1 neuron" needs no number
    assert.equal(holes(chinese[key]), holes(text), key);
  }
});

test("a translator fills in, counts, and refuses what it does not know", () => {
  const t = createTranslator(words.en);
  assert.equal(t("net.layer", { number: 2 }), "Layer 2");
  assert.equal(t("net.neurons", { count: 1 }), "1 neuron");
  assert.equal(t("net.neurons", { count: 3 }), "3 neurons");
  assert.throws(() => t("net.nothing"), /no words for "net.nothing"/);
  assert.throws(() => t("net.layer"), /needs \{number\}/);
});

test("hasWords says whether there are words", () => {
  assert.equal(hasWords(words.zh, "catalog.optimizers.adam"), true);
  assert.equal(hasWords(words.zh, "catalog.optimizers.magic"), false);
});

test("a refused value is answered with what is allowed, in both languages", () => {
  const above = { minimum: 0, maximum: 100, exclusive_minimum: true };
  assert.equal(allowedText(createTranslator(words.en), above), "Allowed: above 0, up to 100.");
  assert.equal(allowedText(createTranslator(words.zh), above), "允许范围：大于 0，不超过 100。");
  assert.equal(allowedText(createTranslator(words.en), { type: "integer", minimum: 1, maximum: 250 }), "Allowed: whole numbers from 1 to 250.");
  assert.equal(allowedText(createTranslator(words.en), { minimum: 0.1, maximum: 0.9 }, 100), "Allowed: 10 to 90.");
  assert.equal(allowedText(createTranslator(words.en), { choices: ["a", "b"] }), "Allowed: a, b.");
});

test("an arrow key takes a learning rate to the next round number", () => {
  assert.equal(neighbour(0.03, 1), 0.05);
  assert.equal(neighbour(0.03, -1), 0.02);
  assert.equal(neighbour(0.1, -1), 0.05);
  assert.equal(neighbour(0.0123, 1), 0.02);
});

test("every word is used somewhere", () => {
  const folder = new URL("../../static/js/", import.meta.url);
  const source = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".js")).map((name) => readFileSync(new URL(name, folder), "utf8")).join("\n");
  const unused = flat(words.en).map(([key]) => key.replace(/\.(one|other)$/, "")).filter((key) => {
    if (key.startsWith("catalog.") || key.startsWith("conformance.notes.")) return false; // named by the server's rows
    const parts = key.split(".");
    // either the whole key stands in the code, or it is put together from a group and a name
    const groups = parts.slice(1).map((_, at) => parts.slice(0, at + 1).join("\\."));
    return !source.includes(`"${key}"`) && !groups.some((group) => new RegExp(`\`${group}\\.[a-z_]*\\$\\{`).test(source));
  });
  assert.deepEqual(unused, []);
});
