// @ts-check
/**
 * What a check of a gradient came to: a slider for the step, the secant's slope beside the gradient, the loss along the number,
 * and the error against the step, which shows what is lost at both ends.
 */
import { h, pointIn, s, setAttribute, setText } from "../dom.js";
import { decimal, power, signed, superscript } from "../format.js";
import { derivative, math, operator, row, symbol } from "../mathml.js";
import { plainName, splitName, variable } from "../walk-names.js";
import { drawErrors, nearestStep } from "./error-curve.js";
import { drawSlice } from "./slice.js";

const GOOD = 1e-6;

/** "10⁻⁵", "3.2×10⁻⁶" */
const stepText = (step) => {
  const exponent = Math.log10(step);
  return Math.abs(exponent - Math.round(exponent)) < 1e-9 ? `10${superscript(Math.round(exponent))}` : power(step, 1);
};

/** It did not come back. @param {any} context @param {Error} error @param {() => void} again */
export function checkFailure({ t }, error, again) {
  return [
    h("p", { class: "problem", role: "alert" }, t("walk.check.failed", { message: error.message })),
    h("button", { type: "button", class: "button dense", onclick: again }, t("walk.check.again")),
  ];
}

/**
 * @param {any} context  with t
 * @param {{answer: any, name: string, lossName: string, place?: string}} options  names as in the engine: w_1 has an index
 * @returns {{elements: Element[], redraw: () => void}}  to be drawn again when its room changes
 */
export function checkReport(context, { answer, name, lossName, place }) {
  const { t } = context;
  const { steps, analytic } = answer;
  let chosen = answer.best;

  const slice = s("svg", { class: "slice", role: "img" });
  const errors = s("svg", { class: "errors", role: "img" });
  const control = stepControl(context, steps, () => chosen, (index) => { chosen = index; redraw(); });
  const cell = (testid) => h("dd", { "data-testid": testid });
  const [numeric, exact, error] = ["check-numeric", "check-analytic", "check-error"].map(cell);
  const verdict = h("p", { class: "check-verdict", role: "status" });
  const say = debounced((words) => setText(verdict, words));

  function redraw() {
    const step = steps[chosen];
    const write = (element, value, text) => { setText(element, text); setAttribute(element, "data-value", value ?? ""); };
    write(numeric, step.numeric, signed(step.numeric, 9));
    write(exact, analytic, analytic === null ? "–" : signed(analytic, 9));
    write(error, step.relative_error, step.relative_error === null ? "–" : power(step.relative_error, 1));
    setAttribute(error, "data-good", step.relative_error !== null && step.relative_error < GOOD);
    say(words(context, answer, chosen));
    control.refresh();
    const size = (svg) => ({ width: svg.clientWidth || 360, height: svg.clientHeight || 160 });
    drawSlice(slice, { ...answer.slice, value: answer.value, loss: answer.slice.losses[(answer.slice.losses.length - 1) / 2], slope: analytic, step }, { ...size(slice), name: splitName(name), lossName: splitName(lossName) });
    setAttribute(slice, "aria-label", t("walk.check.slice_label", { name: plainName(name), value: decimal(answer.value, 4), slope: signed(analytic, 4) }));
    const { x } = drawErrors(errors, steps, { ...size(errors), chosen, words: { roundOff: t("walk.check.round_off"), truncation: t("walk.check.truncation"), error: t("walk.check.error_axis") } });
    setAttribute(errors, "aria-label", t("walk.check.errors_label", { h: stepText(steps[answer.best].h), error: power(steps[answer.best].relative_error, 1) }));
    errors.onclick = (event) => {
      chosen = nearestStep(steps, x, pointIn(errors, event)[0]);
      redraw();
    };
  }

  const [letters, index] = splitName(name);
  const point = (sign) => math(symbol(lossName), operator("("), symbol(index ? `${letters}_${index}` : letters), operator(sign), row(symbol("h")), operator(")"));
  const numbers = h("div", { class: "check-main" },
    h("div", { class: "check-head" }, math(derivative(symbol(lossName), symbol(name))), place && h("span", { class: "hint" }, place)),
    control.element,
    h("dl", { class: "check-numbers" },
      h("div", {}, h("dt", {}, t("walk.check.numeric"), " ", h("span", { class: "check-formula" }, "(", point("+"), " − ", point("−"), ") / 2", variable("h"))), numeric),
      h("div", { class: "exact" }, h("dt", {}, t("walk.check.analytic")), exact),
      h("div", {}, h("dt", {}, t("walk.check.relative_error")), error)),
    verdict);
  const elements = [
    numbers,
    h("figure", {}, h("figcaption", {}, t("walk.check.slice"), key(t)), slice),
    h("figure", {}, h("figcaption", {}, t("walk.check.errors")), errors),
    table(context, steps),
  ];
  return { elements, redraw };
}

const key = (t) => h("div", { class: "check-key", "aria-hidden": "true" },
  [["slice-tangent", "tangent"], ["slice-secant", "secant"]].map(([kind, name]) => h("span", { class: "legend-item" },
    s("svg", { viewBox: "0 0 26 6", width: 26, height: 6 }, s("line", { class: kind, x1: 0, x2: 26, y1: 3, y2: 3 })), t(`walk.check.${name}`))));

/** What the numbers say, in a sentence. */
function words({ t }, { steps, analytic, kink, best }, chosen) {
  if (kink) return t("walk.check.kink", { left: signed(kink.left, 4), right: signed(kink.right, 4), analytic: analytic === null ? "–" : signed(analytic, 4) });
  if (analytic === null) return t("walk.check.constant");
  const { h: step, relative_error: error } = steps[chosen];
  if (error === null) return t("walk.check.outside");
  if (error < GOOD) return t("walk.check.agree", { h: stepText(step), digits: Math.min(15, Math.max(1, Math.floor(-Math.log10(Math.max(error, 1e-16))))) });
  return t(step > steps[best].h ? "walk.check.too_large" : "walk.check.too_small", { h: stepText(step), best: stepText(steps[best].h) });
}

/** A slider over the half decades, small steps on the left as in the picture below it, and the same as a number. */
function stepControl({ t }, steps, read, write) {
  const last = steps.length - 1;
  const range = h("input", { type: "range", class: "slider", id: "check-h", min: 0, max: last, step: 1, "aria-label": t("walk.check.step"), oninput: () => write(last - Number(range.value)) });
  const field = h("input", { type: "text", class: "input", inputmode: "decimal", autocomplete: "off", "aria-label": t("walk.check.step_number"), onchange: () => {
    const wanted = Math.abs(Number(field.value.replace("×10", "e").replace(/[\u2212⁻]/g, "-")));
    if (wanted > 0) write(steps.reduce((best, { h: step }, index) => (Math.abs(Math.log(step / wanted)) < Math.abs(Math.log(steps[best].h / wanted)) ? index : best), 0));
    refresh();
  } });
  const refresh = () => {
    range.value = String(last - read());
    range.style.setProperty("--filled", `${(100 * (last - read())) / last}%`);
    range.setAttribute("aria-valuetext", stepText(steps[read()].h));
    field.value = steps[read()].h.toExponential(1).replace(".0e", "e");
  };
  return { element: h("div", { class: "check-step" }, h("label", { for: "check-h" }, variable("h")), range, field), refresh };
}

/** The steps for ears. */
function table({ t }, steps) {
  const head = (words_) => h("th", { scope: "col" }, words_);
  return h("table", { class: "visually-hidden", "aria-label": t("walk.check.table") },
    h("thead", {}, h("tr", {}, head("h"), head(t("walk.check.numeric")), head(t("walk.check.relative_error")))),
    h("tbody", {}, steps.map((step) => h("tr", {}, h("th", { scope: "row" }, stepText(step.h)), h("td", {}, decimal(step.numeric, 9)), h("td", {}, power(step.relative_error, 1))))));
}

/** A status that changes while a slider is dragged would be read at every stop: it waits until the hand rests. */
function debounced(action) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), 250);
  };
}
