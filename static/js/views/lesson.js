// @ts-check
/** The line that says that this is a lesson, what of the page it leaves to its reader, and the way out of it. */
import { h } from "../dom.js";
import { groupsOf, honour } from "../lesson.js";

/** @param {any} context */
export function lessonView(context) {
  const { t, store, root } = context;
  const { lesson } = store.get().ui;
  const { lock, hide } = groupsOf(lesson);
  const names = (groups) => groups.map((name) => t(`lesson.groups.${name}`)).join(t("lesson.and"));
  context.onDispose(honour(root, lesson));
  // another lesson, or none: the page is built anew without what this one has marked
  context.select((state) => state.ui.lesson !== lesson, (isOver) => isOver && queueMicrotask(context.mount));
  return h("div", { class: "lesson", role: "note", "data-testid": "lesson", "aria-label": t("lesson.title") },
    h("strong", {}, t("lesson.title")),
    h("p", {}, [lock.length && t("lesson.locked", { groups: names(lock) }), hide.length && t("lesson.hidden", { groups: names(hide) })].filter(Boolean).join(" ")),
    h("button", { type: "button", class: "button dense", title: t("lesson.leave_hint"), onclick: () => store.dispatch({ type: "ui", changes: { lesson: null } }) }, t("lesson.leave")));
}
