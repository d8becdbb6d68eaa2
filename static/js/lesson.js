// @ts-check
/**
 * What a lesson's link leaves to its reader: groups of controls are locked - seen, not changed - or hidden. A lesson is a view of
 * the page, no fence: whoever opens the page without it has everything again.
 */

/** Groups as an address names them, and where they are on the page. */
const PLACES = {
  data: ['[data-view="data"]'],
  net: ['[data-view="net"] .net-controls', '[data-keep="add_layer"]', '[data-keep="remove_layer"]', '[data-lesson="net"]'],
  training: ['[data-view="training"]'],
  optimizer: ['[data-lesson="optimizer"]'],
  speed: [".transport .speed"],
  timeline: ['[data-view="timeline"]', '[data-view="history"]'],
  inspector: ['[data-view="inspector"]'],
  runs: ['[data-keep="runs"]', ".runs-panel"],
};
export const GROUPS = Object.keys(PLACES);

/** The groups of each kind that there are. @param {any} lesson @returns {{lock: string[], hide: string[]}} */
export function groupsOf(lesson) {
  const known = (names) => GROUPS.filter((name) => names?.includes(name));
  const hide = known(lesson?.hide);
  return { lock: known(lesson?.lock).filter((name) => !hide.includes(name)), hide };
}

/** The groups that a command would change. @param {any} command @returns {string[]} */
function groupsChangedBy({ type, changes = {} }) {
  if (type === "edit") return ["net"];
  if (type === "play" || type === "step" || type === "pause" || type === "view") return [];
  if (type === "name_run") return ["runs"];
  if (["seek", "undo", "redo"].includes(type)) return ["timeline"];
  return type === "set" ? Object.keys(changes).map((part) => PARTS[part] ?? "training") : [];
}
const PARTS = { data: "data", seed: "data", batch_size: "data", network: "net", optimizer: "optimizer", schedule: "optimizer" };

/** Whether a lesson does not leave this to its reader. @param {any} lesson @param {any} command */
export function refuses(lesson, command) {
  const { lock, hide } = groupsOf(lesson);
  const closed = new Set([...lock, ...hide]);
  if (closed.has("training")) closed.add("optimizer");
  return groupsChangedBy(command).some((group) => closed.has(group));
}

/** From now on the session refuses what the lesson of the moment does not leave to its reader. */
export const keepTo = (store, session) => session.refuse((command) => refuses(store.get().ui.lesson, command));

const KEYS = ["Tab", "Escape", "F5", "F6", "F11", "F12"];
const CONTROLS = "button, input, select, textarea, summary, [role=slider], [draggable=true]";
const FREE = ".help, .help-panel *, [data-keep=look]"; // what only explains

/**
 * Makes the page honour a lesson until the end that is returned: hidden groups are away, those that are locked say so and take no
 * input, also what of them comes later.
 * @param {HTMLElement} root
 * @param {any} lesson
 */
export function honour(root, lesson) {
  const { lock, hide } = groupsOf(lesson);
  const hidden = hide.flatMap((name) => PLACES[name]).join();
  const locked = lock.flatMap((name) => PLACES[name]).join();
  const mark = () => {
    if (hidden) for (const element of root.querySelectorAll(hidden)) element.classList.add("lesson-hidden");
    if (!locked) return;
    for (const element of root.querySelectorAll(locked)) {
      element.classList.add("lesson-locked");
      const controls = element.matches(CONTROLS) ? [element] : element.querySelectorAll(CONTROLS);
      for (const control of controls) if (!control.matches(FREE)) control.setAttribute("aria-disabled", "true");
    }
  };
  const stop = (event) => {
    const target = /** @type {Element} */ (event.target);
    if (!locked || !target.closest?.(locked) || target.closest(FREE)) return;
    if (event.type === "keydown" && (KEYS.includes(event.key) || event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  const kinds = ["pointerdown", "mousedown", "click", "keydown", "beforeinput", "input", "change", "dragover", "drop"];
  for (const kind of kinds) root.addEventListener(kind, stop, true);
  const watch = new MutationObserver(mark);
  watch.observe(root, { childList: true, subtree: true });
  mark();
  return () => {
    watch.disconnect();
    for (const kind of kinds) root.removeEventListener(kind, stop, true);
  };
}
