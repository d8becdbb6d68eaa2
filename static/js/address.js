// @ts-check
/**
 * The spec as the page's address. Only what differs from the data set's defaults is written, so the default page has a bare
 * address and a link can be read by a person:
 *
 *     #data.name=spiral&network.layers=8-tanh,8-tanh,1-tanh&optimizer.learning_rate=0.1
 *
 * A layer is units-activation[-initializer][-bn|-ln][-dropout0.2][-residual][-cut0.3][-frozen]: neurons 0 and 3 cut out, all
 * frozen; of some, frozen0_2.1 is the weight [0, 2] and the bias [1]. Values are numbers where they look like one.
 * Painted points are x1,x2,target one after the other; more than a link can carry are named "custom", which only the session
 * itself knows.
 */

/** Points that a link carries. */
export const MOST_LINKED_POINTS = 100;
const CUSTOM = "custom";
/** Texts of people, which may look like a number. */
const TEXTS = new Set(["data.table", "data.target", "data.expression", "run", "shared", "saved", "lock", "hide"]);

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

function* leaves(object, path = []) {
  for (const [key, value] of Object.entries(object)) {
    if (isObject(value)) yield* leaves(value, [...path, key]);
    else yield [[...path, key].join("."), value];
  }
}

const NORMS = { bn: "batch", ln: "layer" };

const writeLayer = (layer, initializer) => [
  layer.units,
  layer.activation,
  layer.initializer !== initializer && layer.initializer,
  Object.keys(NORMS).find((short) => NORMS[short] === layer.normalization),
  layer.dropout && `dropout${layer.dropout < 1e-6 ? layer.dropout.toFixed(20) : layer.dropout}`, // 1e-7 has a dash in it
  layer.residual && "residual",
  layer.cut?.length && `cut${layer.cut.join(".")}`,
  layer.frozen?.length && `frozen${layer.frozen === "all" ? "" : layer.frozen.map((element) => element.join("_")).join(".")}`,
].filter(Boolean).join("-");

const readLayer = (text) => {
  const [units, activation, ...words] = text.split("-");
  const layer = { units: readValue(units), ...(activation ? { activation } : {}) };
  for (const word of words.filter(Boolean)) {
    if (Object.hasOwn(NORMS, word)) layer.normalization = NORMS[word];
    else if (word.startsWith("dropout")) layer.dropout = readValue(word.slice("dropout".length));
    else if (word === "residual") layer.residual = true;
    else if (word.startsWith("cut")) layer.cut = word.slice("cut".length).split(".").map(readValue);
    else if (word.startsWith("frozen")) layer.frozen = word === "frozen" ? "all" : word.slice("frozen".length).split(".").map((element) => element.split("_").map(readValue));
    else layer.initializer = word;
  }
  return layer;
};

function readValue(text) {
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : text;
}

const encode = (text) => encodeURIComponent(text).replaceAll("%2C", ",");

const writePoints = (points) => (Array.isArray(points) && points.length <= MOST_LINKED_POINTS ? points.flat().join(",") : CUSTOM);

const readPoints = (text) => {
  const numbers = text.split(",").map(Number);
  if (numbers.length % 3 !== 0 || !numbers.every(Number.isFinite)) return text; // the server will say that this is none
  return Array.from({ length: numbers.length / 3 }, (_, index) => numbers.slice(3 * index, 3 * index + 3));
};

const write = (path, value, defaults) => {
  if (path === "network.layers") return encode(value.map((layer) => writeLayer(layer, defaults.network.layers[0].initializer)).join(","));
  if (path === "data.points") return writePoints(value);
  return Array.isArray(value) ? value.map(encodeURIComponent).join(",") : encode(String(value));
};

/**
 * @param {any} spec  the whole spec
 * @param {(dataName: string) => any} defaultsOf  the whole default spec of a data set
 * @param {string} [firstData]  the data set an empty address means
 * @returns {string}  without "#"; empty for the default page
 */
export function writeAddress(spec, defaultsOf, firstData = "circle") {
  const defaults = defaultsOf(spec.data.name);
  const standard = Object.fromEntries(leaves(defaults));
  const parts = [];
  if (spec.data.name !== firstData) parts.push(["data.name", spec.data.name]);
  for (const [path, value] of leaves(spec)) {
    if (path === "version" || path === "data.name") continue;
    const same = JSON.stringify(value) === JSON.stringify(standard[path]);
    const isOtherTable = path.startsWith("data.") && spec.data.table !== defaults.data.table; // its columns are others, too
    const kept = isOtherTable || (path.startsWith("optimizer.") && spec.optimizer.name !== defaults.optimizer.name);
    if (!same || kept) parts.push([path, write(path, value, defaults)]);
  }
  return parts.map(([path, text]) => `${path}=${text}`).join("&");
}

const decode = (raw) => {
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw; // a stray % is part of the value; the server will say that it is not allowed
  }
};

/**
 * @param {string} address  with or without "#"
 * @returns {any}  a partial spec; the server judges what is in it
 */
export function readAddress(address) {
  const spec = {};
  for (const part of address.replace(/^#/, "").split("&").filter(Boolean)) {
    const [path, raw = ""] = part.split(/=(.*)/s);
    const text = decode(raw);
    const keys = path.split(".");
    if (keys.some((key) => key === "__proto__" || key === "constructor" || key === "prototype")) continue;
    const last = /** @type {string} */ (keys.pop());
    let node = spec;
    for (const key of keys) node = isObject(node[key]) ? node[key] : (node[key] = {});
    if (path === "network.layers") node[last] = text.split(",").map(readLayer);
    else if (path === "data.features") node[last] = raw.split(",").map(decode);
    else if (path === "data.points") node[last] = readPoints(text);
    else if (path === "loss.class_weights" && text.includes(",")) node[last] = text.split(",").map(readValue);
    else if (TEXTS.has(path)) node[last] = text;
    else node[last] = readValue(text);
  }
  return spec;
}
