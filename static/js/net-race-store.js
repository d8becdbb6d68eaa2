// @ts-check
/** The state of the tab "Nets": the race that was asked for, where its lanes are, and their curves. Pure. */
import { reduceForm } from "./form-state.js";

/** @typedef {number[][]} Rows  of [step, train loss, test loss, validation loss?], steps ascending */

export const NOBODY = -1;

/** @param {any} ui */
export const initialState = (ui) => ({
  catalog: null,
  presets: [],
  /** What the server holds: {spec, lanes}, with everything that was left out. */
  spec: null,
  id: null,
  races: 0, // made so far
  data: null,
  starts: [],
  sameStart: false,
  status: { state: "paused", step: 0, head: 0, speed: null, diverged: [] },
  frame: null,
  frames: 0,
  /** @type {Rows[]} */
  curves: [],
  connection: "connecting",
  /** Where one is going: the thumb is there before the frame. */
  seeking: null,
  /** The lane that is brought to the front. */
  chosen: { lane: NOBODY, step: null },
  problems: {},
  notice: null,
  ui: { measure: "test", scale: "log", steps: "linear", target: null, speed: 1500, stripSteps: null, seeds: 3, ...ui },
});

/** What a lane's curve follows from: an edited lane begins anew, the others keep theirs. @param {any} spec @param {any} lane */
const curveKey = (spec, lane) => JSON.stringify([spec, lane]);

/** @param {any} state @param {any} message */
export function reduce(state, message) {
  switch (message.type) {
    case "menu":
      return { ...state, catalog: message.catalog, presets: message.presets };
    case "race": {
      const { id, spec, lanes, states, same_start: sameStart } = message.answer;
      const known = new Map(state.spec?.lanes.map((lane, index) => [curveKey(state.spec.spec, lane), state.curves[index]]));
      const isOtherNet = JSON.stringify(state.spec?.spec) !== JSON.stringify(spec);
      return { ...state, spec: { spec, lanes }, id, races: state.races + 1, sameStart, starts: states.map((lane) => lane.start), problems: {}, notice: null,
        status: { state: "paused", step: 0, head: 0, speed: null, diverged: [] }, data: isOtherNet ? null : state.data, frame: null, frames: 0,
        curves: lanes.map((lane) => known.get(curveKey(spec, lane)) ?? []),
        chosen: { lane: Math.min(state.chosen.lane, lanes.length - 1), step: null } };
    }
    case "data":
      return { ...state, data: message.data };
    case "status":
      return { ...state, status: { ...state.status, ...message.status } };
    case "frame": {
      const { frame } = message;
      const arrived = state.seeking !== null && frame.step === state.seeking;
      return { ...state, frame, frames: state.frames + 1, seeking: arrived ? null : state.seeking,
        status: { ...state.status, step: frame.step, head: frame.head, state: frame.state },
        curves: state.curves.map((rows, index) => merged(rows, frame.points[index] ?? [], frame.interval)) };
    }
    case "seeking":
      return { ...state, seeking: message.step };
    case "connection":
      return { ...state, connection: message.connection };
    case "choose":
      return { ...state, chosen: message.chosen };
    default:
      return reduceForm(state, message);
  }
}

/**
 * Curves with points more, by their step: a point that comes twice is the same. Points are `interval` steps apart, as the server
 * keeps them, and a last one: a curve is the same whether one has watched it or comes later.
 * @param {Rows} rows @param {Rows} more @param {number} [interval] @returns {Rows}
 */
export function merged(rows, more, interval = 1) {
  if (!more.length) return rows;
  const last = rows.length ? rows[rows.length - 1][0] : -1;
  const isLater = more.every((row, index) => row[0] > (index ? more[index - 1][0] : last));
  const all = isLater ? [...rows, ...more] : [...new Map([...rows, ...more].map((row) => [row[0], row])).values()].sort((one, other) => one[0] - other[0]);
  return all.filter((row, index) => row[0] % interval === 0 || index === all.length - 1);
}

/** Which column of a row is shown. @param {any} state */
export const columnOf = ({ ui }) => (ui.measure === "train" ? 1 : 2);

/** Where the race is, or is going. @param {any} state */
export const placeOf = ({ seeking, status }) => seeking ?? status.step;
export const furthest = ({ status, seeking, curves }) => Math.max(status.head, seeking ?? 0, ...curves.map((rows) => rows.at(-1)?.[0] ?? 0));

/** The epoch of a step, the last batch of an epoch being as small as it is; null while the rows are not known. @param {any} state @param {number} step */
export function epochAt({ data, spec }, step) {
  const rows = data?.trainRows;
  if (!rows || !spec) return null;
  const batch = spec.spec.batch_size === "all" ? rows : Math.min(rows, spec.spec.batch_size);
  const steps = Math.ceil(rows / batch);
  return Math.floor(step / steps) + ((step % steps) * batch) / rows;
}

/**
 * The first point of a lane's curve with the target or less.
 * @param {Rows} rows @param {number} column @param {number|null} target @param {number} [interval]  only points that many steps apart, and the last one
 * @returns {{step: number, loss: number}|null}
 */
export function reached(rows, column, target, interval = 1) {
  if (!target) return null;
  const row = rows.find((each, index) => each[column] <= target && (each[0] % interval === 0 || index === rows.length - 1));
  return row ? { step: row[0], loss: row[column] } : null;
}

/** The value of a lane at a step: of its last point there or before. @param {Rows} rows @param {number} column @param {number} step */
export function valueAt(rows, column, step) {
  let found = null;
  for (const row of rows) {
    if (row[0] > step) break;
    found = row[column];
  }
  return found;
}

/** How a lane fares now. @param {any} state @param {number} index */
export function laneNow(state, index) {
  const lane = state.frame?.lanes[index];
  if (!lane) return null;
  const diverged = lane.diverged !== null && lane.diverged !== undefined && lane.diverged <= state.frame.step ? lane.diverged : null;
  return { ...lane, diverged, loss: lane.metrics[`${state.ui.measure}_loss`] ?? null };
}

/** The first preset that is this net, by name. @param {any} state */
export const presetOf = ({ presets, spec }) => presets.find(({ race }) => JSON.stringify(race.spec) === JSON.stringify(spec?.spec))?.name ?? null;
