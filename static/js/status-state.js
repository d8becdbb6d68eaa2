// @ts-check
/** What the status page knows: the latest answer of the server, and what a second of it comes to. Pure. */

const MOST = 90; // of each rate: a minute and a half

export const initialStatus = (theme) => ({
  seated: false, // whether the server has said who sits here
  teacher: false,
  keyless: false,
  refused: null, // why a key was not taken
  failed: null, // why something was not done
  away: false,
  body: null,
  rates: null,
  sessionRates: {},
  past: { steps: [], lag: [], memory: [] },
  ui: { theme },
});

const PER_SECOND = ["steps", "frames", "frames_dropped", "commands"];

/** A second of what is counted, from two answers of one server; null where they are of two. */
export function ratesOf(before, after) {
  const seconds = before ? after.uptime - before.uptime : 0;
  if (seconds <= 0) return null;
  return Object.fromEntries(PER_SECOND.map((name) => [name, (after[name] - before[name]) / seconds]));
}

/** Steps a second of each session, by its id: of those that were there before, in the same run. */
export function sessionRatesOf(before, after) {
  const seconds = before ? after.uptime - before.uptime : 0;
  const known = new Map(seconds > 0 ? before.sessions.map((row) => [row.id, row]) : []);
  return Object.fromEntries(after.sessions.flatMap(({ id, run, step }) => {
    const old = known.get(id);
    return old && old.run === run && step >= old.step ? [[id, (step - old.step) / seconds]] : [];
  }));
}

export function reduceStatus(state, message) {
  switch (message.type) {
    case "seat":
      return { ...state, seated: true, teacher: message.teacher, keyless: message.keyless, away: false, refused: message.teacher ? null : state.refused, ...(message.teacher ? {} : { body: null }) };
    case "refused":
      return { ...state, refused: { status: message.status, seconds: message.seconds } };
    case "acted":
      return { ...state, failed: message.failed };
    case "away":
      return { ...state, away: true };
    case "status": {
      const { body } = message;
      const rates = ratesOf(state.body, body);
      const add = (list, value) => (value === null || value === undefined ? list : [...list, value].slice(-MOST));
      const { steps, lag, memory } = state.past;
      return {
        ...state,
        body,
        rates,
        away: false,
        sessionRates: sessionRatesOf(state.body, body),
        past: { steps: add(steps, rates?.steps), lag: add(lag, body.loop_lag?.p99), memory: add(memory, body.memory) },
      };
    }
    case "ui":
      return { ...state, ui: { ...state.ui, ...message.changes } };
    default:
      throw new Error(`unknown message "${message.type}"`);
  }
}
