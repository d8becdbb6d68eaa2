// @ts-check
/** The stage: the graph, opened and closed in place and kept in sight, and under it the sentence of the position. */
import { createGraph } from "../charts/graph.js";
import { h, s, setAttribute } from "../dom.js";
import { masked } from "../predict.js";
import { glyph, groupWords, variable } from "../walk-names.js";
import { layoutWalk } from "../walk-layout.js";
import { sentence } from "../walk-sentence.js";

const COMPACT = 1100; // narrower screens have smaller boxes, nearer to one another
const SMALLEST = 11 / 12; // labels are 12 px; nothing is shrunk below 11
const FILL = 600; // ms of a value or a gradient along an edge
const MARGIN = 30;

const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** @param {any} context */
export function graphView(context) {
  const { t, store } = context;
  const words = { t, ...groupWords(context) };
  const graph = createGraph(words);
  const goHere = h("button", { type: "button", class: "button dense go-here", hidden: true, "data-keep": "go-here", onclick: () => go(store.get().selected) }, t("walk.graph.go_here"));
  graph.stage.append(goHere);
  const scaled = h("div", { class: "graph-scaled" }, graph.stage);
  const scroller = h("div", { class: "graph-scroll" }, scaled);
  const line = h("p", { class: "walk-sentence", "data-testid": "walk-sentence", "aria-live": "polite", "aria-atomic": "true" });
  let focused = /** @type {string|null} */ (null); // the box that Tab comes back to
  let scale = 1;

  const rebuild = (moving) => {
    const walk = context.walk();
    if (!walk || !scroller.clientWidth) return;
    const room = { width: scroller.clientWidth, height: scroller.clientHeight, compact: innerWidth < COMPACT, glyphOf: (node) => glyph(node.op, node.constants) };
    const layout = layoutWalk(walk, store.get().open, { ...room, smallest: SMALLEST });
    ({ scale } = layout);
    const active = graph.stage.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement).dataset.key : null;
    graph.place(walk, layout, moving && !isStill());
    graph.stage.style.transform = scale < 1 ? `scale(${scale})` : "";
    scaled.style.width = `${layout.width * scale}px`;
    scaled.style.height = `${layout.height * scale}px`;
    update();
    rove();
    if (active) graph.head(active)?.focus({ preventScroll: true });
  };

  let drawn = { document: null, position: -1, said: "" };
  function update() {
    const walk = context.walk();
    if (!walk || !graph.layout()) return;
    const state = store.get();
    const event = walk.event(state.position);
    const hidden = masked(state);
    const current = walk.currentNode(state.position);
    graph.update({
      position: state.position, masked: hidden, event, current, selected: state.selected,
      receiving: event.phase === "backward" ? event.node : null,
      lit: new Set(state.lit.nodes), litEdges: new Set(state.lit.edges),
      // what happens in one step on is seen happening
      animation: state.animated && drawn.document === state.walk && drawn.position !== state.position && !isStill() ? FILL / state.ui.speed : 0,
    });
    placeGoHere(walk, state);
    const pieces = sentence(words, walk, state.position, { open: new Set(state.open), masked: hidden });
    const said = JSON.stringify(pieces);
    if (said !== drawn.said) line.replaceChildren(...pieces.map(piece)); // it is read out when it is written
    drawn = { document: state.walk, position: state.position, said };
  }

  // --- what is drawn anew, and what only changes ---
  context.select((state) => state.walk, () => rebuild(false));
  context.select((state) => state.open, () => {
    rebuild(true);
    follow();
  });
  context.select((state) => state.position, () => {
    update();
    follow();
  });
  for (const slice of ["predict", "selected", "lit"]) context.select((state) => state[slice], update);
  let [width, height] = [0, 0];
  const observer = new ResizeObserver(() => {
    if (scroller.clientWidth === width && scroller.clientHeight === height) return;
    [width, height] = [scroller.clientWidth, scroller.clientHeight];
    rebuild(false);
    follow("instant");
  });
  observer.observe(scroller);
  context.onDispose(() => observer.disconnect());

  // --- kept in sight ---
  function follow(behavior = /** @type {ScrollBehavior} */ (isStill() ? "instant" : "smooth")) {
    const walk = context.walk();
    const layout = graph.layout();
    if (!walk || !layout) return;
    const { position, open } = store.get();
    const event = walk.event(position);
    const shown = [walk.currentNode(position), event.node].filter((id) => id !== null && id !== undefined).map((id) => layout.boxes.get(walk.representative(id, new Set(open))));
    if (!shown.length) {
      // at the start, where the walk goes next: of a minibatch that is the sample that is open
      const ends = event.phase === "inputs" ? [walk.document.nodes[0].id, walk.event(1).node] : [walk.loss];
      shown.push(...ends.map((id) => layout.boxes.get(walk.representative(id, new Set(open)))));
    }
    const extent = (start, size) => [Math.min(...shown.map((box) => box[start])) * scale, Math.max(...shown.map((box) => box[start] + box[size])) * scale];
    // both ends of an edge where they fit, else where the number arrives
    const target = shown[shown.length - 1];
    const axis = (start, size, scrolled, room) => {
      const [from, to] = extent(start, size);
      if (from >= scrolled && to <= scrolled + room) return scrolled;
      return to - from <= room - MARGIN ? (from + to - room) / 2 : (target[start] + target[size] / 2) * scale - room / 2;
    };
    scroller.scrollTo({ left: axis("x", "width", scroller.scrollLeft, scroller.clientWidth), top: axis("y", "height", scroller.scrollTop, scroller.clientHeight), behavior });
  }

  // --- going to a node ---
  function go(id) {
    if (id === null || id === undefined) return;
    context.goTo(context.walk().placeOf(id, store.get().position));
  }
  function placeGoHere(walk, { selected, position, open }) {
    const box = selected === null ? null : graph.layout().boxes.get(walk.representative(selected, new Set(open)));
    goHere.hidden = !box || walk.currentNode(position) === selected || walk.event(position).node === selected || walk.placeOf(selected, position) === position;
    if (!box) return;
    goHere.style.left = `${box.x}px`;
    goHere.style.top = `${box.y + box.height + 4}px`;
  }

  // --- by hand and by keyboard ---
  let byPointer = false;
  graph.stage.addEventListener("pointerdown", () => { byPointer = true; });
  graph.stage.addEventListener("click", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const group = target.closest("[data-toggle]");
    if (group) return context.toggleGroup(Number(group.getAttribute("data-toggle")), group.getAttribute("aria-expanded") !== "true");
    const node = target.closest("[data-node]");
    const row = target.closest(".gbox-row");
    const id = Number(node?.getAttribute("data-node"));
    if (row && node) store.dispatch({ type: "ui", changes: { of: { node: id, of: row.classList.contains("grad") ? "gradient" : "value" } } }); // where this number comes from
    if (node) context.selectNode(id);
    else if (!target.closest(".go-here")) context.selectNode(null);
    return undefined;
  });
  graph.stage.addEventListener("dblclick", (event) => {
    const node = /** @type {HTMLElement} */ (event.target).closest("[data-node]");
    if (node) go(Number(node.getAttribute("data-node")));
  });
  graph.stage.addEventListener("pointerover", (event) => {
    const node = event.pointerType === "touch" ? null : /** @type {HTMLElement} */ (event.target).closest("[data-node]");
    const id = node ? Number(node.getAttribute("data-node")) : null;
    if (id !== (store.get().lit.nodes[0] ?? null)) context.light(id === null ? [] : [id], []);
  });
  graph.stage.addEventListener("pointerleave", () => context.light([], []));
  graph.stage.addEventListener("focusin", (event) => {
    const { key } = /** @type {HTMLElement} */ (event.target).dataset;
    if (!key) return;
    focused = key;
    rove();
  });
  graph.stage.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const key = target.dataset.key;
    if (!key || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "g" || event.key === "G") return go(target.dataset.node === undefined ? context.walk().group(Number(target.dataset.toggle)).outputs[0] : Number(target.dataset.node));
    if (event.key === "Escape") return context.selectNode(null);
    if (!event.key.startsWith("Arrow")) return undefined;
    if (byPointer && event.key !== "ArrowUp" && event.key !== "ArrowDown") return undefined; // after a click the arrows still step
    event.preventDefault();
    return neighbour(key, event.key)?.focus();
  });
  addEventListener("keydown", unPoint, true);
  context.onDispose(() => removeEventListener("keydown", unPoint, true));
  function unPoint(event) {
    if (event.key === "Tab") byPointer = false;
  }

  /** One box at a time is in the order of Tab. */
  function rove() {
    const heads = graph.heads().filter(({ box, head }) => head.isConnected && box.depth > 0);
    const chosen = heads.find(({ head }) => head.dataset.key === focused) ?? heads[0];
    for (const { head } of heads) head.tabIndex = head === chosen?.head ? 0 : -1;
  }

  /** Left and right along the edges, up and down in the column. */
  function neighbour(key, arrow) {
    const { boxes, edges } = graph.layout();
    const here = boxes.get(key);
    const middle = (box) => [box.x + box.width / 2, box.y + box.height / 2];
    const [x, y] = middle(here);
    const nearest = (candidates) => candidates.reduce((best, box) => (!best || distance(box) < distance(best) ? box : best), null);
    const distance = (box) => Math.hypot((middle(box)[0] - x) * (arrow === "ArrowUp" || arrow === "ArrowDown" ? 3 : 1), middle(box)[1] - y);
    const others = [...boxes.values()].filter((box) => box.key !== key && box.depth > 0);
    const linked = edges.filter((edge) => edge[arrow === "ArrowRight" ? "from" : "to"] === key).map((edge) => boxes.get(edge[arrow === "ArrowRight" ? "to" : "from"]));
    const side = { ArrowRight: (box) => box.x >= here.x + here.width, ArrowLeft: (box) => box.x + box.width <= here.x, ArrowUp: (box) => middle(box)[1] < y - 4 && overlaps(box, here), ArrowDown: (box) => middle(box)[1] > y + 4 && overlaps(box, here) }[arrow];
    const next = arrow === "ArrowRight" || arrow === "ArrowLeft" ? nearest(linked) ?? nearest(others.filter(side)) : nearest(others.filter(side));
    return next && graph.head(next.key);
  }

  return h("section", { class: "walk-stage", "data-view": "walk-graph", "aria-label": t("walk.graph.label") },
    legend(t), scroller, line, h("p", { hidden: true, id: "graph-keys" }, t("walk.graph.keys")));
}

const overlaps = (one, other) => one.x < other.x + other.width && one.x + one.width > other.x;

const piece = ({ text, kind }) => {
  const isName = kind.includes("name");
  const classes = kind.replace("name", "").trim();
  const words = isName ? variable(text) : text;
  return classes ? h("span", { class: classes }, words) : words;
};

function legend(t) {
  const arrow = (kind, line, head) => s("svg", { class: "legend-arrow", viewBox: "0 0 34 14", "aria-hidden": "true" }, s("path", { class: `gline ${kind}`, d: line }), s("path", { class: `ghead ${kind}`, d: head }));
  return h("div", { class: "graph-legend" },
    h("span", { class: "legend-item" }, arrow("forward", "M1 7H26", "M34 7L25 2.4V11.6Z"), t("walk.graph.forward_value")),
    h("span", { class: "legend-item" }, arrow("backward", "M33 7H11", "M0 7L12 0V14Z"), t("walk.graph.backward_gradient")));
}
