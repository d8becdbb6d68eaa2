// @ts-check
/**
 * The chosen weight or bias dragged in the net: up is more, with Shift a tenth as fast. The line itself can be taken hold of, or
 * the handle on it, which is the slider for keyboards and screen readers. All of a drag is one change to undo.
 */
import { h, s, setAttribute } from "./dom.js";
import { elementOf, readElement } from "./elements.js";
import { signed } from "./format.js";
import { isTouch } from "./mode.js";
import { readParameter, samePlace } from "./net-reading.js";
import { nudged } from "./value-field.js";

const PER_PIXEL = 0.01;
const FINE = 0.1; // of it, with Shift
const SLACK = 3; // px until it is a drag and no click
const SHARES = [0.72, 0.28, 0.82, 0.18, 0.6, 0.4]; // of a line: where the handle may stand
const LIMIT = 1e6;

/** What a move of the hand makes of a value; upwards is more. */
export const dragged = (value, pixels, isFine) => Math.max(-LIMIT, Math.min(LIMIT, value - pixels * PER_PIXEL * (isFine ? FINE : 1)));

const rounded = (value) => Number(value.toFixed(4));

/**
 * @param {any} context
 * @param {HTMLElement} stage  of the net
 * @param {() => any} net  the picture as it is now
 * @returns {() => void}  to be called when another number is chosen or the net is drawn anew
 */
export function createHandle(context, stage, net) {
  const { t, store } = context;
  const element = h("div", { class: "net-handle", role: "slider", tabindex: 0, "aria-orientation": "vertical", "aria-valuemin": -LIMIT, "aria-valuemax": LIMIT, "data-keep": "net-handle", "data-lesson": "net", title: t("held.drag_hint") },
    s("svg", { viewBox: "0 0 10 16", width: 10, height: 16, "aria-hidden": "true" }, s("path", { d: "M5 1.5 2 5h6zM5 14.5 2 11h6z" })));
  /** @type {any} */
  let place = null;
  /** @type {{value: number, from: number, y: number, begun: number, moved: boolean, gesture: string, pointer: number}|null} */
  let drag = null;
  let gestures = 0;

  const value = () => {
    const { frame } = store.get();
    return frame && place ? readParameter(frame, place)?.value ?? null : null;
  };
  const ask = (next, gesture) => {
    const { layer, kind, at } = readElement(elementOf(place));
    return context.editNumber({ type: "edit", parameter: `layers.${layer}.${kind}`, index: at, value: next, ...(gesture ? { gesture } : {}) });
  };
  const say = () => {
    const now = value();
    if (now === null) return;
    setAttribute(element, "aria-valuenow", rounded(now));
    setAttribute(element, "aria-valuetext", signed(now, 4));
  };

  // --- where it stands ---

  const lineOf = () => net().edges.find(({ layer, from, to }) => samePlace({ kind: "weight", layer, from, index: to }, place));
  function spot() {
    if (place.kind === "bias") {
      const bias = net().biases.find((each) => each.place.layer === place.layer && each.place.index === place.index);
      return bias && { x: bias.element.offsetLeft - 8, y: bias.element.offsetTop + 14 };
    }
    const line = lineOf()?.hit;
    if (!line) return null;
    const card = stage.querySelector(".net-card:not([hidden])")?.getBoundingClientRect();
    const box = net().picture.getBoundingClientRect();
    const points = SHARES.map((share) => line.getPointAtLength(line.getTotalLength() * share));
    const isFree = ({ x, y }) => !card || x + box.x < card.left - 14 || x + box.x > card.right + 14 || y + box.y < card.top - 14 || y + box.y > card.bottom + 14;
    return points.find(isFree) ?? points[0];
  }
  function show() {
    const { pinned } = store.get().ui;
    const isOther = !samePlace(pinned, place);
    place = pinned && (pinned.kind === "weight" || pinned.kind === "bias") ? pinned : null;
    if (drag && isOther) drag = null;
    for (const hit of stage.querySelectorAll(".draggable")) hit.classList.remove("draggable");
    const at = place && net() ? spot() : null;
    if (!at) return element.remove();
    Object.assign(element.style, { left: `${at.x}px`, top: `${at.y}px` });
    if (element.parentNode !== net().picture) net().picture.append(element);
    const hit = lineOf()?.hit;
    hit?.classList.add("draggable");
    if (hit?.nextSibling) hit.parentNode.append(hit); // taken hold of wherever it runs
    setAttribute(element, "aria-label", t(`held.${place.kind}_handle`, { name: place.kind === "weight" ? net().names.edge(place).join(" → ") : net().names.neuron(place.layer, place.index) }));
    if (isOther && isTouch()) element.scrollIntoView({ block: "nearest", inline: "nearest" }); // out from under the panel that opens
    return say();
  }

  // --- the hand ---

  const isHold = (target) => element.contains(target) || (target.closest?.(".draggable") ?? null) !== null || (place?.kind === "bias" && target.closest?.(".bias")?.dataset.chosen === "true");
  stage.addEventListener("pointerdown", (event) => {
    const from = value();
    if (event.button !== 0 || from === null || !isHold(event.target)) return;
    gestures += 1;
    drag = { value: from, from, y: event.clientY, begun: event.clientY, moved: false, gesture: `drag ${Date.now()} ${gestures}`, pointer: event.pointerId };
    /** @type {Element} */ (event.target).setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    if (!drag || event.pointerId !== drag.pointer) return;
    if (!drag.moved && Math.abs(event.clientY - drag.begun) < SLACK) return;
    drag.value = dragged(drag.value, event.clientY - drag.y, event.shiftKey);
    drag.y = event.clientY;
    drag.moved = true;
    setAttribute(element, "data-dragged", true);
    ask(rounded(drag.value), drag.gesture);
  });
  const drop = () => {
    const was = drag;
    drag = null;
    setAttribute(element, "data-dragged", false);
    if (!was?.moved) return;
    // the click that ends a drag asks about nothing
    const swallow = (event) => event.stopPropagation();
    stage.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => stage.removeEventListener("click", swallow, { capture: true }), 0);
  };
  stage.addEventListener("pointerup", drop);
  stage.addEventListener("pointercancel", drop);
  element.addEventListener("click", (event) => event.stopPropagation()); // it is no place of the net
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && drag) {
      event.stopPropagation();
      ask(rounded(drag.from), drag.gesture);
      drag = null;
      return;
    }
    const next = value() === null ? null : nudged(rounded(Number(element.dataset.asked ?? value())), event);
    if (next === null) return;
    event.preventDefault();
    element.dataset.asked = String(next); // keys may come faster than answers
    ask(next, null).then(() => delete element.dataset.asked);
  });

  context.select((state) => state.frame, say);
  show();
  return show;
}
