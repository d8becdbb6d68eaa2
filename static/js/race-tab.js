// @ts-check
/** A tab of the optimizers' page: the page's context with a state of the tab's own, and where the tab stands in the address. */

/** What the keys of the page may ask of a tab; one that has no use for a key leaves it out. */
export const KEYS = ["togglePlay", "step", "stepBack", "reset", "toEnd"];

const NAME = /^tab=([a-z]+)(?:&|$)/;

/** Which tab an address means, and what it says to that tab. @param {string} hash @param {string[]} names  the first one needs no name */
export function placeOf(hash, names) {
  const text = hash.replace(/^#/, "");
  const named = NAME.exec(text)?.[1];
  if (!named) return { tab: names[0], text };
  return { tab: names.includes(named) ? named : names[0], text: text.slice(`tab=${named}&`.length) };
}

/** @param {string} tab @param {string} text @param {string[]} names */
export const addressIn = (tab, text, names) => (tab === names[0] ? text : `tab=${tab}${text ? `&${text}` : ""}`);

/** Views of a tab select from its own store; dispose() ends what they selected. @param {any} page @param {any} store @param {any} actions */
export function tabContext(page, store, actions) {
  let disposers = [];
  const context = Object.assign(Object.create(page), actions, {
    store,
    select: (slice, render) => disposers.push(store.select(slice, render)),
    onDispose: (dispose) => disposers.push(dispose),
    scope() {
      const own = [];
      const add = (dispose) => own.push(dispose);
      return Object.assign(Object.create(context), { select: (slice, render) => add(store.select(slice, render)), onDispose: add, dispose: () => own.forEach((end) => end()) });
    },
    dispose() {
      for (const end of disposers) end();
      disposers = [];
    },
  });
  return context;
}
