// @ts-check
/**
 * Frames come as often as the screen is drawn, but not in step with it: of two that come between two drawings the second
 * waits for the next one, which would else have nothing new. Nobody waits longer: with a third, the second is let go.
 */

/**
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
