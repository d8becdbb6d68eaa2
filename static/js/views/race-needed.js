// @ts-check
/** How many steps a lane needs, over its rate and another of its settings: computed row by row, a click takes both. */
import { drawSettings } from "../charts/settings-map.js";
import { h, pointIn, setAttribute, setText } from "../dom.js";
import { integer, tickText } from "../format.js";
import { hasWords } from "../i18n.js";
import { streamed } from "../race-asking.js";
import { lineOf, withPart } from "../race-lanes.js";
import { byFactors, nearestIndex, otherFields, valuesOf } from "../race-rates.js";

const COLUMNS = 25;
const STEPS = 300;
const SHARE = 0.01;

/** @param {any} context */
export function raceNeeded(context) {
  const { t, store } = context;
  const canvas = h("canvas", { class: "settings-map", role: "img", tabindex: 0, "data-own-keys": "", "data-keep": "needed", "data-testid": "needed" });
  const note = h("p", {});
  const select = h("select", { class: "select", id: "needed-field", "data-keep": "needed-field", onchange: () => { field = select.value; stop(); found = null; refresh(); } });
  const button = h("button", { type: "button", class: "button", "data-keep": "needed-run", onclick: () => (call ? stop() : run()) });
  const progress = h("progress", { max: 1, value: 0, "aria-label": t("race.needed.progress"), hidden: true });
  const reading = h("p", { class: "hint rates-reading", role: "status", "data-testid": "needed-reading" });
  const head = h("tr", {});
  const body = h("tbody", {});
  const table = h("table", { class: "visually-hidden", "aria-label": t("race.needed.title") }, h("thead", {}, head), body);
  const tools = h("div", { class: "race-choices" }, h("label", { for: "needed-field" }, t("race.needed.rows")), select, button);
  const element = h("div", { class: "race-needed", "data-testid": "needed-part" }, note, tools, progress, canvas, table, reading);
  let call = null;
  let field = null;
  let found = null; // {key, lane, field, columns, rows, steps}
  let scales = null;
  let cursor = null;

  const fieldName = (name) => (hasWords(context.words(), `catalog.fields.${name}`) ? t(`catalog.fields.${name}`) : name);
  const keyOf = ({ spec, chosen }) => JSON.stringify([spec.surface, spec.start, spec.seed, { ...spec.lanes[chosen.lane], optimizer: { ...spec.lanes[chosen.lane].optimizer, learning_rate: 0, [field ?? ""]: 0 } }, field]);
  function stop() {
    call?.abort();
    call = null;
    progress.hidden = true;
    refresh();
  }
  function refresh() {
    const state = store.get();
    if (!state.spec || !state.spec.lanes[state.chosen.lane]) return;
    const { optimizer } = state.spec.lanes[state.chosen.lane];
    const fields = otherFields(state.catalog, optimizer.name);
    if (!fields.some(({ name }) => name === field)) field = fields[0].name;
    const listed = fields.map(({ name }) => name).join();
    if (select.dataset.of !== listed) {
      select.dataset.of = listed;
      select.replaceChildren(...fields.map(({ name }) => h("option", { value: name }, fieldName(name))));
    }
    select.value = field;
    const has = state.surface.lowest !== null;
    for (const part of [tools, canvas]) part.hidden = !has;
    if (found && found.key !== keyOf(state)) {
      call?.abort();
      call = null;
      progress.hidden = true;
      found = null;
    }
    canvas.hidden = !has || !found;
    setText(note, has ? t("race.needed.note", { number: state.chosen.lane + 1, name: context.label("optimizers", optimizer.name), steps: integer(STEPS) }) : t("race.needed.none"));
    setText(button, t(call ? "race.cancel" : "race.needed.run"));
    setAttribute(element, "data-state", call ? "running" : found && found.steps.length === found.rows.length ? "done" : "none");
    draw();
  }
  async function run() {
    const state = store.get();
    const lane = state.spec.lanes[state.chosen.lane];
    const own = otherFields(state.catalog, lane.optimizer.name).find(({ name }) => name === field);
    const mine = call = new AbortController();
    found = { key: keyOf(state), lane: state.chosen.lane, field, columns: byFactors(1e-4, Math.max(1, lane.optimizer.learning_rate), COLUMNS), rows: valuesOf(own, lane.optimizer[field]), steps: [] };
    const made = found;
    progress.value = 0;
    progress.hidden = false;
    refresh();
    const { surface, start, seed } = state.spec;
    try {
      const asked = { surface, start, seed, lane, columns: { field: "learning_rate", values: made.columns }, rows: { field, values: made.rows }, steps: STEPS, share: SHARE };
      for await (const line of streamed("/api/descents/convergence", asked, mine.signal)) {
        if (mine !== call) return;
        made.steps.push(line.steps);
        progress.value = made.steps.length / line.rows;
        draw();
      }
    } catch {
      // cancelled: the rows that have come stay
    }
    if (mine !== call) return;
    call = null;
    progress.hidden = true;
    writeTable();
    refresh();
  }
  function draw() {
    const state = store.get();
    if (!found || !canvas.clientWidth) return;
    const shades = found.steps.map((row) => row.map((steps) => (steps === null ? null : 1 - Math.log1p(steps) / Math.log1p(STEPS))));
    const { optimizer } = state.spec.lanes[state.chosen.lane];
    scales = drawSettings(canvas, { columns: found.columns, rows: found.rows, shades }, { width: canvas.clientWidth, height: canvas.clientHeight, colors: context.colors(), names: [`${fieldName("learning_rate")} →  ·  ↑ ${fieldName(found.field)}`], cursor, lanes: [{ x: optimizer.learning_rate, y: optimizer[found.field], number: state.chosen.lane + 1, color: lineOf(state.chosen.lane, context.colors()).color }] });
    setAttribute(canvas, "aria-label", t("race.needed.summary", { field: fieldName(found.field), rows: found.steps.length }));
  }
  function look(next) {
    cursor = next;
    draw();
    const steps = cursor && found?.steps[cursor.row]?.[cursor.column];
    if (!cursor || steps === undefined) return setText(reading, "");
    return setText(reading, t(steps === null ? "race.needed.reading_none" : "race.needed.reading", { rate: tickText(found.columns[cursor.column]), field: fieldName(found.field), value: tickText(found.rows[cursor.row]), steps: integer(steps ?? STEPS) }));
  }
  function take() {
    if (!cursor || found?.steps[cursor.row] === undefined) return;
    const own = { learning_rate: found.columns[cursor.column], [found.field]: found.rows[cursor.row] };
    const { lane } = found;
    context.change((spec) => withPart(spec, lane, "optimizer", { ...spec.lanes[lane].optimizer, ...own }));
  }
  function writeTable() {
    head.replaceChildren(h("td", {}), ...found.columns.map((rate) => h("th", { scope: "col" }, tickText(rate))));
    body.replaceChildren(...found.steps.map((row, at) => h("tr", {}, h("th", { scope: "row" }, tickText(found.rows[at])), row.map((steps) => h("td", {}, steps === null ? "–" : integer(steps))))));
  }
  const at = (event) => scales?.cell(...pointIn(canvas, event)) ?? null;
  canvas.addEventListener("pointermove", (event) => look(at(event)));
  canvas.addEventListener("pointerleave", () => look(null));
  canvas.addEventListener("blur", () => look(null));
  canvas.addEventListener("click", (event) => {
    look(at(event));
    take();
  });
  canvas.addEventListener("keydown", (event) => {
    const [across, up] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [0, 0];
    if (event.key === "Enter") take();
    if ((!across && !up) || !found?.steps.length) return;
    event.preventDefault();
    const { optimizer } = store.get().spec.lanes[found.lane];
    const from = cursor ?? { column: nearestIndex(found.columns, optimizer.learning_rate, true), row: nearestIndex(found.rows, optimizer[found.field], false) };
    look({ column: Math.max(0, Math.min(found.columns.length - 1, from.column + across)), row: Math.max(0, Math.min(found.steps.length - 1, from.row + up)) });
  });
  context.select((state) => `${state.races} ${state.chosen.lane}`, refresh);
  context.select((state) => state.ui.theme, draw);
  const observer = new ResizeObserver(draw);
  observer.observe(canvas);
  context.onDispose(() => {
    observer.disconnect();
    call?.abort();
  });
  return element;
}
