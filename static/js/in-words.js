// @ts-check
/** Words of the locale with elements in their holes: each language puts them where it wants. */

const MARK = "\u0001";

/**
 * @param {(key: string, params?: any) => string} t
 * @param {string} key
 * @param {Record<string, any>} holes  elements, texts or lists of them; a count may choose between one and other
 * @returns {any[]} what to append
 */
export function inWords(t, key, holes) {
  const names = Object.keys(holes);
  const isPlain = (value) => typeof value === "string" || typeof value === "number";
  const text = t(key, Object.fromEntries(names.map((name, index) => [name, isPlain(holes[name]) ? holes[name] : MARK + index + MARK])));
  return text.split(MARK).map((part, index) => (index % 2 ? holes[names[Number(part)]] : part)).flat().filter((part) => part !== "");
}
