// @ts-check
/**
 * Going to other steps and runs. Asked for faster than it is answered, as by a dragging hand: one is under way, one waits,
 * and the latest takes the place of the one that waits.
 */

/** Milliseconds after which a picture of the step that was gone to will not come any more: somebody else has moved on. */
const PATIENCE = 1000;

/** How far the run has come. @param {any} state */
export const furthest = ({ status, frame }) => Math.max(status.head, frame && frame.run === status.run ? frame.head ?? 0 : 0);

/**
 * @template T
 * @param {(command: T) => Promise<any>} send
 * @returns {(command: T) => Promise<any>}  the answer, or {type: "replaced"} when a later one took its place
 */
export function latestWins(send) {
  let busy = false;
  /** @type {{command: T, resolve: (answer: any) => void}|null} */
  let waiting = null;
  return function ask(command) {
    if (busy) {
      waiting?.resolve({ type: "replaced" });
      return new Promise((resolve) => { waiting = { command, resolve }; });
    }
    busy = true;
    return send(command).finally(() => {
      busy = false;
      const next = waiting;
      waiting = null;
      if (next) ask(next.command).then(next.resolve);
    });
  };
}

/**
 * @param {any} store
 * @param {(command: any) => Promise<any>} send
 */
export function createTravelling(store, send) {
  const ask = latestWins(send);
  /** Where each run was left. @type {Map<number, number>} */
  const left = new Map();
  store.select((state) => state.frame, (frame) => frame && left.set(frame.run, frame.step));
  const show = (seeking) => store.dispatch({ type: "ui", changes: { seeking } });

  /** @param {number} step @param {number|null} [run] */
  async function seek(step, run = null) {
    const here = store.get().status.run;
    const place = { step, run: run ?? here };
    show(place); // the thumb is there before the picture
    const answer = await ask({ type: "seek", ...place });
    const letGo = () => store.get().ui.seeking === place && show(null);
    if (answer.type === "error") letGo();
    else if (answer.type !== "replaced") setTimeout(letGo, PATIENCE);
    return answer;
  }
  // the thumb is let go when the picture has come
  store.select((state) => state.frame, (frame) => {
    const { seeking } = store.get().ui;
    if (seeking && frame && frame.run === seeking.run && frame.step === seeking.step) show(null);
  });

  store.select((state) => state.status.state === "playing", (isPlaying) => isPlaying && store.get().ui.seeking && show(null));

  return {
    seek,
    /** To a run, where it was left or as far as it has come. @param {{id: number, head: number}} run */
    goTo: (run) => seek(Math.min(left.get(run.id) ?? run.head, run.head), run.id),
    // every press counts, also those that come faster than answers
    undo: () => send({ type: "undo" }),
    redo: () => send({ type: "redo" }),
  };
}
