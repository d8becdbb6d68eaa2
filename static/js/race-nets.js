// @ts-check
/** The tab "Nets": one net, trained by up to eight optimizers from the same weights on the same batches. */
import { h } from "./dom.js";
import { writeAddress } from "./address.js";
import { integer, lossText } from "./format.js";
import { MOST_LANES, carried, readNetRace, writeNetRace } from "./net-race-state.js";
import { NOBODY, furthest, initialState, laneNow, placeOf, reduce } from "./net-race-store.js";
import { createStream } from "./net-race-stream.js";
import { netStrip } from "./net-race-rates.js";
import { getJson } from "./page.js";
import { createStore } from "./store.js";
import { netRaceAbout } from "./views/net-race-about.js";
import { netRaceControls } from "./views/net-race-controls.js";
import { netRaceCurves } from "./views/net-race-curves.js";
import { netRaceExport } from "./views/net-race-export.js";
import { netRaceFair } from "./views/net-race-fair.js";
import { netRacePictures } from "./views/net-race-pictures.js";
import { netRaceResults } from "./views/net-race-results.js";
import { raceLanes } from "./views/race-lanes.js";
import { raceRates } from "./views/race-rates.js";

const FIRST = "spiral";
const TARGET = 0.1;
const MOST_STEPS = 1000; // of the strip, unless more are asked for: seconds

/** How lanes of nets tell how they fare. */
const netLane = {
  most: MOST_LANES,
  choice: "nets.choose",
  slice: (state) => `${state.races} ${state.frames} ${state.ui.measure}`,
  words: ({ t }, { ui }) => ({ caption: t("nets.fair_words"), column: t(`nets.column_${ui.measure}`) }),
  result({ t }, state, index) {
    const lane = laneNow(state, index);
    if (!lane) return null;
    const hasLeft = lane.diverged !== null;
    return { text: hasLeft ? t("nets.diverged", { step: integer(lane.diverged) }) : lossText(lane.loss), left: lane.diverged, value: hasLeft ? null : lane.loss, hasLeft };
  },
  takesSchedule: () => true,
};

/** @param {any} page @param {{catalog: any}} menus */
export async function createTab(page, { catalog }) {
  const store = createStore(reduce, initialState({ theme: page.store.get().ui.theme }));
  const presets = await getJson("/api/races/presets").catch(() => ({ ok: false, body: null }));
  store.dispatch({ type: "menu", catalog, presets: presets.ok ? presets.body.presets : [] });
  const stream = createStream(store);
  let session = null; // one whose data no address can hold
  const address = () => {
    const { spec, ui, status, seeking } = store.get();
    return spec ? writeNetRace(spec, catalog, { at: seeking ?? status.step, ui, session }) : null;
  };
  store.select((state) => `${state.races} ${state.status.state === "playing" || placeOf(state)} ${state.ui.measure} ${state.ui.scale} ${state.ui.steps} ${state.ui.target}`, () => page.keepAddress());

  const presetNamed = (name) => store.get().presets.find((preset) => preset.name === name) ?? store.get().presets[0];

  async function open(text) {
    if (text && text === address()) return; // back from another tab
    const place = readNetRace(text);
    const preset = place.isBare ? presetNamed(FIRST) : null;
    session = place.session;
    const found = session && (await getJson(`/api/sessions/${encodeURIComponent(session)}`).catch(() => null));
    const race = preset?.race ?? { spec: found?.ok ? found.body.spec : place.spec, lanes: place.lanes };
    stream.stop();
    let answer = await stream.make(race, { at: place.at ?? 0 });
    if (answer.type === "replaced") return;
    if (answer.type === "error" && answer.field) { // a link that asks for what cannot be: said so, over the race that there is or the first one
      const notice = { kind: "refused", field: answer.field, problem: answer };
      if (!store.get().spec) answer = await stream.make(presetNamed(FIRST).race);
      store.dispatch({ type: "notice", notice });
    }
    store.dispatch({ type: "ui", changes: { ...usual(preset), ...place.ui } });
  }
  /** What a preset is looked at with. */
  const usual = (preset) => ({ target: preset?.target ?? TARGET, stripSteps: preset ? Math.min(preset.steps, MOST_STEPS) : null });

  async function openPreset(name) {
    const preset = presetNamed(name);
    if (!preset || preset.name !== name) return;
    session = null;
    stream.stop();
    const answer = await stream.make(preset.race);
    if (answer.type !== "error") store.dispatch({ type: "ui", changes: usual(preset) });
  }

  const actions = {
    change: stream.change,
    seek: stream.seek,
    togglePlay: stream.togglePlay,
    setSpeed: stream.setSpeed,
    step: stream.step,
    stepBack: () => stream.place() > 0 && stream.seek(stream.place() - 1),
    reset: stream.reset,
    toEnd: () => stream.seek(furthest(store.get())),
    choose({ lane }) {
      const isChosen = store.get().chosen.lane === lane;
      store.dispatch({ type: "choose", chosen: { lane: isChosen ? NOBODY : lane, step: null } });
    },
    openPreset,
    travel: { seek: stream.seek },
    laneName: (index) => `${index + 1} ${page.label("optimizers", store.get().spec.lanes[index].optimizer.name)}`,
    /** The playground with this net and the optimizer of the chosen lane. */
    playgroundAddress() {
      const { spec, chosen } = store.get();
      const defaultsOf = (name) => catalog.datasets.find((row) => row.name === name)?.defaults ?? catalog.defaults;
      return `/#${writeAddress({ ...spec.spec, ...spec.lanes[Math.max(0, chosen.lane)] }, defaultsOf, catalog.defaults.data.name)}`;
    },
  };
  return { store, views, open, actions, address, carriedTo: (own) => carried(address() ?? "", own), enter: stream.enter, leave: stream.leave };
}

function views(context) {
  return [
    netRaceControls(context),
    h("div", { class: "race race-of-nets" },
      h("div", { class: "race-left" }, raceLanes(context, { ...netLane, above: netRaceAbout(context) }), netRaceExport(context)),
      h("div", { class: "race-middle" }, netRaceCurves(context), netRacePictures(context)),
      h("div", { class: "race-right" }, netRaceResults(context), raceRates(context, netStrip), netRaceFair(context))),
  ];
}
