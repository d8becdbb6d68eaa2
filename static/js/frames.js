// @ts-check
/**
 * The binary messages of a session. They are in the safetensors layout: the header's length (8 bytes, little-endian),
 * a JSON header naming each array's dtype, shape and place, then the raw little-endian numbers. Arrays are views into
 * the message, not copies, wherever their place in it is a multiple of their number's size.
 */

/**
 * @typedef {Float64Array|Float32Array|Uint8Array|Int16Array|Int32Array|Uint32Array|BigInt64Array} Numbers
 * @typedef {{shape: number[], data: Numbers}} NamedArray
 * @typedef {{metadata: Record<string, string>, arrays: Record<string, NamedArray>}} Decoded
 */

/** @type {Record<string, any>} */
const DTYPES = {
  F64: Float64Array,
  F32: Float32Array,
  I64: BigInt64Array,
  I32: Int32Array,
  I16: Int16Array,
  U32: Uint32Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
};

const LENGTH_BYTES = 8;

/** @param {string} what @returns {never} */
const malformed = (what) => {
  throw new Error(`Malformed frame: ${what}.`);
};

/** @param {unknown} value */
const isCount = (value) => Number.isSafeInteger(value) && Number(value) >= 0;

/** @param {unknown} value */
const isMapping = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @param {ArrayBuffer} buffer @returns {{header: Record<string, any>, start: number}} */
const readHeader = (buffer) => {
  if (buffer.byteLength < LENGTH_BYTES) malformed(`${buffer.byteLength} bytes are too few for a header length`);
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const start = LENGTH_BYTES + length;
  if (start > buffer.byteLength) malformed(`the header should have ${length} bytes, ${buffer.byteLength - LENGTH_BYTES} follow`);
  const text = new TextDecoder().decode(new Uint8Array(buffer, LENGTH_BYTES, length));
  try {
    const header = JSON.parse(text);
    if (isMapping(header)) return { header, start };
  } catch {
    return malformed("the header is not JSON");
  }
  return malformed("the header is not a JSON object");
};

/** @param {ArrayBuffer} buffer @param {number} start @param {string} name @param {any} entry @returns {NamedArray} */
const readArray = (buffer, start, name, entry) => {
  const quoted = JSON.stringify(name);
  if (!isMapping(entry)) malformed(`the entry of ${quoted} is not an object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  const type = Object.hasOwn(DTYPES, dtype) ? DTYPES[dtype] : malformed(`${quoted} has the unknown dtype ${JSON.stringify(dtype)}`);
  if (!Array.isArray(shape) || !shape.every(isCount)) malformed(`${quoted} has no valid shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) malformed(`${quoted} has no valid data_offsets`);
  const [begin, end] = offsets;
  const count = shape.reduce((/** @type {number} */ product, /** @type {number} */ size) => product * size, 1);
  const bytes = count * type.BYTES_PER_ELEMENT;
  if (end - begin !== bytes) malformed(`${quoted} of shape [${shape}] needs ${bytes} bytes, its data_offsets span ${end - begin}`);
  if (start + end > buffer.byteLength) malformed(`${quoted} ends at byte ${end}, the message has ${buffer.byteLength - start}`);
  const place = start + begin;
  const data = place % type.BYTES_PER_ELEMENT === 0 ? new type(buffer, place, count) : new type(buffer.slice(place, place + bytes));
  return { shape, data };
};

/**
 * Reads a binary message.
 * @param {ArrayBuffer} buffer
 * @returns {Decoded}
 */
export const decode = (buffer) => {
  const { header, start } = readHeader(buffer);
  const { __metadata__: metadata = {}, ...entries } = header;
  if (!isMapping(metadata)) malformed("__metadata__ is not an object");
  const arrays = Object.entries(entries).map(([name, entry]) => [name, readArray(buffer, start, name, entry)]);
  return { metadata, arrays: Object.fromEntries(arrays) };
};

/** @param {Record<string, string>} metadata @param {string} key */
const readNumber = (metadata, key) => {
  const text = metadata[key];
  return text === undefined || text === "" || text === "null" ? null : Number(text);
};

/**
 * JSON text as a value; NaN and infinities, which Python writes and JSON forbids, become null.
 * @param {Record<string, string>} metadata
 * @param {string} key
 * @param {any} missing
 */
const readJson = (metadata, key, missing) => {
  const text = metadata[key];
  if (text === undefined || text === "") return missing;
  try {
    return JSON.parse(text);
  } catch {
    // Only now: a string in the text may hold one of the words.
  }
  try {
    return JSON.parse(text.replace(/-?\b(NaN|Infinity)\b/g, "null"));
  } catch {
    return malformed(`the metadata ${JSON.stringify(key)} is not JSON`);
  }
};

/**
 * The arrays whose name begins with a prefix, by the rest of their name.
 * @param {Record<string, NamedArray>} arrays
 * @param {string} prefix
 * @returns {Record<string, NamedArray>}
 */
export const startingWith = (arrays, prefix) =>
  Object.fromEntries(
    Object.entries(arrays)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, array]) => [name.slice(prefix.length), array]),
  );

/**
 * Arrays named 0, 1, 2 ... as a list.
 * @param {Record<string, NamedArray>} arrays
 * @param {string} prefix
 * @returns {NamedArray[]}
 */
const numbered = (arrays, prefix) => {
  /** @type {NamedArray[]} */
  const list = [];
  for (const [rest, array] of Object.entries(startingWith(arrays, prefix))) {
    if (/^\d+$/.test(rest)) list[Number(rest)] = array;
  }
  return list;
};

/** @param {ArrayBuffer|Decoded} message @param {string} kind @returns {Decoded} */
const decodedAs = (message, kind) => {
  const decoded = message instanceof ArrayBuffer ? decode(message) : message;
  if (decoded.metadata.kind !== kind) malformed(`its kind is ${JSON.stringify(decoded.metadata.kind)}, not "${kind}"`);
  return decoded;
};

/** @param {NamedArray|undefined} array @returns {number[][]} */
const lossRows = (array) => {
  if (!array) return [];
  const [rows, width] = array.shape;
  if (array.shape.length !== 2 || (width !== 3 && width !== 4)) malformed(`"loss" has the shape [${array.shape}], not [n,3] or [n,4]`);
  return Array.from({ length: rows }, (_, row) => Array.from(array.data.subarray(width * row, width * (row + 1)), Number));
};

/**
 * The value of a "frame" message. `parameters` and `gradients` share their keys ("layers.0.weight");
 * `pictures` exist for data of two dimensions, `curves` for one; `loss` holds rows of [step, train, test], and the validation's where
 * there is a part of the data for that.
 * @param {ArrayBuffer|Decoded} message
 */
export const parseFrame = (message) => {
  const { metadata, arrays } = decodedAs(message, "frame");
  return {
    kind: "frame",
    frame: readNumber(metadata, "frame"),
    revision: readNumber(metadata, "revision"),
    run: readNumber(metadata, "run"),
    head: readNumber(metadata, "head"),
    step: readNumber(metadata, "step"),
    epoch: readNumber(metadata, "epoch"),
    state: metadata.state,
    batchLoss: readNumber(metadata, "batch_loss"),
    metrics: readJson(metadata, "metrics", {}),
    probe: readJson(metadata, "probe", null),
    loss: lossRows(arrays.loss),
    parameters: Object.fromEntries(Object.entries(arrays).filter(([name]) => name.startsWith("layers."))),
    gradients: startingWith(arrays, "grad."),
    activations: {
      input: arrays["probe.input"] ?? null,
      layers: numbered(arrays, "probe.layers."),
      prediction: arrays["probe.prediction"] ?? null,
    },
    pictures: { layers: numbered(arrays, "picture.layers."), output: arrays["picture.output"] ?? null },
    curves: { layers: numbered(arrays, "curve.layers."), output: arrays["curve.output"] ?? null },
    metadata,
    arrays,
  };
};

/**
 * The value of a "data" message: the samples and the pictures (or curves) of the inputs.
 * @param {ArrayBuffer|Decoded} message
 */
export const parseData = (message) => {
  const { metadata, arrays } = decodedAs(message, "data");
  return {
    kind: "data",
    revision: readNumber(metadata, "revision"),
    name: metadata.name,
    task: metadata.task,
    classes: readNumber(metadata, "classes"),
    dimensions: readNumber(metadata, "dimensions"),
    bounds: readJson(metadata, "bounds", []),
    axes: readJson(metadata, "axes", []),
    inputs: readJson(metadata, "inputs", []),
    target: metadata.target ?? "y",
    targetUnits: readJson(metadata, "target_units", [0, 1]), // value = first + second * target
    classNames: readJson(metadata, "class_names", []), // where the data bring their own
    points: arrays.points ?? null,
    targets: arrays.y ?? null,
    train: arrays.train ?? null,
    validation: arrays.validation ?? null,
    pictures: { inputs: arrays["picture.inputs"] ?? null },
    curves: { inputs: arrays["curve.inputs"] ?? null },
    metadata,
    arrays,
  };
};

/**
 * What a binary message says, by its kind.
 * @param {ArrayBuffer} buffer
 */
export const parse = (buffer) => {
  const decoded = decode(buffer);
  return decoded.metadata.kind === "data" ? parseData(decoded) : parseFrame(decoded);
};
