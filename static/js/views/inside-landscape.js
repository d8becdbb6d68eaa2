// @ts-check
/** The loss around where the net stands, computed while one looks: along the gradient, a random direction, or over two of them. */
import { drawAlong, drawOver, placeAt, shareDone } from "../charts/landscape.js";
import { h, icon, setAttribute, setText } from "../dom.js";
import { segmented } from "../fields.js";
import { decimal, exact, integer, lossText } from "../format.js";
import { momentOf } from "../inspecting.js";
import { readLines } from "../json-lines.js";
import { createPace } from "../pacing.js";

const KINDS = ["gradient", "line", "plane"];
const RESOLUTIONS = { gradient: [41, 101, 201], line: [41, 101, 201], plane: [21, 31, 51, 81] };
const REACHES = [0.1, 0.25, 0.5, 1, 2, 5];
const USUAL = { kind: "gradient", seed: 0, resolution: null, reach: 1 };
const LARGEST_SEED = 2 ** 31;
const MOST_ROWS = 20;
const REST = 150;
const DRAWN_EVERY = 60; // milliseconds, while losses are coming

/** @param {any} context */
export function landscapePart(context) {
  const { t, store } = context;
  const asked = (state) => ({ ...USUAL, ...state.ui.landscape });
  const resolutionOf = ({ kind, resolution }) => (RESOLUTIONS[kind].includes(resolution) ? resolution : RESOLUTIONS[kind][1]);
  const change = (changes) => store.dispatch({ type: "ui", changes: { landscape: { ...asked(store.get()), ...changes } } });

  const choice = segmented(context, { label: t("inside.landscape.label"), choices: KINDS.map((name) => [name, t(`inside.landscape.${name}`)]), read: (state) => asked(state).kind, write: (kind) => change({ kind }) });
  const reach = h("select", { class: "select", "aria-label": t("inside.landscape.reach"), title: t("inside.landscape.reach"), "data-keep": "landscape-reach", onchange: () => change({ reach: Number(reach.value) }) }, REACHES.map((value) => h("option", { value }, t("inside.landscape.reach_of", { value }))));
  const resolution = h("select", { class: "select", "aria-label": t("inside.landscape.resolution"), title: t("inside.landscape.resolution"), "data-keep": "landscape-resolution", onchange: () => change({ resolution: Number(resolution.value) }) });
  const seed = h("input", { class: "input", type: "number", min: 0, max: LARGEST_SEED, step: 1, "aria-label": t("inside.landscape.seed"), "data-keep": "landscape-seed", onchange: () => change({ seed: Math.max(0, Math.min(LARGEST_SEED, Math.round(Number(seed.value) || 0))) }) });
  const dice = h("button", { type: "button", class: "button dense icon", "aria-label": t("inside.landscape.dice"), title: t("inside.landscape.dice"), onclick: () => change({ seed: Math.floor(Math.random() * 10000) }) }, icon("dice"));
  const seeding = h("span", { class: "landscape-seed" }, h("span", { class: "hint" }, t("inside.landscape.seed")), seed, dice);
  const again = h("button", { type: "button", class: "button dense", "data-keep": "landscape-again", onclick: () => ask() }, t("inside.landscape.again"));
  const stop = h("button", { type: "button", class: "button dense", "data-keep": "landscape-stop", onclick: () => call?.abort() }, t("inside.landscape.stop"));
  const progress = h("progress", { max: 1, value: 0, "aria-label": t("inside.landscape.progress") });
  const counted = h("span", { class: "hint" });
  const working = h("span", { class: "landscape-work", hidden: true }, progress, counted, stop);
  const canvas = h("canvas", { class: "landscape", role: "img", tabindex: 0 });
  const note = h("p", { class: "hint", "data-testid": "landscape-note" });
  const reading = h("p", { class: "landscape-reading", "data-testid": "landscape-reading" });
  const head = h("tr", {});
  const body = h("tbody", {});
  const table = h("table", { class: "visually-hidden", "aria-label": t("inside.landscape.table") }, h("thead", {}, head), body);
  const element = h("div", { class: "inside", "data-testid": "landscape" },
    h("div", { class: "inside-head" }, choice, reach, resolution, seeding, again, working),
    h("div", { class: "landscape-columns" }, h("div", { class: "landscape-plot" }, canvas, table), h("div", { class: "landscape-words", tabindex: 0, role: "group", "aria-label": t("inspector.landscape") }, reading, note)));

  /** @type {AbortController|null} */
  let call = null;
  let slice = null;
  let known = "";
  let waiting = 0;
  let scales = null;
  let cursor = null;
  const isSeen = ({ ui, frame, connection }) => ui.inspector === "landscape" && frame && connection === "open" && !document.hidden;
  const queryOf = (state) => {
    const wanted = asked(state);
    return new URLSearchParams({ kind: wanted.kind, seed: String(wanted.seed), resolution: String(resolutionOf(wanted)), reach: String(wanted.reach) }).toString();
  };

  /** Anew for other settings and for another step of a run that stands still; a run that plays is not followed. */
  function consider() {
    const state = store.get();
    if (!isSeen(state)) return call?.abort();
    const isOther = slice === null || !known.startsWith(`${queryOf(state)} ${context.sessionId()}`);
    const key = `${queryOf(state)} ${context.sessionId()} ${momentOf(state)}`;
    again.hidden = key === known || call !== null;
    if (key === known || (state.status.state === "playing" && !isOther)) return undefined;
    clearTimeout(waiting);
    waiting = setTimeout(ask, REST);
    return undefined;
  }

  async function ask() {
    clearTimeout(waiting);
    const state = store.get();
    if (!isSeen(state)) return;
    call?.abort();
    const mine = call = new AbortController();
    known = `${queryOf(state)} ${context.sessionId()} ${momentOf(state)}`;
    again.hidden = true;
    try {
      const response = await fetch(`/api/sessions/${encodeURIComponent(context.sessionId() ?? "")}/landscape?${queryOf(state)}`, { signal: mine.signal });
      if (!response.ok) setText(note, (await response.json()).error.message);
      else await read(response, mine);
    } catch {
      // stopped, or nobody looks any more: what has come so far stays
    }
    if (mine !== call) return;
    call = null;
    working.hidden = true;
    write();
    consider();
  }

  /** Line by line, as the losses are computed. */
  async function read(response, mine) {
    let next = null;
    const isDue = createPace(DRAWN_EVERY);
    for await (const line of readLines(response)) {
      if (mine !== call) return;
      if (next === null) next = { ...line, now: { train: line.train, test: line.test }, train: [], test: [] };
      else for (const split of ["train", "test"]) next[split].push(...line[split]);
      slice = next;
      const isDone = next.train.length === next.count;
      working.hidden = isDone;
      progress.value = next.train.length / next.count;
      setText(counted, t("inside.landscape.done", shareDone(next.train.length, next.count)));
      if (isDone) write();
      else if (isDue(false)) draw();
    }
  }

  const isPlane = () => slice.kind === "plane";
  function draw() {
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!slice || !width) return;
    const options = { width, height, colors: context.colors(), cursor: cursor !== null && cursor < slice.train.length ? cursor : null };
    scales = isPlane() ? drawOver(canvas, slice, options) : drawAlong(canvas, slice, { ...options, rateText: t("inside.landscape.rate") });
    const at = options.cursor ?? (slice.count - 1) / 2;
    const place = isPlane() ? t("inside.landscape.place_plane", { a: decimal(slice.at[at % slice.at.length], 3), b: decimal(slice.at[Math.floor(at / slice.at.length)], 3) }) : t("inside.landscape.place", { a: decimal(slice.at[at], 3) });
    if (slice.train[at] === undefined) return setText(reading, "");
    setText(reading, t("inside.landscape.reading", { place, train: exact(slice.train[at]), test: exact(slice.test[at]) }));
    setAttribute(reading, "data-train", slice.train[at]);
    return setAttribute(reading, "data-at", at);
  }

  function write() {
    if (!slice) return;
    const { kind, step, at, train, test } = slice;
    setText(note, t(`inside.landscape.about.${kind}`, { step: integer(step) }));
    setAttribute(canvas, "aria-label", t("inside.landscape.summary", { what: t(`inside.landscape.${kind}`), step: integer(step), loss: lossText(slice.now.train) }));
    setAttribute(element, "data-step", step);
    setAttribute(element, "data-losses", train.length);
    const every = Math.max(1, Math.ceil(at.length / (isPlane() ? 9 : MOST_ROWS)));
    const chosen = at.map((_, index) => index).filter((index) => (index - (at.length - 1) / 2) % every === 0);
    const words = (index) => decimal(at[index], 3);
    head.replaceChildren(h("td", {}), ...(isPlane() ? chosen.map((index) => h("th", { scope: "col" }, words(index))) : ["train", "test"].map((split) => h("th", { scope: "col" }, t(`inspector.split_${split}`)))));
    body.replaceChildren(...chosen.map((row) => h("tr", {}, h("th", { scope: "row" }, words(row)), (isPlane() ? chosen.map((column) => train[row * at.length + column]) : [train[row], test[row]]).map((loss) => h("td", {}, lossText(loss))))));
    draw();
  }

  const look = (index) => {
    cursor = index;
    draw();
  };
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    if (scales && slice) look(placeAt(slice.at, scales, event.clientX - box.left, event.clientY - box.top, isPlane()));
  });
  canvas.addEventListener("pointerleave", () => look(null));
  canvas.addEventListener("blur", () => look(null));
  canvas.addEventListener("keydown", (event) => {
    if (!slice) return;
    const row = isPlane() ? slice.at.length : 0;
    const way = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: row, ArrowDown: -row }[event.key];
    if (!way) return;
    event.preventDefault();
    look(Math.max(0, Math.min(slice.count - 1, (cursor ?? (slice.count - 1) / 2) + way)));
  });

  context.select((state) => `${isSeen(state)} ${queryOf(state)} ${momentOf(state)} ${state.status.state}`, (_, state) => {
    const wanted = asked(state);
    const choices = RESOLUTIONS[wanted.kind];
    if (resolution.dataset.of !== choices.join()) {
      resolution.dataset.of = choices.join();
      resolution.replaceChildren(...choices.map((value) => h("option", { value }, t(wanted.kind === "plane" ? "inside.landscape.resolution_plane" : "inside.landscape.resolution_of", { value }))));
    }
    resolution.value = String(resolutionOf(wanted));
    reach.value = String(wanted.reach);
    seeding.hidden = wanted.kind === "gradient";
    if (document.activeElement !== seed) seed.value = String(wanted.seed);
    consider();
  });
  context.select((state) => state.ui.theme, draw);
  addEventListener("visibilitychange", consider);
  const observer = new ResizeObserver(draw);
  observer.observe(canvas);
  context.onDispose(() => {
    observer.disconnect();
    clearTimeout(waiting);
    removeEventListener("visibilitychange", consider);
    call?.abort();
  });
  return element;
}
