// @ts-check
/** Play, step, reset, speed; the timeline; how far the run is. */
import { h, icon, setAttribute, setText } from "../dom.js";
import { decimal, integer } from "../format.js";
import { groups, readOut } from "../read-out.js";
import { perSecond } from "../speed.js";
import { furthest } from "../travelling.js";

/**
 * @param {any} context
 * @param {{timeline: Element}} parts
 */
export function transportView(context, parts) {
  const { t, catalog } = context;

  const playIcon = h("span", { class: "play-icon" });
  const playWords = h("span", {});
  const play = h("button", { type: "button", class: "button filled round play", "data-keep": "play", onclick: context.togglePlay }, playIcon, playWords);
  context.select((state) => state.status.state, (state) => {
    const playing = state === "playing";
    playIcon.replaceChildren(icon(playing ? "pause" : "play"));
    setText(playWords, t(playing ? "transport.pause" : "transport.play"));
    setAttribute(play, "title", t(state === "diverged" ? "transport.diverged_hint" : playing ? "transport.pause_hint" : "transport.play_hint"));
    setAttribute(play, "aria-disabled", state === "diverged");
  });
  const button = (name, onclick) =>
    h("button", { type: "button", class: "button round icon", "aria-label": t(`transport.${name}`), title: t(`transport.${name}_hint`), "data-keep": name, onclick }, icon(name));
  const step = button("step", context.step);
  context.select((state) => state.status.state === "diverged", (diverged) => {
    setAttribute(step, "aria-disabled", diverged);
    setAttribute(step, "title", t(diverged ? "transport.diverged_hint" : "transport.step_hint"));
  });

  const speed = h("select", { class: "select", "aria-label": t("transport.speed"), "data-keep": "speed", onchange: () => context.setSpeed(speed.value === "max" ? null : Number(speed.value)) },
    catalog.speeds.map((value) =>
      h("option", { value: value ?? "max" }, value === null ? t("transport.speed_max") : perSecond(t, value))));
  context.select((state) => state.ui.speed, (value) => {
    speed.value = value === null ? "max" : String(value);
  });

  const walk = h("a", { class: "button walk-link", "aria-label": t("transport.walk"), title: t("transport.walk_hint"), "data-keep": "walk", onclick: context.walk }, icon("walk"), h("span", { class: "walk-words", "aria-hidden": "true" }, t("transport.walk")));
  context.select((state) => `${state.status.state === "playing" ? "" : state.frame?.step ?? ""} ${state.connection} ${state.revision}`, (_, { status, frame }) => setAttribute(walk, "href", context.walkAddress(status.state === "playing" ? null : frame?.step ?? null)));

  const stepOut = readOut(context, "step", t("transport.step_count"), (state) => state.frame?.step ?? null, groups);
  const end = h("span", { class: "furthest" });
  stepOut.firstElementChild.append(end);
  context.select(furthest, (head) => setText(end, ` / ${integer(head)}`));

  return h("section", { class: "transport", "data-view": "transport", "aria-label": t("transport.label") },
    h("div", { class: "transport-buttons" },
      button("reset", context.reset), play, step,
      h("span", { class: "speed" }, h("span", { class: "hint", "aria-hidden": "true" }, t("transport.speed")), speed), walk),
    parts.timeline,
    h("dl", { class: "counts" },
      stepOut,
      readOut(context, "epoch", t("transport.epoch"), (state) => state.frame?.epoch ?? null, (value) => decimal(value, 1))));
}
