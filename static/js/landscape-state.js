// @ts-check
/**
 * The loss around a race of nets: what is asked for, what has come of it, where one looks. Pure. Its own parts of the address
 * stand beside the race's:
 *
 *     #tab=landscape&data.name=spiral&lane=sgd&lane=adam&land.steps=800&land.along=random&land.seed=3&land.resolution=51
 */
import { reduceForm } from "./form-state.js";

export const RESOLUTIONS = { 1: [41, 101, 201, 401], 2: [11, 21, 31, 41, 51, 71, 101] };
export const USUAL = { directions: "paths", dimensions: 2, resolution: null, seed: 0, centre: "best", bounds: null };
const USUAL_RESOLUTION = { 1: 101, 2: 41 };
const STEPS = 1000; // of a race that has not begun
const CHOICES = { directions: ["paths", "random"], split: ["train", "test"], view: ["map", "space"] };
const SHORT = { directions: "along", split: "loss", view: "as" };
const FAR = 20; // widths of the picture
const LARGEST_SEED = 2 ** 32 - 1;

/** @param {any} ui */
export const initialState = (ui) => ({
  catalog: null,
  presets: [],
  /** The race that the server trains: {spec, lanes, steps}, with everything that was left out. */
  spec: null,
  /** How one looks at it: what a map is asked for beside the race. */
  look: USUAL,
  ways: null,
  /** @type {(number|null)[]} */
  train: [],
  /** @type {(number|null)[]} */
  test: [],
  /** none, training, losses, done, stopped, failed */
  phase: "none",
  training: null, // the last word of how far it is
  races: 0,
  maps: 0, // begun so far
  at: null, // which place of the ways; null for the last
  chosen: { lane: 0, step: null },
  curvature: null,
  problems: {},
  notice: null,
  ui: { playing: false, split: "train", view: "map", ...ui },
});

/** @param {any} state @param {any} message */
export function reduce(state, message) {
  switch (message.type) {
    case "menu":
      return { ...state, catalog: message.catalog, presets: message.presets };
    case "begin": {
      const { spec, lanes, steps } = message.asked;
      return { ...state, spec: { spec, lanes, steps }, phase: "training", training: null, races: state.races + 1, problems: {}, notice: null, chosen: { ...state.chosen, lane: Math.min(state.chosen.lane, lanes.length - 1) } };
    }
    case "training":
      return { ...state, training: message.line };
    case "paths":
      return { ...state, ways: message.line, train: [], test: [], phase: "losses", maps: state.maps + 1, at: state.at === null ? null : Math.min(state.at, lastOf(message.line)) };
    case "values":
      return { ...state, train: [...state.train, ...message.line.train], test: [...state.test, ...message.line.test] };
    case "phase":
      return { ...state, phase: message.phase };
    case "look":
      return { ...state, look: { ...state.look, ...message.look } };
    case "at": {
      const last = lastOf(state.ways);
      const at = Math.max(0, Math.min(last, message.at));
      return { ...state, at: at === last ? null : at };
    }
    case "choose":
      return { ...state, chosen: message.chosen };
    case "curvature":
      return { ...state, curvature: message.curvature };
    default:
      return reduceForm(state, message);
  }
}

// --- what is on the way ---

/** The steps at which ways have places: those of the lane that came farthest. @param {any} ways @returns {number[]} */
export const stepsOf = (ways) => (ways ? ways.lanes.reduce((longest, { steps }) => (steps.length > longest.length ? steps : longest), []) : []);

/** The number of the last place. @param {any} ways */
export const lastOf = (ways) => Math.max(0, stepsOf(ways).length - 1);

/** @param {any} state */
export const placeOf = ({ at, ways }) => at ?? lastOf(ways);

/** How many places of a way that diverged are shown: up to the first that is many times the picture away. @param {any} ways @param {any} way */
export function placesShown({ at }, way) {
  const isFar = (point) => point.some((value, axis) => value === null || Math.abs(value - at[axis][0]) > FAR * (at[axis].at(-1) - at[axis][0]));
  const first = way.points.findIndex(isFar);
  return first < 0 ? way.points.length : first + 1;
}

/** The step where one looks. @param {any} state @returns {number} */
export const stepAt = (state) => stepsOf(state.ways)[placeOf(state)] ?? 0;

/** The place whose step is nearest. @param {any} ways @param {number} step */
export function nearestPlace(ways, step) {
  const steps = stepsOf(ways);
  return steps.reduce((best, each, index) => (Math.abs(each - step) < Math.abs(steps[best] - step) ? index : best), 0);
}

/** Which resolution is asked for: a line takes more places than a plane. @param {any} look */
export const resolutionOf = ({ dimensions, resolution }) => (RESOLUTIONS[dimensions].includes(resolution) ? resolution : USUAL_RESOLUTION[dimensions]);

/** What the server is asked. @param {any} race @param {any} look */
export const questionOf = ({ spec, lanes, steps }, look) => ({ spec, lanes, steps, directions: look.directions, dimensions: look.dimensions, resolution: resolutionOf(look), seed: look.seed, centre: look.centre, bounds: look.bounds });

/** The share of all the work that is done, 0 to 1: half of it is said to be training. @param {any} state */
export function shareOf({ phase, training, ways, train }) {
  if (phase === "training") return training ? ((training.lane + training.step / training.steps) / training.lanes) * 0.5 : 0;
  return phase === "losses" ? 0.5 + (0.5 * train.length) / ways.count : 1;
}

/** The part of the plane that is shown, nearer or farther around a point. @param {any} ways @param {number} factor @param {number[]} [about] */
export function zoomedBounds({ at }, factor, about = at.map((places) => (places[0] + places[places.length - 1]) / 2)) {
  return at.map((places, axis) => [places[0], places[places.length - 1]].map((value) => Number((about[axis] + (value - about[axis]) * factor).toPrecision(6))));
}

/** The grid's index of the place nearest to coordinates, row by row. @param {number[][]} at @param {number[]} point */
export function nearestNode(at, point) {
  const indices = at.map((places, axis) => Math.max(0, Math.min(places.length - 1, Math.round((point[axis] - places[0]) / (places[1] - places[0])))));
  return indices[0] + (indices[1] ?? 0) * at[0].length;
}

// --- the address ---

/** The landscape's own parts. @param {any} state @returns {string} */
export function writeLook({ look, ui, spec, ownSteps, at, ways }) {
  const parts = [];
  if (ownSteps && spec) parts.push(`land.steps=${spec.steps}`);
  for (const [key, name] of Object.entries(SHORT)) {
    const value = look[key] ?? ui[key];
    if (value !== CHOICES[key][0]) parts.push(`land.${name}=${value}`);
  }
  if (look.dimensions !== 2) parts.push(`land.dims=${look.dimensions}`);
  if (look.resolution !== null && look.resolution !== USUAL_RESOLUTION[look.dimensions]) parts.push(`land.resolution=${look.resolution}`);
  if (look.seed !== 0) parts.push(`land.seed=${look.seed}`);
  if (look.centre !== "best") parts.push(`land.centre=${look.centre === "mean" ? "mean" : look.centre + 1}`);
  if (look.bounds) parts.push(`land.part=${look.bounds.flat().join(",")}`);
  if (at !== null && ways) parts.push(`land.at=${stepsOf(ways)[at]}`);
  return parts.join("&");
}

/** @param {string} address @returns {{look: any, ui: any, steps: number|null, at: number|null}} what cannot be is left out: the server's defaults are in its place */
export function readLook(address) {
  const look = { ...USUAL };
  const ui = {};
  let [steps, at] = [null, null];
  for (const part of address.replace(/^#/, "").split("&")) {
    if (!part.startsWith("land.")) continue;
    const [name, text = ""] = part.slice(5).split("=");
    const key = Object.keys(SHORT).find((each) => SHORT[each] === name);
    if (key && CHOICES[key].includes(text)) (key in look ? look : ui)[key] = text;
    else if (name === "steps" && /^\d{1,7}$/.test(text)) steps = Number(text);
    else if (name === "at" && /^\d{1,7}$/.test(text)) at = Number(text);
    else if (name === "dims" && text === "1") look.dimensions = 1;
    else if (name === "resolution" && /^\d{1,3}$/.test(text)) look.resolution = Number(text);
    else if (name === "seed" && /^\d{1,10}$/.test(text) && Number(text) <= LARGEST_SEED) look.seed = Number(text);
    else if (name === "centre") look.centre = text === "mean" ? "mean" : /^[1-8]$/.test(text) ? Number(text) - 1 : "best";
    else if (name === "part") look.bounds = boundsOf(text);
  }
  if (look.bounds && look.bounds.length !== look.dimensions) look.bounds = null;
  if (!RESOLUTIONS[look.dimensions].includes(look.resolution)) look.resolution = null;
  return { look, ui, steps, at };
}

function boundsOf(text) {
  const numbers = text.split(",").map(Number);
  if (![2, 4].includes(numbers.length) || !numbers.every(Number.isFinite)) return null;
  const pairs = numbers.length === 2 ? [numbers] : [numbers.slice(0, 2), numbers.slice(2)];
  return pairs.every(([low, high]) => low < high) ? pairs : null;
}

/** How many steps the race is trained: what the address says, else as far as the race has gone, else some. @param {number|null} steps @param {number|null} at @param {number|null} [usual] */
export const stepsAsked = (steps, at, usual = null) => steps ?? (at || usual || STEPS);

/** A row for every place of every way, numbers as exact as they are. @param {any} state */
export function waysCsv({ ways, spec }) {
  const rows = ways.lanes.flatMap((way, lane) => way.steps.map((step, index) => [lane + 1, spec.lanes[lane]?.optimizer.name, step, way.points[index][0], way.points[index][1], way.away[index], way.train[index], way.test[index], way.diverged === step ? "diverged" : ""]));
  return csv([["lane", "optimizer", "step", "a", "b", "distance_from_plane", "train_loss", "test_loss", "note"], ...rows]);
}

/** A row for every place of the grid. @param {any} state */
export function lossesCsv({ ways: { at }, train, test }) {
  const [xs, ys] = at;
  return csv([ys ? ["a", "b", "train_loss", "test_loss"] : ["a", "train_loss", "test_loss"], ...train.map((loss, index) => [xs[index % xs.length], ...(ys ? [ys[Math.floor(index / xs.length)]] : []), loss, test[index]])]);
}

const csv = (rows) => rows.map((row) => row.map((cell) => cell ?? "").join(",")).join("\n") + "\n";
