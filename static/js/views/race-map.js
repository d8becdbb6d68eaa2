// @ts-check
/** The surface from above, with the paths on it: the start is dragged, a step is clicked, and the arrows say what it was made of. */
import { drawMap, mapPlot, mapScales, fitted } from "../charts/contour-map.js";
import { drawPaths, nearestStep } from "../charts/paths.js";
import { h, icon, pointIn, s, setAttribute, setText } from "../dom.js";
import { segmented } from "../fields.js";
import { decimal, integer, lossText } from "../format.js";
import { decode } from "../frames.js";
import { lineOf } from "../race-lanes.js";
import { explained, framed, placeAt, valueAt, zoomed } from "../race-state.js";

const RESOLUTION = 181;
const ARROW = 58; // px: slope and memory are shown by their direction, the step by its length
const ZOOM = 1.5;
const NARROW = 480; // px: below it there is no room for sentences on the map
const REST = 150; // ms until a map of another size is computed
const COARSE = 20; // arrow keys move the start by a pixel, without Shift by so many
const MEMORY = [["velocity", "v"], ["m_hat", "m\u0302"], ["mix", "c"]];

/** As few decimals as tell two pixels apart. @param {number} value @param {number} unit of a pixel */
export const rounded = (value, unit) => Number(value.toFixed(Math.max(0, Math.min(8, Math.ceil(-Math.log10(unit))))));

const short = (value) => decimal(value, Number.isInteger(value) ? 0 : Math.abs(value * 10) % 1 < 1e-9 ? 1 : 2);

/** @param {any} context */
export function raceMap(context) {
  const { t, store } = context;
  const ground = h("canvas", { class: "map-ground", role: "img" });
  const lines = h("canvas", { class: "map-lines", "data-testid": "map" });
  const handle = h("div", { class: "start-handle", role: "slider", tabindex: 0, "aria-label": t("race.start"), "aria-orientation": "horizontal", "aria-roledescription": t("race.start_role"), title: t("race.start_hint"), "data-keep": "start", "data-own-keys": "", "data-testid": "start" },
    s("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, s("path", { d: "M12 4v16M4 12h16M9.4 6.6 12 4l2.6 2.6M9.4 17.4 12 20l2.6-2.6M6.6 9.4 4 12l2.6 2.6M17.4 9.4 20 12l-2.6 2.6", fill: "none", stroke: "currentColor", "stroke-width": 1.6, "stroke-linecap": "round", "stroke-linejoin": "round" })));
  const startWords = h("span", {});
  const startLabel = h("div", { class: "start-label", "aria-hidden": "true" }, h("b", {}, t("race.start")), startWords);
  const card = h("div", { class: "map-card", hidden: true });
  const caption = h("p", { class: "map-caption hint" }, t("race.map_caption"));
  const body = h("tbody", {});
  const table = h("table", { class: "visually-hidden", "aria-label": t("race.places") }, h("thead", {}, h("tr", {}, ["lane", "x", "y", "loss"].map((name) => h("th", { scope: "col" }, name.length === 1 ? name : t(`race.columns.${name}`))))), body);
  const zoomButton = (name, act, ...content) => h("button", { type: "button", class: "button dense icon", "aria-label": t(`race.zoom.${name}`), title: t(`race.zoom.${name}`), "data-keep": `zoom-${name}`, onclick: act }, content);
  const zoomBy = (factor, about) => store.dispatch({ type: "ui", changes: { frame: zoomed(fitted(framed(store.get()), mapPlot(size())), factor, about) } });
  /** Where the chosen lane is, as long as that is on the map: there one wants to look closer. */
  const middle = () => {
    const { paths, chosen, at } = store.get();
    const [x, y] = placeAt(paths[chosen.lane], at);
    return x !== null && y !== null && isOn([scales.x(x), scales.y(y)]) ? [x, y] : undefined;
  };
  const zoom = h("div", { class: "map-zoom" }, zoomButton("in", () => zoomBy(1 / ZOOM, middle()), icon("plus")), zoomButton("out", () => zoomBy(ZOOM, middle()), icon("minus")), zoomButton("fit", () => store.dispatch({ type: "ui", changes: { frame: null } }), icon("net")));
  const views = segmented(context, { label: t("race.view"), choices: [["map", t("race.views.map")], ["space", t("race.views.space")]], read: (state) => state.ui.view, write: (view) => store.dispatch({ type: "ui", changes: { view } }) });
  views.classList.add("map-views");
  const space = h("div", { class: "map-space", "data-testid": "space" });
  const stage = h("div", { class: "map-stage", "data-testid": "map-stage" }, ground, lines, card, startLabel, handle, zoom, caption);
  const element = h("section", { class: "race-map", "data-view": "map", "aria-label": t("race.map") }, stage, space, views, table);

  let field = null;
  let scales = null;
  let hovered = null;
  let [width, height] = [0, 0]; // measured when they change: to ask while drawing would lay the page out
  const size = () => ({ width, height, colors: context.colors() });
  const isSeen = () => width > 40 && height > 40 && store.get().surface;
  const startOf = (state) => state.ui.start ?? state.spec.start;

  context.select((state) => state.ui.view, async (view) => {
    stage.hidden = view !== "map";
    space.hidden = view !== "space";
    if (view !== "space" || space.childElementCount) return;
    space.replaceChildren((await import("./race-space.js")).raceSpace(context));
  });

  // --- the surface ---
  let asked = "";
  let timer = 0;
  function askForHeights() {
    if (!isSeen()) return;
    const { spec } = store.get();
    const bounds = fitted(framed(store.get()), mapPlot(size()));
    const key = JSON.stringify([spec.surface, bounds]);
    if (key === asked) return;
    asked = key;
    load(key, spec.surface, bounds);
  }
  async function load(key, surface, bounds) {
    const { noise: _, ...quiet } = surface; // noise is of the gradients
    const response = await fetch("/api/surfaces/heights", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ surface: quiet, resolution: RESOLUTION, bounds }) }).catch(() => null);
    if (key !== asked || !response?.ok) return;
    const { heights } = decode(await response.arrayBuffer()).arrays;
    if (key !== asked) return;
    field = { data: heights.data, shape: heights.shape, bounds };
    drawGround();
  }
  const minima = ({ surface }) => surface.minima.map((point) => ({ point, text: t("race.optimum", { x: short(point[0]), y: short(point[1]) }) }));
  function drawGround() {
    if (!isSeen()) return;
    scales = drawMap(ground, field, framed(store.get()), { ...size(), minima: minima(store.get()) });
    setAttribute(stage, "data-drawn", field ? store.get().spec.surface.name : "");
    drawLanes();
  }

  // --- the paths ---
  const isOn = ([x, y]) => scales && x >= scales.plot.x && x <= scales.plot.x + scales.plot.width && y >= scales.plot.y && y <= scales.plot.y + scales.plot.height;
  function drawLanes() {
    const state = store.get();
    if (!isSeen() || !state.paths.length) return;
    scales ??= mapScales(framed(state), size());
    const colors = context.colors();
    const paths = state.paths.map((path, lane) => ({ points: path.points, left: path.left, number: lane + 1, ...lineOf(lane, colors) }));
    drawPaths(lines, paths, scales, { ...size(), at: state.at, chosen: state.chosen.lane, minima: minima(state), arrows: arrows(state, colors), leftText: (step) => t("race.left", { step: integer(step) }) });
    placeHandle(state);
  }

  /** Slope, memory and step of the update that is explained, where it began. */
  function arrows(state, colors) {
    const { why, ui } = state;
    if (state.chosen.step === null && state.at === state.spec.steps) return []; // at the end there is nothing left to tell apart
    if (!why || ui.start || why.lane !== state.chosen.lane || why.step + 1 !== explained(state) || state.ui.playing) return [];
    const [x, y] = why.point;
    if (x === null || y === null) return [];
    const terms = Object.fromEntries(why.terms.map(({ name, value }) => [name, value]));
    const along = ([dx, dy], sign) => [x + sign * dx * 1e-3, y + sign * dy * 1e-3];
    const memory = MEMORY.find(([name]) => terms[name] && Math.hypot(...terms[name]) > 0);
    const list = [];
    if (Math.hypot(...terms.gradient) > 0) list.push({ from: [x, y], to: farther(along(terms.gradient, -1), [x, y]), length: ARROW, color: colors.bwd, text: width < NARROW ? "−g" : t("race.arrows.slope"), side: 1 });
    if (memory) list.push({ from: [x, y], to: farther(along(terms[memory[0]], -1), [x, y]), length: ARROW * 0.8, color: colors.ink2, text: width >= NARROW && isApart(terms[memory[0]], terms.update) ? t("race.arrows.memory", { symbol: memory[1] }) : "", dash: [4, 3], width: 1.6, side: 0 });
    list.push({ from: [x, y], to: why.next, color: colors.ink, text: t("race.step_number", { step: integer(why.step + 1) }), side: -1 });
    return list;
  }
  /** Whether what is remembered points elsewhere than the step, so that both have room for their words. */
  const isApart = ([a, b], [c, d]) => -(a * c + b * d) < 0.85 * Math.hypot(a, b) * Math.hypot(c, d);
  /** Far enough along the same way to have an angle in pixels. */
  const farther = (to, from) => {
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    const size = Math.hypot(dx, dy) || 1;
    const unit = Math.abs(scales.x.invert(100) - scales.x.invert(0));
    return [from[0] + (dx / size) * unit, from[1] + (dy / size) * unit];
  };

  // --- the start ---
  const unit = () => Math.abs(scales.x.invert(1) - scales.x.invert(0));
  function placeHandle(state) {
    const [x, y] = startOf(state);
    const place = [scales.x(x), scales.y(y)];
    const held = [Math.max(0, Math.min(width, place[0])), Math.max(0, Math.min(height, place[1]))];
    handle.style.transform = `translate(${held[0]}px, ${held[1]}px)`;
    startLabel.style.transform = `translate(${held[0]}px, ${held[1]}px)`;
    setAttribute(startLabel, "data-above", held[1] > height - 80);
    setAttribute(startLabel, "data-side", held[0] < 70 ? "left" : held[0] > width - 70 ? "right" : "middle");
    const words = `(${short(x)}, ${short(y)})`;
    setText(startWords, words);
    setAttribute(handle, "aria-valuenow", x);
    setAttribute(handle, "aria-valuemin", state.surface.bounds[0][0]);
    setAttribute(handle, "aria-valuemax", state.surface.bounds[0][1]);
    setAttribute(handle, "aria-valuetext", `x ${short(x)}, y ${short(y)}`);
    setAttribute(handle, "data-x", x);
    setAttribute(handle, "data-y", y);
  }
  const put = (x, y) => {
    const start = [rounded(x, unit()), rounded(y, unit())];
    const now = startOf(store.get());
    if (start[0] === now[0] && start[1] === now[1]) return undefined;
    store.dispatch({ type: "ui", changes: { start } });
    return context.setStart(start).then((answer) => answer.type === "replaced" || letGo(start));
  };
  /** The hand is ahead of the answers: the last one ends that. */
  const letGo = (start) => store.get().ui.start === start && store.dispatch({ type: "ui", changes: { start: null } });
  let drag = null;
  handle.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !scales) return;
    event.preventDefault();
    handle.focus({ preventScroll: true });
    handle.setPointerCapture(event.pointerId);
    const [left, top] = pointIn(stage, event);
    const [x, y] = startOf(store.get());
    drag = [left - scales.x(x), top - scales.y(y)];
    stage.dataset.dragging = "true";
  });
  handle.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const [left, top] = pointIn(stage, event);
    const { plot } = scales;
    put(scales.x.invert(Math.max(plot.x, Math.min(plot.x + plot.width, left - drag[0]))), scales.y.invert(Math.max(plot.y, Math.min(plot.y + plot.height, top - drag[1]))));
  });
  const drop = () => {
    drag = null;
    delete stage.dataset.dragging;
  };
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) handle.addEventListener(name, drop);
  handle.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey || !scales) return;
    event.preventDefault();
    const reach = unit() * (event.shiftKey ? 1 : COARSE);
    const [x, y] = startOf(store.get());
    put(x + way[0] * reach, y + way[1] * reach);
  });

  lines.addEventListener("wheel", (event) => {
    if (!scales || !(event.ctrlKey || event.metaKey || document.activeElement === handle)) return; // the page scrolls with the wheel
    event.preventDefault();
    const [left, top] = pointIn(stage, event);
    zoomBy(event.deltaY < 0 ? 1 / 1.15 : 1.15, [scales.x.invert(left), scales.y.invert(top)]);
  }, { passive: false });

  // --- reading and clicking ---
  lines.addEventListener("pointermove", (event) => {
    const state = store.get();
    if (!scales || drag) return;
    const [left, top] = pointIn(stage, event);
    hovered = nearestStep(scales, state.paths.map(({ points }) => ({ points: points.slice(0, state.at + 1) })), left, top);
    lines.style.cursor = hovered ? "pointer" : "crosshair";
    card.hidden = !hovered;
    if (!hovered) return;
    const path = state.paths[hovered.lane];
    const [x, y] = path.points[hovered.step];
    card.replaceChildren(h("b", {}, t("race.card", { name: context.label("optimizers", path.optimizer.name), step: integer(hovered.step) })), h("span", {}, t("race.card_values", { x: decimal(x, 4), y: decimal(y, 4), loss: lossText(path.values[hovered.step]) })));
    card.style.transform = `translate(${Math.min(left + 14, stage.clientWidth - 200)}px, ${Math.max(8, top - 58)}px)`;
  });
  lines.addEventListener("pointerleave", () => { card.hidden = true; });
  lines.addEventListener("click", (event) => {
    const state = store.get();
    if (!scales) return;
    const place = pointIn(stage, event);
    const near = nearestStep(scales, state.paths.map(({ points }) => ({ points: points.slice(0, state.at + 1) })), place[0], place[1]);
    if (near) context.choose({ lane: near.lane, step: Math.max(1, near.step) });
    else if (isOn(place)) put(scales.x.invert(place[0]), scales.y.invert(place[1]));
  });

  context.select((state) => state.spec && JSON.stringify(state.spec.surface), (key) => {
    if (!key) return;
    scales = null;
    askForHeights();
    setAttribute(ground, "aria-label", t("race.map_summary", { surface: t(`race.surfaces.${store.get().spec.surface.name}`) }));
  });
  context.select((state) => state.ui.frame, () => {
    if (!isSeen()) return;
    drawGround();
    clearTimeout(timer);
    timer = setTimeout(askForHeights, field ? REST / 2 : 0);
  });
  context.select((state) => state.ui.theme, () => drawGround());
  context.select((state) => `${state.races} ${state.at} ${state.chosen.lane} ${state.chosen.step} ${state.ui.playing}`, drawLanes);
  context.select((state) => state.why, drawLanes);
  context.select((state) => state.ui.start, (start, state) => {
    if (start && scales && state.surface) placeHandle(state);
  });
  context.select((state) => `${state.races} ${state.ui.playing ? "" : state.at} ${state.ui.start !== null}`, (_, state) => {
    setAttribute(stage, "data-races", state.races);
    if (!state.spec || state.ui.start) return; // the table waits until the hand rests
    body.replaceChildren(...state.paths.map((path, lane) => {
      const [x, y] = placeAt(path, state.at);
      return h("tr", {}, h("th", { scope: "row" }, `${lane + 1} ${context.label("optimizers", path.optimizer.name)}`), h("td", {}, decimal(x, 4)), h("td", {}, decimal(y, 4)), h("td", {}, path.left !== null && path.left <= state.at ? t("race.left", { step: integer(path.left) }) : lossText(valueAt(path, state.at))));
    }));
  });
  const observer = new ResizeObserver(() => {
    [width, height] = [stage.clientWidth, stage.clientHeight];
    if (!isSeen()) return;
    scales = mapScales(framed(store.get()), size());
    drawGround();
    clearTimeout(timer);
    timer = setTimeout(askForHeights, field ? REST : 0);
  });
  observer.observe(stage);
  context.onDispose(() => {
    observer.disconnect();
    clearTimeout(timer);
  });
  return element;
}
