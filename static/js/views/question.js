// @ts-check
/** The question of a preset, while one works on it: what to try, and the answer with the numbers of the run that is shown. */
import { h, icon, setAttribute, setText } from "../dom.js";
import { getJson } from "../page.js";
import { presetNumbers } from "../preset-numbers.js";
import { isMadeBy, startPreset, tryChanges } from "../presets.js";

const PACE = 500; // milliseconds between two readings while it plays

/** @param {any} context */
export function questionView(context) {
  const { t, store } = context;
  const asked = h("p", { class: "question-words" });
  const tries = h("div", { class: "question-tries", role: "group", "aria-label": t("gallery.try") });
  const open = h("button", { type: "button", class: "button dense", "aria-expanded": "false", "aria-controls": "question-answer", "data-keep": "question-answer", onclick: () => show(answer.hidden) }, t("gallery.show_answer"));
  const away = h("button", { type: "button", class: "button dense icon", "aria-label": t("gallery.dismiss"), title: t("gallery.dismiss"), onclick: () => {
    store.dispatch({ type: "ui", changes: { preset: null } });
    context.root.querySelector('[data-keep="play"]')?.focus();
  } }, icon("close"));
  const words = h("p", {});
  const now = h("p", { class: "question-now", "data-testid": "question-now" });
  const answer = h("div", { class: "question-answer", id: "question-answer", role: "note", hidden: true }, words, now);
  const section = h("section", { class: "question", "data-view": "question", "aria-label": t("gallery.question"), hidden: true },
    h("div", { class: "question-row" }, asked, h("div", { class: "question-acts" }, tries, open, away)), answer);
  let facts = {};
  let read = 0;
  /** @type {{changes: any, element: Element}[]} */
  let buttons = [];

  /** Which of them the session is now. */
  const mark = (spec) => spec && buttons.forEach(({ changes, element }) => setAttribute(element, "aria-pressed", isMadeBy(spec, changes)));

  function show(isOpen) {
    answer.hidden = !isOpen;
    setAttribute(open, "aria-expanded", isOpen);
    setText(open, t(isOpen ? "gallery.hide_answer" : "gallery.show_answer"));
    tell();
  }

  /** The answer, with the numbers of now. */
  function tell() {
    const { preset } = store.get().ui;
    if (answer.hidden || section.hidden || !preset) return;
    read = performance.now();
    const numbers = presetNumbers(store.get(), facts);
    setText(words, t(`gallery.presets.${preset}.answer`, numbers));
    setText(now, `${t("gallery.now")}${t(`gallery.presets.${preset}.now`, numbers)}`);
  }

  async function fill(name) {
    show(false);
    section.hidden = true;
    if (!name) return;
    const { ok, body: presets } = await getJson("/api/presets").catch(() => ({ ok: false, body: null }));
    if (!ok || store.get().ui.preset !== name) return;
    const preset = presets.find((row) => row.name === name);
    if (!preset) return void store.dispatch({ type: "ui", changes: { preset: null } }); // a link that names none
    setText(asked, t(`gallery.presets.${name}.question`));
    const offered = { ...preset.tries, again: preset.changes };
    buttons = Object.entries(offered).map(([key, changes]) => ({
      changes,
      element: h("button", { type: "button", class: "button dense", "data-try": key, title: t("gallery.from_start"), onclick: () => (key === "again" ? startPreset(context, preset) : tryChanges(context, changes)) },
        key === "again" ? t("gallery.again") : t(`gallery.presets.${name}.tries.${key}`)),
    }));
    tries.replaceChildren(h("span", { class: "hint" }, t("gallery.try")), ...buttons.map(({ element }) => element));
    mark(store.get().spec);
    section.hidden = false;
    facts = {};
    const picture = await getJson(`/api/presets/${name}/picture`).catch(() => ({ ok: false, body: null }));
    if (picture.ok && store.get().ui.preset === name) facts = picture.body;
    tell();
  }

  context.select((state) => state.ui.preset, fill);
  context.select((state) => state.spec, mark);
  context.select((state) => state.frame, () => {
    if (store.get().status.state !== "playing" || performance.now() - read > PACE) tell();
  });
  context.select((state) => `${state.status.state} ${state.data?.serial} ${state.losses.test.length}`, () => store.get().status.state !== "playing" && tell());
  context.select((state) => state.inspector.diagnosis, tell);
  return section;
}
