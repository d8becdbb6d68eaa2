// @ts-check
/** The walkthrough: one training step, as slowly as one likes, in both directions. */
import { h } from "./dom.js";
import { createPage, getJson, loadStyle } from "./page.js";
import { insist, openQuestion } from "./predict.js";
import { leaveFor } from "./session.js";
import { SHORTCUTS, listenToShortcuts, shortcutsButton } from "./shortcuts.js";
import { createStore } from "./store.js";
import { createWalk, neighbourStop, stopIndex } from "./walk.js";
import { readAddress, writeAddress } from "./walk-address.js";
import { DETAILS, openGroups, toggle } from "./walk-detail.js";
import { createSource, merge } from "./walk-source.js";
import { initialState, reduce } from "./walk-state.js";
import { headerView } from "./views/header.js";
import { formulaCard } from "./views/walk-card.js";
import { checkView } from "./views/walk-check.js";
import { explainView } from "./views/walk-explain.js";
import { exportButtons } from "./views/walk-export.js";
import { graphView } from "./views/walk-graph.js";
import { optionsView } from "./views/walk-options.js";
import { predictView } from "./views/walk-predict.js";
import { walkSideView } from "./views/walk-side.js";
import { walkTransportView } from "./views/walk-transport.js";

const FIRST = "rational";
const STOP_TIME = 1800; // ms at each stop of a walk that plays by itself, at speed 1
const ADDRESS_WAITS = 150; // browsers refuse an address that is written too often

start();

async function start() {
  const store = createStore(reduce, initialState({ theme: document.documentElement.dataset.theme }));
  const [page, catalog, presets] = await Promise.all([createPage(store, views, ["walk", "explain", "reasons"]), getJson("/api/catalog"), getJson("/api/walks/presets")]);
  store.dispatch({ type: "menu", catalog: catalog.body, presets: presets.body });
  const walker = createWalker(store);
  Object.assign(page, walker.actions, { exportButtons: () => exportButtons(page), openShortcuts: async () => (await Promise.all([import("./views/shortcuts.js"), page.loadWords("shortcuts"), loadStyle("shortcuts")]))[0].openShortcuts(page) });
  await walker.open(location.hash);
  page.mount();
  shortcuts(page);
}

function views(context) {
  context.select((state) => state.predict.on, (on) => { context.root.dataset.predict = on; });
  return [
    headerView(context, [shortcutsButton(context)]),
    optionsView(context),
    h("main", { class: "walkthrough" },
      graphView(context),
      walkTransportView(context),
      h("div", { class: "walk-lower" },
        formulaCard(context),
        walkSideView(context, { predict: predictView(context), explain: explainView(context), check: checkView(context) }))),
  ];
}

/** The walk in force, where it stands, and what views may do with it. */
function createWalker(store) {
  const source = createSource(store);
  let walk = null;
  const current = () => {
    const { walk: document } = store.get();
    if (document !== walk?.document) walk = document && createWalk(document);
    return walk;
  };

  // --- what is open, and the stops that follow from it ---
  let opened = null;
  let stopsOf = { route: "", walk: null, stops: [0] };
  function settle() {
    if (!current()) return;
    opened = openGroups(walk, store.get());
    store.dispatch({ type: "open", open: opened.open });
    const route = opened.route.join();
    if (stopsOf.route !== route || stopsOf.walk !== walk) stopsOf = { route, walk, stops: walk.stops(opened.route) };
    const { position } = store.get();
    // a place inside a group that is closed: the group is passed as one
    if (stopsOf.stops[stopIndex(stopsOf.stops, position)] !== position) store.dispatch({ type: "position", position: neighbourStop(stopsOf.stops, position, 1) ?? position });
    keepAddress();
  }
  const change = (message) => {
    store.dispatch(message);
    settle();
  };

  // --- the address ---
  let written = location.hash.slice(1);
  let timer = 0;
  function keepAddress() {
    clearTimeout(timer);
    timer = setTimeout(writeNow, ADDRESS_WAITS);
  }
  function writeNow() {
    clearTimeout(timer);
    const { spec, preset, position, detail, toggled, selected, predict, catalog } = store.get();
    if (!spec || location.hash.slice(1) !== written) return; // one has gone back, or edited it: the address leads
    const next = writeAddress({ source: spec, preset, at: position, detail, toggled, node: selected, predict: predict.on }, catalog.optimizers);
    if (next !== written) history.replaceState(null, "", `#${next}`);
    written = location.hash.slice(1);
  }
  addEventListener("pagehide", writeNow);
  addEventListener("hashchange", () => {
    if (location.hash.slice(1) === written) return;
    written = location.hash.slice(1);
    open(location.hash);
  });

  async function open(hash) {
    const place = readAddress(hash);
    const named = (name) => store.get().presets.find((one) => one.name === name);
    const own = named(place.preset) ?? (place.source ? undefined : named(FIRST));
    store.dispatch({ type: "detail", detail: DETAILS.includes(place.detail ?? "") ? place.detail : null });
    if (place.predict !== null) store.dispatch({ type: "predict", changes: { on: place.predict } });
    const asked = own ? merge(own.source, place.source ?? {}) : place.source;
    const selected = typeof place.node === "number" ? place.node : null;
    const { ok } = await load(asked, place.at ?? 0, { preset: own?.name ?? null, selected, toggled: place.toggled });
    if (ok && typeof place.node === "string") showElement(place.node, place.at === null);
    if (ok || store.get().walk || store.get().notice) return;
    // an expression that is none: its text and what is wrong with it stand over a walk that there is
    const { problems } = store.get();
    await load(store.get().presets.find((one) => one.name === FIRST).source, 0, { preset: FIRST });
    for (const [field, problem] of Object.entries(problems)) store.dispatch({ type: "problem", field, problem });
  }

  /** A number named by the playground: its groups are opened, and the walk goes to where its gradient is whole. */
  function showElement(element, goes) {
    const node = current().document.nodes.find((one) => one.element === element);
    if (!node) return;
    const groups = walk.paths.get(node.id).filter((id) => id !== walk.root.id);
    change({ type: "toggle", toggled: groups.reduce((toggled, id) => toggle(walk, toggled, id, true), store.get().toggled) });
    if (goes) goTo(walk.arrivals.get(node.id).at(-1) ?? walk.madeAt(node.id));
    change({ type: "select", node: node.id });
  }

  async function load(asked, position = 0, place = {}) {
    const answer = await source.load(asked, { position, ...place });
    settle();
    return answer;
  }

  // --- the walk by itself ---
  let playing = 0;
  function pause() {
    clearTimeout(playing);
    if (store.get().ui.playing) store.dispatch({ type: "ui", changes: { playing: false } });
  }
  function play() {
    store.dispatch({ type: "ui", changes: { playing: true } });
    const next = async () => {
      const before = store.get();
      if (!before.ui.playing) return;
      if (neighbourStop(stopsOf.stops, before.position, 1) === null) return pause();
      await stepForward();
      playing = setTimeout(next, STOP_TIME / store.get().ui.speed);
    };
    next();
  }

  // --- steps ---
  function goTo(position, animated = false) {
    if (!current()) return;
    store.dispatch({ type: "select", node: null }); // the card goes on with the walk
    change({ type: "position", position: Math.max(0, Math.min(current().count - 1, position)), animated });
  }
  const another = (step, position) => load({ ...store.get().spec, step }, position, { preset: store.get().preset });
  function stepForward() {
    if (openQuestion(store.get())) {
      pause();
      return store.dispatch({ type: "predict", changes: insist(store.get()) }); // the question is pointed at
    }
    if (!current()) return undefined;
    const next = neighbourStop(stopsOf.stops, store.get().position, 1);
    return next === null ? another(walk.document.step + 1, 0) : goTo(next, true);
  }
  function stepBack() {
    if (!current()) return undefined;
    const last = neighbourStop(stopsOf.stops, store.get().position, -1);
    if (last !== null) return goTo(last);
    return walk.document.step > 0 ? another(walk.document.step - 1, -1) : undefined;
  }

  /** To the playground, with the session of this walk. */
  async function toPlayground() {
    const id = store.get().walk?.source.session;
    const known = id && (await getJson(`/api/sessions/${encodeURIComponent(id)}`).catch(() => null));
    if (known?.ok) leaveFor(id, known.body.spec, store.get().catalog);
    location.assign("/");
  }

  return {
    open,
    actions: {
      toPlayground,
      walk: current,
      stops: () => stopsOf.stops,
      stopIndex: () => stopIndex(stopsOf.stops, store.get().position),
      route: () => opened?.route ?? [],
      follows: () => Boolean(opened?.follows),
      goTo, stepForward, stepBack, pause, play, load,
      toStart: () => goTo(0),
      toEnd: () => goTo(Infinity),
      togglePlay: () => (store.get().ui.playing ? pause() : play()),
      selectNode: (node) => change({ type: "select", node }),
      light: (nodes = [], edges = []) => store.dispatch({ type: "light", nodes, edges }),
      check: source.check,
      toggleGroup: (id, isOpen) => change({ type: "toggle", toggled: toggle(current(), store.get().toggled, id, isOpen) }),
      setDetail: (detail) => change({ type: "detail", detail }),
      setPredict: (changes) => change({ type: "predict", changes }),
      openPreset: (name) => load(store.get().presets.find((one) => one.name === name).source, 0, { preset: name, toggled: {} }),
      /** Changes of the source by a field of the options: the place is kept where the walk stays the same shape. */
      set: (changes, field) => load(merge(store.get().spec, changes), store.get().position, { field }),
    },
  };
}

function shortcuts(page) {
  // whatever is touched, a walk that plays by itself stops
  const touch = (event) => {
    if (!/** @type {any} */ (event.target).closest?.(".play-walk, .walk-speed") && !["Tab", "Shift"].includes(event.key)) page.pause();
  };
  addEventListener("pointerdown", touch, true);
  addEventListener("keydown", touch, true);
  listenToShortcuts(page, SHORTCUTS.walkthrough);
}
