// @ts-check
/**
 * A place in a walk as the page's address:
 *
 *     #preset=rational&at=12        #expression=(w*x - t)**2&values.w=3&learns=w&at=4        #session=ID&step=600&sample=2
 *
 * The source comes first; then where in it one is (`at`), what is open (`detail`, `open`, `closed`), the chosen node and
 * whether gradients are asked for before they are shown.
 */

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
const ID = /^[\w-]{1,80}$/;
const ELEMENT = /^[\w.]{1,60}(\[[\d,]{1,20}\])?$/;
const UNSAFE = new Set(["__proto__", "constructor", "prototype"]);
const VIEW = new Set(["at", "detail", "open", "closed", "node", "predict"]);

const WORDS = { true: true, false: false };
const number = (text) => (NUMBER.test(text) ? Number(text) : undefined);
const list = (text) => text.split(",").filter(Boolean);
const ids = (text) => list(text).map(Number).filter(Number.isInteger);
const whole = (text) => (/^\d{1,9}$/.test(text ?? "") ? Number(text) : undefined);

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray % is part of the value; the server will say what it thinks of it
  }
}

// Characters of an expression that may stand in an address as they are, so that a link can be read.
const encode = (text) => encodeURIComponent(text).replace(/%(2C|2F|3A|3B|40)/gi, decodeURIComponent);

/**
 * @param {string} address  with or without "#"
 * @returns {{source: any, preset: string|null, at: number|null, detail: string|null, toggled: Record<string, boolean>, node: number|string|null, predict: boolean|null}}
 *   `source` is null where the address names none; a preset's changes to its source are in `source` without an expression; a
 *   `node` that is a text is the name of an element of the run, such as layers.0.weight[1,2]
 */
export function readAddress(address) {
  /** @type {Record<string, string>} */
  const view = {};
  /** @type {any} */
  const source = {};
  let preset = null;
  for (const part of address.replace(/^#/, "").split("&").filter(Boolean)) {
    const [key, raw = ""] = part.split(/=(.*)/s);
    const text = decode(raw);
    if (VIEW.has(key)) view[key] = text;
    else if (key === "preset") preset = ID.test(text) ? text : null;
    else if (key === "expression") source.expression = text;
    else if (key === "session") source.session = text;
    else if (key === "spec") source.spec = parsed(text);
    else if (key === "learns" || key === "constants") source[key] = list(text);
    else if (key === "step" || key === "sample") source[key] = whole(text) ?? null;
    else setDeep(source, key.split("."), number(text) ?? WORDS[text] ?? text);
  }
  const named = "expression" in source || "session" in source || "spec" in source;
  return {
    source: named || (preset && Object.keys(source).length) ? source : null,
    preset,
    at: whole(view.at) ?? null,
    detail: view.detail ?? null,
    toggled: Object.fromEntries([...ids(view.open ?? "").map((id) => [id, true]), ...ids(view.closed ?? "").map((id) => [id, false])]),
    node: whole(view.node) ?? (ELEMENT.test(view.node ?? "") ? view.node : null),
    predict: view.predict === undefined ? null : view.predict === "1",
  };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {}; // the standard net, rather than no page
  }
}

function setDeep(object, keys, value) {
  if (keys.some((key) => UNSAFE.has(key))) return;
  const name = /** @type {string} */ (keys.pop());
  let place = object;
  for (const key of keys) place = place[key] !== null && typeof place[key] === "object" ? place[key] : (place[key] = {});
  place[name] = value;
}

function* leaves(object, path) {
  for (const [key, value] of Object.entries(object)) {
    if (value !== null && typeof value === "object" && !Array.isArray(value)) yield* leaves(value, `${path}.${key}`);
    else if (value !== null && value !== undefined) yield [`${path}.${key}`, Array.isArray(value) ? value.join(",") : String(value)];
  }
}

/**
 * @param {{source: any, preset: string|null, at: number, detail: string|null, toggled: Record<string, boolean>, node: number|null, predict: boolean}} place
 *   with a preset only the step and the sample of its source are written
 * @param {{name: string, fields: {name: string, default: any}[]}[]} [optimizers]  of the catalog: what is as usual is left out
 * @returns {string}  without "#"
 */
export function writeAddress({ source, preset, at, detail, toggled, node, predict }, optimizers = []) {
  /** @type {[string, any][]} */
  const parts = [];
  const add = (key, value) => value !== null && value !== undefined && value !== "" && parts.push([key, value]);
  if (preset) add("preset", preset);
  else if (source.session) add("session", source.session);
  else if (source.expression !== undefined) {
    add("expression", source.expression);
    for (const [name, value] of Object.entries(source.values ?? {})) add(`values.${name}`, value);
    for (const key of ["learns", "constants"]) if (source[key]) parts.push([key, source[key].join(",")]);
    const standard = optimizers.find((one) => one.name === source.optimizer?.name)?.fields ?? [];
    const isStandard = ([key, value]) => standard.some((field) => key === `optimizer.${field.name}` && field.name !== "learning_rate" && String(field.default) === value);
    parts.push(...[...leaves(source.optimizer ?? {}, "optimizer")].filter((part) => !isStandard(part)));
  } else add("spec", JSON.stringify(source.spec ?? {}));
  if (source.session || source.step) add("step", source.step);
  add("sample", source.sample);
  if (at) add("at", at);
  add("detail", detail);
  const by = (isOpen) => Object.keys(toggled).filter((id) => toggled[id] === isOpen).join(",");
  add("open", by(true));
  add("closed", by(false));
  add("node", node);
  if (predict) add("predict", 1);
  return parts.map(([key, value]) => `${key}=${encode(String(value))}`).join("&");
}
