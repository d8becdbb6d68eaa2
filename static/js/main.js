// @ts-check
/** The playground: its views, and what they may ask of the session. */
import { h } from "./dom.js";
import { elementOf } from "./elements.js";
import { createExplaining } from "./explaining.js";
import { createInspecting } from "./inspecting.js";
import { samePlace } from "./net-reading.js";
import { modeButton } from "./mode.js";
import { createPage, getJson, loadStyle } from "./page.js";
import { followOverlays } from "./overlays.js";
import { VIEW, initialState, reduce } from "./reducer.js";
import { asItIs, withWords } from "./own.js";
import { SHORTCUTS, listenToShortcuts, shortcutsButton } from "./shortcuts.js";
import { comeBack, createSession, leave, readPage } from "./session.js";
import { lossName } from "./spec-reading.js";
import { createStore } from "./store.js";
import { createTravelling, latestWins } from "./travelling.js";
import { dataView } from "./views/data.js";
import { downloadView } from "./views/download.js";
import { headerView } from "./views/header.js";
import { historyView } from "./views/history.js";
import { inspectorView } from "./views/inspector.js";
import { lossesView } from "./views/losses.js";
import { netView } from "./views/net.js";
import { noticeView } from "./views/notice.js";
import { outputView } from "./views/output.js";
import { runsView } from "./views/runs.js";
import { tabsView } from "./views/tabs.js";
import { timelineView } from "./views/timeline.js";
import { trainingView } from "./views/training.js";
import { transportView } from "./views/transport.js";

/** Loaded when they are asked for. */
const dialogs = (context) => ({
  table: () => withWords(context, import("./views/table.js")),
  look: () => withWords(context, import("./views/look.js")),
  folds: async () => (await Promise.all([import("./views/folds.js"), context.loadWords("folds"), loadStyle("folds")]))[0], gallery: async () => (await Promise.all([import("./views/gallery.js"), context.loadWords("gallery"), loadStyle("gallery")]))[0],
  saved: async () => (await Promise.all([import("./views/saved.js"), context.loadWords("saved"), loadStyle("saved")]))[0],
  share: async () => (await Promise.all([import("./views/share.js"), context.loadWords("share", "lesson"), loadStyle("saved")]))[0],
});

/** What the tabs of the inspector draw. */
const inside = (context) => {
  const part = (load) => async () => (await Promise.all([load(), context.loadWords("inside", "inspector"), loadStyle("inside")]))[0];
  return {
    selected: part(async () => (await Promise.all([import("./views/inside-selected.js"), context.loadWords("explain")]))[0].selectedPart),
    flow: part(async () => (await import("./views/inside-flow.js")).flowPart),
    histograms: part(async () => (await import("./views/inside-histograms.js")).histogramsPart),
    optimizer: part(async () => (await Promise.all([import("./views/inside-optimizer.js"), context.loadWords("explain")]))[0].optimizerPart),
    confusion: part(async () => (await import("./views/inside-confusion.js")).confusionPart),
    landscape: part(async () => (await import("./views/inside-landscape.js")).landscapePart),
    hidden: part(async () => (await import("./views/inside-hidden.js")).hiddenPart),
  };
};

const openShortcuts = (context) => async () => (await Promise.all([import("./views/shortcuts.js"), context.loadWords("shortcuts"), loadStyle("shortcuts")]))[0].openShortcuts(context);

const REST = 120; // milliseconds
const NEW_LAYER = { kind: "linear", units: 2 };

start();

async function start() {
  comeBack();
  const store = createStore(reduce, initialState({ theme: document.documentElement.dataset.theme }));
  const [page, { body: catalog }] = await Promise.all([createPage(store, views, ["playground"]), getJson("/api/catalog")]);
  const { ui, question, spec, kept: run } = readPage(location.hash, catalog.speeds);
  store.dispatch({ type: "ui", changes: ui });
  const session = createSession(store, catalog, restore);
  const explaining = createExplaining(store, session.id);
  const travel = createTravelling(store, session.send);
  const overlays = followOverlays(store, session.id);
  Object.assign(page, { catalog, set: session.set, explaining, travel, overlays }, descriptions(page, catalog, session), actions(store, catalog, session), asking(store, explaining, session), editing(explaining, session), { keepAddress: session.keepAddress, settingsAddress: session.settingsAddress, sessionId: session.id, dialogs: dialogs(page), openShortcuts: openShortcuts(page), inside: inside(page) });
  page.mount();
  listenToShortcuts(page, SHORTCUTS.playground);
  follow(store, explaining, session);
  createInspecting(store, session.id);
  store.select((state) => state.ui.lesson, async (lesson) => lesson && (await Promise.all([import("./lesson.js"), page.loadWords("lesson")]))[0].keepTo(store, session));
  addEventListener("click", (event) => {
    if (/** @type {Element} */ (event.target).closest("a[href^='/']:not([aria-current])")) leave();
  });
  session.open(spec, run);
  restore(question);

  /** A number named in an address is explained once the run is there. */
  async function restore(asked) {
    if (!asked) return;
    await nextFrame(store);
    explaining.restore(asked);
  }
}

const nextFrame = (store) => new Promise((resolve) => {
  const before = store.get().frame;
  const end = store.select((state) => state.frame, (frame) => {
    if (!frame || frame === before) return;
    end();
    resolve(frame);
  });
});

/** What was explained holds for its step of this run: once another run, or other settings, are there, it is asked anew. */
function follow(store, explaining, session) {
  const runOf = ({ frame }) => `${session.id()} ${frame?.run}`;
  let run = "";
  store.select((state) => [runOf(state), state.frame?.revision, state.status.undo, state.status.redo].join(" "), (_, state) => {
    const isOther = runOf(state) !== run;
    run = runOf(state);
    if (!state.explain) return;
    if (isOther) explaining.refresh();
    else if ((state.explain.trail.at(-1)?.step ?? 0) <= state.status.head) explaining.again(); // or the frame of another run is on its way
  });
}

function views(context) {
  const { root } = context;
  context.select((state) => state.ui.mode, async (mode) => {
    if (mode || document.documentElement.dataset.mode) (await Promise.all([import("./showing.js"), context.loadWords("showing")]))[0].showMode(context, mode);
  });
  context.select((state) => state.ui.tab, (tab) => { root.dataset.tab = tab; });
  context.select((state) => state.connection, (connection) => { root.dataset.connection = connection; });
  context.select((state) => Object.keys(VIEW).map((key) => state.ui[key]).join(" "), context.keepAddress);
  context.select((state) => state.explain?.trail, context.keepAddress);
  context.select((state) => state.ui.lesson, context.keepAddress);
  return [
    headerView(context, [shortcutsButton(context), modeButton(context, "projector"), ...downloadView(context)]),
    tabsView(context),
    transportView(context, { timeline: timelineView(context) }),
    h("div", { class: "now" }, noticeView(context), lesson(context), historyView(context)),
    kept(context),
    h("main", { class: "columns" },
      h("div", { class: "side" }, dataView(context), trainingView(context)),
      h("div", { class: "middle" }, question(context), netView(context), explanations(context), inspectorView(context)),
      h("div", { class: "right" }, outputView(context), lossesView(context, { runs: runsView(context) }))),
  ];
}

/** A view that comes when it is first wanted: who only watches need not load it. */
function later(context, isWanted, load) {
  const place = h("div", { hidden: true });
  let isAsked = false;
  context.select(isWanted, async (wanted) => {
    if (!wanted || isAsked) return;
    isAsked = true;
    try {
      const [view] = await load();
      if (place.isConnected) place.replaceWith(view(context));
    } catch {
      isAsked = false; // the server is away: asked again the next time
    }
  });
  return place;
}

const explanations = (context) => later(context, (state) => state.explain !== null || state.ui.focus !== null, () =>
  Promise.all([import("./views/explain.js").then((module) => module.explainView), context.loadWords("explain", "held"), loadStyle("walk-cards"), loadStyle("explain")]));
const kept = (context) => later(context, (state) => state.storage !== null, () =>
  Promise.all([import("./views/kept.js").then((module) => module.keptView), context.loadWords("kept"), loadStyle("kept")]));
const lesson = (context) => later(context, (state) => state.ui.lesson !== null, () =>
  Promise.all([import("./views/lesson.js").then((module) => module.lessonView), context.loadWords("lesson"), loadStyle("lesson")]));
const question = (context) => later(context, (state) => state.ui.preset !== null, () =>
  Promise.all([import("./views/question.js").then((module) => module.questionView), context.loadWords("gallery"), loadStyle("gallery")]));

/** What the catalog says of things, in the words of the page. */
function descriptions(page, catalog, { datasetOf }) {
  return {
    dataset: (name) => asItIs(datasetOf(name), page.store.get().spec?.data, catalog.losses),
    dataField: (name) => datasetOf(catalog.defaults.data.name).fields.find((field) => field.name === name),
    classLabel(data, index) {
      if (data === "table") return page.store.get().data?.classNames[index] ?? String(index);
      const name = `${data}_${index}`;
      const label = page.label("classes", name);
      return label === name ? String(index) : label;
    },
    axisName(name) {
      const data = page.store.get().spec?.data.name;
      return data === "iris" ? `${page.label("features", name)} (cm)` : ["diabetes", "stocks", "weather"].includes(data) ? page.label("features", name) : name;
    },
    activationsOf(spec, index) {
      const all = catalog.activations.map((row) => row.name);
      return index === spec.network.layers.length - 1 ? catalog.losses.find((row) => row.name === lossName(spec))?.output_activations ?? all : all;
    },
  };
}

/** What views may do. */
function actions(store, catalog, { send, set, setLayers, setProbe }) {
  const diverged = () => store.get().status.state === "diverged"; // then the notice says why, and offers the ways out
  const play = () => send({ type: "play", speed: store.get().ui.speed });
  return {
    send,
    setLayers,
    setProbe,
    togglePlay() {
      if (diverged()) return undefined;
      return store.get().status.state === "playing" ? send({ type: "pause" }) : play();
    },
    step: () => (diverged() ? undefined : send({ type: "step", count: 1 })), // the server stops a run that plays
    reset: () => send({ type: "reset" }),
    nameRun: (run, name) => send({ type: "name_run", run, name }),
    rewind: () => send({ type: "rewind" }),
    async tryRate(rate) {
      await send({ type: "rewind" });
      if (rate !== store.get().spec.optimizer.learning_rate) await set({ optimizer: { learning_rate: rate } }, "optimizer.learning_rate", rate);
      return play();
    },
    /** What the diagnosis suggests; after an overflow from before it. */
    tryRemedy({ kind, change }, path) {
      return kind === "overflow" ? this.tryRate(change.optimizer.learning_rate) : set(change, path, null);
    },
    setSpeed(speed) {
      store.dispatch({ type: "ui", changes: { speed } });
      if (store.get().status.state === "playing") play();
    },
    addLayer: () => setLayers((layers) => {
      const { activation, initializer } = layers.length > 1 ? layers[layers.length - 2] : { ...catalog.defaults.network.layers[0], initializer: layers[0].initializer };
      return [...layers.slice(0, -1), { ...NEW_LAYER, activation, initializer }, layers[layers.length - 1]];
    }),
    removeLayer: () => setLayers((layers) => (layers.length > 1 ? [...layers.slice(0, -2), layers[layers.length - 1]] : layers)),
  };
}

/** A number set by value: what is told of it is asked for again once the hand rests. */
function editing(explaining, { send }) {
  const ask = latestWins(send);
  let resting = 0;
  return {
    async editNumber(command) {
      const answer = await ask(command);
      clearTimeout(resting);
      if (answer.type === "ack") resting = setTimeout(explaining.again, REST);
      return answer;
    },
  };
}

/** What may be asked about numbers, here and on the page that walks through a step. */
function asking(store, explaining, { id, send }) {
  const walkAddress = (step, element) => `/walkthrough#session=${id() ?? ""}${step === null ? "" : `&step=${step}`}${element ? `&node=${element}` : ""}`;
  return {
    walkAddress,
    /** A place of the net: its number is explained, or no longer. */
    askAbout(place, byKeyboard) {
      const { ui, data, frame, explain } = store.get();
      const isOpen = ui.inspector === "selected"; // and shows what is selected
      if (explain ? explaining.isAbout(place) : samePlace(place, ui.pinned)) return explaining.close();
      store.dispatch({ type: "ui", changes: { pinned: place, focus: null } });
      const isPixel = place.kind === "input" && data.name === "digits"; // the picture stands for all of them
      if (isPixel || isOpen || !frame) return undefined;
      const isParameter = place.kind === "weight" || place.kind === "bias";
      return explaining.open(elementOf(place), isParameter ? "gradient" : "value", isParameter ? null : frame.probe?.index ?? null, byKeyboard);
    },
    /** A run that plays stands still while one walks through a step of it. */
    async walk(event) {
      const { status, frame } = store.get();
      if (status.state !== "playing" || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const link = event.currentTarget;
      const { step } = await send({ type: "pause" });
      const asked = link.dataset.step;
      location.href = walkAddress(asked === undefined ? step ?? frame?.step ?? null : Number(asked), link.dataset.element);
    },
  };
}
