// @ts-check
/** Play, step, reset, speed; what is going on in one sentence; how far the run is. */
import { h, icon, setAttribute, setText } from "../dom.js";
import { decimal, integer } from "../format.js";
import { groups, readOut } from "../read-out.js";

/** @param {any} context */
export function transportView(context) {
  const { t, catalog, store } = context;

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

  const perSecond = (count) => t(innerWidth < 760 ? "transport.speed_short" : count === 1 ? "transport.speed_one" : "transport.speed_steps", { count: integer(count) });
  const speed = h("select", { class: "select", "aria-label": t("transport.speed"), "data-keep": "speed", onchange: () => context.setSpeed(speed.value === "max" ? null : Number(speed.value)) },
    catalog.speeds.map((value) =>
      h("option", { value: value ?? "max" }, value === null ? t("transport.speed_max") : perSecond(value))));
  context.select((state) => state.ui.speed, (value) => {
    speed.value = value === null ? "max" : String(value);
  });

  return h("section", { class: "transport", "data-view": "transport", "aria-label": t("transport.label") },
    h("div", { class: "transport-buttons" },
      button("reset", context.reset), play, button("step", context.step),
      h("span", { class: "speed" }, h("span", { class: "hint", "aria-hidden": "true" }, t("transport.speed")), speed)),
    noticeLine(context),
    h("dl", { class: "counts" },
      readOut(context, "step", t("transport.step_count"), (state) => state.frame?.step ?? null, groups),
      readOut(context, "epoch", t("transport.epoch"), (state) => state.frame?.epoch ?? null, (value) => decimal(value, 1))));

  function noticeLine() {
    const line = h("p", { class: "notice-words" });
    const actions = h("div", { class: "notice-actions" });
    const box = h("div", { class: "notice", role: "status" }, line, actions);
    const show = (kind, words, buttons = []) => {
      setAttribute(box, "data-kind", kind);
      setText(line, words);
      actions.replaceChildren(...buttons);
    };
    context.select(
      (state) => [state.connection, state.status.state, state.notice?.key, state.notice?.at, state.spec?.data.name, state.spec?.batch_size, state.data?.revision, (state.frame?.step ?? 0) > 0, Math.round(state.rate?.perSecond ?? 0), state.status.rewind_to, state.spec?.optimizer.learning_rate].join("|"),
      (_, state) => {
        const { status, spec, notice } = state;
        const dismiss = h("button", { type: "button", class: "button dense icon", "aria-label": t("notice.dismiss"), onclick: () => store.dispatch({ type: "notice", notice: null }) }, icon("close"));
        if (!spec) show("plain", t("notice.loading"));
        else if (state.connection === "lost") show("warn", t("notice.reconnecting"));
        else if (status.state === "diverged") show("err", divergedText(status), divergedActions(state));
        else if (notice) show(notice.kind, t(notice.key, notice.params), [dismiss]);
        else if (status.state === "playing") show("plain", state.rate?.perSecond ? t("notice.training", { rate: integer(Number(state.rate.perSecond.toPrecision(2))) }) : "");
        else if (state.frame?.step) show("plain", t(matchMedia("(hover: none)").matches ? "notice.paused_touch" : "notice.paused"));
        else if (state.data) show("plain", t("notice.ready", { data: context.label("datasets", spec.data.name), rows: state.data.trainRows, batch: spec.batch_size }));
      });
    return box;
  }

  function divergedText({ overflow }) {
    if (!overflow) return "";
    const layer = overflow.layer === null || overflow.layer === undefined ? null : t("notice.layer", { layer: overflow.layer + 1 });
    const parameter = /\.(weight|bias)$/.exec(overflow.name ?? "");
    const name = parameter ? t(`notice.named_${parameter[1]}`, { layer: overflow.layer + 1 }) : overflow.name;
    const what = overflow.kind === "parameter" ? t("notice.overflow_parameter", { name })
      : overflow.kind === "gradient" ? t("notice.overflow_gradient", { name })
        : layer ? t("notice.overflow_value", { op: overflow.op ?? overflow.name, layer }) : t("notice.overflow_loss");
    return t("notice.diverged", { step: integer(overflow.step), what });
  }

  function divergedActions({ status, spec }) {
    const rate = Number((spec.optimizer.learning_rate / 10).toPrecision(3));
    return [
      h("button", { type: "button", class: "button dense", onclick: context.rewind }, t("notice.rewind", { step: integer(status.rewind_to ?? 0) })),
      h("button", { type: "button", class: "button dense", onclick: () => context.tryRate(rate) }, t("notice.try_rate", { rate })),
    ];
  }
}
