"""The walkthrough: one training step gone through by button, key and bar, in both directions; every
number on the screen is the server's."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import serious
from tests.browser.conftest import until
from tests.browser.screens import on_every_screen

FORWARD, BACK = "Step forward", "Step back"


def position(page) -> int:
    return int(page.get_by_test_id("walk-position").get_attribute("data-value"))


def go(lab, address=""):
    """Open the walkthrough and wait for its graph."""
    page = lab.page
    page.goto("about:blank")  # another hash alone would not load the page anew
    page.goto(f"{lab.url}/walkthrough{address}")
    until(page, "Boolean(document.querySelector('.gnode, .gclosed'))")
    return page


def at(page, expected):
    until(
        page,
        f"document.querySelector('[data-testid=walk-position]').dataset.value === '{expected}'",
    )


def document(lab, source):
    answer = lab.page.request.post(f"{lab.url}/api/walks", data={"source": source})
    assert answer.ok, answer.text()
    return answer.json()


def preset(lab, name):
    presets = lab.page.request.get(f"{lab.url}/api/walks/presets").json()
    return document(lab, next(one["source"] for one in presets if one["name"] == name))


def states(walk):
    """What each position shows, by going there: {node: (value, gradient)}, None where nothing is
    yet."""
    now = {n["id"]: [None if n["op"] else n["value"], None] for n in walk["nodes"]}
    values = {n["id"]: n["value"] for n in walk["nodes"]}
    found = []
    for event in walk["positions"]:
        match event["phase"]:
            case "forward":
                now[event["node"]][0] = values[event["node"]]
            case "seed" | "backward":
                now[event["node"]][1] = event["sum"]
            case "update":
                now[event["node"]][0] = event["after"]
        found.append({node: tuple(pair) for node, pair in now.items()})
    return found


def shown(page):
    """{node: (value, gradient)} as the graph has it, in full precision."""
    rows = page.locator("[data-testid^=node-]").evaluate_all(
        "(nodes) => nodes.map((n) => [n.dataset.node, n.dataset.value, n.dataset.grad])"
    )

    def number(text):
        return float(text) if text else None

    return {int(node): (number(value), number(grad)) for node, value, grad in rows}


def test_controls_carry_their_names(open_lab):
    page = go(open_lab())
    for name in [FORWARD, BACK, "To start", "To end", "Play walk"]:
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(1)
    expect(page.get_by_role("switch", name="Predict first")).to_have_count(1)
    expect(page.get_by_role("textbox", name="Expression")).to_have_count(1)
    expect(page.get_by_role("combobox", name="Preset")).to_have_count(1)
    detail = page.get_by_role("radiogroup", name="Detail")
    for name in ["Layers", "Neurons", "Operations"]:
        expect(detail.get_by_role("radio", name=name, exact=True)).to_have_count(1)
    expect(page.get_by_role("slider", name="Position in the walk")).to_have_count(1)
    expect(page.get_by_role("link", name="Walkthrough")).to_have_attribute("aria-current", "page")
    assert page.title().startswith("Walkthrough")


@pytest.mark.parametrize("name", ["neuron", "linear", "rational", "twice", "softmax"])
def test_forward_to_the_end_and_back_every_number_is_the_servers(open_lab, name):
    lab = open_lab()
    page = go(lab, f"#preset={name}")
    expected = states(preset(lab, name))
    assert shown(page) == expected[0]
    forward = page.get_by_role("button", name=FORWARD, exact=True)
    for index in range(1, len(expected)):
        forward.click()
        at(page, index)
        assert shown(page) == expected[index], f"position {index}"
    back = page.get_by_role("button", name=BACK, exact=True)
    for index in reversed(range(len(expected) - 1)):
        back.click()
        at(page, index)
        assert shown(page) == expected[index], f"position {index}, going back"


def test_a_net_shows_the_servers_numbers_at_every_operation(open_lab):
    lab = open_lab()
    page = go(lab, "#preset=xor&detail=operations")
    walk = preset(lab, "xor")
    expected = states(walk)
    for index in [0, 7, 20, len(expected) // 2, len(expected) - 1]:
        go(lab, f"#preset=xor&detail=operations&at={index}")
        assert shown(page) == expected[index], f"position {index}"
    assert len(shown(page)) == len(walk["nodes"])


def test_the_end_goes_on_to_the_next_step_and_back(open_lab):
    lab = open_lab()
    page = go(lab, "#preset=rational")
    source = preset(lab, "rational")["source"]
    last = len(preset(lab, "rational")["positions"]) - 1
    page.get_by_role("button", name="To end").click()
    at(page, last)
    page.get_by_role("button", name=FORWARD).click()
    at(page, 0)
    expect(page.locator(".walk-reading dt")).to_have_text("Position in step 1")
    assert shown(page) == states(document(lab, source | {"step": 1}))[0]
    until(page, "location.hash.includes('step=1')")
    page.get_by_role("button", name=BACK).click()
    at(page, last)
    expect(page.locator(".walk-reading dt")).to_have_text("Position")


def test_the_sentence_says_what_happens_with_its_numbers(open_lab):
    lab = open_lab()
    page = go(lab, "#preset=rational&at=1")
    sentence = page.get_by_test_id("walk-sentence")
    expect(sentence).to_have_text("Forward: m = w × x = +3.0000 × +2.0000 = +6.0000.")
    expect(sentence).to_have_attribute("aria-live", "polite")
    walk = preset(lab, "rational")
    arrivals = [
        (index, event)
        for index, event in enumerate(walk["positions"])
        if event["phase"] == "backward" and event["of"] == 2
    ]
    (first, _), (second, event) = arrivals
    go(lab, f"#preset=rational&at={first}")
    expect(sentence).to_contain_text("and 1 more to come.")
    expect(page.locator("[data-testid=node-1] .dot[data-filled=true]")).to_have_count(1)
    go(lab, f"#preset=rational&at={second}")
    numbers = [event[key] for key in ("upstream", "local", "contribution")]
    product = " × ".join(written(n) for n in numbers[:2]) + f" = {written(numbers[2])}"
    total = f"adds to {written(event['sum'] - event['contribution'])}: {written(event['sum'])}"
    expect(sentence).to_have_text(f"Backward into x: {product} {total} in all.")


def written(number: float) -> str:
    return f"{number:+.4f}".replace("-", "−")


def test_by_keyboard_alone(open_lab):
    lab = open_lab()
    page = go(lab, "#preset=rational")
    last = len(preset(lab, "rational")["positions"]) - 1
    for key, expected in [
        (" ", 1),
        ("ArrowRight", 2),
        ("ArrowRight", 3),
        ("ArrowLeft", 2),
        ("End", last),
        ("Home", 0),
    ]:
        page.keyboard.press(key)
        at(page, expected)

    def tab_to(selector, most=40):
        for _ in range(most):
            page.keyboard.press("Tab")
            if page.evaluate("(s) => document.activeElement.matches(s)", selector):
                return
        raise AssertionError(f"Tab never reached {selector}")

    tab_to(".gnode")  # one stop for the whole graph
    expect(page.get_by_test_id("node-0")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("node-2")).to_be_focused()  # w into m
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("node-4")).to_be_focused()  # m into z
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("node-4")).to_have_attribute("data-selected", "true")
    page.keyboard.press("g")
    at(page, 2)
    tab_to(".walk-bar")
    page.keyboard.press("PageUp")
    at(page, 12)
    page.keyboard.press("ArrowDown")
    at(page, 11)
    expect(page.get_by_role("slider")).to_have_attribute(
        "aria-valuetext", re.compile("^12 of 21, backward: d")
    )


def test_groups_open_and_close_in_place(open_lab):
    lab = open_lab()
    page = go(lab, "#preset=xor")
    nodes = page.locator(".gnode")
    closed = nodes.count()
    count = int(page.get_by_test_id("walk-position").get_attribute("data-count"))
    neuron = page.get_by_role("button", name="Layer 1, Neuron 2")
    expect(neuron).to_have_attribute("aria-expanded", "false")
    neuron.focus()
    page.keyboard.press("Enter")
    opened = page.get_by_role("button", name="Layer 1, Neuron 2")
    expect(opened).to_have_attribute("aria-expanded", "true")
    expect(opened).to_be_focused()
    assert nodes.count() > closed
    more = int(page.get_by_test_id("walk-position").get_attribute("data-count"))
    assert more > count, "what is open is gone through"
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Layer 1, Neuron 2")).to_have_attribute(
        "aria-expanded", "false"
    )
    expect(nodes).to_have_count(closed)
    page.get_by_role("radio", name="Layers").check()
    expect(page.get_by_test_id("group-1").locator(".number").first).to_be_visible()
    page.get_by_role("radio", name="Operations").check()
    expect(nodes).to_have_count(len(preset(lab, "xor")["nodes"]))


def test_a_reload_and_a_shared_link_restore_the_place(open_lab):
    lab = open_lab()
    page = go(lab, "#preset=xor")
    page.get_by_role("button", name="Layer 1, Neuron 1").click()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.get_by_test_id("node-0").click()
    until(page, "location.hash.includes('node=0')")
    before = (position(page), shown(page), page.get_by_test_id("walk-sentence").inner_text())
    page.reload()
    until(page, "Boolean(document.querySelector('.gnode'))")
    after = (position(page), shown(page), page.get_by_test_id("walk-sentence").inner_text())
    assert after == before
    expect(page.get_by_test_id("node-0")).to_have_attribute("data-selected", "true")


def test_an_expression_is_typed_and_its_inputs_are_dragged(open_lab):
    lab = open_lab()
    page = go(lab)
    field = page.get_by_role("textbox", name="Expression")
    field.fill("L = (w*x - t)**2")
    field.press("Enter")
    until(page, "document.querySelectorAll('.gnode').length === 6")
    for expected in range(1, 7):
        page.get_by_role("button", name=FORWARD).click()
        at(page, expected)
    page.get_by_role("button", name="Inputs").click()
    page.get_by_role("spinbutton", name="x", exact=True).fill("-1.5")
    page.get_by_role("spinbutton", name="x", exact=True).press("Enter")
    until(page, "location.hash.includes('values.x=-1.5')")
    x = page.get_by_role("button", name=re.compile("^x,"))
    expect(x).to_have_attribute("data-value", "-1.5")
    slider = page.locator(".walk-input .slider").first.bounding_box()
    page.mouse.move(slider["x"] + slider["width"] / 2, slider["y"] + slider["height"] / 2)
    page.mouse.down()
    page.mouse.move(slider["x"] + slider["width"] - 2, slider["y"] + 12, steps=12)
    w = page.get_by_role("button", name=re.compile("^w,"))
    until(page, "Number(document.querySelector('[data-testid=node-0]').dataset.value) > 4")
    page.mouse.up()
    expect(w).to_have_attribute("data-role", "parameter")
    assert position(page) == 6, "the same shape: the place is kept"
    page.get_by_role("checkbox", name="x learns").check()
    until(page, "document.querySelectorAll('.segment[data-phase=update]').length === 3")
    page.get_by_role("spinbutton", name="Learning rate").fill("0.5")
    page.get_by_role("spinbutton", name="Learning rate").press("Enter")
    page.get_by_role("combobox", name="Optimizer").select_option("adam")
    until(page, "location.hash.includes('optimizer.name=adam')")
    expect(page.get_by_role("combobox", name="Preset")).to_have_value("")


def test_a_refused_expression_says_where_and_why_and_changes_nothing(open_lab):
    lab = open_lab()
    page = go(lab, "#preset=rational&at=5")
    before = shown(page)
    field = page.get_by_role("textbox", name="Expression")
    field.fill("w * x.__class__")
    field.press("Enter")
    alert = page.locator("#expression-problem")
    expect(alert).to_contain_text("Character 7: There is no function '__class__'.")
    expect(alert.locator("mark")).to_have_text("__class__")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert (position(page), shown(page)) == (5, before)
    field.press("Escape")
    expect(alert).to_be_hidden()
    assert lab.errors and all("422" in error for error in lab.errors)
    lab.errors.clear()  # Chromium itself logs the 422


def test_a_link_with_a_broken_expression_shows_it_over_a_walk(open_lab):
    lab = open_lab()
    page = go(lab, "#expression=w%20*%20")
    expect(page.get_by_role("textbox", name="Expression")).to_have_value(re.compile(r"^w \*"))
    expect(page.locator("#expression-problem")).to_contain_text("ends too early")
    lab.errors.clear()  # as above


def test_what_is_masked_is_nowhere_on_the_graph(open_lab):
    lab = open_lab()
    walk = preset(lab, "rational")
    index, event = next(
        (i, e)
        for i, e in enumerate(walk["positions"])
        if e["phase"] == "backward" and e["local"] < 0
    )
    page = go(lab, f"#preset=rational&at={index}&predict=1")
    expect(page.get_by_role("switch", name="Predict first")).to_have_attribute(
        "aria-checked", "true"
    )
    node = page.get_by_test_id(f"node-{event['node']}")
    expect(node).to_have_attribute("data-grad", "")
    expect(node.locator(".grad .number")).to_have_text("?")
    stage = page.locator(".walk-stage").inner_text()
    assert written(event["contribution"]) not in stage
    page.keyboard.press("ArrowRight")  # a question stands in the way
    assert position(page) == index
    page.get_by_role("switch", name="Predict first").click()
    expect(node).to_have_attribute("data-grad", str(event["sum"]))


def test_the_bar_is_clicked_and_dragged(open_lab):
    lab = open_lab()
    page = go(lab, "#preset=rational")
    page.locator(".segment").nth(7).click()
    at(page, 7)
    box = page.locator(".walk-track").bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 24)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 5, box["y"] + 24, steps=5)
    page.mouse.up()
    at(page, 20)


def test_a_walk_plays_until_it_is_touched(open_lab):
    lab = open_lab()
    page = go(lab, "#preset=rational")
    page.get_by_role("combobox", name="Speed of the walk").select_option("4")
    page.get_by_role("button", name="Play walk").click()
    until(page, "Number(document.querySelector('[data-testid=walk-position]').dataset.value) >= 3")
    page.get_by_test_id("walk-sentence").click()
    expect(page.get_by_role("button", name="Play walk")).to_be_visible()
    here = position(page)
    page.wait_for_timeout(700)
    assert position(page) == here


def test_a_node_is_gone_to_from_its_box(open_lab):
    lab = open_lab()
    page = go(lab, "#preset=rational")
    walk = preset(lab, "rational")
    y, last = (next(n["id"] for n in walk["nodes"] if n["name"] == name) for name in "yL")
    places = {e["node"]: i for i, e in enumerate(walk["positions"]) if e["phase"] == "forward"}
    page.get_by_test_id(f"node-{y}").click()
    page.get_by_role("button", name="Go here").click()
    at(page, places[y])
    page.get_by_test_id(f"node-{last}").dblclick()
    at(page, places[last])


def test_a_session_is_walked_through_at_a_step(open_lab):
    lab = open_lab()
    made = lab.page.request.post(f"{lab.url}/api/sessions", data={}).json()
    page = go(lab, f"#session={made['id']}&step=0")
    expect(page.locator(".source")).to_contain_text("Session at step 0")
    expect(page.get_by_role("link", name="Back to the playground")).to_be_visible()
    page.get_by_role("combobox", name="Sample").select_option("2")
    until(page, "location.hash.includes('sample=2')")
    page.get_by_role("radio", name="Operations").check()
    walk = document(lab, {"session": made["id"], "step": 0, "sample": 2})
    page.get_by_role("button", name="To end").click()
    at(page, len(walk["positions"]) - 1)
    expected = states(walk)[-1]
    found = shown(page)
    assert found and all(expected[node] == pair for node, pair in found.items())


def test_an_element_of_a_session_is_found_in_its_walk(open_lab):
    lab = open_lab()
    made = lab.page.request.post(f"{lab.url}/api/sessions", data={}).json()
    element = "layers.1.weight[2,1]"
    page = go(lab, f"#session={made['id']}&step=0&node={element}")
    walk = document(lab, {"session": made["id"], "step": 0})
    node = next(n for n in walk["nodes"] if n["element"] == element)
    box = page.get_by_test_id(f"node-{node['id']}")
    expect(box).to_have_attribute("data-selected", "true")
    assert float(box.get_attribute("data-grad")) == node["grad"]


def test_a_link_to_a_session_leads_back_to_that_session(open_lab):
    lab = open_lab()
    page = lab.open()  # another run, which the tab remembers
    spec = {"data": {"name": "moons"}, "optimizer": {"name": "adam"}, "batch_size": 7}
    made = page.request.post(f"{lab.url}/api/sessions", data=spec).json()
    go(lab, f"#session={made['id']}&step=0&sample=0")
    page.get_by_role("link", name="Back to the playground").click()
    expect(page.get_by_role("button", name="Reset")).to_be_visible()
    lab.ready()
    assert page.evaluate("sessionStorage.getItem('backprop-lab.session')") == made["id"]
    expect(page.get_by_role("spinbutton", name="Batch size", exact=True)).to_have_value("7")


def test_what_goes_in_is_named_by_its_sample_and_neuron(open_lab):
    lab = open_lab()
    made = lab.page.request.post(f"{lab.url}/api/sessions", data={}).json()
    page = go(lab, f"#session={made['id']}&step=0")
    groups = page.locator(".placed")
    rows = document(lab, {"session": made["id"], "step": 0})["rows"]
    tenth = re.compile(rf"Sample {rows[9] + 1}\D")  # as the playground calls it
    expect(groups.filter(has_text=tenth)).to_have_count(2)  # its inputs, its target
    neuron = groups.filter(has_text="Layer 2, Neuron 2")
    expect(neuron.get_by_role("button")).to_have_count(5)  # four weights and a bias


@pytest.mark.parametrize("address", ["#preset=nothing", "#preset=rational&node=5555&open=999"])
def test_what_a_link_names_and_is_not_there_is_left(open_lab, address):
    page = go(open_lab(), f"{address}&at=3&detail=nothing")
    at(page, 3)
    expect(page.get_by_role("combobox", name="Preset")).to_have_value("rational")
    expect(page.get_by_role("radio", name="Operations")).to_be_checked()
    page.get_by_role("button", name=FORWARD).click()
    at(page, 4)


def test_on_a_phone_what_is_wrong_with_an_expression_stays_on_the_screen(open_lab):
    lab = open_lab((390, 844), has_touch=True, is_mobile=True)
    page = go(lab, "#preset=rational")
    field = page.get_by_role("textbox", name="Expression")
    field.fill("w*x + tan(b)")
    field.press("Enter")
    expect(page.locator(".expression-problem")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    lab.errors.clear()  # Chromium itself logs the 422


def test_a_session_that_is_gone_offers_a_preset(open_lab):
    lab = open_lab()
    page = lab.page
    page.goto(f"{lab.url}/walkthrough#session=nothing&step=3")
    expect(page.get_by_role("alert").filter(has_text="no longer")).to_be_visible()
    expect(page.get_by_role("button", name=FORWARD)).to_be_hidden()
    page.get_by_role("button", name="Open a preset").click()
    until(page, "Boolean(document.querySelector('.gnode'))")
    lab.errors.clear()  # Chromium itself logs the 404


def test_the_walk_of_a_session_goes_on_to_steps_it_is_about_to_make(open_lab):
    lab = open_lab()
    made = lab.page.request.post(f"{lab.url}/api/sessions", data={}).json()
    page = go(lab, f"#session={made['id']}&step=0&sample=0")
    page.get_by_role("button", name="To end").click()
    page.get_by_role("button", name=FORWARD).click()
    until(page, "location.hash.includes('step=1') && !location.hash.includes('at=')")
    assert position(page) == 0
    known = lab.page.request.get(f"{lab.url}/api/sessions/{made['id']}").json()
    assert known["step"] == 0, "looking ahead does not train"


def test_a_link_far_beyond_a_sessions_run_says_so(open_lab):
    lab = open_lab()
    made = lab.page.request.post(f"{lab.url}/api/sessions", data={}).json()
    page = go(lab, f"#session={made['id']}&step=1000&sample=0")
    page.get_by_role("button", name="To end").click()
    page.get_by_role("button", name=FORWARD).click()
    expect(page.get_by_role("alert").filter(has_text="come to step 0")).to_be_visible()
    assert position(page) > 0, "the walk stays where it is"
    lab.errors.clear()  # Chromium itself logs the 422


def test_a_step_of_too_many_operations_is_shown_for_one_sample(open_lab):
    lab = open_lab()
    units = [{"kind": "linear", "units": n, "activation": "tanh"} for n in (32, 32, 1)]
    spec = {"network": {"layers": units}}
    made = lab.page.request.post(f"{lab.url}/api/sessions", data=spec).json()
    page = lab.page
    page.goto(f"{lab.url}/walkthrough#session={made['id']}&step=0")
    until(page, "Boolean(document.querySelector('.gnode, .gclosed'))")
    sample = page.get_by_role("combobox", name="Sample")
    expect(sample).to_have_value("0")
    expect(page.get_by_role("alert").filter(has_text="its first sample")).to_be_visible()
    sample.select_option("")  # all of them, though it was said
    expect(page.get_by_role("button", name="Go through one sample")).to_be_visible()
    until(page, "Boolean(document.querySelector('.gnode, .gclosed'))")
    lab.errors.clear()  # as above


def test_the_way_back_from_another_page_leads_to_the_same_place(open_lab):
    lab = open_lab()
    page = go(lab, "#preset=twice&at=6")
    page.keyboard.press("ArrowRight")
    until(page, "location.hash.includes('at=7')")
    page.get_by_role("link", name="Conformance").click()
    expect(page.get_by_role("heading", name="Conformance")).to_be_visible()
    page.go_back()
    until(page, "Boolean(document.querySelector('.gnode'))")
    at(page, 7)


def test_a_server_that_is_gone_is_said_and_asked_again(open_lab):
    lab = open_lab()
    page = go(lab, "#preset=rational")
    page.route("**/api/walks", lambda route: route.abort())
    page.get_by_role("combobox", name="Preset").select_option("twice")
    expect(page.get_by_role("alert").filter(has_text="does not answer")).to_be_visible()
    page.unroute("**/api/walks")
    page.get_by_role("button", name="Try again").click()
    until(page, "document.querySelectorAll('.gnode').length === 5")
    lab.errors.clear()


@on_every_screen
def test_axe_finds_nothing_serious_and_nothing_is_cut(open_lab, size, language, theme):
    lab = open_lab(size, language, theme, reduced_motion="reduce")
    for address in ["#preset=rational&at=12&node=3", "#preset=xor&at=20&detail=neurons"]:
        page = go(lab, address)
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        cut = page.evaluate(
            """() => [...document.querySelectorAll('button, label, dt, dd, .gbox-row, .gbox-head')]
              .filter((e) => e.offsetParent && getComputedStyle(e).overflowX !== 'visible')
              .filter((e) => e.scrollWidth > e.clientWidth + 1)
              .map((e) => e.textContent.trim().slice(0, 40))"""
        )
        assert cut == []


def test_a_phone_does_the_whole_walk_by_touch(open_lab):
    lab = open_lab((390, 844), has_touch=True, reduced_motion="reduce")
    page = go(lab, "#preset=rational")
    last = len(preset(lab, "rational")["positions"]) - 1
    button = page.get_by_role("button", name=FORWARD)
    assert button.bounding_box()["y"] > 844 * 0.75, "under the thumb"
    for index in range(1, last + 1):
        button.tap()
        at(page, index)
        for mark in ["receiving", "current"]:
            boxes = page.locator(f".gbox[data-{mark}=true]")
            if boxes.count():
                box = boxes.first.bounding_box()
                assert box["x"] >= 0 and box["x"] + box["width"] <= 390, f"position {index}"
                break
    page.get_by_test_id("node-2").tap()
    expect(page.get_by_test_id("node-2")).to_have_attribute("data-selected", "true")


def test_both_languages_without_a_reload(open_lab):
    lab = open_lab()
    page = go(lab, "#preset=rational&at=11")
    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("button", name="前进一步")).to_be_visible()
    expect(page.get_by_test_id("walk-sentence")).to_contain_text("反向到 d：")
    assert position(page) == 11
    assert page.title().startswith("逐步演示")
    texts = json.dumps(page.locator(".walk-stage, .walk-transport").all_inner_texts())
    assert not re.search(r"\b(value|grad|forward|backward|Position)\b", texts)


def test_an_address_that_is_edited_is_not_written_over_by_that_of_before(open_lab):
    lab = open_lab()
    page = go(lab, "#preset=rational&at=2")
    page.evaluate(  # what the page writes now and then, before it has heard of the other address
        "() => { location.hash = 'preset=rational&at=5'; dispatchEvent(new Event('pagehide')); }"
    )
    at(page, 5)
    until(page, "location.hash.includes('at=5')")
