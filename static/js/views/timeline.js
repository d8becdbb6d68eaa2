// @ts-check
/** The run as a line to move along: by hand, by keys, to any step; a click on another run goes there. */
import { drawTimeline } from "../charts/timeline.js";
import { h, pointIn, setAttribute } from "../dom.js";
import { integer } from "../format.js";
import { overlaid } from "../overlays.js";
import { runName, runOf } from "../runs.js";
import { furthest } from "../travelling.js";

const PAGE = 0.1; // of the run
const COARSE = 11; // pixels a finger may be beside another run's line

/** @param {any} context */
export function timelineView(context) {
  const { t, store, travel } = context;
  const canvas = h("canvas", { class: "timeline-picture", "aria-hidden": "true" });
  const slider = h("div", { class: "timeline", role: "slider", tabindex: 0, "data-view": "timeline", "data-keep": "timeline", "data-testid": "timeline", "aria-label": t("timeline.label"), "aria-orientation": "horizontal", "aria-valuemin": 0, title: t("timeline.hint") }, canvas);
  let [width, height] = [0, 0];
  let hover = null;
  let dragging = false;
  /** @type {ReturnType<typeof drawTimeline>|null} */
  let drawn = null;

  /** Where the thumb is: at the step asked for, before its picture has come. */
  const moment = () => {
    const state = store.get();
    const { frame, status, runs, ui } = state;
    const seeking = ui.seeking?.run === status.run ? ui.seeking : null;
    const head = furthest(state);
    return { runs: runs.runs, current: status.run, chosen: overlaid(state), step: Math.min(head, seeking?.step ?? frame?.step ?? 0), head, hover: dragging ? null : hover };
  };
  const draw = () => {
    const now = moment();
    if (width) drawn = drawTimeline(canvas, now, { width, height, colors: context.colors() });
    setAttribute(slider, "aria-valuemax", now.head);
    setAttribute(slider, "aria-valuenow", now.step);
    const place = t("timeline.value", { step: integer(now.step), head: integer(now.head) });
    setAttribute(slider, "aria-valuetext", now.runs.length > 1 ? `${runName(t, runOf(now.runs, now.current), now.current)}: ${place}` : place);
  };
  context.select((state) => state.frame, draw);
  context.select((state) => state.runs, draw);
  context.select((state) => `${state.status.run} ${state.status.head} ${state.ui.seeking?.step} ${state.ui.theme} ${overlaid(state)}`, draw);
  const observer = new ResizeObserver(([entry]) => {
    ({ width, height } = entry.contentRect);
    draw();
  });
  observer.observe(canvas);
  context.onDispose(() => observer.disconnect());

  const at = (event) => {
    return pointIn(canvas, event);
  };
  let last = -1;
  const seekTo = (step) => {
    if (step === last && dragging) return;
    last = step;
    travel.seek(step);
  };
  slider.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !drawn) return;
    const [left, top] = at(event);
    const other = drawn.runAt(left, top, event.pointerType === "mouse" ? undefined : COARSE);
    if (other) return void travel.seek(other.step, other.id);
    slider.setPointerCapture(event.pointerId);
    slider.removeAttribute("title"); // known by now, and in the way
    dragging = true;
    last = -1;
    seekTo(drawn.stepAt(left));
  });
  slider.addEventListener("pointermove", (event) => {
    if (!drawn) return;
    const [left, top] = at(event);
    if (dragging) return seekTo(drawn.stepAt(left));
    setAttribute(slider, "data-other", Boolean(drawn.runAt(left, top)));
    hover = event.pointerType === "mouse" && !drawn.runAt(left, top) ? drawn.stepAt(left) : null;
    return draw();
  });
  const drop = () => {
    dragging = false;
    draw();
  };
  slider.addEventListener("pointerup", drop);
  slider.addEventListener("pointercancel", drop);
  slider.addEventListener("pointerleave", () => {
    hover = null;
    draw();
  });
  slider.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { step, head } = moment();
    const page = Math.max(10, Math.round(head * PAGE));
    const few = event.shiftKey ? 10 : 1;
    const wanted = { ArrowLeft: step - few, ArrowDown: step - few, ArrowRight: step + few, ArrowUp: step + few, PageDown: step - page, PageUp: step + page, Home: 0, End: head }[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    travel.seek(Math.max(0, Math.min(head, wanted)));
  });
  return slider;
}
