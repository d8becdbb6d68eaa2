// @ts-check
/** Step forward and back, play, and the bar of positions: a segment for each stop while they can be told apart, else a scrubber. */
import { h, icon, setAttribute, setText } from "../dom.js";
import { integer } from "../format.js";
import { groupWords, plainName, splitName, variable } from "../walk-names.js";
import { SPEEDS } from "../walk-state.js";

const NARROWEST = 7; // px of a segment that can still be hit
const PHASES = { inputs: "forward", forward: "forward", seed: "backward", backward: "backward", gradients: "backward", update: "update", next: "update" };

/** @param {any} context */
export function walkTransportView(context) {
  const { t, store } = context;
  const button = (name, act) => h("button", {
    type: "button", class: "button round icon", "aria-label": t(`walk.transport.${name}`), title: t(`walk.transport.${name}_hint`), "data-keep": `walk-${name}`,
    onclick: act,
  }, icon(name));
  const step = h("button", { type: "button", class: "button filled round step-forward", "data-keep": "walk-forward", title: t("walk.transport.step_forward_hint"), onclick: context.stepForward },
    h("span", {}, t("walk.transport.step_forward")), icon("step_forward"));

  const play = h("button", { type: "button", class: "button round icon play-walk", "data-keep": "walk-play", onclick: context.togglePlay });
  context.select((state) => state.ui.playing, (playing) => {
    play.replaceChildren(icon(playing ? "pause" : "play"));
    const words = t(playing ? "walk.transport.pause" : "walk.transport.play");
    setAttribute(play, "aria-label", words);
    setAttribute(play, "title", words);
  });
  const speed = h("select", { class: "select walk-speed", "aria-label": t("walk.transport.speed"), "data-keep": "walk-speed", onchange: () => store.dispatch({ type: "ui", changes: { speed: Number(speed.value) } }) },
    SPEEDS.map((value) => h("option", { value }, `${value}×`)));
  context.select((state) => state.ui.speed, (value) => { speed.value = String(value); });

  return h("section", { class: "walk-transport", "data-view": "walk-transport", "aria-label": t("walk.transport.label") },
    h("div", { class: "walk-buttons" },
      button("to_start", context.toStart), button("step_back", context.stepBack), step, play, button("to_end", context.toEnd), speed),
    bar(context),
    reading(context));
}

/** "12 of 19", and of which training step. */
function reading(context) {
  const { t } = context;
  const name = h("dt", {});
  const number = h("b", {});
  const of = h("span", {});
  const value = h("dd", { "data-testid": "walk-position" }, number, of);
  const show = (_, state) => {
    const count = context.stops().length;
    setText(name, state.walk?.step ? t("walk.transport.position_in", { step: integer(state.walk.step) }) : t("walk.transport.position"));
    setText(number, integer(context.stopIndex() + 1));
    setText(of, t("walk.transport.of", { count: integer(count) }));
    setAttribute(value, "data-value", state.position);
    setAttribute(value, "data-count", count);
  };
  context.select((state) => state.position, show);
  context.select((state) => state.open, show);
  context.select((state) => state.walk, show);
  return h("dl", { class: "walk-reading" }, h("div", {}, name, value));
}

function bar(context) {
  const { t, store } = context;
  const track = h("div", { class: "walk-track" });
  const element = h("div", { class: "walk-bar", role: "slider", tabindex: 0, "aria-label": t("walk.transport.slider"), "aria-valuemin": 1, "data-keep": "walk-bar" }, track);
  const words = groupWords(context);
  let drawn = { key: "", isFine: false, segments: /** @type {HTMLElement[]} */ ([]) };

  /** The name of a stop, as text and as an element. */
  const named = (stop) => {
    const walk = context.walk();
    const event = walk.event(stop);
    if (event.node === undefined || event.phase === "seed") return worded(t(`walk.transport.${event.phase}`));
    const shown = walk.representative(event.node, new Set(context.route()));
    if (shown.startsWith("g")) return worded(words.groupShort(walk.group(Number(shown.slice(1)))));
    const nth = event.phase === "backward" && event.of > 1 ? ` ${event.nth}/${event.of}` : "";
    const { name } = walk.node(event.node);
    const short = nameWidth(name);
    return { text: plainName(name) + nth, element: nth ? h("span", {}, variable(name), nth) : variable(name), short, width: short + nth.length * 6 };
  };
  const worded = (text) => ({ text, element: /** @type {any} */ (null), short: 0, width: [...text].reduce((sum, character) => sum + (character > "\u2e80" ? 12 : 6.6), 0) });
  const nameWidth = (name) => splitName(name)[0].length * 8 + splitName(name)[1].length * 6;

  function build() {
    const walk = context.walk();
    if (!walk || !track.clientWidth) return;
    const stops = context.stops();
    const width = track.clientWidth / stops.length;
    const isFine = width < NARROWEST;
    const key = [stops.length, stops[stops.length - 1], Math.round(track.clientWidth), context.route().join()].join(" ");
    if (key !== drawn.key || drawn.walk !== walk) {
      drawn = { key, walk, isFine, segments: [] };
      track.replaceChildren(...(isFine ? parts(walk, stops) : segments(walk, stops, width)));
      setAttribute(track, "data-fine", isFine);
    }
    mark();
  }

  /** One segment a stop, with its name where all names fit. */
  function segments(walk, stops, width) {
    let phase = "";
    const names = stops.map(named);
    const fits = names.every(({ width: wide }) => wide < width + 3);
    const bare = !fits && names.every(({ short }) => short < width + 4); // without saying which arrival it is
    drawn.segments = stops.map((stop, index) => {
      const own = PHASES[walk.event(stop).phase];
      const isFirst = own !== phase;
      phase = own;
      const { text, element: name } = names[index];
      const shown = fits || names[index].width < width - 2 ? name ?? text : bare && name ? name.querySelector(".variable") ?? name : "";
      return h("div", { class: "segment", "data-phase": own, "data-stop": stop, title: text },
        isFirst && h("span", { class: "phase-name" }, t(`walk.phases.${own}`)),
        h("span", { class: "segment-bar" }),
        h("span", { class: "segment-name" }, shown));
    });
    return drawn.segments;
  }

  /** A part for each phase, and a thumb on them. */
  function parts(walk, stops) {
    const runs = [];
    stops.forEach((stop) => {
      const phase = PHASES[walk.event(stop).phase];
      if (runs[runs.length - 1]?.phase !== phase) runs.push({ phase, count: 0 });
      runs[runs.length - 1].count += 1;
    });
    drawn.segments = runs.map(({ phase, count }) => {
      const part = h("div", { class: "segment part", "data-phase": phase }, h("span", { class: "phase-name" }, t(`walk.phases.${phase}`)), h("span", { class: "segment-bar" }, h("span", { class: "part-filled" })), h("span", { class: "segment-name" }, integer(count)));
      part.style.flexGrow = String(count);
      part.dataset.count = String(count);
      return part;
    });
    return [...drawn.segments, h("span", { class: "thumb" })];
  }

  function mark() {
    const stops = context.stops();
    const at = context.stopIndex();
    if (drawn.isFine) {
      let before = 0;
      for (const part of drawn.segments) {
        const count = Number(part.dataset.count);
        const share = Math.max(0, Math.min(1, (at + 1 - before) / count));
        /** @type {HTMLElement} */ (part.querySelector(".part-filled")).style.transform = `scaleX(${share})`;
        before += count;
      }
      /** @type {HTMLElement} */ (track.lastChild).style.left = `${((at + 0.5) / stops.length) * 100}%`;
    }
    else drawn.segments.forEach((segment, index) => {
      setAttribute(segment, "data-state", index < at ? "past" : index === at ? "now" : "future");
    });
    const { text } = named(stops[at]);
    setAttribute(element, "aria-valuemax", stops.length);
    setAttribute(element, "aria-valuenow", at + 1);
    setAttribute(element, "aria-valuetext", t("walk.transport.at", { index: at + 1, count: stops.length, phase: t(`walk.phases.${PHASES[context.walk().event(stops[at]).phase]}`), name: text }));
  }

  context.select((state) => state.walk, build);
  context.select((state) => state.open, build);
  context.select((state) => state.position, build);
  const observer = new ResizeObserver(build);
  observer.observe(track);
  context.onDispose(() => observer.disconnect());

  // --- by hand ---
  const stopAt = (event) => {
    const { left, width } = track.getBoundingClientRect();
    const stops = context.stops();
    return stops[Math.max(0, Math.min(stops.length - 1, Math.floor(((event.clientX - left) / width) * stops.length)))];
  };
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    context.goTo(stopAt(event));
  });
  element.addEventListener("pointermove", (event) => {
    if (!element.hasPointerCapture(event.pointerId)) return;
    const stop = stopAt(event);
    if (stop !== store.get().position) context.goTo(stop);
  });
  element.addEventListener("keydown", (event) => {
    const by = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key]; // left, right, Home and End are the page's own
    if (!by) return;
    event.preventDefault();
    const stops = context.stops();
    context.goTo(stops[Math.max(0, Math.min(stops.length - 1, context.stopIndex() + by))]);
  });
  return element;
}
