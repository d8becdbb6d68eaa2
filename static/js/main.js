// @ts-check
/** The playground: its views, and what they may ask of the session. */
import { readAddress } from "./address.js";
import { h } from "./dom.js";
import { createPage, getJson } from "./page.js";
import { VIEW, initialState, reduce } from "./reducer.js";
import { createSession, viewOf } from "./session.js";
import { createStore } from "./store.js";
import { dataView } from "./views/data.js";
import { headerView } from "./views/header.js";
import { lossesView } from "./views/losses.js";
import { netView } from "./views/net.js";
import { outputView } from "./views/output.js";
import { tabsView } from "./views/tabs.js";
import { trainingView } from "./views/training.js";
import { transportView } from "./views/transport.js";

const NEW_LAYER = { kind: "linear", units: 2 };

start();

async function start() {
  const { view, ...spec } = readAddress(location.hash);
  const store = createStore(reduce, initialState({ theme: document.documentElement.dataset.theme }));
  const [page, { body: catalog }] = await Promise.all([createPage(store, views), getJson("/api/catalog")]);
  store.dispatch({ type: "ui", changes: viewOf(view, catalog.speeds) });
  const session = createSession(store, catalog);
  Object.assign(page, { catalog, set: session.set }, descriptions(page, catalog, session), actions(store, catalog, session), { keepAddress: session.keepAddress });
  page.mount();
  shortcuts(page);
  session.open(spec);
}

function views(context) {
  const { root } = context;
  context.select((state) => state.ui.tab, (tab) => { root.dataset.tab = tab; });
  context.select((state) => state.connection, (connection) => { root.dataset.connection = connection; });
  context.select((state) => Object.keys(VIEW).map((key) => state.ui[key]).join(" "), context.keepAddress);
  return [
    headerView(context),
    tabsView(context),
    transportView(context),
    h("main", { class: "columns" },
      h("div", { class: "side" }, dataView(context), trainingView(context)),
      netView(context),
      h("div", { class: "right" }, outputView(context), lossesView(context))),
  ];
}

/** What the catalog says of things, in the words of the page. */
function descriptions(page, catalog, { datasetOf }) {
  return {
    dataset: datasetOf,
    dataField: (name) => datasetOf(catalog.defaults.data.name).fields.find((field) => field.name === name),
    classLabel(data, index) {
      const name = `${data}_${index}`;
      const label = page.label("classes", name);
      return label === name ? String(index) : label;
    },
    axisName: (name) => (/_(length|width)$/.test(name) ? `${page.label("features", name)} (cm)` : name),
    activationsOf(spec, index) {
      const all = catalog.activations.map((row) => row.name);
      return index === spec.network.layers.length - 1 ? catalog.losses.find((row) => row.name === spec.loss)?.output_activations ?? all : all;
    },
  };
}

/** What views may do. */
function actions(store, catalog, { send, set, setLayers, setProbe }) {
  const diverged = () => store.get().status.state === "diverged"; // then the notice says why, and offers the ways out
  const play = () => send({ type: "play", speed: store.get().ui.speed });
  return {
    setLayers,
    setProbe,
    togglePlay() {
      if (diverged()) return undefined;
      return store.get().status.state === "playing" ? send({ type: "pause" }) : play();
    },
    step: () => (diverged() ? undefined : send({ type: "step", count: 1 })), // the server stops a run that plays
    reset: () => send({ type: "reset" }),
    rewind: () => send({ type: "rewind" }),
    async tryRate(rate) {
      await send({ type: "rewind" });
      if (rate !== store.get().spec.optimizer.learning_rate) await set({ optimizer: { learning_rate: rate } }, "optimizer.learning_rate", rate);
      return play();
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

function shortcuts({ togglePlay, step, reset }) {
  addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, select, textarea")) return;
    const key = event.key.toLowerCase();
    if (key === " " && !target.closest("button, a")) {
      event.preventDefault();
      if (!event.repeat) togglePlay();
    } else if (key === "s") step();
    else if (key === "r" && !event.repeat) reset();
  });
}
