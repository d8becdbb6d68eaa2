// @ts-check
/**
 * A race of nets as an address, and back. The net and its data are written as the playground writes them, without what every
 * lane has for itself; lanes are written as those on a surface:
 *
 *     #tab=nets&data.name=spiral&network.layers=8-tanh,8-tanh,1-tanh&lane=sgd,learning_rate:0.3&lane=adam/cosine,steps:500&at=400&target=0.05
 *
 * An address without lanes - the playground's own - is a race of its optimizer against the usual others. "tab" is the frame's,
 * and what begins with "land." is the landscape's.
 */
import { readAddress, writeAddress } from "./address.js";
import { readLane, writeLane } from "./race-address.js";

/** Lanes of a race of nets. */
export const MOST_LANES = 8;
/** Whom an optimizer is raced against where nothing is said: with the rates that the catalog gives them. */
const USUAL = ["sgd", "momentum", "rmsprop", "adam"];
/** What of a spec every lane has for itself; and when to stop, which is the reader's affair. */
const OF_LANES = ["optimizer", "schedule", "clipping"];
const CHOICES = { measure: ["test", "train"], scale: ["log", "linear"], steps: ["linear", "log"] };
const SHORT = { measure: "shows", scale: "values", steps: "over" };
const OWN = ["target", ...Object.values(SHORT)];

const keyOf = (part) => part.split("=", 1)[0];
const partsOf = (address) => address.replace(/^#/, "").split("&").filter(Boolean);
const isRace = (part) => !["tab", ...OWN].includes(keyOf(part)) && !part.startsWith("land.");
const encode = (text) => encodeURIComponent(text).replace(/%(2C|2F|3A|3B|40)/gi, decodeURIComponent);
const decode = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // the server says what it thinks of it
  }
};

/** The parts of an address that make the race: spec, lanes, step. @param {string} address */
export const raceText = (address) => partsOf(address).filter(isRace).join("&");

/** The race of one address with everything else of another: what a tab is given when one comes from the tab beside it. @param {string} race @param {string} own */
export const carried = (race, own) => [raceText(race), ...partsOf(own).filter((part) => !isRace(part) && keyOf(part) !== "tab")].filter(Boolean).join("&");

/** Lanes for a spec that has none of its own. @param {any} spec */
function usualLanes(spec) {
  const [own, schedule, clipping] = OF_LANES.map((part) => spec[part]);
  const others = USUAL.filter((name) => name !== own?.name).map((name) => ({ optimizer: { name } }));
  if (!own && !schedule && !clipping) return others;
  const first = { optimizer: { name: "sgd", ...own }, ...(schedule ? { schedule } : {}), ...(clipping ? { clipping } : {}) };
  return [first, ...others.filter(({ optimizer }) => optimizer.name !== first.optimizer.name)].slice(0, USUAL.length);
}

/**
 * @param {string} address  with or without "#"
 * @returns {{spec: any, lanes: any[], at: number|null, session: string|null, ui: any, isBare: boolean}}  a spec as partial as the
 *   address, for the server to fill in and to judge; `session` is one that has data no address can hold; bare: nothing of a race is said
 */
export function readNetRace(address) {
  const ui = {};
  const lanes = [];
  const settings = [];
  let [at, session] = [null, null];
  for (const part of partsOf(address)) {
    const [key, raw = ""] = part.split(/=(.*)/s);
    const text = decode(raw);
    const choice = Object.keys(SHORT).find((name) => SHORT[name] === key);
    if (key === "lane") lanes.push(readLane(text));
    else if (key === "at" && /^\d{1,9}$/.test(text)) at = Number(text);
    else if (key === "session") session = text;
    else if (key === "target" && Number(text) > 0) ui.target = Number(text);
    else if (choice && CHOICES[choice].includes(text)) ui[choice] = text;
    else if (isRace(part) && key !== "at") settings.push(part);
  }
  const whole = readAddress(settings.join("&"));
  const spec = Object.fromEntries(Object.entries(whole).filter(([key]) => !OF_LANES.includes(key) && !["stopping", "view", "explain", "run", "shared", "saved", "lock", "hide"].includes(key)));
  return { spec, lanes: lanes.length ? lanes : usualLanes(whole), at, session, ui, isBare: !lanes.length && !settings.length && !session };
}

/**
 * @param {{spec: any, lanes: any[]}} race  whole, as the server answers it
 * @param {any} catalog
 * @param {{at?: number, ui?: any, session?: string|null}} [view]
 * @returns {string}  without "#" and without the tab
 */
export function writeNetRace({ spec, lanes }, catalog, { at = 0, ui = {}, session = null } = {}) {
  const defaultsOf = (name) => catalog.datasets.find((row) => row.name === name)?.defaults ?? catalog.defaults;
  const standard = defaultsOf(spec.data.name);
  const shared = { ...spec, ...Object.fromEntries([...OF_LANES, "stopping"].map((part) => [part, standard[part]])) };
  const parts = [
    writeAddress(shared, defaultsOf, catalog.defaults.data.name),
    session && `session=${encode(session)}`,
    ...lanes.map((lane) => `lane=${encode(writeLane(lane, catalog))}`),
    at > 0 && `at=${at}`,
    ui.target && `target=${ui.target}`,
    ...Object.entries(CHOICES).map(([key, choices]) => ui[key] && ui[key] !== choices[0] && `${SHORT[key]}=${ui[key]}`),
  ];
  return parts.filter(Boolean).join("&");
}
