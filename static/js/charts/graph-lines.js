// @ts-check
/**
 * The edges of a walk's graph: a thin teal line with its arrow to the right for the value, beside it a thick magenta one to the
 * left for the gradient. What happens in one step fills along the line; a gradient that is asked for stops half-way.
 */
import { s, setAttribute } from "../dom.js";
import { PAIR, pathThrough } from "../walk-edges.js";

const HEAD = { forward: 9, backward: 12 };
const AT_LAST = [{ opacity: 0 }, { opacity: 0, offset: 0.9 }, { opacity: 1 }]; // an arrowhead shows when the line has come to it

/** @param {any} edge  of the layout */
export function createLine(edge) {
  const base = s("path", { class: "gline base" });
  const forward = s("path", { class: "gline forward", pathLength: 1 });
  const forwardHead = s("path", { class: "ghead forward", d: "M0 0L-9 -4.6V4.6Z" });
  const baseHead = s("path", { class: "ghead base", d: "M0 0L-9 -4.6V4.6Z" });
  const pale = s("path", { class: "gline pale" });
  const backward = s("path", { class: "gline backward", pathLength: 1 });
  const backwardHead = s("path", { class: "ghead backward", d: "M0 0L12 -7V7Z" });
  const dot = s("circle", { class: "gdot", r: 7 });
  const element = s("g", { class: "gedge", "data-edge": edge.key }, base, baseHead, forward, forwardHead, pale, backward, backwardHead, dot);
  /** @type {Record<string, Animation[]>} */
  const running = { forward: [], backward: [] };
  const gradient = edge.members.filter((member) => member.backward !== null);
  const line = {
    element,
    edge,
    place(points) {
      const [start, end] = [points[0], points[points.length - 1]];
      const ahead = pathThrough(points, { shortEnd: HEAD.forward - 1 });
      setAttribute(base, "d", ahead);
      setAttribute(forward, "d", ahead);
      for (const head of [baseHead, forwardHead]) setAttribute(head, "transform", `translate(${end[0]} ${end[1]})`);
      if (!gradient.length) return;
      const back = pathThrough(points, { down: PAIR, shortStart: HEAD.backward - 1, back: true });
      setAttribute(pale, "d", back);
      setAttribute(backward, "d", back);
      setAttribute(backwardHead, "transform", `translate(${start[0]} ${start[1] + PAIR})`);
      if (element.dataset.backward === "asked") placeDot();
    },
    /** @param {any} view  {position, masked, event, lit, animation: ms or 0} */
    update({ position, masked, event, current, litEdges, animation }) {
      const isForward = edge.members.every((member) => member.forward <= position);
      const arrived = gradient.length > 0 && gradient.every((member) => member.backward <= position);
      const asked = event.phase === "backward" && masked.has(event.node) && gradient.some((member) => member.backward === position);
      show("forward", isForward ? "full" : "none", animation);
      show("backward", asked ? "asked" : arrived ? "full" : "none", animation);
      setAttribute(element, "data-near", edge.members.some((member) => member.to === current || member.from === current));
      setAttribute(element, "data-lit", edge.members.some((member) => litEdges.has(member.key)));
    },
  };

  function show(direction, state, animation) {
    const before = element.dataset[direction] ?? "none";
    if (before === state) return;
    setAttribute(element, `data-${direction}`, state);
    const [path, head] = direction === "forward" ? [forward, forwardHead] : [backward, backwardHead];
    const share = { none: 0, asked: 0.5, full: 1 };
    setAttribute(path, "stroke-dasharray", state === "asked" ? "0.5 1" : "none");
    if (state === "asked") placeDot();
    for (const filling of running[direction]) filling.cancel();
    running[direction] = [];
    if (!animation || share[state] < share[before]) return;
    const start = (one, frames, easing = "linear") => running[direction].push(one.animate(frames, { duration: animation, easing }));
    start(path, [{ strokeDasharray: `${share[before]} 1` }, { strokeDasharray: `${share[state]} 1` }], "ease-in-out");
    start(head, AT_LAST);
    if (state === "asked") start(dot, AT_LAST);
  }

  function placeDot() {
    const at = backward.getPointAtLength(backward.getTotalLength() / 2);
    setAttribute(dot, "cx", at.x);
    setAttribute(dot, "cy", at.y);
  }

  return line;
}

/** The arrow that comes from nowhere: the loss's gradient with respect to itself. @param {string} words */
export function createSeed(words) {
  const path = s("path", { class: "gline backward", pathLength: 1 });
  const head = s("path", { class: "ghead backward", d: "M0 0L12 -7V7Z" });
  const text = s("text", { class: "gseed", "text-anchor": "middle" }, words);
  const element = s("g", { class: "gedge" }, path, head, text);
  return {
    element,
    place([[x0, y0], [x1]]) {
      setAttribute(path, "d", `M${x1} ${y0}L${x0 + HEAD.backward - 1} ${y0}`);
      setAttribute(head, "transform", `translate(${x0} ${y0})`);
      setAttribute(text, "x", (x0 + x1) / 2 + 6);
      setAttribute(text, "y", y0 - 10);
    },
    update(isOn, animation) {
      const before = element.dataset.backward;
      setAttribute(element, "data-backward", isOn ? "full" : "none");
      if (!isOn || before !== "none" || !animation) return;
      path.animate([{ strokeDasharray: "0 1" }, { strokeDasharray: "1 1" }], { duration: animation, easing: "ease-in-out" });
      head.animate(AT_LAST, { duration: animation });
    },
  };
}
