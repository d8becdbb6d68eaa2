// @ts-check
/** How the server is, for its teacher: numbers with their last minute, and all sessions, which can be ended or sent to rest. */
import { h, s, setAttribute, setText } from "../dom.js";
import { decimal, integer } from "../format.js";
import { hasWords } from "../i18n.js";

const SHOWN = 8; // characters of an id: enough to tell them apart, too few to open one from a projector
const WIDTH = 120;
const HEIGHT = 28;

/** @param {any} context  with enter(key), stand(), rest(id), end(id) */
export function statusView(context) {
  const { t } = context;
  const live = h("span", { role: "status", class: "status-live" });
  const stand = h("button", { type: "button", class: "button dense", onclick: context.stand }, t("status.stand"));
  const form = keyForm(context);
  const inside = h("div", { class: "status-inside" }, tiles(context), sessions(context));
  context.select((state) => [state.seated, state.teacher, state.keyless, state.away].join(), (_, { seated, teacher, keyless, away }) => {
    form.hidden = !seated || teacher;
    inside.hidden = !teacher;
    stand.hidden = !teacher || keyless;
    setAttribute(live, "data-kind", away ? "err" : teacher ? "ok" : "");
    setText(live, away ? t("status.away") : teacher ? t(keyless ? "status.live_keyless" : "status.live") : "");
  });
  return h("main", { class: "status" }, h("h2", {}, t("status.title")), h("div", { class: "status-line" }, live, stand), form, inside);
}

function keyForm(context) {
  const { t } = context;
  const key = h("input", { id: "teacher-key", class: "input", type: "password", autocomplete: "off", spellcheck: "false", maxlength: 200, required: true });
  const said = h("p", { class: "status-refused", role: "alert" });
  context.select((state) => state.refused, (refused) => setText(said, !refused ? "" : refused.status === 429 ? t("status.too_many", { seconds: refused.seconds }) : t(refused.status === 401 ? "status.wrong" : "status.away")));
  return h("form", { class: "status-key", onsubmit: (event) => {
    event.preventDefault();
    context.enter(key.value);
    key.value = "";
  } },
  h("p", { class: "lead" }, t("status.needs_key")),
  h("div", { class: "status-line" }, h("label", { for: "teacher-key" }, t("status.key")), key, h("button", { type: "submit", class: "button filled" }, t("status.enter"))),
  said);
}

const megabytes = (bytes) => decimal(bytes / 1e6, bytes < 1e7 ? 1 : 0);
const milliseconds = (seconds) => (seconds === null ? null : decimal(1000 * seconds, 1));

function tiles(context) {
  const { t, words } = context;
  const ms = (value) => (value === null ? "–" : t("status.ms", { value }));
  const reason = (trouble) => (hasWords(words(), `status.trouble.${trouble}`) ? t(`status.trouble.${trouble}`) : trouble);
  const refused = ({ refused: kinds }) => Object.values(kinds).reduce((sum, count) => sum + count, 0);
  const about = {
    sessions: ({ body }) => [t("status.of", { count: integer(body.sessions.length), most: integer(body.max_sessions) }), body.resting === null ? t("status.training_now", { training: integer(body.training) }) : t("status.training_resting", { training: integer(body.training), resting: integer(body.resting) })],
    streams: ({ body }) => [t("status.of", { count: integer(body.streams), most: integer(body.max_streams) }), t("status.refused", { refused: integer(refused(body)) })],
    steps: ({ body, rates }) => [rates ? integer(rates.steps) : "–", t("status.in_all", { steps: integer(body.steps) })],
    frames: ({ rates }) => [rates ? decimal(rates.frames, 0) : "–", rates ? t("status.dropped", { dropped: decimal(rates.frames_dropped, 1) }) : ""],
    commands: ({ body }) => [ms(milliseconds(body.command_latency.p99)), t("status.frames_take", { value: ms(milliseconds(body.frame_latency.p99)) })],
    lag: ({ body }) => [ms(body.loop_lag && decimal(body.loop_lag.p99, 1)), body.loop_lag ? t("status.lag_most", { value: ms(decimal(body.loop_lag.most, 1)) }) : t("status.nobody_yet")],
    memory: ({ body }) => [body.memory === null ? "–" : t("status.mb", { value: megabytes(body.memory) }), t("status.up", { time: duration(t, body.uptime) })],
    storage: ({ body: { storage } }) => [storage.bytes === null ? "–" : t("status.mb", { value: megabytes(storage.bytes) }), storage.kept ? t("status.kept") : reason(storage.trouble)],
  };
  const LINES = { steps: "steps", lag: "lag", memory: "memory" };
  return h("dl", { class: "status-tiles" }, Object.entries(about).map(([name, read]) => {
    const value = h("span", { class: "tile-value" });
    const note = h("span", { class: "tile-note" });
    const line = LINES[name] && s("polyline", { fill: "none" });
    const tile = h("div", { class: "tile", "data-name": name }, h("dt", {}, t(`status.tiles.${name}`)), h("dd", {}, value, line && s("svg", { class: "tile-line", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" }, line), note));
    context.select((state) => state.body, (_, state) => {
      if (!state.body) return;
      const [number, words] = read(state);
      setText(value, number);
      setText(note, words);
      if (name === "storage") setAttribute(tile, "data-kind", state.body.storage.kept ? "" : "warn");
      if (line) setAttribute(line, "points", pointsOf(state.past[LINES[name]]));
    });
    return tile;
  }));
}

/** The last minute as a line from 0 up. @param {number[]} values */
function pointsOf(values) {
  const most = Math.max(...values, 1e-9);
  const step = WIDTH / Math.max(1, values.length - 1);
  return values.map((value, at) => `${(at * step).toFixed(1)},${(HEIGHT - 2 - (value / most) * (HEIGHT - 4)).toFixed(1)}`).join(" ");
}

function duration(t, seconds) {
  if (seconds < 60) return t("status.seconds", { value: integer(Math.floor(seconds)) });
  if (seconds < 5400) return t("status.minutes", { value: integer(Math.floor(seconds / 60)) });
  return t("status.hours", { value: decimal(seconds / 3600, 1) });
}

function sessions(context) {
  const { t } = context;
  const body = h("tbody", {});
  const none = h("p", { class: "hint" }, t("status.none"));
  const said = h("p", { class: "status-refused", role: "status" });
  const rows = new Map();
  const head = (name, kind = "") => h("th", { scope: "col", class: kind }, t(`status.columns.${name}`));
  const table = h("div", { class: "table", tabindex: 0, role: "region", "aria-label": t("status.sessions") },
    h("table", {},
      h("thead", {}, h("tr", {}, head("id"), head("data"), head("layers"), head("step", "number"), head("rate", "number"), head("state"), head("viewers", "number"), head("idle", "number"), head("client"), head("actions"))),
      body));
  context.select((state) => state.failed, (failed) => setText(said, failed ? t(failed === "watched" || failed === "not_kept" ? `status.failed.${failed}` : "status.failed.undone") : ""));
  context.select((state) => state.body, (latest, { sessionRates }) => {
    const found = latest?.sessions ?? [];
    none.hidden = found.length > 0;
    table.hidden = found.length === 0;
    for (const [id, row] of rows) {
      if (found.some((session) => session.id === id)) continue;
      const hadFocus = row.element.contains(document.activeElement);
      row.element.remove();
      rows.delete(id);
      if (hadFocus) table.focus(); // its button is gone
    }
    for (const session of found) {
      if (!rows.has(session.id)) {
        rows.set(session.id, sessionRow(context, session));
        body.append(rows.get(session.id).element);
      }
      rows.get(session.id).update(session, sessionRates[session.id]);
    }
  });
  return h("section", { class: "status-sessions", "aria-label": t("status.sessions") }, h("h3", {}, t("status.sessions")), said, none, table);
}

function sessionRow(context, { id }) {
  const { t } = context;
  const name = id.slice(0, SHOWN);
  const cells = Object.fromEntries(["data", "layers", "step", "rate", "state", "viewers", "idle", "client"].map((key) => [key, h("td", { class: ["step", "rate", "viewers", "idle"].includes(key) ? "number" : key })]));
  const rest = h("button", { type: "button", class: "button dense", "aria-label": t("status.rest_named", { id: name }), onclick: () => context.rest(id) }, t("status.rest"));
  const end = h("button", { type: "button", class: "button dense" });
  let sure = false; // the second click ends it
  const say = () => {
    setText(end, t(sure ? "status.end_sure" : "status.end"));
    setAttribute(end, "aria-label", t(sure ? "status.end_sure_named" : "status.end_named", { id: name }));
    end.classList.toggle("sure", sure);
  };
  end.addEventListener("click", () => {
    if (sure) context.end(id);
    sure = !sure;
    say();
  });
  end.addEventListener("blur", () => {
    sure = false;
    say();
  });
  say();
  const element = h("tr", { "data-id": id }, h("th", { scope: "row", class: "id" }, name), Object.values(cells), h("td", {}, h("div", { class: "row-actions" }, rest, end)));
  return {
    element,
    update(session, rate) {
      setText(cells.data, context.label("datasets", session.data));
      setText(cells.layers, session.layers.join(" · "));
      setText(cells.step, integer(session.step));
      setText(cells.rate, rate === undefined ? "–" : integer(rate));
      const state = session.state === "playing" && !session.viewers ? "waiting" : session.state; // unwatched, it costs nothing
      setText(cells.state, t(`status.states.${state}`));
      setAttribute(cells.state, "data-state", state);
      setText(cells.viewers, integer(session.viewers));
      setText(cells.idle, session.viewers ? "–" : duration(t, session.idle));
      setText(cells.client, session.client);
      setAttribute(rest, "aria-disabled", String(session.viewers > 0));
    },
  };
}
