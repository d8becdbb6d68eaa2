// @ts-check
/** A preset brought into the session: begun, and tried with one thing changed, so that the run before stays beside it. */
import { withOverlay } from "./overlays.js";

/** Whether a session's spec is what these changes make. @param {any} spec @param {any} changes */
export const isMadeBy = (spec, changes) => Object.keys(spec).every((key) => JSON.stringify(spec[key]) === JSON.stringify(changes[key]));

/** @param {any} context @param {{name: string, changes: any}} preset */
export async function startPreset(context, { name, changes }) {
  await context.send({ type: "pause" });
  const answer = await context.set(changes, "data.name");
  if (answer?.type === "error") return;
  context.store.dispatch({ type: "ui", changes: { preset: name, tab: "net" } });
}

/**
 * The whole spec from step 0, and off it goes. What was run before stays, its curve under the new one.
 * @param {any} context
 * @param {any} changes
 */
export async function tryChanges(context, changes) {
  const { store, travel } = context;
  await context.send({ type: "pause" });
  const before = store.get().runs.current;
  await travel.seek(0);
  const answer = await context.set(changes, "data.name");
  if (answer?.type === "error") return;
  store.dispatch({ type: "ui", changes: withOverlay(store.get(), before, true) });
  await context.send({ type: "play", speed: store.get().ui.speed });
}
