// @ts-check
/** Play, step, reset, speed; what is going on in one sentence; how far the run is. */
import { h, icon, setAttribute, setText } from "../dom.js";
import { decimal, integer } from "../format.js";
import { allowedText } from "../fields.js";
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
  const step = button("step", context.step);
  context.select((state) => state.status.state === "diverged", (diverged) => {
    setAttribute(step, "aria-disabled", diverged);
    setAttribute(step, "title", t(diverged ? "transport.diverged_hint" : "transport.step_hint"));
  });

  const perSecond = (count) => t(innerWidth < 760 ? "transport.speed_short" : Math.round(count) === 1 ? "transport.speed_one" : "transport.speed_steps", { count: integer(count) });
  const speed = h("select", { class: "select", "aria-label": t("transport.speed"), "data-keep": "speed", onchange: () => context.setSpeed(speed.value === "max" ? null : Number(speed.value)) },
    catalog.speeds.map((value) =>
      h("option", { value: value ?? "max" }, value === null ? t("transport.speed_max") : perSecond(value))));
  context.select((state) => state.ui.speed, (value) => {
    speed.value = value === null ? "max" : String(value);
  });

  const walk = h("a", { class: "button walk-link", "aria-label": t("transport.walk"), title: t("transport.walk_hint"), "data-keep": "walk", onclick: context.walk }, icon("walk"), h("span", { class: "walk-words", "aria-hidden": "true" }, t("transport.walk")));
  context.select((state) => `${state.status.state === "playing" ? "" : state.frame?.step ?? ""} ${state.connection} ${state.revision}`, (_, { status, frame }) => setAttribute(walk, "href", context.walkAddress(status.state === "playing" ? null : frame?.step ?? null)));

  return h("section", { class: "transport", "data-view": "transport", "aria-label": t("transport.label") },
    h("div", { class: "transport-buttons" },
      button("reset", context.reset), play, step,
      h("span", { class: "speed" }, h("span", { class: "hint", "aria-hidden": "true" }, t("transport.speed")), speed), walk),
    noticeLine(context),
    h("dl", { class: "counts" },
      readOut(context, "step", t("transport.step_count"), (state) => state.frame?.step ?? null, groups),
      readOut(context, "epoch", t("transport.epoch"), (state) => state.frame?.epoch ?? null, (value) => decimal(value, 1))));

  function noticeLine() {
    const line = h("p", { class: "notice-words" });
    const pace = h("p", { class: "notice-words" }); // not spoken: it changes all the time
    const actions = h("div", { class: "notice-actions" });
    const box = h("div", { class: "notice" }, h("div", { role: "status" }, line), pace, actions);
    context.select((state) => (state.status.state === "playing" && !state.notice && state.connection === "open" ? Math.round(state.rate?.perSecond ?? 0) : 0), (rate) => {
      setText(pace, rate ? t("notice.training", { rate: perSecond(Number(rate.toPrecision(2))) }) : "");
    });
    let shown = "";
    const show = (kind, words, buttons = []) => {
      setAttribute(box, "data-kind", kind);
      setText(line, words);
      const key = buttons.map((button) => button.getAttribute("aria-label") ?? button.textContent).join("|");
      if (key === shown) return; // the same buttons stay, and keep the focus
      shown = key;
      actions.replaceChildren(...buttons);
    };
    context.select(
      (state) => [state.connection, state.status.state, state.notice?.key, state.notice?.at, state.spec?.data.name, state.spec?.batch_size, state.data?.serial, (state.frame?.step ?? 0) > 0, state.status.rewind_to, state.spec?.optimizer.learning_rate].join("|"),
      (_, state) => {
        const { status, spec, notice } = state;
        const dismiss = h("button", { type: "button", class: "button dense icon", "aria-label": t("notice.dismiss"), onclick: () => store.dispatch({ type: "notice", notice: null }) }, icon("close"));
        if (!spec) show("plain", t("notice.loading"));
        else if (state.connection === "lost") show("warn", t("notice.reconnecting"));
        else if (status.state === "diverged") show("err", divergedText(status), divergedActions(state));
        else if (notice) show(notice.kind, noticeText(notice), [dismiss]);
        else if (status.state === "playing") show("plain", "");
        else if (state.frame?.step) show("plain", t(matchMedia("(hover: none)").matches ? "notice.paused_touch" : "notice.paused"));
        else if (state.data) show("plain", t("notice.ready", { data: context.label("datasets", spec.data.name), rows: state.data.trainRows, batch: spec.batch_size }));
      });
    return box;
  }

  /** What was refused is put into words when it is shown: the language may have changed since. */
  function noticeText({ key, params }) {
    const { refused, ...plain } = params;
    if (!refused) return t(key, plain);
    const reasons = refused.map(({ field, value, allowed }) => {
      const name = context.label("fields", (field ?? "").replace(/\[\d+\]/g, "").split(".").pop() ?? "");
      return t("field.refused", { field: name, value: String(value ?? "–").slice(0, 40), allowed: allowedText(t, allowed) });
    });
    return t(key, { refused: reasons.join(" ") });
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

  /** The rate that failed is not offered again: a tenth of it, or the smaller one that the reader has set meanwhile. */
  function divergedActions({ status, spec, divergedRate }) {
    const current = spec.optimizer.learning_rate;
    const rate = divergedRate !== null && current < divergedRate ? current : Number((current / 10).toPrecision(3));
    const action = (words, act) => h("button", { type: "button", class: "button dense", onclick: () => {
      play.focus(); // this button is about to go
      act();
    } }, words);
    return [
      action(t("notice.rewind", { step: integer(status.rewind_to ?? 0) }), context.rewind),
      action(t("notice.try_rate", { rate }), () => context.tryRate(rate)),
    ];
  }
}
