// @ts-check
/** The inspector's first tab: what is wrong with the run, or one calm sentence. */
import { createDiagnosisWords, pathOf } from "./diagnosis-words.js";
import { h, setText } from "./dom.js";
import { integer } from "./format.js";

/** @param {any} context */
export function diagnosisPart(context) {
  const { t } = context;
  const calm = h("p", { class: "calm", "data-testid": "calm" });
  const list = h("ul", { class: "findings" });
  const element = h("div", { class: "inspector-scroll", tabindex: 0, role: "group", "aria-label": t("inspector.diagnosis") }, calm, list);
  let built = "";
  let rows = [];

  /** The same findings keep their elements, and with them the focus: only their numbers are written. */
  function render({ diagnosis, spec }) {
    if (!diagnosis || !spec || diagnosis.layers.length !== spec.network.layers.length) return;
    const words = createDiagnosisWords(context, spec);
    const { findings, step } = diagnosis;
    calm.hidden = findings.length > 0;
    setText(calm, t("diagnosis.calm", { step: integer(step) }));
    const key = JSON.stringify(findings.map(({ kind, layers, change }) => [kind, layers, change]));
    if (key !== built) {
      built = key;
      const hadFocus = list.contains(document.activeElement);
      rows = findings.map((finding) => row(finding));
      list.replaceChildren(...rows.map((each) => each.element));
      if (hadFocus) (list.querySelector("button") ?? element).focus();
    }
    findings.forEach((finding, index) => rows[index].write(finding, words));
    list.hidden = findings.length === 0;
  }

  function row({ kind, change }) {
    const title = h("h3", {});
    const shows = h("p", { class: "finding-number" });
    const chain = h("p", { class: "finding-chain hint" });
    const why = h("p", { class: "finding-why" });
    const remedy = h("p", { class: "finding-try", id: `try-${kind}` });
    let now = null;
    const button = change && h("button", { type: "button", class: "button dense", "data-testid": `try-${kind}`, "aria-describedby": `try-${kind}`, onclick: () => context.tryRemedy(now, pathOf(change)) }, t("diagnosis.try_it"));
    return {
      element: h("li", { class: "finding", "data-kind": kind, "data-testid": `finding-${kind}` }, h("div", { class: "finding-what" }, title, shows, chain, why), h("div", { class: "finding-remedy" }, remedy, button)),
      write(finding, words) {
        now = finding;
        const said = words.words(finding);
        for (const [place, text] of [[title, said.title], [shows, said.shows], [chain, said.chain], [why, said.why], [remedy, said.remedy]]) setText(place, text);
        chain.hidden = !said.chain;
        title.parentElement.parentElement.dataset.value = finding.value;
      },
    };
  }

  context.select((state) => state.inspector.diagnosis, (_, state) => render({ diagnosis: state.inspector.diagnosis, spec: state.spec }));
  return element;
}
