// @ts-check
/** What each message does to the state of the page. Pure; throws on a message it does not know. */
import { reduceForm, without } from "./form-state.js";

const MOST_POINTS = 8192;
const NO_LOSSES = { train: [], test: [], validation: [] };

/** What of the view is in the address, with the values that need no mention. */
export const VIEW = { speed: 1500, scale: "log", steps: "linear", inspector: null, edges: "weight", preset: null, mode: null };

/** The messages of a stream; of another, a newer server speaks. */
export const KNOWN = new Set(["welcome", "spec", "status", "runs", "storage"]);

export const initialState = (ui = {}) => ({
  connection: "connecting",
  spec: null,
  revision: 0,
  status: { state: "paused", speed: 1500, step: 0, run: 0, head: 0, undo: null, redo: null, overflow: null, rewind_to: null, stopped: null },
  data: null,
  frame: null,
  losses: NO_LOSSES,
  runs: { current: 0, runs: [] },
  storage: null, // what is wrong with keeping what is done here: views/kept.js
  curves: {}, // of other runs, by their number: overlays.js
  rate: null,
  divergedRate: null,
  problems: {},
  notice: null,
  explain: null, // what was asked about a number, and the answer: explaining.js
  inspector: { diagnosis: null, confusion: null }, // the latest answers: inspecting.js
  ui: { ...VIEW, lesson: null, tab: "net", explainTab: "why", split: "test", focus: null, pinned: null, theme: "light", seeking: null, chosenRuns: [], leftRun: null, ...ui },
});

/**
 * Loss points are [step, value]. A frame carries every point of its run since the last one the page has acknowledged, so
 * some may come twice; what it says about its steps wins.
 */
export function mergeLosses(losses, points) {
  const first = points.length ? points[0][0] : Infinity;
  const before = (series) => {
    let end = series.length;
    while (end > 0 && series[end - 1][0] >= first) end -= 1;
    return end === series.length ? series : series.slice(0, end);
  };
  const join = (series, column) => {
    const joined = before(series).concat(points.map((point) => [point[0], point[column]]));
    return joined.length <= MOST_POINTS ? joined : joined.filter((_, index) => index % 2 === 0 || index === joined.length - 1);
  };
  return { train: join(losses.train, 1), test: join(losses.test, 2), validation: points[0]?.length === 3 ? [] : join(losses.validation ?? [], 3) };
}

/**
 * The curves with the moment that is shown: points are recorded at fixed steps, and the frame's own losses come between them
 * or end the curve.
 * @param {{train: number[][], test: number[][], validation?: number[][]}} losses  the last is empty without such a part of the data
 * @param {any} frame
 */
export function withPresent({ train, test, validation = [] }, frame) {
  const last = test[test.length - 1];
  if (!frame || !last) return { train, test, validation };
  let at = test.length;
  while (at > 0 && test[at - 1][0] > frame.step) at -= 1;
  if (at > 0 && test[at - 1][0] === frame.step) return { train, test, validation };
  const { train_loss, test_loss, validation_loss } = frame.metrics;
  const join = (series, value) => [...series.slice(0, at), [frame.step, value ?? NaN], ...series.slice(at)];
  return { train: join(train, train_loss), test: join(test, test_loss), validation: validation.length ? join(validation, validation_loss) : [] };
}

/** Steps per second as seen over the last second or so of frames; null when there is nothing to measure. */
function measureRate(state, frame, now) {
  if (frame.state !== "playing") return null;
  const last = state.rate;
  if (!last || frame.step < last.step) return { step: frame.step, at: now, perSecond: null };
  if (now - last.at < 800) return last;
  return { step: frame.step, at: now, perSecond: ((frame.step - last.step) * 1000) / (now - last.at) };
}

export function reduce(state, message) {
  switch (message.type) {
    case "welcome": // the frames that follow bring all that is missing
      return state;
    case "connection":
      return { ...state, connection: message.state };
    case "spec":
      return {
        ...state,
        spec: message.spec,
        revision: message.revision,
        problems: {}, // what is shown now was accepted
        ...(message.reset ? { losses: NO_LOSSES, rate: null } : {}),
        explain: shape(message.spec) !== shape(state.spec) && state.spec ? null : state.explain,
        ui: shape(message.spec) !== shape(state.spec) ? { ...state.ui, focus: null, pinned: null } : state.ui,
      };
    case "status":
      return {
        ...state,
        status: { ...state.status, ...without(message, "type") },
        divergedRate: message.state !== "diverged" ? null : state.status.state === "diverged" ? state.divergedRate : state.spec?.optimizer.learning_rate ?? null,
        // another viewer of the same net may have chosen the speed
        ui: message.state === "playing" && message.speed !== state.ui.speed ? { ...state.ui, speed: message.speed } : state.ui,
      };
    case "runs":
      return { ...state, runs: without(message, "type"), notice: forked(state.runs, message) ?? state.notice };
    case "storage":
      return { ...state, storage: message.trouble || message.set_aside ? message : null };
    case "curves":
      return { ...state, curves: message.curves };
    case "data":
      // every session counts its revisions from 0: the serial is the page's own
      return { ...state, data: { ...message.data, serial: (state.data?.serial ?? 0) + 1 } };
    case "frame": {
      const { frame } = message;
      if (frame.revision !== state.revision) return state;
      return {
        ...state,
        frame,
        losses: state.frame && frame.run !== state.frame.run ? mergeLosses(NO_LOSSES, frame.loss)
          : frame.loss.length ? mergeLosses(state.losses, frame.loss) : state.losses,
        rate: measureRate(state, frame, message.now),
      };
    }
    case "explain": // the two panels under the net share one place
      return { ...state, explain: message.explain, ui: message.explain && state.ui.inspector ? { ...state.ui, inspector: null } : state.ui };
    case "inspector":
      return { ...state, inspector: { ...state.inspector, ...message.answers } };
    default:
      return reduceForm(state, message);
  }
}

/** A change in the past has begun another run: the page says so, once. */
function forked(before, { current, runs }) {
  const run = runs.find(({ id }) => id === current);
  const isNew = before.current !== 0 && current !== before.current && !before.runs.some(({ id }) => id >= current);
  if (!isNew || !run || run.parent === null || !runs.some(({ id }) => id === run.parent)) return null;
  return { kind: "plain", key: "notice.forked", params: { runs: { run: run.id, kept: run.parent }, step: run.start }, at: run.id };
}

/** What the net's picture is built from: a change of it means other neurons and edges. */
export function shape(spec) {
  return spec && JSON.stringify([spec.data.name, spec.data.features, spec.network.layers.map((layer) => layer.units)]);
}
