// @ts-check
/** Above the landscape: which net, play, step, reset, where on the ways one is. */
import { h, icon, setAttribute, setText } from "../dom.js";
import { allowedText } from "../fields.js";
import { integer } from "../format.js";
import { lastOf, placeOf, stepAt, stepsOf } from "../landscape-state.js";

const OWN = "own";
const COARSE = 10;

/** @param {any} context */
export function landscapeControls(context) {
  const { t, store } = context;
  const net = h("select", { class: "select", id: "landscape-net", "aria-label": t("landscape.net"), "data-keep": "landscape-net", onchange: () => context.openPreset(net.value) });
  context.select((state) => `${state.races} ${state.presets.length}`, (_, { presets, spec }) => {
    const name = presets.find(({ race }) => JSON.stringify(race.spec) === JSON.stringify(spec?.spec))?.name;
    net.replaceChildren(...presets.map((preset) => h("option", { value: preset.name }, t(`landscape.presets.${preset.name}`))), ...(name || !spec ? [] : [h("option", { value: OWN }, t("landscape.own"))]));
    net.value = name ?? OWN;
  });

  const button = (name, sign, key, act) => h("button", { type: "button", class: "button icon round", "aria-label": t(`race.${name}`), title: `${t(`race.${name}`)} (${key})`, "data-keep": `race-${name}`, onclick: act }, icon(sign));
  const reset = button("reset", "reset", "R", () => context.reset());
  const step = button("step", "step", "S", () => step.getAttribute("aria-disabled") !== "true" && context.step());
  const play = h("button", { type: "button", class: "button filled round race-play", "data-keep": "race-play", onclick: () => context.togglePlay() });
  context.select((state) => state.ui.playing, (playing) => {
    const words = t(playing ? "race.pause" : "race.play");
    play.replaceChildren(icon(playing ? "pause" : "play"), words);
    setAttribute(play, "aria-label", words);
  });

  const slider = h("input", { class: "slider", type: "range", min: 0, max: 1, step: 1, "aria-label": t("race.at"), "data-keep": "race-at", "data-testid": "race-slider", "data-own-keys": "" });
  slider.addEventListener("input", () => context.goTo(Number(slider.value)));
  slider.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!way || !event.shiftKey) return;
    event.preventDefault();
    context.goTo(placeOf(store.get()) + COARSE * way);
  });
  const at = h("b", { "data-testid": "race-step" });
  const of = h("span", { class: "hint" });
  context.select((state) => `${state.maps} ${state.at}`, (_, state) => {
    const [last, place, steps] = [lastOf(state.ways), placeOf(state), stepsOf(state.ways)];
    setAttribute(slider, "max", Math.max(1, last));
    slider.value = String(place);
    slider.style.setProperty("--filled", `${(place / Math.max(1, last)) * 100}%`);
    setAttribute(slider, "aria-valuetext", t("race.at_of", { at: integer(stepAt(state)), steps: integer(steps.at(-1) ?? 0) }));
    setText(at, integer(stepAt(state)));
    setAttribute(at, "data-value", stepAt(state));
    setText(of, ` / ${integer(steps.at(-1) ?? 0)}`);
    setAttribute(step, "aria-disabled", place >= last);
  });

  const notice = h("p", { class: "race-notice", role: "alert" });
  context.select((state) => state.notice, (value) => {
    notice.hidden = !value;
    setText(notice, !value ? "" : value === "away" ? t("race.away") : t("race.refused", { field: value.field, value: String(value.problem.value).slice(0, 40), allowed: allowedText(t, value.problem.allowed) }));
  });

  return h("section", { class: "race-controls landscape-controls", "data-view": "race-controls", "aria-label": t("race.controls") },
    h("div", { class: "race-surface" }, h("label", { for: "landscape-net" }, t("landscape.net")), net),
    h("div", { class: "race-buttons" }, reset, play, step),
    h("div", { class: "race-line" }, slider, h("span", { class: "race-at" }, at, of)),
    notice);
}
