"""Every number of the playground explains itself: what the panel says is what the engine computes,
for the step that was read, by mouse, keyboard, touch and link."""

import math
import re

import pytest
from playwright.sync_api import expect

from engine.spec import Spec
from engine.training import Trainer
from tests.browser.axe import serious
from tests.browser.screens import on_every_screen

WEIGHT = "layers.0.weight[1,2]"  # x2 -> 1.3


def click_edge(page, place):
    """A click on a line of the net, at a point of it that no other covers."""
    point = page.locator(f".edge-hit[data-place='{place}']").evaluate(
        """(edge) => {
          const box = edge.ownerSVGElement.getBoundingClientRect();
          for (let share = 0.1; share < 0.95; share += 0.02) {
            const at = edge.getPointAtLength(edge.getTotalLength() * share);
            const [x, y] = [at.x + box.x, at.y + box.y];
            if (document.elementFromPoint(x, y) === edge) return [x, y];
          }
          return null;
        }"""
    )
    page.mouse.click(*point)


def open_weight(lab):
    click_edge(lab.page, '{"kind":"weight","layer":0,"index":2,"from":1}')
    panel = lab.page.locator("[data-view=explain]")
    expect(panel.get_by_role("heading", name="Weight x₂ → 1.3")).to_be_visible()
    return panel


def steps(lab, count):
    """Steps in the page and in an engine of our own, which has the next gradients."""
    trainer = Trainer(Spec.parse({}))
    for _ in range(count):
        lab.page.keyboard.press("s")
    lab.wait_until_step_is(count)
    trainer.run(count)
    trainer.gradients()
    return trainer


def number(panel, test_id):
    return float(panel.get_by_test_id(test_id).get_attribute("data-value"))


def amounts(panel, selector):
    return [
        float(text)
        for text in panel.locator(selector).evaluate_all("(all) => all.map((e) => e.dataset.value)")
    ]


def ask(lab, path):
    """The API as the page reaches it, for the session of this tab."""
    return lab.page.evaluate(
        """(path) => fetch(`/api/sessions/${sessionStorage.getItem("backprop-lab.session")}${path}`)
             .then((answer) => answer.json())""",
        path,
    )


# --- what it says ---


def test_a_gradient_is_the_engines_and_the_sum_of_the_terms_shown(lab):
    trainer = steps(lab, 5)
    panel = open_weight(lab)
    weight = trainer.network.layers[0].weight
    assert number(panel, "explain-gradient") == weight.grad[1, 2]
    assert number(panel, "explain-value") == weight.data[1, 2]
    expect(panel.get_by_test_id("explain-moment")).to_have_text(
        "At step 5, for the next minibatch of 10 samples."
    )
    terms = amounts(panel, ".term")
    assert len(terms) == 10
    assert math.fsum(terms) == pytest.approx(weight.grad[1, 2], rel=1e-12)
    assert number(panel, "term-sum") == weight.grad[1, 2]
    answer = ask(lab, f"/explain?element={WEIGHT}&step=5")
    assert terms == [term["contribution"] for term in answer["terms"]]
    first = trainer.dataset.x[answer["rows"][answer["terms"][0]["sample"]], 1]
    assert amounts(panel, ".term:first-child .factor.fwd")[0] == first


def test_every_factor_leads_on_and_back_leads_back(lab):
    steps(lab, 5)
    panel = open_weight(lab)
    page = lab.page
    upstream, local = amounts(panel, ".term:first-child .factor")[:2]
    panel.locator(".term:first-child .factor.bwd").first.click()
    title = panel.get_by_role("heading", level=2)
    expect(title).to_contain_text("Sum z of 1.3, sample")
    assert number(panel, "explain-gradient") == upstream
    panel.get_by_role("button", name="Back").click()
    expect(title).to_have_text("Weight x₂ → 1.3")
    panel.locator(".term:first-child .factor.fwd").first.click()
    expect(title).to_contain_text("Input x₂, sample")
    assert number(panel, "explain-value") == local
    expect(panel.get_by_test_id("explain-gradient")).to_have_count(0)
    panel.locator(".trail button").first.click()
    expect(title).to_have_text("Weight x₂ → 1.3")
    assert "explain=layers.0.weight[1,2]&of=gradient&step=5" in page.evaluate("location.hash")


def test_a_term_opens_to_the_ways_on_which_add_up_to_it(lab):
    steps(lab, 5)
    panel = open_weight(lab)
    contribution = amounts(panel, ".term")[0]
    panel.locator(".term-open").first.click()
    path = panel.locator(".why-path").first
    expect(path).to_have_attribute("aria-busy", "false")
    expect(path.locator("li")).to_have_count(3)  # tanh, then by each neuron of layer 2
    parts = amounts(path, "li:not(:first-child) > span")
    assert sum(parts) == pytest.approx(contribution, rel=1e-12)


def test_a_neurons_value_comes_from_its_inputs_times_its_weights(lab):
    trainer = steps(lab, 5)
    page = lab.page
    page.locator(".neuron").nth(4).click()  # 1.3
    panel = page.locator("[data-view=explain]")
    title = panel.get_by_role("heading", level=2)
    expect(title).to_contain_text("Output of 1.3, sample")
    row = ask(lab, "/explain?element=layers.0.output[0,2]&of=value&row=0")["row"]
    assert row == 0
    index = int(title.inner_text().rsplit(" ", 1)[1]) - 1
    value = trainer.network.activations(trainer.dataset.x[index : index + 1])[0][0, 2]
    assert number(panel, "explain-value") == pytest.approx(value, rel=1e-12)
    panel.locator(".why-inputs").get_by_role("button").first.click()
    expect(title).to_contain_text("Sum z of 1.3, sample")
    terms = amounts(panel, ".term")
    assert len(terms) == 3  # two inputs and the bias
    assert sum(terms) == pytest.approx(math.atanh(value), rel=1e-9)
    panel.locator(".term:nth-child(1) .factor").nth(1).click()
    expect(title).to_have_text(re.compile(r"^Weight x[₁₂] → 1\.3$"))
    expect(panel.locator(".why-inputs.update li").last).to_contain_text("value now")


def test_the_check_agrees_and_another_step_is_worse(lab):
    steps(lab, 5)
    panel = open_weight(lab)
    error = panel.get_by_test_id("check-error")
    expect(error).to_have_attribute("data-good", "true")
    assert float(error.get_attribute("data-value")) < 1e-6
    assert number(panel, "check-analytic") == number(panel, "explain-gradient")
    slider = panel.get_by_role("slider", name="Step h")
    slider.fill("0")
    assert number(panel, "check-error") > 1e-6
    expect(panel.locator(".slice-curve, .error-line")).to_have_count(2)


# --- when ---


def test_it_stays_at_its_step_while_training_goes_on_and_can_be_refreshed(lab):
    steps(lab, 5)
    panel = open_weight(lab)
    before = number(panel, "explain-gradient")
    refresh = panel.get_by_role("button", name="Refresh")
    expect(refresh).to_be_hidden()
    lab.page.get_by_role("button", name="Play", exact=True).click()
    lab.wait_for_step(100)
    lab.page.get_by_role("button", name="Pause").click()
    assert number(panel, "explain-gradient") == before
    expect(panel.get_by_test_id("explain-moment")).to_contain_text("At step 5,")
    panel.locator(".term:first-child .factor.bwd").first.click()
    expect(panel.get_by_test_id("explain-moment")).to_contain_text("At step 5,")
    panel.get_by_role("button", name="Back").click()
    refresh.click()
    expect(refresh).to_be_hidden()
    step = int(lab.number("step"))
    expect(panel.get_by_test_id("explain-moment")).to_contain_text(f"At step {step:,},")
    trainer = Trainer(Spec.parse({}))
    trainer.run(step)
    trainer.gradients()
    lab.until(
        "Number(document.querySelector('[data-testid=explain-gradient]').dataset.value)"
        f" === {float(trainer.network.layers[0].weight.grad[1, 2])!r}"
    )


def test_other_settings_at_the_same_step_are_explained_anew(lab):
    steps(lab, 5)
    panel = open_weight(lab)
    before = number(panel, "explain-gradient")
    lab.page.get_by_role("combobox", name="Loss").select_option("huber")
    lab.until(
        "Number(document.querySelector('[data-testid=explain-gradient]').dataset.value)"
        f" !== {before!r}"
    )
    answer = ask(lab, f"/explain?element={WEIGHT}")
    assert number(panel, "explain-gradient") == answer["value"]


def test_after_a_reset_it_is_about_the_new_run(lab):
    steps(lab, 5)
    panel = open_weight(lab)
    lab.page.get_by_role("button", name="Reset").click()
    lab.wait_until_step_is(0)
    expect(panel.get_by_test_id("explain-moment")).to_contain_text("At step 0,")
    lab.page.get_by_role("button", name="Add layer").click()
    expect(panel).to_be_hidden()  # another net: there is no such number


# --- how one gets there ---


def test_the_numbers_of_a_pinned_card_are_asked_by_a_click(lab):
    steps(lab, 5)
    panel = open_weight(lab)
    card = lab.page.locator(".net-card")
    card.get_by_role("button").first.click()
    expect(panel.get_by_test_id("explain-value")).to_have_attribute("aria-pressed", "true")
    expect(panel.locator(".why-words")).to_contain_text("The update of step 4")
    card.get_by_role("button").nth(1).click()
    expect(panel.get_by_test_id("explain-gradient")).to_have_attribute("aria-pressed", "true")


def test_a_second_click_or_escape_ends_it(lab):
    panel = open_weight(lab)
    click_edge(lab.page, '{"kind":"weight","layer":0,"index":2,"from":1}')
    expect(panel).to_be_hidden()
    lab.page.mouse.move(700, 20)  # the net has grown, and something else of it is under the mouse
    expect(lab.page.locator(".net-card")).to_be_hidden()
    panel = open_weight(lab)
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_be_hidden()
    assert "explain" not in lab.page.evaluate("location.hash")


def test_by_keyboard_alone(lab):
    page = lab.page
    steps(lab, 3)
    page.locator(".neuron").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    panel = page.locator("[data-view=explain]")
    title = panel.get_by_role("heading", level=2)
    expect(title).to_be_focused()
    expect(title).to_contain_text("Output of 1.")

    def tab_to(expression):
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate(expression):
                return
        raise AssertionError(f"Tab never reached {expression}")

    tab_to("document.activeElement.matches('.why-inputs button')")  # its sum
    page.keyboard.press("Enter")
    expect(title).to_contain_text("Sum z of 1.")
    expect(title).to_be_focused()
    tab_to("document.activeElement.matches('.term:first-child .factor:last-of-type')")  # a weight
    page.keyboard.press("Enter")
    expect(title).to_contain_text("Weight ")
    expect(title).to_be_focused()
    tab_to("document.activeElement.matches('[data-testid=explain-gradient]')")
    page.keyboard.press("Enter")
    expect(panel.get_by_test_id("explain-gradient")).to_have_attribute("aria-pressed", "true")
    expect(panel.get_by_role("status").last).to_contain_text("step 3: gradient")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page.locator(".neuron:focus")).to_have_count(1)


def test_a_phone_does_it_by_touch(open_lab):
    lab = open_lab((390, 844), has_touch=True)
    page = lab.open()
    page.locator(".bias").nth(1).tap()
    panel = page.locator("[data-view=explain]")
    expect(panel.get_by_role("heading", name="Bias of 1.2")).to_be_visible()
    panel.get_by_role("button", name="Check it").tap()
    expect(panel.get_by_test_id("check-error")).to_have_attribute("data-good", "true")
    panel.get_by_role("button", name="Where from").tap()
    panel.locator(".term:first-child .factor.bwd").first.tap()
    expect(panel.get_by_role("heading", level=2)).to_contain_text("Sum z of 1.2, sample")
    panel.get_by_role("button", name="Close").tap()
    expect(panel).to_be_hidden()


# --- links ---


def test_a_reload_finds_the_number_and_a_friend_finds_it_at_the_start(lab, open_lab):
    steps(lab, 5)
    open_weight(lab)
    lab.until("location.hash.includes('explain=')")
    gradient = number(lab.page.locator("[data-view=explain]"), "explain-gradient")
    address = lab.page.evaluate("location.hash")
    lab.page.reload()
    lab.ready()
    panel = lab.page.locator("[data-view=explain]")
    expect(panel.get_by_role("heading", name="Weight x₂ → 1.3")).to_be_visible()
    assert lab.number("step") == 5
    assert number(panel, "explain-gradient") == gradient

    friend = open_lab()
    friend.open(f"/{address}")
    panel = friend.page.locator("[data-view=explain]")
    expect(panel.get_by_role("heading", name="Weight x₂ → 1.3")).to_be_visible()
    expect(panel.get_by_test_id("explain-moment")).to_have_text(
        "At step 0, for the next minibatch of 10 samples. "
        "The link is from step 5, which this run has not come to."
    )


def test_a_link_to_a_number_that_is_none_says_so(open_lab):
    lab = open_lab()
    page = lab.page
    lab.open("/#explain=layers.7.weight[0,0]&of=value")
    panel = page.locator("[data-view=explain]")
    expect(panel.get_by_role("alert").first).to_contain_text("This number cannot be explained.")
    lab.errors.clear()  # Chromium reports the refused request
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_be_hidden()


def test_a_reload_finds_a_run_with_another_optimizer_and_schedule(open_lab):
    lab = open_lab()
    page = lab.open("/#optimizer.name=adam&schedule.name=cosine")
    page.keyboard.press("s")
    lab.wait_until_step_is(1)
    page.reload()
    lab.ready()
    assert lab.number("step") == 1


def test_walk_this_step_pauses_and_the_way_back_finds_the_run(lab):
    page = lab.page
    page.get_by_role("combobox", name="Loss").select_option("huber")
    page.get_by_role("button", name="Play", exact=True).click()
    lab.wait_for_step(50)
    session = page.evaluate("sessionStorage.getItem('backprop-lab.session')")
    page.get_by_role("link", name="Walk this step").click()
    page.wait_for_url("**/walkthrough#session=*")
    found = re.search(r"session=([\w-]+)&step=(\d+)", page.url)
    assert found is not None and found[1] == session
    page.get_by_role("link", name="Playground", exact=True).click()
    lab.ready()
    assert lab.number("step") == int(found[2])
    expect(page.get_by_role("combobox", name="Loss")).to_have_value("huber")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()

    panel = open_weight(lab)
    panel.get_by_role("link", name="Walk this step").click()
    page.wait_for_url(f"**/walkthrough#session={session}&step={found[2]}*")
    page.go_back()
    lab.ready()
    assert lab.number("step") == int(found[2])
    expect(panel.get_by_role("heading", name="Weight x₂ → 1.3")).to_be_visible()


def test_a_new_visit_begins_a_run_of_its_own(lab):
    steps(lab, 3)
    session = lab.page.evaluate("sessionStorage.getItem('backprop-lab.session')")
    lab.page.goto(lab.url + "/?again")
    lab.ready()
    assert lab.number("step") == 0
    assert lab.page.evaluate("sessionStorage.getItem('backprop-lab.session')") != session


# --- for everybody ---


@on_every_screen
def test_axe_finds_nothing_serious_and_nothing_is_cut(open_lab, size, language, theme):
    lab = open_lab(size, language, theme)
    page = lab.open(f"/#explain={WEIGHT}&of=gradient")
    panel = page.locator("[data-view=explain]")
    expect(panel.get_by_test_id("term-sum")).to_be_visible()
    panel.locator(".term-open").first.click()
    expect(panel.locator(".why-path").first).to_have_attribute("aria-busy", "false")
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    cut = page.evaluate(
        """() => [...document.querySelector('[data-view=explain]')
          .querySelectorAll('button, h2, h3, dt, dd, .term-name')]
          .filter((e) => e.offsetParent && getComputedStyle(e).overflowX !== 'visible')
          .filter((e) => e.scrollWidth > e.clientWidth + 1)
          .map((e) => e.textContent.trim().slice(0, 40))"""
    )
    assert cut == []
