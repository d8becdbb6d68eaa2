// @ts-check
/**
 * The boxes of a walk's graph: a node with its value and its gradient, a closed group with what it gives, the frame of an open
 * one. Built once; a position only writes numbers and marks.
 */
import { h, icon, setAttribute, setText } from "../dom.js";
import { glyph, numberText, outputName, plainName, variable } from "../walk-names.js";
import { MOST_LISTED } from "../walk-layout.js";

const MOST_DOTS = 4;
const LONGEST_NOTED = 5; // a longer name has no room beside it

/**
 * @param {any} words  {t, groupName(group)}
 * @param {any} walk
 * @param {any} box  of the layout
 * @returns {{element: HTMLElement, head: HTMLElement, update: (view: any) => void}}
 */
export function createBox(words, walk, box) {
  if (box.kind === "node") return nodeBox(words, walk, walk.node(box.id));
  return box.kind === "closed" ? closedBox(words, walk, walk.group(box.id)) : frame(words, walk.group(box.id));
}

function nodeBox({ t }, walk, node) {
  const value = valueRow(t, walk, node);
  const grad = gradRow(t, walk, node);
  const uses = walk.uses.get(node.id);
  const sign = node.op ? glyph(node.op, node.constants) : "";
  const note = !node.op && uses > 1 && node.name.length <= LONGEST_NOTED ? (uses === 2 ? t("walk.graph.twice") : t("walk.graph.times", { count: uses })) : "";
  const element = h("button", { type: "button", class: `gbox gnode${node.op ? "" : " leaf"}`, tabindex: -1, "data-testid": `node-${node.id}`, "data-key": `n${node.id}`, "data-node": node.id, "data-role": node.role },
    h("span", { class: "gbox-head" }, variable(node.name), note ? h("span", { class: "gbox-note" }, note) : h("span", { class: sign.length > 4 ? "gbox-sign long" : "gbox-sign" }, sign)),
    value.element, grad.element);
  const said = plainName(node.name) + (node.op ? `, ${t("walk.graph.by", { sign })}` : `, ${t(`walk.roles.${node.role}`)}`);
  return {
    element,
    head: element,
    update(view) {
      const spoken = [said, ...[value.update(view), grad.update(view)].filter(Boolean)].join(", ");
      setAttribute(element, "aria-label", spoken);
      setAttribute(element, "data-value", value.exact ?? "");
      setAttribute(element, "data-grad", grad.exact ?? "");
      mark(element, view, [node.id]);
    },
  };
}

/** A row of a node's box; in a closed group's box a button that chooses the node. */
const rowElement = (kind, node, isButton, ...children) =>
  (isButton ? h("button", { type: "button", tabindex: -1, class: `gbox-row ${kind}`, "data-node": node.id }, ...children) : h("span", { class: `gbox-row ${kind}` }, ...children));

function valueRow(t, walk, node, { label = /** @type {any} */ (t("walk.graph.value")), isButton = false } = {}) {
  const number = h("span", { class: "number" });
  const element = rowElement("value", node, isButton, h("span", { class: "label" }, label), number);
  const row = {
    element, exact: /** @type {number|null} */ (null),
    update({ position }) {
      const has = walk.hasValue(node.id, position);
      row.exact = walk.valueAt(node.id, position);
      const text = has ? (row.exact === null ? t("walk.graph.not_finite") : numberText(row.exact)) : "—";
      setText(number, text);
      setAttribute(element, "data-reached", has);
      return has ? `${t("walk.graph.value")} ${text}` : "";
    },
  };
  return row;
}

/** Nothing yet, dots while contributions arrive, the sum; "?" while it is asked for; "no grad" where none can be. */
function gradRow(t, walk, node, isButton = false) {
  const total = walk.arrivals.get(node.id).length;
  const named = t(walk.takesGradient(node.id) ? "walk.graph.grad" : "walk.graph.constant");
  const label = h("span", { class: "label" }, named);
  const dots = total > 1 && total <= MOST_DOTS ? Array.from({ length: total }, () => h("span", { class: "dot" })) : [];
  const progress = h("span", { class: "progress" }, dots, h("span", { class: "count" }));
  const number = h("span", { class: "number" });
  const element = rowElement("grad", node, isButton, label, progress, number);
  const row = {
    element, exact: /** @type {number|null} */ (null),
    update({ position, masked }) {
      if (!walk.takesGradient(node.id)) {
        setText(number, t("walk.graph.no_grad"));
        setAttribute(element, "data-reached", "none");
        return "";
      }
      const hidden = masked.has(node.id);
      const count = walk.arrived(node.id, position).length;
      const has = !hidden && walk.hasGradient(node.id, position);
      row.exact = has ? walk.gradAt(node.id, position) : null;
      const text = hidden ? "?" : has ? (row.exact === null ? t("walk.graph.not_finite") : numberText(row.exact)) : "";
      const growing = total > 1 && count < total && !hidden;
      setText(number, growing && !has ? "" : text || "—");
      setText(label, growing && has && !dots.length ? `${count}/${total}` : named);
      progress.hidden = !growing || (has && !dots.length);
      dots.forEach((dot, index) => setAttribute(dot, "data-filled", index < count));
      setText(/** @type {Element} */ (progress.lastChild), has ? "" : t("walk.graph.arrived", { count, total }));
      setAttribute(element, "data-reached", hidden ? "masked" : has);
      setAttribute(element, "data-partial", growing && has);
      if (hidden) return t("walk.graph.hidden");
      return has ? `${t("walk.graph.gradient")} ${text}${growing ? `, ${t("walk.graph.arrived", { count, total })}` : ""}` : "";
    },
  };
  return row;
}

/** Marks that hold for any box that stands for some nodes. */
function mark(element, { current, receiving, masked, selected, lit }, ids) {
  const any = (test) => ids.some(test);
  setAttribute(element, "data-current", any((id) => id === current));
  setAttribute(element, "data-receiving", any((id) => id === receiving));
  setAttribute(element, "data-masked", any((id) => masked.has(id)));
  setAttribute(element, "data-selected", any((id) => id === selected));
  setAttribute(element, "data-lit", any((id) => lit.has(id)));
}

function head(words, group, isOpen) {
  const name = words.groupName(group);
  return h("button", {
    type: "button", class: "gbox-head toggle", tabindex: -1, "data-key": `g${group.id}`, "data-toggle": group.id, "aria-expanded": String(isOpen),
    "aria-label": [words.groupPath(group), group.activation].filter(Boolean).join(", "),
  }, icon(isOpen ? "minus" : "plus"), h("span", { class: "gbox-title" }, name), group.activation && h("span", { class: "gbox-sign" }, glyph(group.activation)));
}

function closedBox(words, walk, group) {
  const { t } = words;
  const members = walk.members.get(group.id);
  const rows = rowsOf(words, walk, group);
  const top = head(words, group, false);
  const element = h("div", { class: "gbox gclosed", "data-testid": `group-${group.id}`, "data-kind": group.kind }, top, rows.map((row) => row.element));
  const name = top.getAttribute("aria-label");
  return {
    element,
    head: top,
    update(view) {
      const said = rows.map((row) => row.update(view)).filter(Boolean);
      setAttribute(top, "aria-label", [name, ...said].join(", "));
      setAttribute(top, "title", t("walk.graph.open", { name: words.groupName(group) }));
      mark(element, view, members);
    },
  };
}

/** What a closed group shows: of a layer its outputs, of a neuron its output's two numbers, of a sample its loss. */
function rowsOf(words, walk, group) {
  const { t } = words;
  const outputs = group.outputs.map((id) => walk.node(id)).filter(Boolean);
  if (!outputs.length || group.kind === "parameters") {
    const count = walk.members.get(group.id).length;
    return [{ element: h("span", { class: "gbox-row" }, h("span", { class: "label" }, t("walk.graph.numbers", { count }))), update: () => t("walk.graph.numbers", { count }) }];
  }
  if (group.kind !== "layer") {
    const [node] = outputs;
    if (group.kind === "sample") return [valueRow(t, walk, node, { label: t("walk.graph.loss"), isButton: true })];
    return [valueRow(t, walk, node, { isButton: true }), gradRow(t, walk, node, true)];
  }
  const listed = outputs.slice(0, MOST_LISTED).map((node) => {
    const value = valueRow(t, walk, node, { label: variable(outputName(walk, node, group)), isButton: true });
    const grad = gradRow(t, walk, node);
    const number = /** @type {Element} */ (grad.element.lastChild);
    value.element.append(number);
    return {
      element: value.element,
      update(view) {
        const spoken = [value.update(view), grad.update(view)].filter(Boolean).join(" ");
        setText(number, number.textContent || "—");
        setAttribute(number, "data-reached", grad.element.dataset.reached);
        return spoken && `${plainName(outputName(walk, node, group))} ${spoken}`;
      },
    };
  });
  const rest = outputs.length - listed.length;
  return rest > 0 ? [...listed, { element: h("span", { class: "gbox-row more" }, t("walk.graph.more", { count: rest })), update: () => "" }] : listed;
}

function frame(words, group) {
  const top = head(words, group, true);
  return {
    element: h("div", { class: "gframe", "data-kind": group.kind, "data-depth": 0, "data-testid": `group-${group.id}` }, group.kind === "root" ? null : top),
    head: top,
    update() {},
  };
}
