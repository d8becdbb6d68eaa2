// @ts-check
/** A weight or a bias set by value, while the net trains, too: typed, with the arrow keys, or dragged by its label. */
import { h, setAttribute } from "./dom.js";
import { elementOf, placeOf, readElement } from "./elements.js";
import { allowedText } from "./fields.js";
import { readParameter } from "./net-reading.js";

const LIMITS = { type: "number", minimum: -1e6, maximum: 1e6 };
const PER_PIXEL = 0.01;
const DECIMALS = 4;

const rounded = (value) => Number(value.toFixed(DECIMALS));

/**
 * What an arrow key makes of a value: a tenth further, a hundredth with Alt, one with Shift.
 * @param {number} value
 * @param {{key: string, shiftKey: boolean, altKey: boolean}} event
 * @returns {number|null}
 */
export function nudged(value, { key, shiftKey, altKey }) {
  const direction = { ArrowUp: 1, ArrowDown: -1 }[key];
  return direction === undefined ? null : rounded(value + direction * (shiftKey ? 1 : altKey ? 0.01 : 0.1));
}

/** @param {any} context  @returns {{element: HTMLElement, about: (element: string|null) => void}} */
export function valueField(context) {
  const { t, store } = context;
  const input = h("input", { class: "input", id: "set-value", type: "number", step: "any", inputmode: "decimal", autocomplete: "off", "data-keep": "set-value" });
  const problem = h("p", { class: "problem", role: "alert", id: "set-value-problem" });
  const label = h("label", { for: "set-value", class: "drag-label", title: t("explain.panel.set_hint") }, t("explain.panel.set"));
  const field = h("div", { class: "set-value", hidden: true, "data-lesson": "net" }, label, input, problem);
  /** @type {any} */
  let place = null;
  let typing = false;
  let dragged = null; // {from, at}: where the hand took hold

  const current = () => {
    const { frame } = store.get();
    return frame && place ? readParameter(frame, place)?.value ?? null : null;
  };
  const show = () => {
    const value = current();
    // a number that runs along cannot be typed over
    const isHeld = document.activeElement === input && store.get().status.state === "playing";
    if (value !== null && !typing && !dragged && !isHeld) {
      const text = String(rounded(value));
      if (input.value !== text) input.value = text;
    }
  };
  const complain = (allowed) => {
    problem.textContent = allowed ? allowedText(t, allowed) : "";
    setAttribute(input, "aria-invalid", Boolean(allowed));
    if (allowed) input.setAttribute("aria-describedby", problem.id);
    else input.removeAttribute("aria-describedby");
  };
  const ask = async (value) => {
    const asked = place;
    const { layer, kind, at } = readElement(elementOf(place));
    const answer = await context.editNumber({ type: "edit", parameter: `layers.${layer}.${kind}`, index: at, value });
    if (asked === place && answer.type !== "replaced") complain(answer.type === "error" ? answer.allowed ?? LIMITS : null);
  };
  const commit = () => {
    if (!typing) return;
    const value = Number(input.value);
    if (input.value.trim() === "" || !Number.isFinite(value)) return complain(LIMITS);
    typing = false;
    ask(value);
  };
  input.addEventListener("input", () => {
    typing = true;
    complain(null);
  });
  input.addEventListener("change", commit);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") return commit();
    if (event.key === "Escape" && typing) {
      event.stopPropagation();
      typing = false;
      complain(null);
      return show();
    }
    const next = nudged(Number(input.value), event);
    if (next === null) return undefined;
    event.preventDefault();
    typing = false;
    input.value = String(next);
    return ask(next);
  });
  input.addEventListener("blur", () => {
    if (problem.textContent === "") typing = false;
    show();
  });
  input.addEventListener("focus", () => input.select());
  label.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || current() === null) return;
    label.setPointerCapture(event.pointerId);
    dragged = { from: Number(input.value), at: event.clientX };
  });
  label.addEventListener("pointermove", (event) => {
    if (!dragged) return;
    const value = rounded(dragged.from + (event.clientX - dragged.at) * PER_PIXEL);
    if (String(value) === input.value) return;
    typing = false;
    input.value = String(value);
    ask(value);
  });
  const drop = () => { dragged = null; };
  label.addEventListener("pointerup", drop);
  label.addEventListener("pointercancel", drop);
  context.select((state) => state.frame, show);

  return {
    element: field,
    /** Which number it sets; none for what does not learn. */
    about(element) {
      const kind = element && readElement(element).kind;
      const next = kind === "weight" || kind === "bias" ? placeOf(element) : null;
      const isOther = !next || !place || elementOf(next) !== elementOf(place);
      place = next;
      field.hidden = !next;
      if (!isOther) return;
      typing = false;
      complain(null);
      show();
    },
  };
}
