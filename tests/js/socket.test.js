import assert from "node:assert/strict";
import { test } from "node:test";
import { openSocket } from "../../static/js/socket.js";

/** A WebSocket whose other side is the test, and a clock that it turns. */
function opened(held = () => null) {
  const sockets = [];
  const timers = [];
  const seen = { states: [], messages: [], gone: 0 };
  globalThis.WebSocket = class {
    static OPEN = 1;
    constructor(url) {
      Object.assign(this, { url, readyState: 0, sent: [] });
      sockets.push(this);
    }
    send(text) {
      this.sent.push(JSON.parse(text));
    }
    close() {}
    accept() {
      this.readyState = 1;
      this.onopen();
    }
    say(message) {
      this.onmessage({ data: JSON.stringify(message) });
    }
    end(code = 1006) {
      this.readyState = 3;
      this.onclose({ code });
    }
  };
  const real = globalThis.setTimeout;
  globalThis.setTimeout = (then, pause) => timers.push({ then, pause });
  const socket = openSocket("ws://lab/stream", {
    receive: (message) => seen.messages.push(message),
    connection: (state) => seen.states.push(state),
    gone: () => { seen.gone += 1; },
    held,
  });
  return { socket, sockets, timers, seen, latest: () => sockets.at(-1), again: () => timers.pop().then(), done: () => { globalThis.setTimeout = real; } };
}

const WELCOME = { type: "welcome", version: "v", life: "abc", whole: true };

test("the first connection asks for everything", () => {
  const { latest, done } = opened(() => ({ run: 0, frame: 1, since: 5 }));
  assert.equal(latest().url, "ws://lab/stream");
  done();
});

test("one that comes back says what it has, of the life that it was told", () => {
  const { latest, again, done } = opened(() => ({ run: 2, frame: 17, since: 95 }));
  latest().accept();
  latest().say(WELCOME);
  latest().end();
  again();
  assert.equal(latest().url, "ws://lab/stream?life=abc&run=2&frame=17&since=95");
  done();
});

test("with nothing to show for it, it asks for everything again", () => {
  const { latest, again, done } = opened();
  latest().accept();
  latest().say(WELCOME);
  latest().end();
  again();
  assert.equal(latest().url, "ws://lab/stream");
  done();
});

test("pauses grow, with jitter, up to a few seconds", () => {
  const { latest, again, timers, done } = opened();
  const pauses = [];
  for (let i = 0; i < 12; i += 1) {
    latest().end();
    pauses.push(timers.at(-1).pause);
    again();
  }
  pauses.forEach((pause, i) => {
    const whole = Math.min(2500, 250 * 2 ** (i + 1));
    assert.ok(pause >= whole / 2 && pause <= whole, `${pause} of ${whole}`);
  });
  done();
});

test("who is let in and turned out again waits longer each time", () => {
  const { latest, again, timers, done } = opened();
  for (let i = 0; i < 6; i += 1) {
    latest().accept();
    latest().say({ type: "error", id: null, code: "too_many" });
    latest().end(1008);
    if (i < 5) again();
  }
  assert.ok(timers.at(-1).pause >= 1250);
  done();
});

test("a welcome makes pauses short again", () => {
  const { latest, again, timers, done } = opened();
  for (let i = 0; i < 6; i += 1) {
    latest().end();
    again();
  }
  latest().accept();
  latest().say(WELCOME);
  latest().end();
  assert.ok(timers.at(-1).pause <= 500);
  done();
});

test("commands under way end with the connection, and none is sent without one", async () => {
  const { socket, latest, done } = opened();
  latest().accept();
  const answer = socket.send({ type: "play" });
  latest().end();
  assert.equal((await answer).code, "disconnected");
  assert.equal((await socket.send({ type: "play" })).code, "disconnected");
  done();
});

test("a session that is gone is not asked for again", () => {
  const { latest, seen, timers, done } = opened();
  latest().accept();
  latest().end(4404);
  assert.equal(seen.gone, 1);
  assert.equal(timers.length, 0);
  done();
});
