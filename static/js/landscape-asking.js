// @ts-check
/** What the landscape asks the server: the map, line by line as it is computed; how sharply the loss bends. Latest wins, and each can be stopped. */
import { questionOf } from "./landscape-state.js";
import { streamed } from "./race-asking.js";

const REST = 120; // ms without a change until it is asked
const MESSAGES = { progress: "training", paths: "paths", values: "values" };
const rest = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** @param {any} store */
export function createMaps(store) {
  /** @type {AbortController|null} */
  let call = null;
  let wanted = null; // the race that was asked for, ahead of what has been answered

  /**
   * A map of a race. A refused one leaves everything as it is, and says so at its field.
   * @param {any} race  {spec, lanes, steps}
   */
  async function ask(race) {
    wanted = race;
    call?.abort();
    const mine = call = new AbortController();
    await rest(REST);
    if (mine !== call) return { type: "replaced" };
    const lines = streamed("/api/landscapes", questionOf(race, store.get().look), mine.signal);
    try {
      const { value } = await lines.next();
      if (mine !== call) return { type: "replaced" };
      if (!value) throw new Error("nothing was said");
      store.dispatch({ type: "begin", asked: value.asked });
    } catch (error) {
      return mine === call ? refused(error) : { type: "replaced" };
    }
    follow(lines, mine);
    return { type: "ok" };
  }

  function refused(error) {
    [call, wanted] = [null, null];
    const { refusal } = error;
    store.dispatch(refusal?.field ? { type: "problem", field: refusal.field, problem: refusal } : { type: "notice", notice: "away" });
    store.dispatch({ type: "phase", phase: store.get().phase === "training" || store.get().phase === "losses" ? "stopped" : store.get().phase });
    return { type: "error", ...refusal };
  }

  async function follow(lines, mine) {
    let phase = "failed"; // unless the last line says that it was the last
    try {
      for await (const line of lines) {
        if (mine !== call) return;
        if (line.kind === "done") phase = "done";
        else store.dispatch({ type: MESSAGES[line.kind], line });
      }
    } catch {
      // stopped, or the server is away
    }
    if (mine !== call) return;
    call = null;
    store.dispatch({ type: "phase", phase });
  }

  return {
    ask,
    /** A change of the latest that was asked for. @param {(race: any) => any} change */
    change: (change) => ask(change(wanted ?? store.get().spec)),
    again: () => ask(wanted ?? store.get().spec),
    cancel() {
      if (!call) return;
      call.abort();
      call = null;
      store.dispatch({ type: "phase", phase: "stopped" });
    },
    /** Whether it is under way, or about to be. */
    busy: () => call !== null,
  };
}

/** @param {any} store */
export function createCurvature(store) {
  /** @type {AbortController|null} */
  let call = null;
  const PLACES = 16;

  async function run() {
    call?.abort();
    const mine = call = new AbortController();
    const race = store.get().spec;
    let found = { race: keyOf(race), state: "running", steps: [], lanes: race.lanes.map(() => []) };
    const tell = (changes) => {
      found = { ...found, ...changes };
      store.dispatch({ type: "curvature", curvature: found });
    };
    tell({});
    let state = "failed";
    try {
      for await (const line of streamed("/api/landscapes/curvature", { ...race, places: PLACES }, mine.signal)) {
        if (mine !== call) return;
        if (line.kind === "begin") tell({ steps: line.steps });
        else if (line.kind === "curvature") tell({ lanes: found.lanes.map((points, lane) => (lane === line.lane ? [...points, line] : points)) });
        else if (line.kind === "done") state = "done";
      }
    } catch {
      // stopped, or the server is away
    }
    if (mine !== call) return;
    call = null;
    tell({ state });
  }

  return {
    run,
    cancel() {
      if (!call) return;
      call.abort();
      call = null;
      store.dispatch({ type: "curvature", curvature: { ...store.get().curvature, state: "stopped" } });
    },
  };
}

/** What curvature is of. @param {any} race */
export const keyOf = (race) => JSON.stringify(race);
