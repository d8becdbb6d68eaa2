// @ts-check
/**
 * One state, one reducer. Messages may come faster than the screen is drawn: listeners run once per animation frame, and
 * only those whose slice changed.
 *
 * @template S, M
 * @param {(state: S, message: M) => S} reducer
 * @param {S} initial
 * @param {(draw: () => void) => void} [schedule]
 */
export function createStore(reducer, initial, schedule = (draw) => requestAnimationFrame(draw)) {
  let state = initial;
  let waiting = false;
  /** @type {Set<{slice: (state: S) => any, last: any, render: (value: any, state: S) => void}>} */
  const listeners = new Set();

  const draw = () => {
    waiting = false;
    for (const listener of listeners) {
      const value = listener.slice(state);
      if (Object.is(value, listener.last)) continue;
      listener.last = value;
      listener.render(value, state);
    }
  };

  return {
    get: () => state,
    /** @param {M} message */
    dispatch(message) {
      const next = reducer(state, message);
      if (next === state) return;
      state = next;
      if (waiting) return;
      waiting = true;
      schedule(draw);
    },
    /**
     * Renders now and on each change of the slice. Returns a function that ends it.
     * @param {(state: S) => any} slice
     * @param {(value: any, state: S) => void} render
     */
    select(slice, render) {
      const listener = { slice, last: slice(state), render };
      listeners.add(listener);
      render(listener.last, state);
      return () => listeners.delete(listener);
    },
  };
}
