// @ts-check
/** Above a race of nets: which net, play, step, reset, where all lanes are, how fast. */
import { h, icon, setAttribute, setText } from "../dom.js";
import { allowedText } from "../fields.js";
import { decimal, integer } from "../format.js";
import { furthest, placeOf, presetOf } from "../net-race-store.js";

const COARSE = 10;
const OWN = "own";

/** @param {any} context */
export function netRaceControls(context) {
  const { t, store } = context;
  const net = h("select", { class: "select", id: "race-net", "aria-label": t("nets.net"), "data-keep": "race-net", onchange: () => context.openPreset(net.value) });
  context.select((state) => `${state.races} ${state.presets.length}`, (_, state) => {
    const name = presetOf(state);
    net.replaceChildren(...state.presets.map((preset) => h("option", { value: preset.name }, t(`nets.presets.${preset.name}`))), ...(name || !state.spec ? [] : [h("option", { value: OWN }, t("nets.own"))]));
    net.value = name ?? OWN;
  });

  const button = (name, sign, key, act) => h("button", { type: "button", class: "button icon round", "aria-label": t(`race.${name}`), title: `${t(`race.${name}`)} (${key})`, "data-keep": `race-${name}`, onclick: act }, icon(sign));
  const reset = button("reset", "reset", "R", () => context.reset());
  const step = button("step", "step", "S", () => step.getAttribute("aria-disabled") !== "true" && context.step());
  const play = h("button", { type: "button", class: "button filled round race-play", "data-keep": "race-play", onclick: () => play.getAttribute("aria-disabled") !== "true" && context.togglePlay() });
  context.select((state) => `${state.status.state} ${state.id}`, (_, { status }) => {
    const runs = ["playing", "seeking"].includes(status.state);
    const words = t(runs ? "race.pause" : "race.play");
    play.replaceChildren(icon(runs ? "pause" : "play"), words);
    setAttribute(play, "aria-label", words);
    for (const each of [play, step]) setAttribute(each, "aria-disabled", status.state === "ended");
    setAttribute(play, "title", status.state === "ended" ? t("nets.ended") : "");
  });

  const slider = h("input", { class: "slider", type: "range", min: 0, step: 1, "aria-label": t("race.at"), "data-keep": "race-at", "data-testid": "race-slider", "data-own-keys": "" });
  slider.addEventListener("input", () => context.seek(Number(slider.value)));
  slider.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!way || !event.shiftKey) return;
    event.preventDefault();
    context.seek(Math.min(furthest(store.get()), placeOf(store.get()) + COARSE * way));
  });
  const at = h("b", { "data-testid": "race-step" });
  const epoch = h("span", { class: "hint" });
  context.select((state) => `${placeOf(state)} ${state.status.step} ${furthest(state)} ${state.frame?.epoch}`, (_, state) => {
    const [here, end] = [placeOf(state), furthest(state)];
    setAttribute(slider, "max", Math.max(1, end));
    slider.value = String(here);
    slider.style.setProperty("--filled", `${(here / Math.max(1, end)) * 100}%`);
    setAttribute(slider, "aria-valuetext", t("race.at_of", { at: integer(here), steps: integer(end) }));
    setText(at, integer(state.status.step));
    setAttribute(at, "data-value", state.status.step);
    setText(epoch, t("nets.epoch", { epoch: decimal(state.frame?.epoch ?? 0, 1) }));
  });

  const speed = h("select", { class: "select", "aria-label": t("race.speed"), "data-keep": "race-speed", onchange: () => context.setSpeed(speed.value === "max" ? null : Number(speed.value)) },
    store.get().catalog.speeds.map((value) => h("option", { value: value ?? "max" }, value === null ? t("nets.speed_max") : t("race.per_second", { count: integer(value) }))));
  context.select((state) => state.ui.speed, (value) => { speed.value = value === null ? "max" : String(value); });

  const notice = h("p", { class: "race-notice", role: "alert" });
  context.select((state) => `${JSON.stringify(state.notice)} ${state.connection === "lost"}`, (_, state) => {
    const value = state.notice ?? (state.connection === "lost" ? "lost" : null);
    notice.hidden = !value;
    setText(notice, !value ? "" : typeof value === "string" ? t(`nets.notice.${value}`) : t("race.refused", { field: value.field, value: String(value.problem.value).slice(0, 40), allowed: allowedText(t, value.problem.allowed) }));
  });

  return h("section", { class: "race-controls net-race-controls", "data-view": "race-controls", "aria-label": t("race.controls") },
    h("div", { class: "race-surface" }, h("label", { for: "race-net" }, t("nets.net")), net),
    h("div", { class: "race-buttons" }, reset, play, step),
    h("div", { class: "race-line" }, slider, h("span", { class: "race-at" }, at, h("span", { class: "hint" }, t("nets.steps_unit")), epoch)),
    h("div", { class: "race-pace" }, speed),
    notice);
}
