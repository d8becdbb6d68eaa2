// @ts-check
/** The playground: fetches words and the catalog, opens a session, mounts the views, and is the only place that talks to the server. */
import { readAddress, writeAddress } from "./address.js";
import { h } from "./dom.js";
import { allowedText } from "./fields.js";
import { parse } from "./frames.js";
import { LANGUAGES, createTranslator, hasWords } from "./i18n.js";
import { initialState, reduce } from "./reducer.js";
import { openSocket } from "./socket.js";
import { createStore } from "./store.js";
import { readColors, remember, setTheme } from "./theme.js";
import { dataView } from "./views/data.js";
import { headerView } from "./views/header.js";
import { lossesView } from "./views/losses.js";
import { netView } from "./views/net.js";
import { outputView } from "./views/output.js";
import { tabsView } from "./views/tabs.js";
import { trainingView } from "./views/training.js";
import { transportView } from "./views/transport.js";

const VIEW = { speed: 1500, scale: "log", edges: "weight" };
const NEW_LAYER = { kind: "linear", units: 2 };
const OWN_MACHINE = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);

const root = /** @type {HTMLElement} */ (document.getElementById("app"));
const staticRoot = document.body.dataset.staticRoot;

const getJson = async (url, options) => {
  const response = await fetch(url, options);
  const body = response.status === 204 ? null : await response.json();
  return { ok: response.ok, status: response.status, body };
};
const fetchWords = async (code) => (await getJson(`${staticRoot}/locales/${code}.json`)).body;

const kept = {
  read: () => {
    try {
      return sessionStorage.getItem("backprop-lab.session");
    } catch {
      return null; // blocked storage: a reload starts the run anew, from the same address
    }
  },
  write: (id) => {
    try {
      sessionStorage.setItem("backprop-lab.session", id);
    } catch {
      // see above
    }
  },
};

start();

async function start() {
  let language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
  let [words, { body: catalog }] = await Promise.all([fetchWords(language), getJson("/api/catalog")]);
  let t = createTranslator(words);
  const asked = readAddress(location.hash);
  const view = { ...VIEW, ...asked.view };
  const store = createStore(reduce, initialState({ ...view, speed: view.speed === "max" ? null : view.speed, theme: document.documentElement.dataset.theme }));
  /** @type {ReturnType<typeof openSocket>|null} */
  let socket = null;
  let colors = readColors();
  let disposers = [];

  const datasetOf = (name) => catalog.datasets.find((row) => row.name === name);

  // --- the session ---

  async function openSession(spec) {
    socket?.close();
    const id = kept.read();
    if (id) {
      const known = await getJson(`/api/sessions/${encodeURIComponent(id)}`);
      if (known.ok && address(known.body.spec) === address(await completed(spec))) return connect(id);
    }
    return createSession(spec);
  }
  /** What a partial spec of an address means, as far as the page can tell: only used to see whether a kept session is the same. */
  const completed = async (spec) => {
    const defaults = datasetOf(spec.data?.name ?? catalog.defaults.data.name)?.defaults ?? catalog.defaults;
    return merge(defaults, spec);
  };
  const merge = (base, changes) => {
    const merged = { ...base };
    for (const [key, value] of Object.entries(changes)) merged[key] = value && typeof value === "object" && !Array.isArray(value) ? merge(base[key] ?? {}, value) : value;
    return merged;
  };
  async function createSession(spec) {
    const post = (body) => getJson("/api/sessions", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    let answer = await post(spec);
    if (!answer.ok) {
      const { error } = answer.body;
      notify("warn", "notice.link_invalid", { field: error.field ?? "?", value: String(error.value ?? "").slice(0, 40), allowed: allowedText(t, error.allowed) });
      answer = await post({});
    }
    kept.write(answer.body.id);
    connect(answer.body.id);
  }
  function connect(id) {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    socket = openSocket(`${scheme}://${location.host}/api/sessions/${encodeURIComponent(id)}/stream`, {
      connection(state) {
        store.dispatch({ type: "connection", state });
        // own machine: every picture the screen can show; on a network, what the class can share
        if (state === "open") socket?.send({ type: "view", rate: OWN_MACHINE ? 60 : 10, neuron_resolution: 32, output_resolution: OWN_MACHINE ? 64 : 40 });
      },
      receive(message) {
        if (message instanceof ArrayBuffer) return receiveBinary(message);
        store.dispatch(message);
        if (message.type === "spec") keepAddress();
      },
      gone() {
        const { spec } = store.get();
        notify("warn", "notice.session_renewed");
        createSession(spec ?? {});
      },
    });
  }
  function receiveBinary(buffer) {
    const message = parse(buffer);
    if (message.kind === "data") {
      const rows = message.train.data.length;
      return store.dispatch({ type: "data", data: { ...message, rows, trainRows: message.train.data.reduce((sum, flag) => sum + flag, 0) } });
    }
    store.dispatch({ type: "frame", frame: message, now: performance.now() });
    // acknowledged when it has been drawn: a page that cannot keep up, or is hidden, is sent fewer
    requestAnimationFrame(() => socket?.seen(message.frame));
  }

  // --- the address ---

  function address(spec) {
    return writeAddress(spec, (name) => datasetOf(name)?.defaults ?? catalog.defaults, catalog.defaults.data.name);
  }
  let written = location.hash.slice(1);
  function keepAddress() {
    const { spec, ui } = store.get();
    if (!spec) return;
    const chosen = Object.entries(VIEW).filter(([key, standard]) => ui[key] !== standard).map(([key]) => `view.${key}=${ui[key] ?? "max"}`);
    written = [address(spec), ...chosen].filter(Boolean).join("&");
    if (written !== location.hash.slice(1)) history.replaceState(null, "", written ? `#${written}` : location.pathname + location.search);
  }
  addEventListener("hashchange", () => {
    if (location.hash.slice(1) === written) return;
    const { view: chosen, ...spec } = readAddress(location.hash);
    if (chosen) store.dispatch({ type: "ui", changes: { ...chosen, ...(chosen.speed === "max" ? { speed: null } : {}) } });
    openSession(spec);
  });

  // --- what views may do ---

  const notify = (kind, key, params = {}) => store.dispatch({ type: "notice", notice: { kind, key, params, at: performance.now() } });
  const send = async (command) => {
    const answer = await (socket?.send(command) ?? { type: "error", code: "disconnected" });
    if (answer.code === "disconnected") notify("warn", "notice.server_gone");
    return answer;
  };

  /** Edits of one field that come faster than answers: only the newest waits. */
  const waiting = new Map();
  async function set(changes, path, value) {
    if (waiting.has(path)) {
      waiting.get(path)?.resolve({ type: "replaced" });
      return new Promise((resolve) => waiting.set(path, { changes, value, resolve }));
    }
    waiting.set(path, null);
    const answer = await request(changes, path, value);
    const next = waiting.get(path);
    waiting.delete(path);
    if (next) set(next.changes, path, next.value).then(next.resolve);
    return answer;
  }
  async function request(changes, path, value) {
    const answer = await send({ type: "set", changes });
    if (answer.type !== "error") {
      store.dispatch({ type: "solved", field: path });
      const { notice } = store.get();
      if (notice) store.dispatch({ type: "notice", notice: null });
    } else if (answer.code !== "disconnected") {
      store.dispatch({ type: "problem", field: path, problem: { value: answer.field === path ? answer.value ?? value : value, allowed: answer.allowed } });
      if (path.startsWith("network")) notify("warn", "notice.refused", { message: answer.message });
    }
    return answer;
  }

  const layersNow = () => store.get().spec.network.layers;
  const context = {
    store, catalog, set,
    get t() { return t; },
    get language() { return language; },
    colors: () => colors,
    dataset: datasetOf,
    dataField: (name) => datasetOf(catalog.defaults.data.name).fields.find((field) => field.name === name),
    label: (menu, name) => (hasWords(words, `catalog.${menu}.${name}`) ? t(`catalog.${menu}.${name}`) : name),
    classLabel: (data, index) => (hasWords(words, `catalog.classes.${data}_${index}`) ? t(`catalog.classes.${data}_${index}`) : String(index)),
    axisName: (name) => (/_(length|width)$/.test(name) ? `${context.label("features", name)} (cm)` : name),
    featureValue: (_data, _index, value) => `${value.toFixed(2)} σ`,
    activationsOf: (spec, index) => {
      const all = catalog.activations.map((row) => row.name);
      return index === spec.network.layers.length - 1 ? catalog.losses.find((row) => row.name === spec.loss)?.output_activations ?? all : all;
    },
    select: (slice, render) => disposers.push(store.select(slice, render)),
    onDispose: (dispose) => disposers.push(dispose),
    /** The same context for a part of a view that is built anew while the view stays: dispose() ends what that part selected. */
    scope() {
      const own = [];
      const add = (dispose) => own.push(dispose);
      return Object.assign(Object.create(context), { select: (slice, render) => add(store.select(slice, render)), onDispose: add, dispose: () => own.forEach((end) => end()) });
    },
    togglePlay: () => {
      const { status, ui } = store.get();
      if (status.state === "diverged") return undefined; // the notice says why, and offers the ways out
      return status.state === "playing" ? send({ type: "pause" }) : send({ type: "play", speed: ui.speed });
    },
    step: async () => {
      if (store.get().status.state === "diverged") return undefined;
      if (store.get().status.state === "playing") await send({ type: "pause" });
      return send({ type: "step", count: 1 });
    },
    reset: () => send({ type: "reset" }),
    rewind: () => send({ type: "rewind" }),
    tryRate: async (rate) => {
      await send({ type: "rewind" });
      await set({ optimizer: { learning_rate: rate } }, "optimizer.learning_rate", rate);
      return send({ type: "play", speed: store.get().ui.speed });
    },
    setSpeed: (speed) => {
      store.dispatch({ type: "ui", changes: { speed } });
      if (store.get().status.state === "playing") send({ type: "play", speed });
    },
    setProbe: (probe) => send({ type: "view", probe }),
    setLayers: (edit) => set({ network: { layers: edit(layersNow()) } }, "network.layers"),
    addLayer: () => context.setLayers((layers) => {
      const { activation, initializer } = layers.length > 1 ? layers[layers.length - 2] : { ...catalog.defaults.network.layers[0], initializer: layers[0].initializer };
      return [...layers.slice(0, -1), { ...NEW_LAYER, activation, initializer }, layers[layers.length - 1]];
    }),
    removeLayer: () => context.setLayers((layers) => [...layers.slice(0, -2), layers[layers.length - 1]]),
    setTheme: (theme) => {
      setTheme(theme);
      colors = readColors();
      store.dispatch({ type: "ui", changes: { theme } });
    },
    setLanguage: async (code) => {
      if (code === language) return;
      words = await fetchWords(code);
      t = createTranslator(words);
      language = code;
      remember("language", code);
      mount();
    },
  };

  function mount() {
    const focused = /** @type {HTMLElement|null} */ (document.activeElement)?.dataset?.keep;
    for (const dispose of disposers) dispose();
    disposers = [];
    document.documentElement.lang = LANGUAGES[language].tag;
    document.title = t("app.name");
    root.replaceChildren(
      headerView(context),
      tabsView(context),
      transportView(context),
      h("main", { class: "columns" },
        h("div", { class: "side" }, dataView(context), trainingView(context)),
        netView(context),
        h("div", { class: "right" }, outputView(context), lossesView(context))));
    context.select((state) => state.ui.tab, (tab) => { root.dataset.tab = tab; });
    context.select((state) => state.connection, (connection) => { root.dataset.connection = connection; });
    context.select((state) => `${state.ui.speed} ${state.ui.scale} ${state.ui.edges}`, keepAddress);
    if (focused) /** @type {HTMLElement|null} */ (root.querySelector(`[data-keep="${focused}"]`))?.focus();
  }

  addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, select, textarea")) return;
    if (event.key === " " && !target.closest("button, a")) {
      event.preventDefault();
      context.togglePlay();
    } else if (event.key === "s") context.step();
    else if (event.key === "r") context.reset();
  });

  mount();
  const { view: _view, ...spec } = asked;
  openSession(spec);
}
