// @ts-check
/** The tab "Landscape": the loss around a race of nets, with the ways of all lanes on it. */
import { h } from "./dom.js";
import { createCurvature, createMaps, keyOf } from "./landscape-asking.js";
import { initialState, lastOf, nearestPlace, placeOf, readLook, reduce, stepsAsked, stepsOf, writeLook } from "./landscape-state.js";
import { MOST_LANES, carried, readNetRace, writeNetRace } from "./net-race-state.js";
import { lossText } from "./format.js";
import { getJson } from "./page.js";
import { createStore } from "./store.js";
import { landscapeControls } from "./views/landscape-controls.js";
import { landscapeCurvature } from "./views/landscape-curvature.js";
import { landscapeExport } from "./views/landscape-export.js";
import { landscapeLook } from "./views/landscape-look.js";
import { landscapeMap } from "./views/landscape-map.js";
import { landscapeWords } from "./views/landscape-words.js";
import { raceLanes } from "./views/race-lanes.js";

const FIRST = "spiral";
const PER_SECOND = 20; // places of the ways, while they are played
const QUICK = 4000; // ms: after a map that took no longer, curvature is computed unasked

/** How lanes tell where they are. */
const landscapeLane = {
  most: MOST_LANES,
  choice: "landscape.choose",
  slice: (state) => `${state.maps} ${state.races} ${state.at} ${state.ui.split}`,
  words: ({ t }, { ui }) => ({ caption: t("landscape.same"), column: t(`landscape.column_${ui.split}`) }),
  result({ t }, state, index) {
    const way = state.ways?.lanes[index];
    if (!way) return null;
    const place = Math.min(placeOf(state), way.steps.length - 1);
    const hasLeft = way.diverged !== null && placeOf(state) >= way.steps.length - 1;
    const loss = way[state.ui.split][place];
    return { text: hasLeft ? t("landscape.diverged_short", { step: way.diverged }) : lossText(loss), left: way.diverged, value: loss, hasLeft };
  },
  takesSchedule: () => true,
};

/** @param {any} page @param {{catalog: any}} menus */
export async function createTab(page, { catalog }) {
  const store = createStore(reduce, { ...initialState({ theme: page.store.get().ui.theme }), ownSteps: false });
  const presets = await getJson("/api/races/presets").catch(() => ({ ok: false, body: null }));
  store.dispatch({ type: "menu", catalog, presets: presets.ok ? presets.body.presets : [] });
  const maps = createMaps(store);
  const curvature = createCurvature(store);
  const race = createRace(store, maps, curvature, catalog);
  store.select((state) => `${state.races} ${JSON.stringify(state.look)} ${state.ui.split} ${state.ui.view} ${state.at}`, () => page.keepAddress());
  return { store, views, open: race.open, actions: race.actions, address: race.address, carriedTo: (own) => carried(race.address() ?? "", own), enter: race.enter, leave: race.leave };
}

function views(context) {
  return [
    landscapeControls(context),
    h("div", { class: "race race-landscape" },
      h("div", { class: "race-left" }, raceLanes(context, { ...landscapeLane, above: landscapeLook(context) }), landscapeExport(context)),
      landscapeMap(context),
      h("div", { class: "race-right" }, landscapeWords(context), landscapeCurvature(context))),
  ];
}

function createRace(store, maps, curvature, catalog) {
  let [session, carriedAt, ownSteps, wantedAt, begun] = [/** @type {string|null} */ (null), 0, false, /** @type {number|null} */ (null), 0];
  const presetNamed = (name) => store.get().presets.find((preset) => preset.name === name) ?? store.get().presets[0];

  const address = () => {
    const state = store.get();
    if (!state.spec) return null;
    const at = ownSteps || carriedAt !== state.spec.steps ? 0 : carriedAt;
    return [writeNetRace(state.spec, catalog, { at, session }), writeLook({ ...state, ownSteps: state.spec.steps !== at })].filter(Boolean).join("&");
  };

  async function open(text) {
    if (text && text === address()) return maps.busy() || store.get().phase === "done" ? undefined : maps.again();
    const place = readNetRace(text);
    const mine = readLook(text);
    const preset = place.isBare ? presetNamed(FIRST) : null;
    session = place.session;
    [carriedAt, ownSteps, wantedAt] = [place.at ?? 0, mine.steps !== null, mine.at];
    const found = session && (await getJson(`/api/sessions/${encodeURIComponent(session)}`).catch(() => null));
    const race = preset?.race ?? { spec: found?.ok ? found.body.spec : place.spec, lanes: place.lanes };
    store.dispatch({ type: "look", look: mine.look });
    store.dispatch({ type: "ui", changes: { split: "train", view: "map", ...mine.ui } });
    const answer = await maps.ask({ ...race, steps: stepsAsked(mine.steps, place.at, preset?.steps) });
    if (answer.type !== "error" || !answer.field) return undefined;
    const notice = { field: answer.field, problem: answer }; // a link that asks for what cannot be: said so, over the map that there is or the first one
    if (!store.get().spec) await maps.ask({ ...presetNamed(FIRST).race, steps: presetNamed(FIRST).steps });
    return store.dispatch({ type: "notice", notice });
  }

  // --- what follows from a map ---
  store.select((state) => state.phase, (phase, state) => {
    if (phase === "training") begun = performance.now();
    if (phase === "losses" && wantedAt !== null) {
      store.dispatch({ type: "at", at: nearestPlace(state.ways, wantedAt) });
      wantedAt = null;
    }
    if (phase !== "done" || state.curvature?.race === keyOf(state.spec)) return;
    if (performance.now() - begun < QUICK) curvature.run();
  });

  /** Looked at in another way: the same race, another map. @param {any} look */
  function look(changes) {
    const turned = ["directions", "dimensions", "centre", "seed"].some((key) => key in changes);
    store.dispatch({ type: "look", look: { ...(turned ? { bounds: null } : {}), ...changes } });
    if (store.get().spec) maps.again();
  }

  // --- along the ways ---
  let frame = 0;
  function pause() {
    cancelAnimationFrame(frame);
    if (store.get().ui.playing) store.dispatch({ type: "ui", changes: { playing: false } });
  }
  function goTo(at) {
    pause();
    store.dispatch({ type: "at", at });
  }
  function play() {
    if (!store.get().ways) return;
    if (store.get().at === null) store.dispatch({ type: "at", at: 0 });
    store.dispatch({ type: "ui", changes: { playing: true } });
    const [from, since] = [placeOf(store.get()), performance.now()];
    const next = (now) => {
      const state = store.get();
      if (!state.ui.playing) return;
      store.dispatch({ type: "at", at: from + Math.floor(((now - since) / 1000) * PER_SECOND) });
      if (store.get().at === null) return pause();
      frame = requestAnimationFrame(next);
    };
    frame = requestAnimationFrame(next);
  }

  return {
    open,
    address,
    enter() {},
    leave() {
      pause();
      maps.cancel();
      curvature.cancel();
    },
    actions: {
      look,
      change(change) {
        const answer = maps.change(change);
        curvature.cancel();
        return answer;
      },
      async setSteps(steps) {
        ownSteps = true;
        return maps.change((race) => ({ ...race, steps }));
      },
      async openPreset(name) {
        const preset = presetNamed(name);
        if (!preset) return;
        session = null;
        store.dispatch({ type: "look", look: { bounds: null } });
        await maps.ask({ ...preset.race, steps: preset.steps });
      },
      compute: maps.again,
      cancel: maps.cancel,
      curve: curvature.run,
      cancelCurve: curvature.cancel,
      goTo,
      togglePlay: () => (store.get().ui.playing ? pause() : play()),
      step: () => goTo(placeOf(store.get()) + 1),
      stepBack: () => goTo(placeOf(store.get()) - 1),
      reset: () => goTo(0),
      toEnd: () => goTo(lastOf(store.get().ways)),
      choose: (chosen) => store.dispatch({ type: "choose", chosen: { lane: chosen.lane, step: null } }),
      travel: { seek: (step) => store.get().ways && goTo(nearestPlace(store.get().ways, step)) },
      laneNames: (context) => store.get().spec.lanes.map((lane, index) => `${index + 1} ${context.label("optimizers", lane.optimizer.name)}`),
      steps: () => stepsOf(store.get().ways),
    },
  };
}
