// @ts-check
/** When what comes is drawn while a run plays: evenly; and less often what takes long to draw or cannot be read faster. */

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

/**
 * Frames come as often as the screen is drawn, but not in step with it: of two that come between two drawings the second
 * waits for the next one, which would else have nothing new. Nobody waits longer: with a third, the second is let go.
 * @template F
 * @param {(frame: F) => void} deliver
 * @param {(draw: () => void) => void} [schedule]
 * @returns {{take(frame: F): void, flush(): void}}  `flush` before whatever must not overtake a frame
 */
export function createEvenly(deliver, schedule = (draw) => requestAnimationFrame(draw)) {
  let isTaken = false; // one was delivered since the screen was drawn
  /** @type {F|null} */
  let held = null;

  const give = (frame) => {
    held = null;
    deliver(frame);
    if (isTaken) return;
    isTaken = true;
    schedule(() => {
      isTaken = false;
      if (held) give(held);
    });
  };
  const flush = () => {
    if (held) give(held);
  };
  return {
    take(frame) {
      flush();
      if (isTaken) held = frame;
      else give(frame);
    },
    flush,
  };
}
