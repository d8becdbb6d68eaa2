// @ts-check
/** The state of the optimizers' page: what was asked for, the paths that were answered, and where one looks. Pure. */
import { reduceForm } from "./form-state.js";

/** @typedef {{points: number[][], values: (number|null)[], left: number|null, optimizer: any, schedule: any, clipping: any}} Path */

/** @param {any} ui */
export const initialState = (ui) => ({
  catalog: null,
  surfaces: [],
  /** What the server holds: surface, start, lanes, steps, seed, with everything that was left out. */
  spec: null,
  surface: null,
  /** @type {Path[]} */
  paths: [],
  races: 0, // answers so far
  at: 0,
  /** The update that is explained: of which lane, and into which step; null for the step where the race is. */
  chosen: { lane: 0, step: null },
  why: null,
  rates: null,
  needed: null,
  problems: {},
  notice: null,
  ui: { playing: false, speed: 30, measure: "loss", scale: "log", steps: "linear", panel: "why", axis: "x", view: "map", start: null, frame: null, ...ui },
});

/** @param {any} state @param {any} message */
export function reduce(state, message) {
  switch (message.type) {
    case "menu":
      return { ...state, catalog: message.catalog, surfaces: message.surfaces };
    case "race": {
      const { asked, surface, lanes } = message.answer;
      const wasAtEnd = !state.spec || state.at === state.spec.steps;
      const last = { lane: Math.min(state.chosen.lane, lanes.length - 1), step: state.chosen.step === null ? null : Math.min(state.chosen.step, asked.steps) };
      const isOther = state.spec && state.spec.surface.name !== asked.surface.name;
      return { ...state, ui: isOther && state.ui.frame ? { ...state.ui, frame: null } : state.ui, spec: asked, surface, paths: lanes, races: state.races + 1, problems: {}, notice: null,
        at: wasAtEnd ? asked.steps : Math.min(state.at, asked.steps), chosen: same(last, state.chosen) ? state.chosen : last };
    }
    case "at":
      return { ...state, at: Math.max(0, Math.min(state.spec?.steps ?? 0, message.at)), chosen: message.keeps || state.chosen.step === null ? state.chosen : { ...state.chosen, step: null } };
    case "choose":
      return { ...state, chosen: message.chosen };
    case "why":
      return { ...state, why: message.why };
    case "rates":
      return { ...state, rates: message.rates };
    case "needed":
      return { ...state, needed: message.needed };
    default:
      return reduceForm(state, message);
  }
}

const same = (one, other) => one.lane === other.lane && one.step === other.step;

/** The step into which the explained update leads: from 1. Of a lane that has left, at most the one with which it left. @param {any} state */
export function explained({ chosen, at, paths }) {
  const last = (paths[chosen.lane]?.points.length ?? 1) - 1;
  return Math.max(1, Math.min(last, chosen.step ?? at));
}

/** Where a lane is at a step; where it left, if it has left before. @param {Path} path @param {number} step */
export const placeAt = (path, step) => path.points[Math.min(step, path.points.length - 1)];
export const valueAt = (path, step) => path.values[Math.min(step, path.values.length - 1)];

/** The part of the plane that the map shows: of x and of y. @param {any} state */
export const framed = ({ ui, surface }) => ui.frame ?? surface.bounds;

/** The same part nearer or farther: around a point, which stays where it is. @param {number[][]} frame @param {number} factor @param {number[]} [about] */
export function zoomed(frame, factor, about = frame.map(([low, high]) => (low + high) / 2)) {
  return frame.map(([low, high], axis) => [about[axis] + (low - about[axis]) * factor, about[axis] + (high - about[axis]) * factor].map((value) => Number(value.toPrecision(6))));
}

/** How far it is from a point to the nearest of the lowest ones. @param {number[]} point @param {number[][]} minima */
export const distanceTo = ([x, y], minima) => Math.min(...minima.map(([a, b]) => Math.hypot(x - a, y - b)));
