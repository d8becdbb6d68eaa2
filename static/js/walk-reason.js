// @ts-check
/** Why a text is not an expression, in the words of the page: the engine says it in English, with names and numbers in it. */

/** What the engine says, and the word for it; groups in brackets go into the holes {a} and {b}. @type {[RegExp, string][]} */
const REASONS = [
  [/^there is no function (.+?): there are (.+)$/, "function"],
  [/^there is nothing here yet/, "empty"],
  [/^the expression ends too early/, "end"],
  [/^this bracket is never closed/, "bracket"],
  [/^(.+) is not a name/, "name"],
  [/^(.+) is too long: names have at most (\d+)/, "long_name"],
  [/^(.+) is a word of Python/, "python"],
  [/^(.+) is a (?:function|constant): choose another name/, "taken"],
  [/^only the last statement may do without a name/, "unnamed"],
  [/^(.+) is defined twice/, "twice"],
  [/^(.+) is used before it is defined/, "early"],
  [/^(.+) is defined, but nothing after it uses it/, "unused"],
  [/^more than (\d+) levels/, "deep"],
  [/^more than (\d+) numbers, names and operations/, "many"],
  [/^the exponent is (.+), allowed are those from (.+)$/, "exponent"],
  [/must be called: write (.+)$/, "usage"],
  [/is a function: write (.+)$/, "usage"],
  [/^(.+) is too large a number/, "large"],
  [/^(.+) takes (\d+) arguments?/, "arguments"],
  [/^(.+) in (.+) must be a number/, "number"],
  [/^the expression has (\d+) characters, at most (\d+)/, "length"],
  [/there is no name in it/, "nothing_learns"],
  [/there is no operation in it/, "no_operation"],
  [/^found (.+?): .*a product is written with/, "product"],
  [/^found (.+?): brackets are round/, "round"],
  [/^found (.+?): /, "found"],
];

/**
 * @param {(key: string, params?: any) => string} t
 * @param {string} message
 */
export function reasonText(t, message) {
  const plain = message.replace(/^expression: |\.$/g, "");
  for (const [pattern, name] of REASONS) {
    const match = pattern.exec(plain);
    if (match) return t(`walk.reasons.${name}`, { a: match[1] ?? "", b: match[2] ?? "" });
  }
  return plain;
}
