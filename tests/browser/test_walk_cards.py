"""The cards of the walkthrough: formulas, terms, predictions and checks show the server's numbers,
and what is asked for stands nowhere on the page until it is answered."""

import csv
import io
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser.axe import serious
from tests.browser.conftest import until
from tests.browser.screens import DESK, PHONE, TABLET

CARD = "[data-testid=walk-card]"
SIDE = ".walk-side"
POSITION = "Number(document.querySelector('[data-testid=walk-position]').dataset.value)"


def go(lab, address):
    """Open a place of a walk and wait for its cards."""
    page = lab.page
    page.goto("about:blank")  # another hash alone would not load the page anew
    page.goto(f"{lab.url}/walkthrough#{address}")
    until(page, f"Boolean(document.querySelector('{CARD} .card-body > *'))")
    return page


def jump(page, address, at):
    """Another place of the walk that is open: the page hears of it from its address."""
    page.evaluate("(address) => { location.hash = address }", address)
    until(page, f"{POSITION} === {at}")
    until(page, f"document.querySelector('{CARD}').dataset.position === '{at}'")


def document(lab, name, **changes):
    presets = lab.page.request.get(f"{lab.url}/api/walks/presets").json()
    source = next(one["source"] for one in presets if one["name"] == name) | changes
    answer = lab.page.request.post(f"{lab.url}/api/walks", data={"source": source})
    assert answer.ok, answer.text()
    return answer.json()


def into(walk, name, source=None):
    """The position at which a gradient arrives at the node of a name."""
    nodes = walk["nodes"]
    return next(
        at
        for at, event in enumerate(walk["positions"])
        if event["phase"] == "backward"
        and nodes[event["node"]]["name"] == name
        and (source is None or nodes[event["from"]]["name"] == source)
    )


def number(locator):
    text = locator.get_attribute("data-value")
    return float(text) if text else None


def chips(page, kind):
    return [
        float(text) if text else None
        for text in page.locator(f"{CARD} .chip.{kind}").evaluate_all(
            "(all) => all.map((one) => one.dataset.value)"
        )
    ]


# --- numbers ---


@pytest.mark.parametrize("name", ["rational", "xor", "softmax"])
def test_the_card_shows_the_numbers_of_every_arrival(open_lab, name):
    lab = open_lab()
    walk = document(lab, name)
    page = go(lab, f"preset={name}&detail=operations")
    backward = [i for i, event in enumerate(walk["positions"]) if event["phase"] == "backward"]
    for at in backward[:: max(1, len(backward) // 8)]:
        event = walk["positions"][at]
        jump(page, f"preset={name}&detail=operations&at={at}", at)
        edge = f"{event['node']}>{event['from']}>{event['input']}"
        row = page.locator(f"{CARD} .card-row", has=page.locator(f"[data-edge='{edge}']"))
        for kind in ("upstream", "local", "contribution"):
            assert number(row.locator(f".chip.{kind}")) == event[kind], (at, kind)
        if event["of"] > 1:
            assert number(row.locator(".card-sum")) == event["sum"]
        op = walk["nodes"][event["from"]]
        result = page.locator(f"{CARD} [data-result]").first
        assert number(result) == op["value"]
        slots = page.locator(f"{CARD} .card-row").first.locator("[data-value]:not([data-result])")
        shown = slots.evaluate_all("(all) => all.map((one) => Number(one.dataset.value))")
        assert set(shown) <= {walk["nodes"][i]["value"] for i in [*op["inputs"], op["id"]]}
        assert len(shown) >= len(op["inputs"])


def test_forward_the_card_shows_values_and_local_derivatives(open_lab):
    lab = open_lab()
    walk = document(lab, "rational")
    page = go(lab, "preset=rational")
    for at, event in enumerate(walk["positions"]):
        if event["phase"] != "forward":
            continue
        jump(page, f"preset=rational&at={at}", at)
        node = walk["nodes"][event["node"]]
        assert number(page.locator(f"{CARD} [data-result]")) == node["value"]
        takes = [i for i, source in enumerate(node["inputs"]) if walk["nodes"][source]["grad"]]
        assert chips(page, "local") == [node["locals"][i] for i in takes]
        assert chips(page, "upstream") == chips(page, "contribution") == []


@pytest.mark.parametrize("name", ["rational", "xor"])
def test_every_gradient_is_explained_by_terms_that_add_up(open_lab, name):
    lab = open_lab()
    walk = document(lab, name)
    end = len(walk["positions"]) - 1
    nodes = [node for node in walk["nodes"] if node["grad"] is not None][:-1]
    page = go(lab, f"preset={name}&detail=operations&at={end}")
    for node in nodes[:: max(1, len(nodes) // 8)]:
        jump(page, f"preset={name}&detail=operations&at={end}&node={node['id']}", end)
        subject = "document.querySelector('[data-testid=explain]').dataset.subject"
        until(page, f"{subject} === '{node['id']}'")
        assert number(page.get_by_test_id("explain-gradient")) == node["grad"]
        assert number(page.get_by_test_id("term-sum")) == node["grad"]
        terms = page.locator(f"{SIDE} .term").evaluate_all(
            "(all) => all.map((one) => Number(one.dataset.value))"
        )
        assert sum(terms) == pytest.approx(node["grad"], rel=1e-12)
        assert terms == sorted(terms, key=abs, reverse=True)
        page.get_by_role("button", name="value", exact=True).click()
        updates = [e for e in walk["positions"] if e["phase"] == "update"]
        moved = [event["after"] for event in updates if event["node"] == node["id"]]
        assert number(page.get_by_test_id("explain-value")) == (moved or [node["value"]])[0]


def test_a_term_opens_to_its_path_and_leads_to_its_factors(open_lab):
    lab = open_lab()
    walk = document(lab, "rational")
    x, m = (next(n for n in walk["nodes"] if n["name"] == name) for name in "xm")
    page = go(lab, f"preset=rational&at=17&node={x['id']}")
    page.get_by_role("button", name="Path via m").click()
    steps = page.locator(f"{SIDE} .path li > [data-value]").evaluate_all(
        "(all) => all.map((one) => Number(one.dataset.value))"
    )
    product = 1.0
    for local in steps:
        product *= local
    assert product == pytest.approx(walk["positions"][into(walk, "x", "m")]["contribution"])
    page.get_by_role("button", name="upstream +0.4444", exact=True).click()
    until(page, f"document.querySelector('[data-testid=explain]').dataset.subject === '{m['id']}'")
    assert number(page.get_by_test_id("explain-gradient")) == m["grad"]


def test_the_update_card_shows_the_optimizer_s_terms_in_order(open_lab):
    lab = open_lab()
    adam = {"optimizer": {"name": "adam", "learning_rate": 0.1}, "step": 2}
    walk = document(lab, "linear", **adam)
    source = quote(walk["source"]["expression"])
    values = "&".join(
        f"values.{k}={v}" for k, v in document(lab, "linear")["source"]["values"].items()
    )
    at = next(i for i, event in enumerate(walk["positions"]) if event["phase"] == "update")
    rules = "optimizer.name=adam&optimizer.learning_rate=0.1"
    page = go(lab, f"expression={source}&{values}&{rules}&step=2&at={at}")
    event = walk["positions"][at]
    rows = page.locator(f"{CARD} .update-row").evaluate_all(
        "(all) => all.map((row) =>"
        " [row.dataset.term, row.querySelector('.update-value').dataset.value])"
    )
    expected = [(t["name"], t["value"]) for t in event["terms"] if not t["name"].endswith("_old")]
    assert [name for name, _ in expected] == [
        "gradient", "m", "v", "m_hat", "v_hat", "effective_rate", "update"
    ]  # fmt: skip
    assert [(name, float(value)) for name, value in rows] == [*expected, ("new", event["after"])]
    empty = page.locator(f"{CARD} .update-row .equation:empty")
    assert empty.count() == 1  # the gradient's, which comes from the backward pass


def test_gradients_and_the_next_step_have_cards(open_lab):
    lab = open_lab()
    walk = document(lab, "rational")
    at = next(i for i, event in enumerate(walk["positions"]) if event["phase"] == "gradients")
    page = go(lab, f"preset=rational&at={at}")
    for node in walk["nodes"]:
        if node["role"] == "parameter":
            cells = page.locator(f"{CARD} tr[data-row='{node['id']}'] button")
            found = cells.evaluate_all("(all) => all.map((one) => Number(one.dataset.value))")
            assert found == [node["value"], node["grad"]]
    page = go(lab, f"preset=rational&at={len(walk['positions']) - 1}")
    assert number(page.get_by_test_id("loss-after")) == walk["positions"][-1]["loss"]


# --- light ---


def test_a_factor_lights_its_source_in_the_graph_and_the_other_way_round(open_lab):
    lab = open_lab()
    walk = document(lab, "rational")
    y, z = (next(n["id"] for n in walk["nodes"] if n["name"] == name) for name in "yz")
    page = go(lab, f"preset=rational&at={into(walk, 'z')}")
    page.locator(f"{CARD} .chip.upstream").first.hover()
    expect(page.get_by_test_id(f"node-{y}")).to_have_attribute("data-lit", "true")
    page.locator(f"{CARD} .card-title").hover()
    expect(page.get_by_test_id(f"node-{y}")).not_to_have_attribute("data-lit", "true")
    page.locator(f"{CARD} .chip.contribution").first.focus()
    expect(page.get_by_test_id(f"node-{z}")).to_have_attribute("data-lit", "true")
    page.get_by_test_id(f"node-{z}").hover()
    lit = page.locator(f"{CARD} [data-node='{z}'][data-lit='true']")
    expect(lit.first).to_be_visible()
    assert lit.count() == page.locator(f"{CARD} [data-node='{z}']").count()


def test_a_number_of_the_formula_leads_to_its_explanation_by_keys(open_lab):
    lab = open_lab()
    walk = document(lab, "rational")
    z = next(n for n in walk["nodes"] if n["name"] == "z")
    page = go(lab, f"preset=rational&at={into(walk, 'z')}")
    page.locator(f"{CARD} .link[data-node='{z['id']}']").focus()
    page.keyboard.press("Enter")
    until(page, f"document.querySelector('[data-testid=explain]').dataset.subject === '{z['id']}'")
    expect(page.get_by_role("button", name="Back to the step")).to_be_visible()


# --- predict first ---


def test_what_is_asked_for_is_nowhere_on_the_page(open_lab):
    lab = open_lab()
    walk = document(lab, "rational")
    at = into(walk, "d")
    event = walk["positions"][at]
    page = go(lab, f"preset=rational&at={at}&predict=1")
    node = page.get_by_test_id(f"node-{event['node']}")
    contribution, local = (f"{abs(event[key]):.4f}" for key in ("contribution", "local"))

    def everywhere():
        return page.evaluate("document.body.outerHTML")

    assert contribution not in everywhere() and local not in everywhere()
    assert node.get_attribute("data-grad") == ""
    assert chips(page, "local")[1] is chips(page, "contribution")[1] is None

    page.keyboard.press("-")
    expect(page.locator("[data-question=larger]").first).to_be_visible()
    assert contribution not in everywhere() and local not in everywhere()
    page.locator("[data-answer=this]").click()
    expect(page.get_by_role("textbox", name="How large is")).to_be_focused()
    assert contribution not in everywhere()
    assert local in everywhere()  # the number is asked for with both factors on the table
    page.keyboard.type("0.74")
    page.keyboard.press("Enter")
    expect(page.locator(".predict-again")).to_contain_text("You say +0.7400.")
    assert contribution not in everywhere()
    page.keyboard.type("-0.74")
    page.keyboard.press("Enter")
    expect(page.locator(f"{CARD} .chip.contribution").nth(1)).to_have_text("−0.7407")
    assert float(node.get_attribute("data-grad")) == event["sum"]
    expect(page.get_by_test_id("predict-score")).to_have_text("So far: 3 of 3 right")
    expect(page.locator(".predict-given")).to_contain_text(
        "Upstream is +1.3333, the local derivative −0.5556: plus times minus is minus."
    )


def test_step_forward_points_at_the_open_question(open_lab):
    lab = open_lab()
    walk = document(lab, "rational")
    at = into(walk, "d")
    page = go(lab, f"preset=rational&at={at}&predict=1")
    for press in ("ArrowRight", " "):
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press(press)
        expect(page.locator("[data-answer='+']")).to_be_focused()
        shown = page.get_by_test_id("walk-position").get_attribute("data-value")
        assert shown == str(at)
        page.locator(f"{SIDE} [role=status]").filter(has_text="A question is open").wait_for(
            state="attached"
        )
    page.get_by_role("button", name="Skip and reveal").click()
    expect(page.get_by_role("button", name="Step on")).to_be_focused()
    page.keyboard.press("Enter")
    until(
        page, f"Number(document.querySelector('[data-testid=walk-position]').dataset.value) > {at}"
    )


def test_a_whole_walk_by_keys_with_every_answer_right(open_lab):
    lab = open_lab()
    walk = document(lab, "twice")
    page = go(lab, "preset=twice&predict=1")
    asked = 0
    for at, event in enumerate(walk["positions"]):
        until(
            page, f"document.querySelector('[data-testid=walk-position]').dataset.value === '{at}'"
        )
        if event["phase"] == "backward":
            page.keyboard.press({1: "+", 0: "0", -1: "-"}[sign(event["contribution"])])
            expect(page.locator(".predict-progress span[data-done=true]")).to_have_count(2)
            page.locator(f"[data-answer={larger(walk, at)}]").press("Enter")
            expect(page.locator("#predict-number")).to_be_focused()
            page.keyboard.type(f"{event['contribution']:.4f}")
            page.keyboard.press("Enter")
            asked += 3
            score = f"So far: {asked} of {asked} right"
            expect(page.get_by_test_id("predict-score")).to_have_text(score)
        if at < len(walk["positions"]) - 1:
            page.keyboard.press("ArrowRight")
    assert asked == 3 * sum(event["phase"] == "backward" for event in walk["positions"])


def sign(value):
    return (value > 0) - (value < 0)


def larger(walk, at):
    """Which is larger in size: what arrives now, or what it is compared with."""
    event, before = walk["positions"][at], walk["positions"][at - 1]
    is_sibling = before["phase"] == "backward" and before["from"] == event["from"]
    other = before["contribution"] if is_sibling else event["upstream"]
    own = abs(event["contribution"])
    return "same" if own == abs(other) else "this" if own > abs(other) else "other"


def test_answers_are_kept_here_and_can_be_taken_along(open_lab):
    lab = open_lab()
    walk = document(lab, "rational")
    at = into(walk, "d")
    page = go(lab, f"preset=rational&at={at}&predict=1")
    page.keyboard.press("+")
    page.locator("[data-answer=other]").click()
    page.get_by_role("button", name="Skip and reveal").click()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Export answers (CSV)").click()
    with open(downloading.value.path(), encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(io.StringIO(file.read())))
    assert [(row["question"], row["predicted"], row["actual"], row["right"]) for row in rows] == [
        ("sign", "+", "−", "false"),
        ("larger", "other", "this", "false"),
    ]
    assert rows[0]["source"] == walk["source"]["expression"]
    assert (rows[0]["position"], rows[0]["node"]) == (str(at), "d")
    page.reload()  # the answers outlive the page, and a reader may forget them
    page.get_by_role("button", name="Skip and reveal").click()
    page.get_by_role("button", name="Clear answers").click()
    expect(page.get_by_role("button", name="Export answers (CSV)")).to_have_count(0)
    assert page.evaluate("localStorage.getItem('backprop-lab.predictions')") == "[]"


def test_without_storage_the_questions_still_work(open_lab):
    lab = open_lab()
    page = lab.page
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('blocked'); }})"
    )
    walk = document(lab, "rational")
    go(lab, f"preset=rational&at={into(walk, 'd')}&predict=1")
    page.keyboard.press("-")
    expect(page.get_by_test_id("predict-score")).to_have_text("So far: 1 of 1 right")


# --- check it ---


def test_the_check_draws_and_prints_what_the_server_found(open_lab):
    lab = open_lab()
    walk = document(lab, "rational")
    at = into(walk, "d")
    page = go(lab, f"preset=rational&at={at}")
    page.get_by_role("button", name="Check it", exact=True).click()
    panel = page.get_by_test_id("check")
    panel.locator("svg.errors .error-dot").first.wait_for()
    found = page.request.post(
        f"{lab.url}/api/walks/check",
        data={"source": walk["source"], "node": walk["positions"][at]["node"]},
    ).json()

    def holds(step):
        assert number(page.get_by_test_id("check-numeric")) == step["numeric"]
        assert number(page.get_by_test_id("check-error")) == step["relative_error"]

    best = found["steps"][found["best"]]
    holds(best)
    assert number(page.get_by_test_id("check-analytic")) == found["analytic"]
    expect(page.get_by_test_id("check-numeric")).to_have_text(f"−{abs(best['numeric']):.9f}")
    assert panel.locator("svg.errors .error-dot").count() == len(found["steps"])
    assert panel.locator("svg.slice .slice-tangent").count() == 1
    slider = page.get_by_role("slider", name="Step h")
    slider.press("End")
    holds(found["steps"][0])
    expect(panel.locator(".check-verdict")).to_contain_text("Try 3.2×10⁻⁶")
    slider.press("Home")
    holds(found["steps"][-1])
    field = page.get_by_role("textbox", name="Step h as a number")
    field.fill("0.001")
    field.press("Enter")
    holds(next(step for step in found["steps"] if step["h"] == 1e-3))


def test_a_check_that_does_not_come_back_says_so_and_can_be_repeated(open_lab):
    lab = open_lab()
    page = go(lab, "preset=rational&at=4")
    page.route("**/api/walks/check", lambda route: route.abort())
    page.get_by_role("button", name="Check it", exact=True).click()
    alert = page.get_by_test_id("check").get_by_role("alert")
    expect(alert).to_be_visible()
    page.unroute("**/api/walks/check")
    page.get_by_test_id("check").get_by_role("button", name="Try again").click()
    expect(alert).to_have_count(0)
    expect(page.get_by_test_id("check-numeric")).to_be_visible()
    lab.errors.clear()  # the browser's own line about the request that was cut


def test_at_a_corner_the_check_tells_both_slopes(open_lab):
    lab = open_lab()
    page = go(lab, f"expression={quote('relu(w * x) * 3 + b')}&values.w=0&values.x=2&node=0&at=1")
    page.get_by_role("button", name="Check it", exact=True).click()
    expect(page.locator(".check-verdict")).to_contain_text(
        "At a corner: the slope is 0.0000 on the"
    )


# --- for everybody ---

PLACES = {
    "inputs": "preset=rational",
    "forward": "preset=rational&at=4",
    "question": "preset=rational&at=11&predict=1",
    "fan-out": "preset=rational&at=16",
    "update": "preset=xor&detail=operations&at=60",
    "chosen": "preset=xor&detail=operations&at=40&node=3",
    "gradients": "preset=xor&at=53&detail=operations",
    "long formula": f"expression={quote('gelu(w*x)')}&at=4",
}


CUT = """() => [...document.querySelectorAll(
    '.walk-lower :is(button, label, dt, dd, h2, h3, th, td, .card-label, .chip-label, .hint)'
  )]
  .filter((e) => e.offsetParent && getComputedStyle(e).display !== 'inline')
  .filter((e) => e.scrollWidth > e.clientWidth + 1)
  .map((e) => e.outerHTML.slice(0, 90))"""
CROSSING = """() => [...document.querySelectorAll('.card-content')].flatMap((row) => {
  const boxes = [...row.children].map((e) => e.getBoundingClientRect());
  const cross = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
    && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  return boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) => cross(a, b)))
    .map(() => row.textContent.slice(0, 60));
})"""


@pytest.mark.parametrize(("size", "theme"), [(DESK, "light"), (PHONE, "dark")])
def test_axe_finds_nothing_serious(open_lab, size, theme):
    lab = open_lab(size, theme=theme)
    for place, address in PLACES.items():
        page = go(lab, address)
        check = page.get_by_role("button", name="Check it", exact=True)
        if place == "fan-out":
            check.click()
            page.locator("svg.errors .error-dot").first.wait_for()
        if place == "long formula":
            page.locator(f"{CARD} .equation[tabindex]").first.wait_for()
        assert serious(page, within=".walk-lower") == [], place


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
@pytest.mark.parametrize("size", [DESK, TABLET, PHONE], ids=["desk", "tablet", "phone"])
def test_nothing_of_the_cards_is_cut_or_overlaps(open_lab, size, language):
    lab = open_lab(size, language)
    for place, address in PLACES.items():
        page = go(lab, address)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, place
        assert page.evaluate(CUT) == [], place
        assert page.evaluate(CROSSING) == [], place


def test_the_card_keeps_the_focus_while_the_walk_moves(open_lab):
    lab = open_lab()
    page = go(lab, "preset=rational&at=4")
    page.get_by_role("button", name="Check it", exact=True).focus()
    page.keyboard.press("ArrowRight")
    until(page, f"{POSITION} === 5")
    assert page.evaluate("document.activeElement.dataset.keep") == "check-it"
    page.locator(f"{CARD} .chip.local").first.focus()
    page.keyboard.press("ArrowLeft")
    until(page, f"{POSITION} === 4")
    assert page.evaluate("document.activeElement.isConnected")
