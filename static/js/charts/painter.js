// @ts-check
/**
 * Painting on the plane: with a pointer a click adds, a drag on free ground adds along its way, a drag on a point moves it; with
 * the keyboard a cursor goes about. Each stroke becomes one request.
 */
import { pointIn } from "../dom.js";
import { signed } from "../format.js";
import { addPoint, asArrays, brushTarget, erasePoint, keepPoints, movePoint, nearestPoint, paintedPoints, placeOf } from "../painting.js";

const REACH = 9; // pixels within which a point is meant
const APART = 15; // pixels between points that are added along a drag
const STEP = 0.2;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * @param {any} context
 * @param {HTMLCanvasElement} canvas
 * @param {{scalesOf: () => any, say: (words: string) => void, redraw: () => void}} options  scales of the plane as it is drawn,
 *   null before
 */
export function createPainter(context, canvas, { scalesOf, say, redraw }) {
  const { store, t } = context;
  const isOn = () => store.get().spec?.data.name === "points";
  let stroke = null;
  let cursor = null; // [x1, x2] of the keyboard

  const show = (draft) => store.dispatch({ type: "ui", changes: { draft } });
  const where = (event) => {
    const { x, y } = scalesOf();
    const [left, top] = pointIn(canvas, event);
    return [x.invert(left), y.invert(top)];
  };
  const unit = () => Math.abs(scalesOf().x.invert(1) - scalesOf().x.invert(0)); // of the plane, per pixel

  canvas.addEventListener("pointerdown", (event) => {
    if (!isOn() || !scalesOf() || event.button !== 0) return;
    const [x, y] = where(event);
    const before = paintedPoints(store.get());
    const target = brushTarget(store.get());
    const index = nearestPoint(before, x, y, REACH * unit());
    canvas.setPointerCapture(event.pointerId);
    cursor = null;
    stroke = { before, from: [x, y], target, index, moved: false };
    if (target === null) erase(x, y);
    else if (index < 0) add(x, y);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!stroke) return;
    const [x, y] = where(event);
    const far = Math.hypot(x - stroke.from[0], y - stroke.from[1]) / unit();
    if (stroke.target === null) erase(x, y);
    else if (stroke.index < 0) far > APART && add(x, y);
    else if (stroke.moved || far > 3) {
      stroke.moved = true;
      show(movePoint(stroke.before, stroke.index, x, y));
    }
  });
  canvas.addEventListener("pointerup", () => {
    if (!stroke) return;
    const { index, moved, target, before } = stroke;
    stroke = null;
    const points = paintedPoints(store.get());
    if (points !== before) keepPoints(context, points);
    else if (target !== null && index >= 0 && !moved) context.setProbe(index);
  });
  canvas.addEventListener("pointercancel", () => {
    if (!stroke) return;
    show(stroke.before);
    stroke = null;
  });

  function add(x, y) {
    stroke.from = [x, y];
    show(addPoint(paintedPoints(store.get()), x, y, stroke.target));
  }
  function erase(x, y) {
    const points = paintedPoints(store.get());
    const index = nearestPoint(points, x, y, REACH * unit());
    if (index >= 0) show(erasePoint(points, index));
  }

  // --- the keyboard ---

  canvas.addEventListener("keydown", (event) => {
    if (!isOn() || !scalesOf() || event.ctrlKey || event.metaKey || event.altKey) return;
    const points = paintedPoints(store.get());
    const arrow = ARROWS[event.key];
    if (arrow) {
      const [x, y] = cursor ?? [0, 0];
      const step = event.shiftKey ? 5 * STEP : STEP;
      cursor = cursor ? placeOf(x + step * arrow[0], y + step * arrow[1]) : [0, 0];
      sayPlace();
    } else if (event.key === "Enter" || event.key === " ") {
      cursor ??= [0, 0];
      const target = brushTarget(store.get());
      if (target !== null) keepPoints(context, addPoint(points, cursor[0], cursor[1], target));
      else removeAtCursor(points);
    } else if (event.key === "Delete" || event.key === "Backspace") removeAtCursor(points);
    else return;
    event.preventDefault();
    event.stopPropagation(); // Space would play
    redraw();
  });
  canvas.addEventListener("focus", () => isOn() && redraw());
  canvas.addEventListener("blur", () => {
    cursor = null;
    if (isOn()) redraw();
  });

  function removeAtCursor(points) {
    const index = cursor ? nearestPoint(points, cursor[0], cursor[1], 0.5) : -1;
    if (index >= 0) keepPoints(context, erasePoint(points, index));
  }
  function sayPlace() {
    const [x, y] = cursor;
    const points = paintedPoints(store.get());
    const near = nearestPoint(points, x, y, 0.5) >= 0;
    say(`${t("own.paint.at", { x: signed(x, 1), y: signed(y, 1) })}${near ? ` · ${t("own.paint.near")}` : ""}`);
  }

  return {
    /** What is painted, as the plane takes it. */
    marks: (points) => ({ ...asArrays(points), probe: null }),
    /** The keyboard's cursor over the picture. @param {any} scales @param {any} colors */
    draw(scales, colors) {
      if (!cursor || !isOn()) return;
      const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
      const [x, y] = [scales.x(cursor[0]), scales.y(cursor[1])];
      for (const [color, width] of [[colors.ground, 4], [colors.ink, 1.5]]) {
        pen.beginPath();
        for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
          pen.moveTo(x + 4 * dx, y + 4 * dy);
          pen.lineTo(x + 11 * dx, y + 11 * dy);
        }
        pen.strokeStyle = color;
        pen.lineWidth = width;
        pen.stroke();
      }
    },
  };
}
