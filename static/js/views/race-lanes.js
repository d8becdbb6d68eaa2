// @ts-check
/** Who takes part: an optimizer with its own fields, schedule and clipping in each lane; what they race on above them. */
import { lineOf, doubled, moved, structureOf, withAnother, withField, withPart, without } from "../race-lanes.js";
import { h, icon, s, setAttribute, setText } from "../dom.js";
import { checkField, numberField, selectField } from "../fields.js";
import { hasWords } from "../i18n.js";

const MENUS = { optimizer: "optimizers", schedule: "schedules", clipping: "clippings" };
const NARROW = matchMedia("(max-width: 1100px)");
const RATES = { kind: "log", minimum: 1e-4, maximum: 10, step: 0 };

/**
 * @typedef {object} About  what differs between races on a surface and races of nets
 * @property {number} most  lanes
 * @property {Element|null} [above]
 * @property {(context: any, state: any) => {caption: string, column: string}} words  under the title, and over the lanes' values
 * @property {(state: any) => any} slice  of the state, by which values and words change
 * @property {(context: any, state: any, index: number) => {text: string, left: number|null, value: number|null|"", hasLeft: boolean}|null} result
 * @property {string} choice  key of what choosing a lane means
 * @property {(row: any) => boolean} takesSchedule
 */

/** @param {any} context @param {About} about */
export function raceLanes(context, about) {
  const { t, store } = context;
  const list = h("ol", { class: "lanes" });
  const caption = h("p", { class: "hint" });
  const open = new Set(); // numbers of the lanes whose settings are open
  const add = h("button", { type: "button", class: "button", "data-keep": "add-lane", onclick: () => add.getAttribute("aria-disabled") !== "true" && context.change((spec) => withAnother(spec, store.get().catalog)) }, icon("plus"), t("race.add"));
  const column = h("span", { class: "hint" });
  context.select((state) => `${about.slice(state)} ${state.spec?.steps} ${state.spec?.lanes.length}`, (_, state) => {
    if (!state.spec) return;
    const words = about.words(context, state);
    setText(column, words.column);
    setText(caption, words.caption);
    setAttribute(add, "aria-disabled", state.spec.lanes.length >= about.most);
  });

  let scope = context.scope();
  context.onDispose(() => scope.dispose());
  context.select((state) => state.spec && structureOf(state.spec), (structure, state) => {
    if (!structure) return;
    const kept = /** @type {HTMLElement|null} */ (list.contains(document.activeElement) ? document.activeElement : null)?.dataset.keep;
    scope.dispose();
    scope = context.scope();
    list.replaceChildren(...state.spec.lanes.map((_, index) => laneItem(scope, about, index, open)));
    if (kept) /** @type {HTMLElement|null} */ (list.querySelector(`[data-keep="${kept}"]`))?.focus();
  });

  return h("section", { class: "race-panel", "data-view": "lanes" },
    about.above,
    h("div", { class: "race-head" }, h("h2", {}, t("race.optimizers")), column), caption, list, add);
}

function laneItem(context, about, index, open) {
  const { t, store } = context;
  const spec = store.get().spec;
  const lane = spec.lanes[index];
  const number = index + 1;
  const label = context.label("optimizers", lane.optimizer.name);
  const line = s("line", { x1: 1, x2: 37, y1: 4, y2: 4, "stroke-width": 2.4 });
  const disc = h("button", { type: "button", class: "lane-disc", "data-keep": `lane-${index}`, "aria-label": t(about.choice, { name: label, number }), title: t(about.choice, { name: label, number }), onclick: () => context.choose({ lane: index, step: null }) }, String(number));
  context.select((state) => state.ui.theme, () => {
    const { color, dash } = lineOf(index, context.colors());
    line.setAttribute("stroke", color);
    line.setAttribute("stroke-dasharray", dash.join(" "));
    disc.style.setProperty("--lane", color);
  });
  context.select((state) => state.chosen.lane === index, (is) => setAttribute(disc, "aria-pressed", is));

  const optimizer = selectField(context, { path: `lanes[${index}].optimizer.name`, label: t("race.optimizer_of", { number }), hidden: true, className: "lane-name", read: (now) => now.lanes[index]?.optimizer.name, options: (state) => state.catalog.optimizers.map(({ name }) => [name, context.label("optimizers", name)]), change: (name) => context.change((now) => withPart(now, index, "optimizer", { name })) });
  optimizer.dataset.keep = `lane-optimizer-${index}`;
  const value = h("span", { class: "lane-loss", "data-testid": `lane-loss-${number}` });
  context.select(about.slice, (_, state) => {
    const result = about.result(context, state, index);
    if (!result) return;
    setText(value, result.text);
    setAttribute(value, "data-left", result.left ?? "");
    setAttribute(value, "data-value", result.value ?? "");
    value.classList.toggle("gone", result.hasLeft);
  });

  const settings = h("details", { class: "lane-settings" }, h("summary", { "data-keep": `lane-settings-${index}` }, t("race.settings"), summaryOf(context, index)),
    h("div", { class: "lane-fields" },
      fieldsOf(context, index, "optimizer", ["learning_rate"]),
      part(context, about, index, "schedule"), part(context, about, index, "clipping"),
      h("div", { class: "lane-actions" },
        action("up", "down", -1), action("down", "down", 1),
        h("button", { type: "button", class: "button dense", "data-keep": `lane-double-${index}`, onclick: () => context.change((now) => doubled(now, index)) }, t("race.double")))));
  settings.open = open.has(index);
  settings.addEventListener("toggle", () => (settings.open ? open.add(index) : open.delete(index)));

  function action(name, sign, way) {
    const isEnd = way < 0 ? index === 0 : index === spec.lanes.length - 1;
    return h("button", { type: "button", class: `button dense icon ${name}`, "aria-label": t(`race.move.${name}`, { name: label }), title: t(`race.move.${name}`, { name: label }), "aria-disabled": isEnd, "data-keep": `lane-${name}-${index}`, onclick: () => !isEnd && context.change((now) => moved(now, index, way)) }, icon(sign));
  }
  const remove = spec.lanes.length > 1 && h("button", { type: "button", class: "button dense icon lane-remove", "aria-label": t("race.remove", { name: label }), title: t("race.remove", { name: label }), "data-keep": `lane-remove-${index}`, onclick: () => context.change((now) => without(now, index)) }, icon("close"));
  const rate = rateField(context, index);
  const item = h("li", { class: "lane", "data-lane": number },
    h("div", { class: "lane-row" }, disc, s("svg", { viewBox: "0 0 38 8", width: 38, height: 8, "aria-hidden": "true" }, line), optimizer, value, remove), settings);
  // where there is little room, the rate is one of the settings; what is folded away says it
  const fold = () => (NARROW.matches ? settings.lastElementChild?.prepend(rate) : item.insertBefore(rate, settings));
  fold();
  NARROW.addEventListener("change", fold);
  context.onDispose(() => NARROW.removeEventListener("change", fold));
  return item;
}

const rateField = (context, index) => numberField(context, { path: `lanes[${index}].optimizer.learning_rate`, label: context.t("catalog.fields.learning_rate"), read: (spec) => spec.lanes[index]?.optimizer.learning_rate, bounds: { type: "number", minimum: 0, maximum: 100, exclusive_minimum: true }, slider: RATES, change: (value) => context.change((spec) => withField(spec, index, "optimizer", "learning_rate", value)) });

/** What is set in a lane beside its rate, in a few words behind the fold. */
function summaryOf(context, index) {
  const { catalog } = context.store.get();
  const rate = h("span", { class: "hint lane-rate" }); // where the field is folded away, too
  const element = h("span", { class: "hint" });
  context.select((state) => state.spec?.lanes[index], (lane) => {
    if (!lane) return;
    const own = catalog.optimizers.find(({ name }) => name === lane.optimizer.name).fields.filter(({ name, type }) => name !== "learning_rate" && name !== "eps" && type === "number" && lane.optimizer[name] !== 0);
    const short = (name) => (hasWords(context.words(), `race.short.${name}`) ? context.t(`race.short.${name}`) : name);
    const texts = own.map(({ name }) => `${short(name)} ${lane.optimizer[name]}`);
    if (lane.schedule.name !== "constant") texts.push(context.label("schedules", lane.schedule.name));
    if (lane.clipping.name !== "none") texts.push(context.label("clippings", lane.clipping.name));
    setText(element, texts.length ? ` · ${texts.join(" · ")}` : "");
    setText(rate, ` · ${context.t("race.short.learning_rate")} ${lane.optimizer.learning_rate}`);
  });
  return [rate, element];
}

/** Schedule or clipping: its menu, and its fields. */
function part(context, about, index, name) {
  const menu = MENUS[name];
  const select = selectField(context, { path: `lanes[${index}].${name}.name`, label: context.t(`race.parts.${name}`), read: (spec) => spec.lanes[index]?.[name].name,
    options: (state) => state.catalog[menu].filter(about.takesSchedule).map((row) => [row.name, context.label(menu, row.name)]),
    change: (chosen) => context.change((spec) => withPart(spec, index, name, { name: chosen })) });
  select.querySelector("select").dataset.keep = `lane-${name}-${index}`;
  return [select, context.store.get().spec.lanes[index][name].name !== "none" && fieldsOf(context, index, name)];
}

function fieldsOf(context, index, name, except = []) {
  const { catalog, spec } = context.store.get();
  const fields = catalog[MENUS[name]].find((row) => row.name === spec.lanes[index][name].name).fields;
  return fields.filter((field) => !except.includes(field.name)).map((field) => fieldOf(context, field, { path: `lanes[${index}].${name}.${field.name}`, read: (now) => now.lanes[index]?.[name][field.name], change: (value) => context.change((now) => withField(now, index, name, field.name, value)) }));
}

function fieldOf(context, field, { path, read, change }) {
  const options = { path, label: context.t(`catalog.fields.${field.name}`), read, change };
  return field.type === "boolean" ? checkField(context, options) : numberField(context, { ...options, bounds: field });
}
