// @ts-check
/** What each message does to the state of the walkthrough page. Pure; throws on a message it does not know. */
import { reduceForm } from "./form-state.js";
import { initialPredict } from "./predict.js";
import { sameShape } from "./walk.js";

export const SPEEDS = [0.5, 1, 2, 4];

export const initialState = (ui = {}) => ({
  catalog: null,
  presets: [],
  walk: null, // the document
  spec: null, // its source, as the fields of the options bar read it
  preset: null, // the name of the preset the source is, if it is one
  position: 0,
  animated: true, // whether the last change of position was one step on, to be seen happening
  open: [],
  detail: null,
  toggled: {},
  selected: null,
  lit: { nodes: [], edges: [] },
  predict: initialPredict(),
  problems: {},
  notice: null,
  loading: false,
  ui: { theme: "light", playing: false, speed: 1, inputs: false, ...ui },
});

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

export function reduce(state, message) {
  switch (message.type) {
    case "menu":
      return { ...state, catalog: message.catalog, presets: message.presets };
    case "walk": {
      const kept = sameShape(state.walk, message.document);
      return {
        ...state,
        walk: message.document,
        spec: message.document.source,
        preset: message.preset ?? null,
        position: Math.max(0, Math.min(message.document.positions.length - 1, Math.trunc(message.position))),
        animated: false,
        selected: message.document.nodes[message.selected]?.id ?? (kept ? state.selected : null), // a link may name what is not there
        toggled: message.toggled ?? (kept ? state.toggled : {}),
        lit: { nodes: [], edges: [] },
        problems: {}, // what is shown now was accepted
        notice: null,
      };
    }
    case "position":
      return message.position === state.position ? state : { ...state, position: message.position, animated: Boolean(message.animated) };
    case "open":
      return same(state.open, message.open) ? state : { ...state, open: message.open };
    case "toggle":
      return { ...state, toggled: message.toggled };
    case "detail":
      return { ...state, detail: message.detail, toggled: {} };
    case "select":
      return message.node === state.selected ? state : { ...state, selected: message.node };
    case "light":
      return { ...state, lit: { nodes: message.nodes ?? [], edges: message.edges ?? [] } };
    case "predict":
      return { ...state, predict: { ...state.predict, ...message.changes } };
    case "loading":
      return state.loading === message.loading ? state : { ...state, loading: message.loading };
    default:
      return reduceForm(state, message);
  }
}
