// @ts-check
/** The tab "Surfaces": several optimizers go down one surface from one start, and every step of each says why. */
import { h } from "./dom.js";
import { getJson } from "./page.js";
import { readAddress, writeAddress } from "./race-address.js";
import { createAsking } from "./race-asking.js";
import { surfaceStrip } from "./race-rates.js";
import { explained, initialState, reduce } from "./race-state.js";
import { createStore } from "./store.js";
import { raceControls } from "./views/race-controls.js";
import { raceExport } from "./views/race-export.js";
import { raceLanes } from "./views/race-lanes.js";
import { raceLoss } from "./views/race-loss.js";
import { raceMap } from "./views/race-map.js";
import { racePanel } from "./views/race-panel.js";
import { raceNeeded } from "./views/race-needed.js";
import { raceRates } from "./views/race-rates.js";
import { raceRegimes } from "./views/race-regimes.js";
import { raceSurface } from "./views/race-surface.js";
import { raceWhy } from "./views/race-why.js";
import { surfaceLane } from "./race-lanes.js";

/** @param {any} page @param {{catalog: any}} menus */
export async function createTab(page, { catalog }) {
  const store = createStore(reduce, initialState({ theme: page.store.get().ui.theme }));
  store.dispatch({ type: "menu", catalog, surfaces: (await getJson("/api/surfaces")).body.surfaces });
  const race = createRace(store);
  store.select((state) => `${state.races} ${state.at} ${state.chosen.lane} ${state.chosen.step} ${state.ui.measure} ${state.ui.scale} ${state.ui.steps} ${state.ui.panel} ${state.ui.frame} ${state.ui.view}`, () => page.keepAddress());
  return { store, views, open: race.open, actions: race.actions, address: () => (store.get().spec ? writeAddress(store.get()) : null), enter: () => {}, leave: race.actions.pause };
}

function views(context) {
  return [
    raceControls(context),
    h("div", { class: "race" },
      h("div", { class: "race-left" }, raceLanes(context, { ...surfaceLane, above: raceSurface(context) }), raceRates(context, surfaceStrip), raceExport(context)),
      raceMap(context),
      h("div", { class: "race-right" }, raceLoss(context), racePanel(context, { why: () => raceWhy(context), regimes: () => raceRegimes(context), needed: () => raceNeeded(context) }))),
  ];
}

function createRace(store) {
  const asking = createAsking(store);

  async function open(hash) {
    const place = readAddress(hash);
    let answer = await asking.race(place.spec);
    store.dispatch({ type: "ui", changes: { frame: null, ...place.ui } });
    if (answer.type === "error") { // a link that asks for what cannot be: said so, over the race that there is or the first one
      const { problems } = store.get();
      if (!store.get().spec) answer = await asking.race(readAddress("").spec);
      store.dispatch({ type: "notice", notice: Object.keys(problems).length ? { kind: "refused", field: Object.keys(problems)[0], problem: Object.values(problems)[0] } : "away" });
      if (answer.type === "error") return;
    }
    if (place.at !== null) store.dispatch({ type: "at", at: place.at });
    store.dispatch({ type: "choose", chosen: { ...place.chosen, lane: Math.min(place.chosen.lane, store.get().spec.lanes.length - 1) } });
  }

  // --- why ---
  store.select((state) => `${state.races} ${state.chosen.lane} ${explained(state)} ${state.paths.length}`, () => asking.why((state) => {
    if (!state.spec || !state.paths.length) return null;
    return { ...state.spec, lane: state.chosen.lane, step: explained(state) - 1 };
  }));

  // --- the race as it is watched ---
  let frame = 0;
  function pause() {
    cancelAnimationFrame(frame);
    if (store.get().ui.playing) store.dispatch({ type: "ui", changes: { playing: false } });
  }
  function play() {
    const { at, spec } = store.get();
    if (!spec) return;
    if (at >= spec.steps) store.dispatch({ type: "at", at: 0 });
    store.dispatch({ type: "ui", changes: { playing: true } });
    let last = performance.now();
    let owed = 0;
    const next = (now) => {
      const state = store.get();
      if (!state.ui.playing) return;
      owed += Math.min(0.25, (now - last) / 1000) * state.ui.speed;
      last = now;
      const steps = Math.floor(owed);
      owed -= steps;
      if (steps) store.dispatch({ type: "at", at: state.at + steps });
      if (store.get().at >= store.get().spec.steps) return pause();
      frame = requestAnimationFrame(next);
    };
    frame = requestAnimationFrame(next);
  }
  function goTo(at) {
    pause();
    store.dispatch({ type: "at", at });
  }

  return {
    open,
    actions: {
      change: asking.change,
      latest: asking.latest,
      answer: asking.answer,
      play, pause, goTo,
      togglePlay: () => (store.get().ui.playing ? pause() : play()),
      step: () => goTo(store.get().at + 1),
      stepBack: () => goTo(store.get().at - 1),
      reset: () => goTo(0),
      toEnd: () => goTo(store.get().spec.steps),
      choose: (chosen) => store.dispatch({ type: "choose", chosen }),
      setStart: (start) => asking.change((spec) => ({ ...spec, start })),
      setSurface: (surface) => asking.change(({ start: _, ...spec }) => ({ ...spec, surface })),
      setSurfaceField: (field, value) => asking.change((spec) => ({ ...spec, surface: { ...spec.surface, [field]: value } })),
      travel: { seek: (step) => goTo(step) },
    },
  };
}
