// @ts-check
/** How one points at the net: with a mouse, a finger or the keyboard. */
import { samePlace } from "./net-reading.js";

/** A hidden neuron is cut out, or given back. */
async function toggleCut({ setLayers, store }, place) {
  const { canBeCut, isCut, withCut } = await import("./held.js");
  if (canBeCut(store.get().spec.network.layers, place)) setLayers((layers) => withCut(layers, place, !isCut(layers, place)));
}

/**
 * Hover and focus name a place, a click or Enter asks about it, arrow keys go to its neighbours, Escape ends it.
 * @param {any} context
 * @param {HTMLElement} stage
 * @param {() => any} net  the picture as it is now
 */
export function listen(context, stage, net) {
  const { store } = context;
  const placeOf = (event) => {
    const text = event.target.closest?.("[data-place]")?.getAttribute("data-place");
    return text ? JSON.parse(text) : null;
  };
  const set = (changes) => store.dispatch({ type: "ui", changes });
  const hover = (event) => {
    const place = placeOf(event);
    if (!samePlace(place, store.get().ui.focus)) set({ focus: place });
  };
  stage.addEventListener("pointerover", (event) => event.pointerType !== "touch" && hover(event));
  stage.addEventListener("pointerleave", () => set({ focus: null }));
  stage.addEventListener("focusin", (event) => {
    if (event.target.matches(":focus-visible")) hover(event);
  });
  stage.addEventListener("focusout", () => set({ focus: null }));
  stage.addEventListener("click", (event) => {
    if (event.target.closest("select, .net-head, .net-card")) return;
    const place = placeOf(event);
    if (place) context.askAbout(place, event.detail === 0);
    else set({ pinned: null, focus: null });
  });
  stage.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      set({ focus: null, pinned: null });
      return context.explaining.close();
    }
    if (event.key === "Delete" && event.target.matches(".neuron")) return toggleCut(context, placeOf(event));
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const neuron = event.target.closest(".neuron");
    if (!step || !neuron) return;
    event.preventDefault();
    net()?.neighbour(neuron, step)?.focus();
  });
}
