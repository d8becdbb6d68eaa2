// @ts-check
/** Is the learning rate fair: where every lane would have ended with other rates. Nobody wins by a rate that suits him alone. */
import { drawStrip, rateAt } from "../charts/rates-strip.js";
import { h, pointIn, setAttribute, setText } from "../dom.js";
import { lossText, tickText } from "../format.js";
import { streamed } from "../race-asking.js";
import { lineOf, withField } from "../race-lanes.js";
import { isLittle, ratesFor, stripKey } from "../race-rates.js";

const REST = 500; // ms without a change until it is computed anew
const SEEDS = 3;

/** @param {any} context */
export function raceRates(context) {
  const { t, store } = context;
  const canvas = h("canvas", { class: "rates-strip", role: "img", tabindex: 0, "data-own-keys": "", "data-keep": "rates" });
  const note = h("p", { class: "hint", "data-testid": "rates-note" });
  const reading = h("p", { class: "hint rates-reading", role: "status" });
  const progress = h("progress", { max: 1, value: 0, "aria-label": t("race.rates.progress"), hidden: true });
  const button = h("button", { type: "button", class: "button dense", "data-keep": "rates-run", onclick: () => (call ? stop() : run()) });
  const head = h("tr", {});
  const body = h("tbody", {});
  const table = h("table", { class: "visually-hidden", "aria-label": t("race.rates.title") }, h("thead", {}, head), body);
  const element = h("section", { class: "race-panel race-rates", "data-view": "rates", "data-testid": "rates" },
    h("div", { class: "race-head" }, h("h2", {}, t("race.rates.title")), button), note, h("div", { class: "rates-box" }, canvas, table), progress, reading);
  let call = null;
  let timer = 0;
  let known = { key: "", lines: [] };
  let cursor = null;
  let scales = null;

  function stop() {
    call?.abort();
    call = null;
    progress.hidden = true;
    say();
  }
  function say() {
    button.replaceChildren(call ? t("race.cancel") : t("race.rates.run"));
    button.hidden = !call && known.key === stripKey(store.get().spec);
    setAttribute(element, "data-state", call ? "running" : known.lines.length === store.get().spec.lanes.length && known.key === stripKey(store.get().spec) ? "done" : "stale");
  }
  async function run() {
    stop();
    clearTimeout(timer);
    const { spec } = store.get();
    const mine = call = new AbortController();
    const key = stripKey(spec);
    const found = [];
    progress.hidden = false;
    progress.value = 0;
    say();
    try {
      for await (const line of streamed("/api/descents/rates", { ...spec, rates: ratesFor(spec), seeds: SEEDS }, mine.signal)) {
        found.push(line);
        progress.value = found.length / line.lanes;
        if (mine !== call) return;
        known = { key, lines: found };
        draw();
      }
    } catch (error) {
      if (mine === call) setText(reading, error.refusal ? t("race.rates.too_many") : t("race.cancelled"));
    }
    if (mine !== call) return;
    call = null;
    progress.hidden = true;
    writeTable();
    say();
  }
  const consider = () => {
    const { spec, ui } = store.get();
    if (!spec) return;
    if (known.key !== stripKey(spec)) {
      if (call) stop();
      clearTimeout(timer);
      if (isLittle(spec)) timer = setTimeout(run, REST);
    }
    say();
    if (ui.start) canvas.classList.add("stale"); // the hand is still moving
    else draw();
  };

  const lines = () => {
    const { spec, paths } = store.get();
    const colors = context.colors();
    return known.lines.filter(({ lane }) => spec.lanes[lane]).map((line) => ({ ...line, ...lineOf(line.lane, colors), used: { rate: spec.lanes[line.lane].optimizer.learning_rate, value: paths[line.lane].left === null ? paths[line.lane].values.at(-1) : null } }));
  };
  function draw() {
    const state = store.get();
    if (!state.spec || !canvas.clientWidth) return;
    canvas.classList.toggle("stale", known.key !== stripKey(state.spec));
    scales = drawStrip(canvas, lines(), { width: canvas.clientWidth, height: canvas.clientHeight, colors: context.colors(), worst: Math.abs(state.paths[0]?.values[0] ?? 1), cursor });
    setText(note, t(state.spec.surface.noise > 0 ? "race.rates.note_seeds" : "race.rates.note", { steps: state.spec.steps, seeds: SEEDS }));
    setAttribute(canvas, "aria-label", t("race.rates.summary", { count: known.lines.length }));
    setAttribute(canvas, "data-lines", known.lines.length);
  }
  function look(next) {
    cursor = next;
    draw();
    const line = cursor && lines()[cursor.lane];
    if (!line) return setText(reading, "");
    const value = line.median[cursor.index];
    return setText(reading, t("race.rates.reading", { name: `${line.lane + 1} ${context.label("optimizers", store.get().spec.lanes[line.lane].optimizer.name)}`, rate: tickText(line.rates[cursor.index]), loss: value === null ? t("race.rates.leaves") : lossText(value) }));
  }
  function take() {
    const line = cursor && lines()[cursor.lane];
    if (line) context.change((spec) => withField(spec, line.lane, "optimizer", "learning_rate", line.rates[cursor.index]));
  }
  function writeTable() {
    const all = lines();
    const name = (line) => `${line.lane + 1} ${context.label("optimizers", store.get().spec.lanes[line.lane].optimizer.name)}`;
    head.replaceChildren(h("td", {}), ...all.map((line) => h("th", { scope: "col" }, name(line))));
    body.replaceChildren(...(all[0]?.rates ?? []).map((rate, index) => h("tr", {}, h("th", { scope: "row" }, tickText(rate)), all.map(({ median }) => h("td", {}, median[index] === null ? t("race.rates.leaves") : lossText(median[index]))))));
  }
  canvas.addEventListener("pointermove", (event) => scales && look(rateAt(lines(), scales, ...pointIn(canvas, event))));
  canvas.addEventListener("pointerleave", () => look(null));
  canvas.addEventListener("blur", () => look(null));
  canvas.addEventListener("click", (event) => {
    look(scales && rateAt(lines(), scales, ...pointIn(canvas, event)));
    take();
  });
  canvas.addEventListener("keydown", (event) => {
    const all = lines();
    const [along, over] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (event.key === "Enter") take();
    if ((!along && !over) || !all.length) return;
    event.preventDefault();
    const lane = Math.max(0, Math.min(all.length - 1, (cursor?.lane ?? store.get().chosen.lane) + over));
    const used = all[lane].rates.findIndex((rate) => rate >= all[lane].used.rate * 0.999);
    look({ lane, index: Math.max(0, Math.min(all[lane].rates.length - 1, (cursor?.index ?? Math.max(0, used)) + along)) });
  });
  context.select((state) => `${state.races} ${state.ui.start !== null}`, consider);
  context.select((state) => state.ui.theme, draw);
  const observer = new ResizeObserver(draw);
  observer.observe(canvas);
  context.onDispose(() => {
    observer.disconnect();
    clearTimeout(timer);
    call?.abort();
  });
  return element;
}
