// @ts-check
/** Is the learning rate fair: where every lane would have ended with other rates. Nobody wins by a rate that suits him alone. */
import { drawStrip, rateAt } from "../charts/rates-strip.js";
import { h, pointIn, setAttribute, setText } from "../dom.js";
import { lossText, tickText } from "../format.js";
import { streamed } from "../race-asking.js";
import { lineOf, withField } from "../race-lanes.js";

const REST = 500; // ms without a change until it is computed anew
/** What was computed last, by store: a view that is built anew, as in another language, has it again. */
const kept = new WeakMap();

/**
 * @typedef {object} Strip  what differs between races on a surface and races of nets
 * @property {(state: any) => any} slice  of the state, by which it changes
 * @property {(state: any) => string} key  all that the lines depend on
 * @property {(state: any) => boolean} isLittle  so little work that it is computed unasked
 * @property {(state: any) => boolean} isMoving  a hand has not come to rest yet
 * @property {(state: any) => {path: string, body: any}} request
 * @property {(line: any) => boolean} isResult  not only word of how far it is
 * @property {(line: any, found: any[]) => number} share  of the work that is done with a line
 * @property {(found: any[], state: any) => any[]} lines  what has come, a line for each lane
 * @property {(state: any) => number[]|null} domain  of the rates, where lines do not show it from the start
 * @property {(context: any, state: any) => string} note
 * @property {(state: any, lane: number) => number|null} value  where a lane ended with the rate in use
 * @property {(state: any) => number} worst  loss that there is any sense in showing
 * @property {string} leaves  key of the word for a rate with which a lane has no end
 * @property {(context: any, refusal: any) => string} refused  why the server does not compute so much
 * @property {(context: any) => Element|null} [more]  controls of its own
 */

/** @param {any} context @param {Strip} strip */
export function raceRates(context, strip) {
  const { t, store } = context;
  const canvas = h("canvas", { class: "rates-strip", role: "img", tabindex: 0, "data-own-keys": "", "data-keep": "rates" });
  const note = h("p", { class: "hint", "data-testid": "rates-note" });
  const reading = h("p", { class: "hint rates-reading", role: "status" });
  const progress = h("progress", { max: 1, value: 0, "aria-label": t("race.rates.progress"), hidden: true });
  const button = h("button", { type: "button", class: "button dense", "data-keep": "rates-run", onclick: () => (call ? stop() : run()) });
  const head = h("tr", {});
  const body = h("tbody", {});
  const more = strip.more?.(context);
  const table = h("table", { class: "visually-hidden", "aria-label": t("race.rates.title") }, h("thead", {}, head), body);
  const element = h("section", { class: "race-panel race-rates", "data-view": "rates", "data-testid": "rates" },
    h("div", { class: "race-head" }, h("h2", {}, t("race.rates.title")), button), note, more, h("div", { class: "rates-box" }, canvas, table), progress, reading);
  let call = null;
  let timer = 0;
  let asking = ""; // the key of what is being computed
  let known = kept.get(store) ?? { key: "", found: [], isWhole: false };
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
    const isDone = !call && known.isWhole && known.key === strip.key(store.get());
    button.hidden = isDone;
    setAttribute(element, "data-state", call ? "running" : isDone ? "done" : "stale");
  }
  async function run() {
    stop();
    clearTimeout(timer);
    const { path, body: asked } = strip.request(store.get());
    const mine = call = new AbortController();
    const key = asking = strip.key(store.get());
    const found = [];
    progress.hidden = false;
    progress.value = 0;
    say();
    try {
      for await (const line of streamed(path, asked, mine.signal)) {
        if (mine !== call) return;
        if (strip.isResult(line)) found.push(line);
        progress.value = strip.share(line, found);
        if (!strip.isResult(line)) continue;
        known = { key, found, isWhole: progress.value >= 1 };
        kept.set(store, known);
        draw();
      }
    } catch (error) {
      if (mine === call) setText(reading, error.refusal ? strip.refused(context, error.refusal) : t("race.cancelled"));
    }
    if (mine !== call) return;
    call = null;
    progress.hidden = true;
    writeTable();
    say();
  }
  const consider = () => {
    const state = store.get();
    if (!state.spec) return;
    if (known.key !== strip.key(state)) {
      if (call && asking !== strip.key(state)) stop();
      clearTimeout(timer);
      if (!call && strip.isLittle(state)) timer = setTimeout(run, REST);
    }
    say();
    if (strip.isMoving(state)) canvas.classList.add("stale"); // the hand is still moving
    else draw();
  };

  const lines = () => {
    const state = store.get();
    const colors = context.colors();
    return strip.lines(known.found, state).filter(({ lane }) => state.spec.lanes[lane]).map((line) => ({ ...line, ...lineOf(line.lane, colors), used: { rate: state.spec.lanes[line.lane].optimizer.learning_rate, value: strip.value(state, line.lane) } }));
  };
  function draw() {
    const state = store.get();
    if (!state.spec || !canvas.clientWidth) return;
    canvas.classList.toggle("stale", known.key !== strip.key(state));
    scales = drawStrip(canvas, lines(), { width: canvas.clientWidth, height: canvas.clientHeight, colors: context.colors(), worst: strip.worst(state), domain: strip.domain(state), cursor });
    setText(note, strip.note(context, state));
    setAttribute(canvas, "aria-label", t("race.rates.summary", { count: lines().length }));
    setAttribute(canvas, "data-lines", lines().length);
  }
  function look(next) {
    cursor = next;
    draw();
    const line = cursor && lines()[cursor.lane];
    if (!line) return setText(reading, "");
    const value = line.median[cursor.index];
    return setText(reading, t("race.rates.reading", { name: `${line.lane + 1} ${context.label("optimizers", store.get().spec.lanes[line.lane].optimizer.name)}`, rate: tickText(line.rates[cursor.index]), loss: value === null ? t(strip.leaves) : lossText(value) }));
  }
  function take() {
    const line = cursor && lines()[cursor.lane];
    if (line) context.change((spec) => withField(spec, line.lane, "optimizer", "learning_rate", line.rates[cursor.index]));
  }
  function writeTable() {
    const all = lines();
    const name = (line) => `${line.lane + 1} ${context.label("optimizers", store.get().spec.lanes[line.lane].optimizer.name)}`;
    head.replaceChildren(h("td", {}), ...all.map((line) => h("th", { scope: "col" }, name(line))));
    body.replaceChildren(...(all[0]?.rates ?? []).map((rate, index) => h("tr", {}, h("th", { scope: "row" }, tickText(rate)), all.map(({ median }) => h("td", {}, median[index] === null ? t(strip.leaves) : lossText(median[index]))))));
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
  context.select(strip.slice, consider);
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
