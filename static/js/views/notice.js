// @ts-check
/** What is going on, in one sentence: what to do next, what went wrong, and the ways out. */
import { h, icon, setAttribute, setText } from "../dom.js";
import { allowedText } from "../fields.js";
import { integer } from "../format.js";
import { runName, runOf } from "../runs.js";
import { batchOf } from "../spec-reading.js";
import { perSecond } from "../speed.js";
import { furthest } from "../travelling.js";

/** @param {any} context */
export function noticeView(context) {
  const { t, store } = context;
  const isBehind = (state) => state.status.state === "paused" && isReplaying(state);
  const runsNamed = (state) => state.notice?.params.runs && state.runs.runs.map(({ name }) => name).join();
  const line = h("p", { class: "notice-words" });
  const pace = h("p", { class: "notice-words" }); // not spoken: it changes all the time
  const actions = h("div", { class: "notice-actions" });
  const box = h("div", { class: "notice" }, h("div", { role: "status" }, line), pace, actions);
  let playedFrom = 0;
  context.select((state) => state.status.state, (_, { status }) => { playedFrom = status.step; }); // its frames may be further on already
  const isReplaying = (state) => state.frame !== null && state.frame.step < furthest(state);
  context.select((state) => {
    if (state.status.state !== "playing" || state.connection !== "open") return "";
    if (isReplaying(state)) return `replaying ${furthest(state)}`;
    return state.notice ? "" : Math.round(state.rate?.perSecond ?? 0) || "";
  }, (what, state) => {
    if (typeof what === "number") setText(pace, t("notice.training", { rate: perSecond(t, Number(what.toPrecision(2))) }));
    else setText(pace, what ? t("notice.replaying", { from: integer(playedFrom), to: integer(furthest(state)) }) : "");
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
    (state) => [state.connection, state.status.state, state.notice?.key, state.notice?.at, state.spec?.data.name, state.spec?.batch_size, state.data?.serial, (state.frame?.step ?? 0) > 0, state.frame?.step === state.status.step, isBehind(state) && `${state.frame.step} ${furthest(state)}`, runsNamed(state), state.status.rewind_to, JSON.stringify(state.status.stopped), state.spec?.optimizer.learning_rate].join("|"),
    (_, state) => {
      const { status, spec, notice } = state;
      const dismiss = h("button", { type: "button", class: "button dense icon", "aria-label": t("notice.dismiss"), onclick: () => store.dispatch({ type: "notice", notice: null }) }, icon("close"));
      if (!spec) show(notice?.kind ?? "plain", notice ? noticeText(notice) : t("notice.loading"));
      else if (state.connection === "lost") show("warn", t("notice.reconnecting"));
      else if (status.state === "diverged") show("err", divergedText(status), divergedActions(state));
      else if (notice) show(notice.kind, noticeText(notice), notice.key === "notice.newer" ? [h("button", { type: "button", class: "button dense", onclick: () => location.reload() }, t("notice.reload"))] : [dismiss]);
      else if (status.state === "playing") show("plain", "");
      else if (status.stopped && state.frame?.step === status.step) show("plain", stoppedText(state), stoppedActions(status.stopped));
      else if (isBehind(state)) show("plain", t("notice.behind", { step: integer(state.frame.step), head: integer(furthest(state)) }));
      else if (state.frame?.step) show("plain", t(matchMedia("(hover: none)").matches ? "notice.paused_touch" : "notice.paused"));
      else if (state.data) show("plain", t("notice.ready", { data: context.label("datasets", spec.data.name), rows: state.data.trainRows, batch: batchOf(state) }));
    });
  return box;

  /** What was refused is put into words when it is shown: the language may have changed since. */
  function noticeText({ key, params }) {
    const { refused, runs, ...plain } = params;
    const all = store.get().runs.runs;
    const names = Object.fromEntries(Object.entries(runs ?? {}).map(([role, id]) => [role, runName(t, runOf(all, id), id)]));
    if (!refused) return t(key, { ...plain, ...names, ...("step" in plain ? { step: integer(plain.step) } : {}) });
    const reasons = refused.map(({ field, value, allowed }) => {
      const name = context.label("fields", (field ?? "").replace(/\[\d+\]/g, "").split(".").pop() ?? "");
      return t("field.refused", { field: name, value: String(value ?? "–").slice(0, 40), allowed: allowedText(t, allowed) });
    });
    return t(key, { refused: reasons.join(" ") });
  }

  function stoppedText({ status, frame }) {
    const { reason, best_step: best } = status.stopped;
    return reason === "epoch" ? t("notice.stopped_epoch", { epoch: integer(Math.round(frame.epoch)) }) : t("notice.stopped_patience", { step: integer(best), loss: t(`notice.watched_${store.get().data?.validation ? "validation" : "test"}`) });
  }

  function stoppedActions({ reason, best_step: best }) {
    if (reason !== "patience") return [];
    return [h("button", { type: "button", class: "button dense", onclick: () => context.travel.seek(best) }, t("notice.to_best", { step: integer(best) }))];
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
      context.root.querySelector('[data-keep="play"]')?.focus(); // this button is about to go
      act();
    } }, words);
    return [
      action(t("notice.rewind", { step: integer(status.rewind_to ?? 0) }), context.rewind),
      action(t("notice.try_rate", { rate }), () => context.tryRate(rate)),
    ];
  }
}
