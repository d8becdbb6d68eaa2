// @ts-check
/** The page's side of one session: made or found again, its stream taken in, its settings asked for, its address kept. */
import { readAddress, writeAddress } from "./address.js";
import { readQuestion, writeQuestion } from "./explaining.js";
import { parse } from "./frames.js";
import { MODES } from "./mode.js";
import { createEvenly } from "./pacing.js";
import { getJson } from "./page.js";
import { TABS } from "./inspecting.js";
import { KNOWN, VIEW } from "./reducer.js";
import { openSocket } from "./socket.js";
import { fittingLayers } from "./spec-reading.js";

// Own machine: every picture the screen can show. On a network: what a class of forty can share.
const OWN_MACHINE = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
const LOOK = OWN_MACHINE ? { rate: 60, neuron_resolution: 32, output_resolution: 64 } : { rate: 10, neuron_resolution: 16, output_resolution: 32 };
const KEPT = "backprop-lab.session";
const LEFT = "backprop-lab.left";

const CHOICES = { scale: ["log", "linear"], steps: ["linear", "log"], edges: ["weight", "gradient"], inspector: TABS, mode: MODES };

/** The view of an address as values of ui; what is not a choice is left at its standard. */
export function viewOf(view = {}, speeds = [VIEW.speed]) {
  const speed = view.speed === "max" ? null : view.speed;
  const chosen = Object.entries(CHOICES).filter(([key, choices]) => choices.includes(view[key])).map(([key]) => [key, view[key]]);
  return { ...VIEW, ...Object.fromEntries(chosen), ...(speeds.includes(speed) ? { speed } : {}), ...(typeof view.preset === "string" ? { preset: view.preset } : {}) };
}

const listed = (text) => String(text ?? "").split(",").filter(Boolean);

/** Where a run that an address carries, or names, is to be had: what to ask for, and how. */
function keptRun(link, shared, saved) {
  if (link || shared) return { path: "/api/shared", body: link ? { link: String(link) } : { shared: String(shared) } };
  return saved ? { path: `/api/saved/${encodeURIComponent(saved)}/open`, body: {} } : null;
}

/** What an address asks for: the view and the lesson, a number to be explained, the spec, a run that goes on. */
export function readPage(hash, speeds) {
  const { view, explain, of, row, step, lock, hide, run, shared, saved, ...spec } = readAddress(hash);
  const lesson = lock || hide ? { lock: listed(lock), hide: listed(hide) } : null;
  return { ui: { ...viewOf(view, speeds), lesson }, question: readQuestion({ explain, of, row, step }), spec, kept: keptRun(run, shared, saved) };
}

/** A reload or a way back finds its run again; a new tab, even one with the old one's memory, gets a run of its own. */
const isReturn = () => {
  const [entry] = performance.getEntriesByType("navigation");
  return entry?.type === "reload" || entry?.type === "back_forward";
};
let returned = isReturn();

const recall = (name) => {
  try {
    return sessionStorage.getItem(name);
  } catch {
    return null; // blocked storage: a reload starts the run anew, from the same address
  }
};
const keep = (name, value) => {
  try {
    if (value === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, value);
  } catch {
    // see above
  }
};

/** The playground is left for another page of ours, whose link back has no address: the run is to be found again. */
export const leave = () => keep(LEFT, location.hash || "#");

/** The same from a page that a link led to: the playground is to be found with that session, unless this tab left it so. */
export function leaveFor(id, spec, catalog) {
  if (recall(KEPT) === id && recall(LEFT) !== null) return;
  const defaultsOf = (name) => catalog.datasets.find((row) => row.name === name)?.defaults ?? catalog.defaults;
  keep(KEPT, id);
  keep(LEFT, `#${writeAddress(spec, defaultsOf, catalog.defaults.data.name)}`);
}

/** Back from there; to be called before the address is read. */
export function comeBack() {
  const left = recall(LEFT);
  keep(LEFT, null);
  if (left === null || (location.hash && location.hash !== left)) return;
  if (!location.hash && left !== "#") history.replaceState(null, "", left);
  returned = true;
}

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

const count = (mask) => mask?.data.reduce((sum, flag) => sum + flag, 0) ?? 0;

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** A spec with changes; of an optimizer (schedule, ...) by another name, the fields of the old one mean nothing. */
const merge = (base, changes) => {
  const merged = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    const isSame = isObject(base[key]) && isObject(value) && (value.name === undefined || value.name === base[key].name);
    merged[key] = isObject(value) ? merge(isSame ? base[key] : {}, value) : value;
  }
  return merged;
};

/**
 * @param {any} store
 * @param {any} catalog
 * @param {(question: any) => void} onQuestion  what an edited address asks about a number
 */
export function createSession(store, catalog, onQuestion) {
  /** @type {ReturnType<typeof openSocket>|null} */
  let socket = null;
  let probe = null;
  let sessionId = null;
  const datasetOf = (name) => catalog.datasets.find((row) => row.name === name);
  const defaultsOf = (name) => datasetOf(name)?.defaults ?? catalog.defaults;
  const addressOf = (spec) => writeAddress(spec, defaultsOf, catalog.defaults.data.name);
  const notify = (kind, key, params = {}) => store.dispatch({ type: "notice", notice: { kind, key, params, at: performance.now() } });

  /** Whether an address asks for just what there is. */
  const asksFor = (asked, spec) => addressOf(merge(defaultsOf(asked.data?.name ?? catalog.defaults.data.name), asked)) === addressOf(spec);

  // --- made, found again, lost ---

  /** The latest opening wins: an answer that comes for an earlier one is left. */
  let openings = 0;
  /** What is pressed while another session comes is meant for that one, and waits. @type {Promise<void>|null} */
  let coming = null;
  let arrive = () => {};
  async function open(spec, run = null) {
    openings += 1;
    coming ??= new Promise((resolve) => { arrive = () => resolve(coming = null); });
    const mine = openings;
    socket?.close();
    const id = returned && !run ? recall(KEPT) : null;
    returned = false;
    if (id) {
      const known = await ask(mine, `/api/sessions/${encodeURIComponent(id)}`);
      if (mine !== openings) return undefined;
      if (known.ok && asksFor(spec, known.body.spec)) return connect(id);
    }
    return create(spec, mine, run);
  }

  /** Asked again while the server is away. */
  async function ask(mine, path, init) {
    const answer = await getJson(path, init).catch(() => null);
    if (answer || mine !== openings) return answer ?? {};
    store.dispatch({ type: "connection", state: "lost" });
    arrive();
    await pause(2);
    return ask(mine, path, init);
  }

  async function create(spec, mine = openings, run = null) {
    // A class that opens the page at one time comes in one after the other: who has to wait is told so.
    const post = async (body, path = "/api/sessions") => {
      const answer = await ask(mine, path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
      if (!answer.seconds) return answer;
      notify("warn", "notice.server_busy", answer);
      await pause(answer.seconds + Math.random());
      return mine === openings ? post(body, path) : answer;
    };
    const found = run && await post(run.body, run.path);
    if (run && !found.ok && mine === openings) notify("warn", "notice.run_gone");
    let answer = found?.ok ? found : await post(spec);
    if (answer.status === 422) {
      const { withoutImpossible } = await import("./impossible.js");
      const left = await withoutImpossible(answer, spec, post);
      answer = left.answer;
      notify("warn", "notice.link_invalid", { refused: left.refused });
    }
    if (mine !== openings) return undefined;
    if (!answer.ok) {
      arrive();
      return notify("warn", "notice.server_full", { message: answer.body?.error?.message ?? answer.status });
    }
    keep(KEPT, answer.body.id);
    return connect(answer.body.id);
  }

  function connect(id) {
    frames.flush();
    sessionId = id;
    socket?.close();
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    socket = openSocket(`${scheme}://${location.host}/api/sessions/${encodeURIComponent(id)}/stream`, {
      connection(state) {
        store.dispatch({ type: "connection", state });
        if (state !== "connecting") arrive();
        if (state === "open" && /server_(gone|busy)/.test(store.get().notice?.key)) store.dispatch({ type: "notice", notice: null });
        if (state === "open") socket?.send({ type: "view", ...LOOK, ...(probe === null ? {} : { probe }) });
      },
      receive(message) {
        if (message instanceof ArrayBuffer) return receiveBinary(message);
        frames.flush();
        if (message.type === "welcome" ? !document.body.dataset.staticRoot?.endsWith(message.version) : !KNOWN.has(message.type)) return notify("warn", "notice.newer");
        const before = store.get().spec;
        store.dispatch(message);
        if (message.type !== "spec") return undefined;
        if (!waiting.has("network.layers")) draft = null;
        sayLoweredBatch(before, message.spec);
        return keepAddress();
      },
      held: () => {
        const { frame, losses } = store.get();
        return frame && losses.train.length ? { run: frame.run, frame: frame.frame, since: losses.train.at(-1)[0] } : null;
      },
      gone() {
        notify("warn", "notice.session_renewed");
        create(store.get().spec ?? {});
      },
    });
  }

  function receiveBinary(buffer) {
    const message = parse(buffer);
    if (message.kind !== "data" && store.get().status.state === "playing") return frames.take(message);
    frames.flush();
    if (message.kind !== "data") return receiveFrame(message); // together with what was said before it
    const rows = message.train.data.length;
    if (probe !== null && probe >= rows) probe = null;
    return store.dispatch({ type: "data", data: { ...message, rows, trainRows: count(message.train), validationRows: count(message.validation) } });
  }

  function receiveFrame(frame) {
    store.dispatch({ type: "frame", frame, now: performance.now() });
    if (frame.revision !== store.get().revision) return; // not drawn, so not seen: its loss points come again
    // acknowledged when it has been drawn: a page that cannot keep up, or is hidden, is sent fewer
    requestAnimationFrame(() => socket?.seen(frame.frame));
  }
  const frames = createEvenly(receiveFrame);

  /** Fewer training rows than a batch: the server lowers the batch, and the page says so. */
  function sayLoweredBatch(before, spec) {
    if (before && before.data.name === spec.data.name && spec.batch_size < before.batch_size && spec.batch_size !== askedBatch) {
      notify("plain", "notice.batch_lowered", { batch: spec.batch_size });
    }
  }

  // --- the address ---

  let written = location.hash.slice(1);
  function keepAddress() {
    const { spec, ui, explain } = store.get();
    if (!spec || location.hash.slice(1) !== written) return; // one has gone back, or edited it: the address leads
    const chosen = Object.entries(VIEW).filter(([key, standard]) => ui[key] !== standard).map(([key]) => `view.${key}=${ui[key] ?? "max"}`);
    const lesson = ["lock", "hide"].filter((way) => ui.lesson?.[way].length).map((way) => `${way}=${ui.lesson[way].map(encodeURIComponent).join()}`);
    const next = [addressOf(spec), ...lesson, ...chosen, ...writeQuestion(explain?.trail.at(-1))].filter(Boolean).join("&");
    if (next !== written) history.replaceState(null, "", next ? `#${next}` : location.pathname + location.search);
    written = location.hash.slice(1);
  }
  addEventListener("hashchange", () => {
    if (location.hash.slice(1) === written) return;
    written = location.hash.slice(1);
    const { ui, question, spec, kept } = readPage(location.hash, catalog.speeds);
    const { spec: now, ui: { preset, lesson } } = store.get();
    store.dispatch({ type: "ui", changes: ui });
    store.dispatch({ type: "explain", explain: null });
    const begins = kept || coming || ui.preset !== preset || JSON.stringify(ui.lesson) !== JSON.stringify(lesson);
    if (begins || !now || !asksFor(spec, now)) open(spec, kept);
    else keepAddress(); // it is only looked at in another way: the run goes on
    onQuestion(question);
  });

  // --- commands ---

  /** What a lesson does not leave to its reader. @type {(command: any) => boolean} */
  let refuses = () => false;
  async function send(command) {
    if (refuses(command)) {
      notify("plain", "lesson.refused");
      return { type: "error", code: "locked" };
    }
    if (command.type !== "set") await coming;
    const answer = await (socket?.send(command) ?? { type: "error", code: "disconnected" });
    if (answer.code === "disconnected") {
      if (socket) notify("warn", "notice.server_gone");
    } else if (answer.type === "ack" && command.type !== "set" && command.type !== "view" && store.get().notice) store.dispatch({ type: "notice", notice: null });
    return answer;
  }

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
  let askedBatch = null;
  async function request(changes, path, value) {
    if ("batch_size" in changes) askedBatch = changes.batch_size;
    const answer = await send({ type: "set", changes });
    if (answer.type !== "error") {
      if (store.get().notice && store.get().notice.key !== "notice.batch_lowered") store.dispatch({ type: "notice", notice: null });
    } else {
      draft = null;
      if (answer.code === "disconnected" || answer.code === "locked") return answer;
      store.dispatch({ type: "problem", field: path, problem: { value: answer.field === path ? answer.value ?? value : value, allowed: answer.allowed } });
      if (path.startsWith("network")) notify("warn", "notice.refused", { refused: [answer] });
    }
    return answer;
  }

  /** Layers as they will be when all that was asked for is done: quick clicks build on one another. */
  let draft = null;
  function setLayers(edit) {
    const { spec, data } = store.get();
    draft = fittingLayers(edit(draft ?? spec.network.layers), data?.inputs.length);
    return set({ network: { layers: draft } }, "network.layers");
  }

  return {
    datasetOf, open, send, set, setLayers, keepAddress,
    settingsAddress: () => addressOf(store.get().spec),
    refuse: (rule) => { refuses = rule; },
    id: () => sessionId,
    setProbe(index) {
      probe = index;
      return send({ type: "view", probe });
    },
  };
}
