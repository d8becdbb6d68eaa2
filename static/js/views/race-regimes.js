// @ts-check
/** What momentum does on a bowl: the map of its regimes over rate and momentum, with the lanes in it. A click sets both. */
import { drawSettings } from "../charts/settings-map.js";
import { h, pointIn, setAttribute, setText } from "../dom.js";
import { decimal, tickText } from "../format.js";
import { getJson } from "../page.js";
import { lineOf, withPart } from "../race-lanes.js";
import { latestWins } from "../travelling.js";

const NAMES = ["monotone", "ripples", "oscillation", "divergence"];
const SHADES = { monotone: 0, ripples: 0.3, oscillation: 0.62, divergence: null };
const BOWLS = ["bowl", "noisy_bowl"];

/** Whether the regimes are known for a lane: plain momentum at a rate that stays. @param {any} lane */
export const isMomentum = ({ optimizer, schedule, clipping }) => schedule.name === "constant" && clipping.name === "none"
  && (optimizer.name === "momentum" || (optimizer.name === "sgd" && !optimizer.nesterov && optimizer.dampening === 0));

/** @param {any} context */
export function raceRegimes(context) {
  const { t, store } = context;
  const canvas = h("canvas", { class: "settings-map", role: "img", tabindex: 0, "data-own-keys": "", "data-keep": "regimes", "data-testid": "regimes" });
  const note = h("p", {});
  const here = h("p", { "data-testid": "regime-here", role: "status" });
  const show = h("button", { type: "button", class: "button", onclick: async () => {
    await context.change(({ start: _, ...spec }) => ({ ...spec, surface: { name: "bowl" }, lanes: [{ optimizer: { name: "momentum", learning_rate: 0.05 } }, ...spec.lanes.slice(0, 7)] }));
    context.choose({ lane: 0, step: null });
  } }, t("race.regimes.show"));
  const head = h("tr", {});
  const body = h("tbody", {});
  const table = h("table", { class: "visually-hidden", "aria-label": t("race.regimes.title") }, h("thead", {}, head), body);
  const element = h("div", { class: "race-regimes" }, note, canvas, table, here, show);
  let map = null;
  let scales = null;
  const ask = latestWins((query) => getJson(`/api/descents/regimes?${query}`).catch(() => ({ ok: false })));

  const isBowl = (state) => BOWLS.includes(state.spec.surface.name);
  const fitting = (state) => state.spec.lanes.map((lane, index) => ({ lane, index })).filter(({ lane }) => isMomentum(lane));
  /** The lane that a click is about: the chosen one, or the first of its kind. */
  const subject = (state) => {
    const found = fitting(state);
    return found.find(({ index }) => index === state.chosen.lane) ?? found[0];
  };
  async function load() {
    const state = store.get();
    if (!state.spec || !element.isConnected) return;
    const about = isBowl(state) && subject(state);
    for (const part of [canvas, here, table]) part.hidden = !about;
    show.hidden = Boolean(about);
    setText(note, about ? t("race.regimes.note", { condition: tickText(state.spec.surface.condition), number: about.index + 1 }) : t("race.regimes.none"));
    if (!about) return;
    const { learning_rate: rate, momentum } = about.lane.optimizer;
    const answer = await ask(new URLSearchParams({ condition: state.spec.surface.condition, rate, momentum }));
    if (!answer.ok) return;
    map = answer.body;
    writeTable();
    const words = (axis) => t("race.regimes.along", { axis, regime: t(`race.regimes.names.${map.here[axis].name}`), shrinks: decimal(map.here[axis].shrinks, 4) });
    setText(here, t("race.regimes.here", { rate: tickText(rate), momentum: tickText(momentum), x: words("x"), y: words("y") }));
    setAttribute(here, "data-x", map.here.x.name);
    setAttribute(here, "data-y", map.here.y.name);
    draw();
  }
  /** For ears every tenth rate and momentum. */
  function writeTable() {
    const some = (values) => values.map((_, index) => index).filter((index) => index % 10 === 0);
    head.replaceChildren(h("td", {}), ...some(map.rates).map((column) => h("th", { scope: "col" }, tickText(Number(map.rates[column].toPrecision(3))))));
    body.replaceChildren(...some(map.momenta).map((row) => h("tr", {}, h("th", { scope: "row" }, tickText(Number(map.momenta[row].toPrecision(3)))), some(map.rates).map((column) => h("td", {}, t(`race.regimes.names.${map.regimes[row][column]}`))))));
  }
  /** The middle of each region, for its name. */
  function regions() {
    return NAMES.flatMap((name) => {
      const cells = map.regimes.flatMap((row, at) => row.flatMap((each, column) => (each === name ? [{ row: at, column }] : [])));
      if (cells.length < 30) return [];
      const mean = (key) => cells.reduce((sum, cell) => sum + cell[key], 0) / cells.length;
      const [row, column] = [mean("row"), mean("column")];
      const nearest = cells.reduce((best, cell) => ((cell.row - row) ** 2 + (cell.column - column) ** 2 < (best.row - row) ** 2 + (best.column - column) ** 2 ? cell : best));
      return [{ text: t(`race.regimes.names.${name}`), ...nearest }];
    });
  }
  function draw() {
    const state = store.get();
    if (!map || !canvas.clientWidth || !isBowl(state)) return;
    const colors = context.colors();
    const cells = { columns: map.rates, rows: map.momenta, shades: map.regimes.map((row) => row.map((name) => SHADES[name])) };
    const lanes = fitting(state).map(({ lane, index }) => ({ x: lane.optimizer.learning_rate, y: lane.optimizer.momentum, number: index + 1, color: lineOf(index, colors).color }));
    scales = drawSettings(canvas, cells, { width: canvas.clientWidth, height: canvas.clientHeight, colors, names: [t("race.regimes.axes")], regions: regions(), lanes });
    setAttribute(canvas, "aria-label", `${t("race.regimes.title")}. ${here.textContent}`);
  }
  const set = (rate, momentum) => {
    const about = subject(store.get());
    if (!about) return;
    const most = map.rates.at(-1);
    const next = { ...about.lane.optimizer, learning_rate: Number(Math.max(most / 1000, Math.min(most, rate)).toPrecision(3)), momentum: Number(Math.max(0, Math.min(0.99, momentum)).toFixed(3)) };
    context.change((spec) => withPart(spec, about.index, "optimizer", next));
  };
  const point = (event) => {
    if (!scales || !map) return;
    const { column, row } = scales.cell(...pointIn(canvas, event));
    set(map.rates[column], map.momenta[row]);
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    point(event);
  });
  canvas.addEventListener("pointermove", (event) => canvas.hasPointerCapture(event.pointerId) && point(event));
  canvas.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    const about = subject(store.get());
    if (!way || !map || !about) return;
    event.preventDefault();
    const { learning_rate: rate, momentum } = about.lane.optimizer;
    set(rate + way[0] * map.rates[1], momentum + way[1] * map.momenta[1]);
  });
  context.select((state) => `${state.races} ${state.chosen.lane} ${state.ui.panel}`, () => queueMicrotask(load));
  context.select((state) => state.ui.theme, draw);
  const observer = new ResizeObserver(() => (map ? draw() : load()));
  observer.observe(canvas);
  observer.observe(element);
  context.onDispose(() => observer.disconnect());
  return element;
}
