// @ts-check
/** The page's side of a race of nets: made, found again or made anew, its stream taken in, its steps asked for. */
import { decode, parseData, startingWith } from "./frames.js";
import { getJson } from "./page.js";
import { overtaking } from "./race-asking.js";
import { openSocket } from "./socket.js";
import { latestWins } from "./travelling.js";

const OWN_MACHINE = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
const VIEW = OWN_MACHINE ? { rate: 10, output_resolution: 48 } : { rate: 5, output_resolution: 32 };
const AGAIN = 3000; // ms
const json = (method, body) => ({ method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
const count = (mask) => mask?.data.reduce((sum, flag) => sum + flag, 0) ?? 0;

/** A race's frame as the page holds it. @param {ArrayBuffer} buffer */
export function parseRace(buffer) {
  const decoded = decode(buffer);
  const { metadata, arrays } = decoded;
  if (metadata.kind === "data") {
    const message = parseData(decoded);
    const rows = message.targets?.shape[0] ?? 0;
    return { kind: "data", data: { ...message, rows, trainRows: count(message.train), validationRows: count(message.validation) } };
  }
  const number = (key) => (metadata[key] === undefined || metadata[key] === "null" ? null : Number(metadata[key]));
  const lanes = JSON.parse(metadata.lanes);
  const rowsOf = ({ shape: [rows, width], data }) => Array.from({ length: rows }, (_, row) => Array.from(data.subarray(width * row, width * (row + 1)), Number));
  const points = lanes.map((_, index) => (arrays[`loss.${index}`] ? rowsOf(arrays[`loss.${index}`]) : []));
  return { kind: "frame", frame: { number: number("frame"), step: number("step"), epoch: number("epoch"), head: number("head"), interval: number("interval") ?? 1, state: metadata.state, sameBatches: metadata.same_batches === "true", lanes, points, pictures: startingWith(arrays, "picture."), curves: startingWith(arrays, "curve.") } };
}

/** @param {any} store */
export function createStream(store) {
  /** @type {ReturnType<typeof openSocket>|null} */
  let socket = null;
  let connected = null; // the id that the socket is for
  let wantsPlay = false; // what was asked for last: it outlives a change and a connection
  let wanted = null; // the latest race that was asked for, ahead of what has been answered
  const post = overtaking(1, (race) => getJson("/api/races", json("POST", race)).catch(() => ({ ok: false, body: null })));
  const letGo = (id) => id && getJson(`/api/races/${id}`, { method: "DELETE", keepalive: true }).catch(() => null); // it would be let go by itself, later

  const send = (command) => socket?.send(command) ?? Promise.resolve({ type: "error", code: "disconnected" });
  let seekLatest = latestWins((step) => send({ type: "seek", step }));

  function receive(message) {
    if (message instanceof ArrayBuffer) {
      const parsed = parseRace(message);
      if (parsed.kind === "frame") {
        socket?.seen(parsed.frame.number);
        if (connected === store.get().id) store.dispatch({ type: "frame", frame: parsed.frame });
      } else store.dispatch({ type: "data", data: parsed.data });
    } else if (message.type === "welcome") {
      if (!document.body.dataset.staticRoot?.endsWith(message.version)) store.dispatch({ type: "notice", notice: "newer" });
    } else if (message.type === "race_status") {
      const { state, speed, head, diverged } = message; // the step is that of the frame: all numbers are of one moment
      store.dispatch({ type: "status", status: { state, speed, head, diverged } });
    }
  }

  function disconnect() {
    socket?.close();
    socket = null;
    connected = null;
  }
  /** Takes the race in; then as it was: at its step, playing if it was. @param {number} step */
  function connect(step) {
    const { id } = store.get();
    if (!id) return;
    disconnect();
    connected = id;
    seekLatest = latestWins((to) => send({ type: "seek", step: to })); // one that is under way in the old connection is not waited for
    let isResumed = false;
    socket = openSocket(`${location.origin.replace(/^http/, "ws")}/api/races/${id}/stream`, {
      receive,
      connection(state) {
        store.dispatch({ type: "connection", connection: state });
        if (state !== "open") return;
        send({ type: "view", ...VIEW });
        if (!isResumed) resume(step).then((done) => { isResumed = done; });
      },
      gone: again,
    });
  }
  /** Answers whether it is as it was; else the connection broke in between. */
  async function resume(step) {
    const answer = step > 0 ? await sought(step) : null;
    if (answer?.code === "disconnected") return false;
    if (wantsPlay && answer?.type !== "error") send({ type: "play", speed: store.get().ui.speed });
    return true;
  }
  /** The server has let it go, or was away: the same race is made anew, where it was; until it is. */
  async function again() {
    const { spec, id } = store.get();
    const answer = spec && await make(spec, { at: place(), isGone: true });
    if (answer?.type === "error") setTimeout(() => store.get().id === id && again(), AGAIN);
  }

  /**
   * A race in the place of the one that there is. A refused one leaves everything as it is, and says so at its field.
   * @param {any} race @param {{at?: number, isGone?: boolean}} [where]  gone: there is no other one to be let go
   */
  async function make(race, { at = 0, isGone = false } = {}) {
    wanted = race;
    const answer = await post(race);
    if (answer.type === "replaced") return answer;
    if (wanted === race) wanted = null;
    if (!answer.ok) {
      const refusal = answer.body?.error;
      store.dispatch(refusal?.field ? { type: "problem", field: refusal.field, problem: refusal } : { type: "notice", notice: refusal?.code === "full" ? "full" : "away" });
      return { type: "error", ...refusal };
    }
    if (!isGone) letGo(store.get().id);
    store.dispatch({ type: "race", answer: answer.body });
    if (at > 0) store.dispatch({ type: "seeking", step: at });
    if (!wanted) connect(at); // of many that follow one another, the last is taken in
    return answer;
  }

  function seek(step) {
    wantsPlay = false;
    return sought(step);
  }
  async function sought(step) {
    const to = Math.max(0, Math.round(step));
    store.dispatch({ type: "seeking", step: to });
    const answer = await seekLatest(to);
    if (answer.type === "error" && store.get().seeking === to) store.dispatch({ type: "seeking", step: null });
    return answer;
  }
  const play = () => {
    wantsPlay = true;
    return send({ type: "play", speed: store.get().ui.speed });
  };
  const pause = () => {
    wantsPlay = false;
    store.dispatch({ type: "seeking", step: null });
    return send({ type: "pause" });
  };
  const isUnderWay = () => ["playing", "seeking"].includes(store.get().status.state);
  const place = () => store.get().seeking ?? store.get().status.step;

  return {
    make,
    latest: () => wanted ?? store.get().spec,
    /** A change of the latest that was asked for: the others' curves stay, and the race goes to where it was. @param {(race: any) => any} change */
    change: (change) => make(change(wanted ?? store.get().spec), { at: place() }),
    seek, play, pause,
    togglePlay: () => (isUnderWay() ? pause() : play()),
    step: () => {
      wantsPlay = false;
      return send({ type: "step", count: 1 });
    },
    reset: () => {
      wantsPlay = false;
      store.dispatch({ type: "seeking", step: null });
      return send({ type: "reset" });
    },
    setSpeed(speed) {
      store.dispatch({ type: "ui", changes: { speed } });
      if (store.get().status.state === "playing") play();
    },
    place,
    /** What is made next does not play by itself. */
    stop: () => { wantsPlay = false; },
    leave: () => {
      if (isUnderWay()) pause();
      disconnect();
    },
    enter: () => store.get().id && !socket && connect(0),
    send,
  };
}
