// @ts-check
/** What is different about data of one's own, as far as a page that has none of them needs to know. */
import { h } from "./dom.js";

export const OWN = ["points", "function", "table"];

/** What is learnt from data of one's own depends on the data: {task, classes}. @param {any} data  of the spec */
export function taskOf(data) {
  if (data.name === "table") return data.task;
  return { 0: "regression", 2: "binary" }[data.classes] ?? "multiclass";
}

/** The catalog's row of a data set with the losses that suit what is learnt now. */
export function asItIs(row, data, losses) {
  if (!["table", "points"].includes(row.name) || data?.name !== row.name) return row;
  const task = taskOf(data);
  return { ...row, task, losses: losses.filter(({ tasks }) => tasks.includes(task)).map(({ name }) => name) };
}

/** A module that is being loaded, and its words with it. @template T @param {any} context @param {Promise<T>} loading @returns {Promise<T>} */
export const withWords = async (context, loading) => (await Promise.all([loading, context.loadWords("own", "reasons")]))[0];

/**
 * A part that is loaded when the data are first of one of these names; until then an empty place stands for it.
 * @param {any} context
 * @param {string[]} names
 * @param {() => Promise<Element>} load
 */
export function partOfOwn(context, names, load) {
  const place = h("div", { hidden: true });
  let isAsked = false;
  context.select((state) => names.includes(state.spec?.data.name), async (isWanted) => {
    if (!isWanted || isAsked) return;
    isAsked = true;
    const part = await load();
    if (place.isConnected) place.replaceWith(part);
  });
  return place;
}
