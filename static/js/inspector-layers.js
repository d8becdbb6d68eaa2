// @ts-check
/** The inspector's second tab: how gradients, activations and updates fare in each layer. */
import { createDiagnosisWords, ratioText } from "./diagnosis-words.js";
import { h, s, setAttribute, setText } from "./dom.js";
import { decimal, integer, percent } from "./format.js";

const WIDTH = 96;
const HEALTHY = 1e-3; // of an update, as a share of its weight

/**
 * Where a number stands on a log axis, from 0 to 1.
 * @param {number|null} value
 * @param {[number, number]} exponents  of ten, at both ends
 */
export function placeOnLog(value, [low, high]) {
  if (value === null) return 1;
  if (!(value > 0)) return 0;
  return Math.min(1, Math.max(0, (Math.log10(value) - low) / (high - low)));
}

/** Whole powers of ten around some numbers. @param {(number|null)[]} values @returns {[number, number]} */
export function decades(values) {
  const logs = values.filter((value) => value !== null && value > 0).map((value) => Math.log10(/** @type {number} */ (value)));
  if (!logs.length) return [-4, 0];
  const low = Math.max(-20, Math.floor(Math.min(...logs)));
  const high = Math.min(20, Math.ceil(Math.max(...logs)));
  return [Math.min(low, high - 2), high];
}

/** @param {any} context */
export function layersPart(context) {
  const { t } = context;
  const COLUMNS = ["gradient", "update", "dead", "saturated", "weight", "activation"];
  const body = h("tbody", {});
  const moment = h("p", { class: "hint", "data-testid": "layers-moment" });
  const column = (name) => h("th", { scope: "col", title: t(`inspector.about_column.${name}`) }, t(`inspector.column.${name}`));
  const table = h("table", { class: "layers-table", "aria-label": t("inspector.layers") }, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("inspector.column.layer")), COLUMNS.map(column))), body);
  const element = h("div", { class: "inspector-scroll", tabindex: 0, role: "group", "aria-label": t("inspector.layers") }, moment, table, h("p", { class: "hint layers-note" }, t("inspector.note")));
  let built = -1;
  let rows = [];

  function bar(hasGuide) {
    const rect = s("rect", { x: 0, y: 3, height: 8, width: 0, rx: 1 });
    const guide = hasGuide ? s("line", { y1: 0, y2: 14, class: "guide" }) : null;
    return { rect, guide, svg: s("svg", { viewBox: `0 0 ${WIDTH} 14`, width: WIDTH, height: 14, preserveAspectRatio: "none", "aria-hidden": "true", class: "log-bar" }, rect, guide) };
  }
  function row(index, words) {
    const bars = { gradient: bar(false), update: bar(true) };
    const texts = Object.fromEntries(COLUMNS.map((name) => [name, h("span", { class: "layer-number" })]));
    const cells = COLUMNS.map((name) => h("td", { "data-testid": `layer-${index}-${name}` }, bars[name]?.svg ?? null, texts[name]));
    return { bars, texts, cells: Object.fromEntries(COLUMNS.map((name, at) => [name, cells[at]])), element: h("tr", {}, h("th", { scope: "row" }, words.heading(index)), cells) };
  }

  context.select((state) => state.inspector.diagnosis, (diagnosis, { spec }) => {
    if (!diagnosis || !spec || diagnosis.layers.length !== spec.network.layers.length) return;
    const { layers, findings, step } = diagnosis;
    if (built !== layers.length) {
      const words = createDiagnosisWords(context, spec);
      built = layers.length;
      rows = layers.map((_, index) => row(index, words));
      body.replaceChildren(...rows.map((each) => each.element));
    }
    setText(moment, t("inspector.at", { step: integer(step) }));
    const gradients = decades(layers.map((layer) => layer.gradient_norm));
    const updates = decades([...layers.map((layer) => layer.update_ratio), HEALTHY]);
    layers.forEach((layer, index) => {
      const { bars, texts, cells } = rows[index];
      const values = { gradient: layer.gradient_norm, update: layer.update_ratio, weight: layer.weight_norm, activation: layer.activation_mean, dead: layer.dead_share, saturated: layer.saturated_share };
      setText(texts.gradient, ratioText(values.gradient));
      setText(texts.update, ratioText(values.update));
      setText(texts.weight, ratioText(values.weight));
      setText(texts.activation, t("inspector.spread", { mean: decimal(layer.activation_mean, 2), spread: decimal(layer.activation_spread, 2) }));
      setText(texts.dead, percent(values.dead, 0));
      setText(texts.saturated, percent(values.saturated, 0));
      setAttribute(bars.gradient.rect, "width", (placeOnLog(values.gradient, gradients) * WIDTH).toFixed(1));
      setAttribute(bars.update.rect, "width", (placeOnLog(values.update, updates) * WIDTH).toFixed(1));
      const guide = (placeOnLog(HEALTHY, updates) * WIDTH).toFixed(1);
      setAttribute(bars.update.guide, "x1", guide);
      setAttribute(bars.update.guide, "x2", guide);
      const marked = (kind) => findings.some((finding) => finding.kind === kind && finding.layers.includes(index));
      const trouble = { gradient: marked("vanishing") || marked("exploding"), update: marked("too_fast"), dead: marked("dead"), saturated: marked("saturated") };
      for (const name of COLUMNS) {
        setAttribute(cells[name], "data-value", values[name] ?? "");
        setAttribute(cells[name], "data-trouble", Boolean(trouble[name]));
      }
    });
  });
  return element;
}
