// @ts-check
/** The optimizers' page: several go down one surface from one start, and every step of each says why. */
import { h } from "./dom.js";
import { createPage, getJson, loadStyle } from "./page.js";
import { readAddress, writeAddress } from "./race-address.js";
import { createAsking } from "./race-asking.js";
import { explained, initialState, reduce } from "./race-state.js";
import { SHORTCUTS, listenToShortcuts, shortcutsButton } from "./shortcuts.js";
import { createStore } from "./store.js";
import { headerView } from "./views/header.js";
import { raceControls } from "./views/race-controls.js";
import { raceExport } from "./views/race-export.js";
import { raceLanes } from "./views/race-lanes.js";
import { raceLoss } from "./views/race-loss.js";
import { raceMap } from "./views/race-map.js";
import { racePanel } from "./views/race-panel.js";
import { raceNeeded } from "./views/race-needed.js";
import { raceRates } from "./views/race-rates.js";
import { raceRegimes } from "./views/race-regimes.js";
import { raceWhy } from "./views/race-why.js";

const ADDRESS_WAITS = 200; // browsers refuse an address that is written too often

start();

async function start() {
  const store = createStore(reduce, initialState({ theme: document.documentElement.dataset.theme }));
  const [page, catalog, surfaces] = await Promise.all([createPage(store, views, ["optimizers"]), getJson("/api/catalog"), getJson("/api/surfaces")]);
  store.dispatch({ type: "menu", catalog: catalog.body, surfaces: surfaces.body.surfaces });
  const race = createRace(store);
  Object.assign(page, race.actions, { openShortcuts: async () => (await Promise.all([import("./views/shortcuts.js"), page.loadWords("shortcuts"), loadStyle("shortcuts")]))[0].openShortcuts(page) });
  await race.open(location.hash);
  page.mount();
  listenToShortcuts(page, SHORTCUTS.optimizers);
}

function views(context) {
  return [
    headerView(context, [shortcutsButton(context)]),
    raceControls(context),
    h("main", { class: "race" },
      h("div", { class: "race-left" }, raceLanes(context), raceRates(context), raceExport(context)),
      raceMap(context),
      h("div", { class: "race-right" }, raceLoss(context), racePanel(context, { why: () => raceWhy(context), regimes: () => raceRegimes(context), needed: () => raceNeeded(context) }))),
  ];
}

function createRace(store) {
  const asking = createAsking(store);

  // --- the address ---
  let written = location.hash.slice(1);
  let timer = 0;
  function keepAddress() {
    clearTimeout(timer);
    timer = setTimeout(writeNow, ADDRESS_WAITS);
  }
  function writeNow() {
    clearTimeout(timer);
    const state = store.get();
    if (!state.spec) return;
    written = writeAddress(state);
    if (written !== location.hash.slice(1)) history.replaceState(null, "", written ? `#${written}` : location.pathname);
  }
  addEventListener("pagehide", writeNow);
  addEventListener("pointerdown", writeNow, true); // it may be the button that copies the link
  addEventListener("hashchange", () => {
    if (location.hash.slice(1) !== written) open(location.hash);
  });
  store.select((state) => `${state.races} ${state.at} ${state.chosen.lane} ${state.chosen.step} ${state.ui.measure} ${state.ui.scale} ${state.ui.steps} ${state.ui.panel} ${state.ui.frame} ${state.ui.view}`, keepAddress);

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
