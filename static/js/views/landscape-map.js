// @ts-check
/** The loss over a plane or along a line of the space of weights, with the ways of all lanes on it, read place by place. */
import { drawLine, drawPlane } from "../charts/around-map.js";
import { drawPaths, nearestStep } from "../charts/paths.js";
import { h, icon, pointIn, setAttribute, setText } from "../dom.js";
import { segmented } from "../fields.js";
import { decimal, exact, integer, percent } from "../format.js";
import { lastOf, nearestNode, placeOf, placesShown, shareOf, zoomedBounds } from "../landscape-state.js";
import { lineOf } from "../race-lanes.js";

const ZOOM = 2;
const MOST_ROWS = 11;
const DRAWN_EVERY = 250; // ms, while losses are coming
const MANY = 1000; // losses, above which there are no lines until all have come

/** @param {any} context */
export function landscapeMap(context) {
  const { t, store } = context;
  const ground = h("canvas", { class: "map-ground", role: "img" });
  const lines = h("canvas", { class: "map-lines", role: "application", tabindex: 0, "aria-label": t("landscape.read"), "data-own-keys": "", "data-keep": "landscape-read", "data-testid": "landscape-lines" });
  const card = h("div", { class: "map-card", hidden: true });
  const reading = h("p", { class: "visually-hidden", role: "status", "data-testid": "landscape-reading" });
  const zoomButton = (name, act, sign) => h("button", { type: "button", class: "button dense icon", "aria-label": t(`landscape.zoom.${name}`), title: t(`landscape.zoom.${name}`), "data-keep": `zoom-${name}`, onclick: act }, icon(sign));
  const zoomBy = (factor) => store.get().ways && context.look({ bounds: zoomedBounds(store.get().ways, factor, middle()) });
  const zoom = h("div", { class: "map-zoom" }, zoomButton("in", () => zoomBy(1 / ZOOM), "plus"), zoomButton("out", () => zoomBy(ZOOM), "minus"), zoomButton("fit", () => context.look({ bounds: null }), "net"));
  const split = segmented(context, { label: t("landscape.split"), choices: ["train", "test"].map((name) => [name, t(`landscape.${name}`)]), read: (state) => state.ui.split, write: (value) => store.dispatch({ type: "ui", changes: { split: value } }) });
  const views = segmented(context, { label: t("race.view"), choices: ["map", "space"].map((name) => [name, t(`race.views.${name}`)]), read: (state) => state.ui.view, write: (view) => store.dispatch({ type: "ui", changes: { view } }) });
  const tools = h("div", { class: "landscape-tools" }, h("div", { class: "landscape-choices" }, split, views), zoom);
  const space = h("div", { class: "map-space landscape-space", "data-testid": "landscape-space", hidden: true });
  const progress = h("progress", { max: 1, value: 0, "aria-label": t("landscape.progress") });
  const doing = h("span", { class: "hint", "data-testid": "landscape-doing" });
  const button = h("button", { type: "button", class: "button dense", "data-keep": "landscape-run", onclick: () => (isWorking() ? context.cancel() : context.compute()) });
  const work = h("div", { class: "landscape-work", role: "group", "aria-label": t("landscape.progress") }, doing, progress, button);
  const head = h("tr", {});
  const body = h("tbody", {});
  const table = h("table", { class: "visually-hidden", "aria-label": t("landscape.losses") }, h("thead", {}, head), body);
  const stage = h("div", { class: "map-stage", "data-testid": "landscape-stage" }, ground, lines, card, work);
  const element = h("section", { class: "race-map landscape-map", "data-view": "landscape", "aria-label": t("landscape.map") }, stage, space, tools, reading, table);

  context.select((state) => `${state.ui.view} ${state.look.dimensions}`, async (_, { ui, look }) => {
    const isSpace = ui.view === "space" && look.dimensions === 2;
    views.hidden = look.dimensions !== 2;
    stage.classList.toggle("behind", isSpace);
    space.hidden = !isSpace;
    if (isSpace && !space.childElementCount) space.replaceChildren((await import("./landscape-space.js")).landscapeSpace(context));
  });

  let scales = null;
  let cursor = null; // of the grid
  let [width, height] = [0, 0];
  const size = () => ({ width, height, colors: context.colors() });
  const isWorking = () => ["training", "losses"].includes(store.get().phase);
  const isPlane = () => store.get().ways.at.length === 2;
  const named = (lane) => `${lane + 1} ${context.label("optimizers", store.get().spec.lanes[lane]?.optimizer.name ?? "")}`;

  /** Where the chosen lane is, if that is on the map. */
  function middle() {
    const { ways, chosen, at } = store.get();
    const way = ways.lanes[chosen.lane];
    const point = way?.points[Math.min(at ?? Infinity, way.points.length - 1)];
    return point && point.every((value, axis) => value !== null && value >= ways.at[axis][0] && value <= ways.at[axis].at(-1)) ? point : undefined;
  }

  // --- what is drawn ---
  function names() {
    const { ways } = store.get();
    if (!ways.explained) return ["first", "second"].map((name) => t(`landscape.axes.${name}`));
    return ways.explained.map((share, axis) => t("landscape.axes.component", { number: axis + 1, share: percent(share) }));
  }
  /** Ways as they lie on the picture: on a line, as high as their loss. */
  function drawn() {
    const { ways, ui } = store.get();
    const colors = context.colors();
    return ways.lanes.map((way, lane) => {
      const shown = way.diverged === null ? way.steps.length : placesShown(ways, way); // from far away, nobody comes back
      const points = way.points.slice(0, shown);
      const left = way.diverged === null ? {} : { leftWords: t("landscape.diverged_short", { step: integer(way.diverged) }) };
      return { points: isPlane() ? points : points.map(([a], place) => [a, way[ui.split][place]]), left: way.diverged === null ? null : shown - 1, ...left, number: lane + 1, ...lineOf(lane, colors) };
    });
  }
  /** The net that the picture is around, where it is on the picture. */
  function centre({ ways }) {
    const isOn = isPlane() && ways.at.every((places) => places[0] <= 0 && places.at(-1) >= 0);
    return isOn ? [{ point: [0, 0], text: t("landscape.centre_here") }] : [];
  }
  function drawGround() {
    const state = store.get();
    if (!state.ways || width < 40 || height < 40) return;
    const { at } = state.ways;
    const shown = state[state.ui.split];
    if (isPlane()) scales = drawPlane(ground, { at, train: shown, names: names() }, { ...size(), minima: centre(state), isDraft: state.phase === "losses" && state.ways.count > MANY });
    else {
      const also = state.ways.lanes.filter(({ diverged }) => diverged === null).flatMap((way) => [way[state.ui.split][0], way[state.ui.split].at(-1)]).filter(Number.isFinite).map((loss) => loss * 1.05); // where they begin and end, and some room
      scales = drawLine(ground, { at, train: state.train, test: state.test, also, name: names()[0] }, size());
    }
    setAttribute(stage, "data-losses", state.train.length);
    setAttribute(stage, "data-maps", state.maps);
    drawWays();
  }
  function drawWays() {
    const state = store.get();
    if (!scales || !state.ways) return;
    drawPaths(lines, drawn(), scales, { ...size(), at: placeOf(state), chosen: state.chosen.lane, minima: centre(state), arrows: [] });
    if (cursor !== null) markCursor();
  }
  function markCursor() {
    const pen = /** @type {CanvasRenderingContext2D} */ (lines.getContext("2d"));
    const [left, top] = pixelOf(cursor);
    pen.strokeStyle = context.colors().ink;
    pen.lineWidth = 1.5;
    pen.strokeRect(left - 5, top - 5, 10, 10);
  }
  function pixelOf(index) {
    const { ways, train } = store.get();
    const [xs, ys] = ways.at;
    return [scales.x(xs[index % xs.length]), scales.y(ys ? ys[Math.floor(index / xs.length)] : train[index] ?? 0)];
  }

  // --- reading ---
  function say(title, words, [left, top]) {
    card.hidden = false;
    card.replaceChildren(h("b", {}, title), ...words.map((line) => h("span", {}, line)));
    card.style.transform = `translate(${Math.max(4, Math.min(left + 14, width - 240))}px, ${Math.max(8, top - 24 - 17 * words.length)}px)`;
  }
  const losses = (train, test) => t("landscape.both", { train: exact(train), test: exact(test) });
  function nodeWords(index) {
    const { ways, train, test } = store.get();
    const [xs, ys] = ways.at;
    const place = ys ? `(${exact(xs[index % xs.length])}, ${exact(ys[Math.floor(index / xs.length)])})` : exact(xs[index]);
    return [place, [index < train.length ? losses(train[index], test[index]) : t("landscape.not_yet")]];
  }
  function readPointer(event) {
    const state = store.get();
    if (!scales || !state.ways) return;
    const place = pointIn(stage, event);
    const near = nearestStep(scales, drawn().map(({ points }) => ({ points: points.slice(0, placeOf(state) + 1) })), place[0], place[1]);
    lines.style.cursor = near ? "pointer" : "crosshair";
    lines.dataset.near = near ? `${near.lane}.${near.step}` : "";
    const { plot } = scales;
    if (!near && (place[0] < plot.x || place[0] > plot.x + plot.width || place[1] < plot.y || place[1] > plot.y + plot.height)) {
      card.hidden = true;
      return;
    }
    if (!near) return say(...nodeWords(nearestNode(state.ways.at, [scales.x.invert(place[0]), scales.y.invert(place[1])])), place);
    const way = state.ways.lanes[near.lane];
    say(t("race.card", { name: named(near.lane), step: integer(way.steps[near.step]) }), [losses(way.train[near.step], way.test[near.step]), t("landscape.beside", { distance: decimal(way.away[near.step], 3) })], place);
  }
  lines.addEventListener("pointermove", readPointer);
  lines.addEventListener("pointerdown", readPointer);
  lines.addEventListener("pointerleave", () => { card.hidden = true; });
  lines.addEventListener("click", () => {
    const [lane, step] = (lines.dataset.near ?? "").split(".").map(Number);
    if (!lines.dataset.near) return;
    context.choose({ lane });
    context.goTo(step);
  });
  lines.addEventListener("keydown", (event) => {
    const state = store.get();
    if (!state.ways || !scales || event.ctrlKey || event.metaKey || event.altKey) return;
    const [columns, rows] = [state.ways.at[0].length, state.ways.at[1]?.length ?? 1];
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (event.key === "Escape" && cursor !== null) {
      event.stopPropagation();
      return leave();
    }
    if (!way) return;
    event.preventDefault();
    const now = cursor ?? nearestNode(state.ways.at, state.ways.at.map(() => 0));
    const reach = event.shiftKey ? 10 : 1;
    const held = (value, most) => Math.max(0, Math.min(most - 1, value));
    cursor = held((now % columns) + way[0] * reach, columns) + held(Math.floor(now / columns) + way[1] * reach, rows) * columns;
    const [place, words] = nodeWords(cursor);
    setText(reading, `${place}: ${words.join(" ")}`);
    drawWays();
    say(place, words, pixelOf(cursor));
  });
  function leave() {
    cursor = null;
    card.hidden = true;
    drawWays();
  }
  lines.addEventListener("blur", leave);

  // --- how far it is ---
  context.select((state) => `${state.phase} ${state.train.length} ${state.training?.lane} ${state.training?.step}`, (_, state) => {
    const { phase, training, ways, train } = state;
    progress.value = shareOf(state);
    setAttribute(stage, "data-phase", phase);
    work.hidden = phase === "none" || phase === "done";
    progress.hidden = !isWorking();
    button.replaceChildren(isWorking() ? t("race.cancel") : t("landscape.compute"));
    const words = phase === "training" ? (training ? t("landscape.doing.training", { lane: training.lane + 1, lanes: training.lanes, step: integer(training.step), steps: integer(training.steps) }) : t("landscape.doing.begin"))
      : phase === "losses" ? t("landscape.doing.losses", { done: integer(train.length), all: integer(ways.count) }) : phase === "none" || phase === "done" ? "" : t(`landscape.doing.${phase}`);
    setText(doing, words);
  });
  function writeTable() {
    const { ways, train, test, phase, ui } = store.get();
    if (!ways || phase === "losses" || phase === "training") return;
    const [xs, ys] = ways.at;
    const every = (places) => places.map((_, index) => index).filter((index) => index % Math.ceil(places.length / MOST_ROWS) === 0);
    const shown = ui.split === "test" ? test : train;
    const cell = (index) => h("td", {}, index < shown.length ? exact(shown[index]) : "");
    head.replaceChildren(h("td", {}), ...(ys ? every(xs).map((column) => h("th", { scope: "col" }, exact(xs[column]))) : ["train", "test"].map((name) => h("th", { scope: "col" }, t(`landscape.${name}`)))));
    body.replaceChildren(...(ys ? every(ys).reverse().map((row) => h("tr", {}, h("th", { scope: "row" }, exact(ys[row])), every(xs).map((column) => cell(column + row * xs.length))))
      : every(xs).map((index) => h("tr", {}, h("th", { scope: "row" }, exact(xs[index])), h("td", {}, exact(train[index] ?? null)), h("td", {}, exact(test[index] ?? null))))));
  }
  context.select((state) => `${state.maps} ${state.phase} ${state.ui.split}`, writeTable);
  context.select((state) => state.maps, (_, state) => {
    cursor = null;
    if (!state.ways) return;
    setAttribute(ground, "aria-label", t(isPlane() ? "landscape.summary" : "landscape.summary_line", { lanes: state.ways.lanes.map((_, lane) => named(lane)).join(", "), places: integer(lastOf(state.ways) + 1) }));
  });
  context.select((state) => `${state.maps} ${state.phase} ${state.ui.split} ${state.ui.theme}`, drawGround);
  let drawnAt = 0;
  context.select((state) => state.train.length, (_, { phase }) => {
    if (phase !== "losses" || performance.now() - drawnAt < DRAWN_EVERY) return; // at the end it is drawn as it is
    drawGround();
    drawnAt = performance.now();
  });
  context.select((state) => `${state.at} ${state.chosen.lane}`, drawWays);
  const observer = new ResizeObserver(() => {
    [width, height] = [stage.clientWidth, stage.clientHeight];
    drawGround();
  });
  observer.observe(stage);
  context.onDispose(() => observer.disconnect());
  return element;
}
