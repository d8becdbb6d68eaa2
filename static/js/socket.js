// @ts-check
/**
 * One session's stream. Commands are answered by number; frames and messages go to `receive`. A connection that breaks is
 * tried again with growing, jittered pauses, and says what is `held` of the same life of the session: only what is missing comes.
 * A session that is gone is said once, through `gone`.
 */

const UNKNOWN_SESSION = 4404;
const LONGEST_PAUSE = 2500; // a server that was restarted is found again soon

/**
 * @param {string} url  ws(s)://.../stream
 * @param {{receive: (message: any) => void, connection: (state: "connecting"|"open"|"lost") => void, gone: () => void, held?: () => any}} handlers
 */
export function openSocket(url, { receive, connection, gone, held }) {
  /** @type {Map<number, {resolve: (message: any) => void}>} */
  const waiting = new Map();
  let nextId = 1;
  let attempts = 0;
  let life = "";
  let closed = false;
  /** @type {any} */
  let timer = 0;
  /** @type {WebSocket} */
  let socket;

  const fail = () => {
    for (const { resolve } of waiting.values()) resolve({ type: "error", code: "disconnected" });
    waiting.clear();
  };

  const connect = () => {
    connection(attempts ? "lost" : "connecting");
    const has = life && held?.();
    socket = new WebSocket(has ? `${url}?${new URLSearchParams({ life, ...has })}` : url);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => connection("open");
    socket.onmessage = (event) => {
      if (typeof event.data !== "string") return receive(event.data);
      const message = JSON.parse(event.data);
      if (message.type === "ack" || message.type === "error") {
        waiting.get(message.id)?.resolve(message);
        waiting.delete(message.id);
      } else {
        if (message.type === "welcome") [life, attempts] = [message.life, 0]; // one that is let in and turned out again keeps its pauses
        receive(message);
      }
    };
    socket.onclose = (event) => {
      fail();
      if (closed) return;
      if (event.code === UNKNOWN_SESSION) return gone();
      attempts += 1;
      connection("lost");
      timer = setTimeout(connect, Math.min(LONGEST_PAUSE, 250 * 2 ** attempts) * (0.5 + Math.random() / 2));
    };
  };

  connect();
  return {
    /** @returns {Promise<any>} the ack or the error */
    send(command) {
      if (socket.readyState !== WebSocket.OPEN) return Promise.resolve({ type: "error", code: "disconnected" });
      const id = nextId++;
      socket.send(JSON.stringify({ id, ...command }));
      return new Promise((resolve) => waiting.set(id, { resolve }));
    },
    /** No answer comes for this one. */
    seen(frame) {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "seen", frame }));
    },
    close() {
      closed = true;
      clearTimeout(timer);
      socket.close();
    },
  };
}
