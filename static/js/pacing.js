// @ts-check
/** What takes long to draw, or cannot be read faster, is drawn less often than frames come while a run plays. */

/**
 * @param {number} milliseconds
 * @returns {(isStill: boolean) => boolean}  whether to draw now: always for what stands still, else when so long has passed
 */
export function createPace(milliseconds) {
  let last = -Infinity;
  return (isStill) => {
    const now = performance.now();
    if (!isStill && now - last < milliseconds) return false;
    last = now;
    return true;
  };
}

/**
 * The state as it was when it was last due: what is read from it changes so often and together, and at once when a run stands still.
 * @param {number} milliseconds
 */
export function createPacedState(milliseconds) {
  const isDue = createPace(milliseconds);
  let seen = null;
  return (state) => {
    if (isDue(state.status.state !== "playing")) seen = state;
    return seen;
  };
}
