// @ts-check
/**
 * Form controls bound to one place of the spec. They show what the server holds; an edit is a request. If it is refused, the
 * old value comes back and the reason stands under the field.
 */
import { h, setAttribute } from "./dom.js";

let serial = 0;
const newId = (name) => `${name}-${++serial}`;

/** The allowed range or choices of a refused value, in words. */
export function allowedText(t, allowed, scale = 1) {
  if (!allowed) return t("field.nothing");
  const show = (value) => String(Number((value * scale).toPrecision(12)));
  const { minimum, maximum } = allowed;
  if (Array.isArray(allowed.choices)) return t("field.choices", { choices: allowed.choices.join(", ") });
  if (minimum !== undefined && maximum !== undefined) {
    const key = allowed.type === "integer" ? "integer_range"
      : allowed.exclusive_minimum && allowed.exclusive_maximum ? "between"
        : allowed.exclusive_minimum ? "above"
          : allowed.exclusive_maximum ? "below" : "range";
    return t(`field.${key}`, { minimum: show(minimum), maximum: show(maximum) });
  }
  if (allowed.type === "integer") return t("field.type", { type: t("field.integer") });
  if (allowed.type === "number") return t("field.type", { type: t("field.number") });
  return t("field.nothing");
}

function problemLine(context, path, control, scale = 1) {
  const id = newId("problem");
  const line = h("p", { class: "problem", id, role: "alert" });
  context.select((state) => state.problems[path], (problem) => {
    setAttribute(control, "aria-invalid", Boolean(problem));
    if (problem) control.setAttribute("aria-describedby", id);
    else control.removeAttribute("aria-describedby");
    const { t } = context;
    line.textContent = problem
      ? `${problem.value === null || problem.value === undefined || problem.value === "" ? "" : t("field.not_set", { value: shown(problem.value, scale) })}${allowedText(t, problem.allowed, scale)}`
      : "";
  });
  return line;
}

const shown = (value, scale) => (typeof value === "number" ? String(Number((value * scale).toPrecision(12))) : String(value).slice(0, 24));

/** A label, and the "?" behind it. */
export const withHelp = (label, help) => (help ? h("span", { class: "helped" }, label, help) : label);

/** Number -> position of the slider and back. */
const SCALES = {
  linear: ({ minimum, maximum }) => ({
    position: (value) => (value - minimum) / (maximum - minimum),
    value: (position) => minimum + position * (maximum - minimum),
  }),
  log: ({ minimum, maximum }) => ({
    position: (value) => Math.log(Math.max(value, minimum) / minimum) / Math.log(maximum / minimum),
    value: (position) => minimum * (maximum / minimum) ** position,
  }),
};

/** The next of 1, 2, 3, 5 x 10^k above or below: what an arrow key does to a learning rate. */
export function neighbour(value, direction) {
  const steps = [1, 2, 3, 5];
  const decade = Math.floor(Math.log10(value) + 1e-9);
  const round = (number) => Number(number.toPrecision(3));
  const around = [-1, 0, 1].flatMap((shift) => steps.map((step) => round(step * 10 ** (decade + shift))));
  return direction > 0 ? around.find((candidate) => candidate > value * (1 + 1e-9)) : around.findLast((candidate) => candidate < value * (1 - 1e-9));
}

/**
 * @param {any} context
 * @param {{path: string, label: string, read: (spec: any) => number, write: (value: number) => any, bounds: any,
 *   step?: number|"any", scale?: number, unit?: string, decimals?: number, slider?: {kind: "linear"|"log", minimum: number, maximum: number, step: number},
 *   extra?: HTMLElement, title?: string, help?: Element, change?: (value: any) => Promise<any>, none?: string}} options  `scale`
 *   turns the spec's value into the shown one (100 for per cent); a value is sent as the changes that `write` gives, or by
 *   `change`; with `none`, the words for no value at all, the field may be empty
 */
export function numberField(context, { path, label, read, write, bounds, step = "any", scale = 1, unit, decimals, slider, extra, title, help, change, none }) {
  const { t } = context;
  const id = newId(path.replaceAll(".", "-"));
  const input = h("input", {
    id, class: "input", type: "number", placeholder: none, inputmode: bounds.type === "integer" ? "numeric" : "decimal", step, autocomplete: "off",
    // no min and max here: the server says what is allowed, in words; a browser bubble would come first and in one language
  });
  const format = (value) => (value === null ? "" : decimals === undefined ? String(Number((value * scale).toPrecision(12))) : (value * scale).toFixed(decimals));
  let current = NaN;
  let typing = false; // what somebody is typing is not overwritten by what arrives

  const ask = async (value) => {
    const answer = await (change ? change(value) : context.set(write?.(value), path, value));
    if (answer?.type === "error" || Object.is(value, current)) input.value = format(current);
  };
  const commit = () => {
    typing = false;
    const text = input.value.trim();
    if (text === "" && none !== undefined && !input.validity.badInput) {
      if (current !== null) ask(null);
      return;
    }
    if (text === "" || !Number.isFinite(Number(text))) {
      input.value = format(current);
      context.store.dispatch({ type: "problem", field: path, problem: { value: "", allowed: bounds } });
      return;
    }
    const value = bounds.type === "integer" ? Number(text) / scale : Number((Number(text) / scale).toPrecision(12));
    if (value === current) context.store.dispatch({ type: "solved", field: path });
    if (value !== current) ask(value);
    else input.value = format(current);
  };
  input.addEventListener("change", commit);
  input.addEventListener("input", () => {
    typing = true;
    context.store.dispatch({ type: "solved", field: path });
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      typing = false;
      input.value = format(current);
    }
    if (slider?.kind === "log" && (event.key === "ArrowUp" || event.key === "ArrowDown") && current > 0) {
      event.preventDefault();
      const shown = Number(input.value) / scale; // may be ahead of what the server has answered
      const next = neighbour(shown > 0 ? shown : current, event.key === "ArrowUp" ? 1 : -1);
      input.value = format(next);
      ask(next);
    }
  });

  const control = unit ? h("span", { class: "suffixed" }, input, h("span", { "aria-hidden": "true" }, unit)) : input;
  const field = h("div", { class: `field${extra ? " with-button" : ""}`, title }, withHelp(h("label", { for: id }, label), help), extra ?? null, control);
  let range = null;
  if (slider) {
    // The number field is the control for keyboards and screen readers; the slider is the same value for the hand.
    const curve = SCALES[slider.kind](slider);
    range = h("input", { class: "slider", type: "range", min: 0, max: 1, step: "any", tabindex: -1, "aria-hidden": "true", title: t("field.drag") });
    const rounded = (value) => (slider.kind === "log" ? Number(value.toPrecision(2)) : Number((Math.round(value / slider.step) * slider.step).toPrecision(12)));
    range.addEventListener("input", () => {
      const value = rounded(curve.value(Number(range.value)));
      input.value = format(value);
      fill();
      if (value !== current) ask(value);
    });
    field.append(range);
    range.refresh = () => {
      if (!range.matches(":active")) range.value = String(Math.max(0, Math.min(1, curve.position(current))));
      fill();
    };
    const fill = () => range.style.setProperty("--filled", `${Number(range.value) * 100}%`);
  }
  field.append(problemLine(context, path, input, scale));
  context.select((state) => state.spec && read(state.spec, state), (value, state) => {
    if (value === undefined || !state.spec || (value === null && none === undefined)) return;
    current = value;
    if (!typing && input.value !== format(value)) {
      input.value = format(value);
      // A new value under the cursor would leave it at the end, and the next digit would be appended: typing replaces it.
      if (document.activeElement === input) input.select();
    }
    range?.refresh();
  });
  return field;
}

/**
 * @param {any} context
 * @param {{path: string, label: string, read: (spec: any) => string, write?: (value: string) => any, change?: (value: string) => Promise<any>,
 *   options: (state: any) => [string, string][], hidden?: boolean, className?: string, help?: Element}} options
 *   `options` gives [value, words] and may change with the state; `hidden` keeps the label for ears only; a choice is sent as
 *   the changes that `write` gives, or by `change`
 */
export function selectField(context, { path, label, read, write, change, options, hidden = false, className = "", help }) {
  const id = newId(path.replaceAll(/[.[\]]/g, "-"));
  const select = h("select", { id, class: `select ${className}`.trim(), "aria-label": hidden ? label : null });
  let listed = "";
  const list = (state) => {
    const choices = options(state);
    const key = JSON.stringify(choices);
    if (key === listed) return;
    listed = key;
    select.replaceChildren(...choices.map(([value, words]) => h("option", { value }, words)));
  };
  context.select((state) => state.spec, (spec, state) => {
    if (!spec) return;
    list(state);
    const value = read(spec);
    if (value !== undefined && select.value !== value) select.value = value;
  });
  select.addEventListener("change", async () => {
    const answer = await (change ? change(select.value) : context.set(write?.(select.value), path, select.value));
    if (answer?.type === "error") select.value = read(context.store.get().spec);
  });
  if (hidden) return select;
  return h("div", { class: "field wide" }, withHelp(h("label", { for: id }, label), help), select, problemLine(context, path, select));
}

/**
 * Yes or no.
 * @param {any} context
 * @param {{path: string, label: string, read: (spec: any) => boolean|null, write?: (value: boolean) => any, change?: (value: boolean) => Promise<any>, help?: Element}} options
 */
export function checkField(context, { path, label, read, write, change, help }) {
  const input = h("input", { type: "checkbox", onchange: async () => {
    const answer = await (change ? change(input.checked) : context.set(write?.(input.checked), path, input.checked));
    if (answer?.type === "error") input.checked = Boolean(read(context.store.get().spec));
  } });
  context.select((state) => state.spec && read(state.spec), (value) => {
    if (value !== null && value !== undefined) input.checked = value;
  });
  return h("div", { class: "field wide" }, withHelp(h("label", { class: "check" }, input, label), help), problemLine(context, path, input));
}

/** Two or three exclusive states as one control. */
export function segmented(context, { label, choices, read, write }) {
  const buttons = choices.map(([value, words]) => h("button", { type: "button", onclick: () => write(value), "data-value": value }, words));
  context.select((state) => read(state), (value) => {
    for (const button of buttons) setAttribute(button, "aria-pressed", button.dataset.value === value);
  });
  return h("div", { class: "segmented", role: "group", "aria-label": label }, buttons);
}
