// @ts-check
/**
 * A race as the page's address, which a person can read:
 *
 *     #surface=bowl&surface.condition=30&start=-4,2&lane=sgd,learning_rate:0.03&lane=adam/cosine,steps:50/norm,limit:0.5&steps=150&at=40&why=2.18
 *
 * A lane is its optimizer, then its schedule, then its clipping, each with the fields that differ from their defaults. `why`
 * is the lane (from 1) whose update is explained, and the step it leads to. An address without lanes is the first race.
 */

/** The race that an empty address means: five ways to the valley of Beale's function, each with a rate that suits it. */
export const FIRST = {
  surface: { name: "beale" },
  start: [-1.5, -1.2],
  lanes: [
    { optimizer: { name: "sgd", learning_rate: 0.006 } },
    { optimizer: { name: "momentum", learning_rate: 0.004 } },
    { optimizer: { name: "adagrad", learning_rate: 0.5 } },
    { optimizer: { name: "rmsprop", learning_rate: 0.05, rho: 0.9 } },
    { optimizer: { name: "adam", learning_rate: 0.15 } },
  ],
};
/** The part of the map where that happens. */
export const FIRST_FRAME = [[-2, 3.8], [-2.7, 3.3]];
export const FIRST_CHOSEN = { lane: 4, step: 18 };
const PARTS = [["optimizer", "optimizers", "sgd"], ["schedule", "schedules", "constant"], ["clipping", "clippings", "none"]];
const NAME = /^[a-z][a-z0-9_]{0,40}$/;
const CHOICES = { measure: ["loss", "distance"], scale: ["log", "linear"], steps: ["linear", "log"], panel: ["why", "regimes", "needed"], view: ["map", "space"] };
const SHORT = { measure: "shows", scale: "values", steps: "over", panel: "panel", view: "as" };

const read = (text) => (text === "true" ? true : text === "false" ? false : /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : text);
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray % is part of the value; the server says what it thinks of it
  }
}
const encode = (text) => encodeURIComponent(text).replace(/%(2C|2F|3A|3B|40)/gi, decodeURIComponent);

const writePart = ({ name, ...fields }, menu) => {
  const own = menu.find((row) => row.name === name)?.fields ?? [];
  const changed = own.filter((field) => field.name in fields && fields[field.name] !== field.default);
  return [name, ...changed.map((field) => `${field.name}:${fields[field.name]}`)].join(",");
};

/** @param {any} lane @param {any} catalog */
export function writeLane(lane, catalog) {
  const texts = PARTS.map(([part, menu]) => writePart(lane[part], catalog[menu]));
  // clipping none has a limit that nobody uses
  const used = lane.clipping.name !== "none" ? 3 : lane.schedule.name !== "constant" ? 2 : 1;
  return texts.slice(0, used).join("/");
}

/** @param {string} text @returns {any} */
export function readLane(text) {
  const lane = {};
  text.split("/").slice(0, 3).forEach((part, index) => {
    const [name, ...fields] = part.split(",");
    const known = fields.map((field) => field.split(":")).filter(([key, value]) => NAME.test(key) && value !== undefined);
    lane[PARTS[index][0]] = { name: name || PARTS[index][2], ...Object.fromEntries(known.map(([key, value]) => [key, read(value)])) };
  });
  return lane;
}

/** Four numbers as a part of the plane; nothing where they are none. @param {any[]} numbers */
const frameOf = ([left, right, bottom, top]) => ([left, right, bottom, top].every((value) => Number.isFinite(value) && Math.abs(value) < 1e6) && left < right && bottom < top ? [[left, right], [bottom, top]] : null);

/** @param {any} state @returns {string} without "#"; empty for the first race as it opens */
export function writeAddress({ spec, at, chosen, catalog, surfaces, ui }) {
  const parts = [];
  const { name, ...fields } = spec.surface;
  const row = surfaces.find((one) => one.name === name);
  parts.push(["surface", name]);
  for (const field of row.fields) if (fields[field.name] !== field.default) parts.push([`surface.${field.name}`, encode(String(fields[field.name]))]);
  parts.push(["start", spec.start.join(",")]);
  for (const lane of spec.lanes) parts.push(["lane", encode(writeLane(lane, catalog))]);
  if (spec.steps !== 150) parts.push(["steps", spec.steps]);
  if (spec.seed !== 0) parts.push(["seed", spec.seed]);
  if (at !== spec.steps) parts.push(["at", at]);
  parts.push(["why", chosen.step === null ? chosen.lane + 1 : `${chosen.lane + 1}.${chosen.step}`]);
  if (ui.frame) parts.push(["view", ui.frame.flat().join(",")]);
  for (const [key, choices] of Object.entries(CHOICES)) if (ui[key] !== choices[0]) parts.push([SHORT[key], ui[key]]);
  const text = parts.map((part) => part.join("=")).join("&");
  return text === bare(catalog) ? "" : text;
}

/** What the first race would be written as. */
const bare = (catalog) => {
  const lanes = FIRST.lanes.map(({ optimizer }) => `lane=${encode(writePart(optimizer, catalog.optimizers))}`);
  return ["surface=beale", `start=${FIRST.start}`, ...lanes, `why=${FIRST_CHOSEN.lane + 1}.${FIRST_CHOSEN.step}`, `view=${FIRST_FRAME.flat()}`].join("&");
};

/**
 * @param {string} address  with or without "#"
 * @returns {{spec: any, at: number|null, chosen: {lane: number, step: number|null}, ui: any}}  what it does not name is left to the server
 */
export function readAddress(address) {
  const spec = { surface: {}, lanes: [] };
  const ui = {};
  let [at, chosen] = [null, null];
  for (const part of address.replace(/^#/, "").split("&").filter(Boolean)) {
    const [key, raw = ""] = part.split(/=(.*)/s);
    const text = decode(raw);
    const choice = Object.keys(SHORT).find((name) => SHORT[name] === key);
    if (key === "surface") spec.surface.name = text;
    else if (key.startsWith("surface.") && NAME.test(key.slice(8))) spec.surface[key.slice(8)] = key === "surface.expression" ? text : read(text);
    else if (key === "start") spec.start = text.split(",").map(read);
    else if (key === "lane") spec.lanes.push(readLane(text));
    else if (key === "steps" || key === "seed") spec[key] = read(text);
    else if (key === "view") ui.frame = frameOf(text.split(",").map(read));
    else if (key === "at" && /^\d{1,5}$/.test(text)) at = Number(text);
    else if (key === "why" && /^\d{1,2}(\.\d{1,5})?$/.test(text)) {
      const [lane, step] = text.split(".").map(Number);
      chosen = { lane: Math.max(0, lane - 1), step: step ?? null };
    } else if (choice && CHOICES[choice].includes(text)) ui[choice] = text;
  }
  const isBare = !spec.lanes.length;
  if (isBare) {
    spec.lanes = FIRST.lanes;
    if (!spec.surface.name) Object.assign(spec, { surface: { ...FIRST.surface, ...spec.surface }, start: spec.start ?? FIRST.start });
    if (spec.surface.name === FIRST.surface.name && !ui.frame) ui.frame = FIRST_FRAME;
    chosen ??= FIRST_CHOSEN;
  }
  return { spec, at, chosen: chosen ?? { lane: 0, step: null }, ui };
}
