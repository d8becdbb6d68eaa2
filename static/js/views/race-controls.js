// @ts-check
/** Above everything: which surface, play, step, reset, the step where the race is, how fast and how many steps. */
import { h, icon, setAttribute, setText } from "../dom.js";
import { allowedText, numberField } from "../fields.js";
import { integer } from "../format.js";

const SPEEDS = [5, 15, 30, 60, 150];
const COARSE = 10;

/** @param {any} context */
export function raceControls(context) {
  const { t, store } = context;
  const surface = h("select", { class: "select", id: "surface", "aria-label": t("race.surface"), "data-keep": "surface", onchange: () => context.setSurface({ name: surface.value }) },
    store.get().surfaces.map(({ name }) => h("option", { value: name }, t(`race.surfaces.${name}`))));
  context.select((state) => state.spec?.surface.name, (name) => name && (surface.value = name));

  const reset = h("button", { type: "button", class: "button icon round", "aria-label": t("race.reset"), title: `${t("race.reset")} (R)`, "data-keep": "race-reset", onclick: () => context.reset() }, icon("reset"));
  const play = h("button", { type: "button", class: "button filled round race-play", "data-keep": "race-play", onclick: () => context.togglePlay() });
  const step = h("button", { type: "button", class: "button icon round", "aria-label": t("race.step"), title: `${t("race.step")} (S)`, "data-keep": "race-step", onclick: () => step.getAttribute("aria-disabled") !== "true" && context.step() }, icon("step"));
  context.select((state) => state.ui.playing, (playing) => {
    const words = t(playing ? "race.pause" : "race.play");
    play.replaceChildren(icon(playing ? "pause" : "play"), words);
    setAttribute(play, "aria-label", words);
  });

  const slider = h("input", { class: "slider", type: "range", min: 0, step: 1, "aria-label": t("race.at"), "data-keep": "race-at", "data-testid": "race-slider", "data-own-keys": "" });
  slider.addEventListener("input", () => context.goTo(Number(slider.value)));
  slider.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!way || !event.shiftKey) return;
    event.preventDefault();
    context.goTo(store.get().at + COARSE * way);
  });
  const at = h("b", { "data-testid": "race-step" });
  const of = h("span", { class: "hint" });
  context.select((state) => `${state.at} ${state.spec?.steps}`, (_, state) => {
    if (!state.spec) return;
    const { steps } = state.spec;
    setAttribute(slider, "max", steps);
    slider.value = String(state.at);
    slider.style.setProperty("--filled", `${(state.at / steps) * 100}%`);
    setAttribute(slider, "aria-valuetext", t("race.at_of", { at: integer(state.at), steps: integer(steps) }));
    setText(at, integer(state.at));
    setAttribute(at, "data-value", state.at);
    setText(of, ` / ${integer(steps)}`);
    setAttribute(step, "aria-disabled", state.at >= steps);
  });

  const speed = h("select", { class: "select", "aria-label": t("race.speed"), "data-keep": "race-speed", onchange: () => store.dispatch({ type: "ui", changes: { speed: Number(speed.value) } }) },
    SPEEDS.map((value) => h("option", { value }, t("race.per_second", { count: value }))));
  context.select((state) => state.ui.speed, (value) => { speed.value = String(value); });
  const steps = numberField(context, { path: "steps", label: t("race.steps"), read: (spec) => spec.steps, bounds: { type: "integer", minimum: 1, maximum: 5000 }, change: (value) => context.change((spec) => ({ ...spec, steps: value })) });

  const notice = h("p", { class: "race-notice", role: "alert" });
  context.select((state) => state.notice, (value) => {
    notice.hidden = !value;
    setText(notice, !value ? "" : value === "away" ? t("race.away") : t("race.refused", { field: value.field, value: String(value.problem.value).slice(0, 40), allowed: allowedText(t, value.problem.allowed) }));
  });

  return h("section", { class: "race-controls", "data-view": "race-controls", "aria-label": t("race.controls") },
    h("div", { class: "race-surface" }, h("label", { for: "surface" }, t("race.surface")), surface),
    h("div", { class: "race-buttons" }, reset, play, step),
    h("div", { class: "race-line" }, slider, h("span", { class: "race-at" }, at, of)),
    h("div", { class: "race-pace" }, steps, speed),
    notice);
}
