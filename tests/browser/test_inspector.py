"""The inspector under the net: what is wrong is found and said with its number, what is suggested
cures it on a branch, and the numbers of its tabs are those of the API."""

import pytest
from playwright.sync_api import expect

from engine.diagnosis import SATURATED
from engine.spec import Spec
from engine.training import Trainer
from tests.browser.axe import serious
from tests.browser.screens import DESK, PHONE, TABLET
from tests.browser.test_explain import ask, click_edge

DYING = "/#network.layers=8-relu,8-relu,1-linear&optimizer.learning_rate=0.3"
NET = [{"units": 8, "activation": "relu"}] * 2 + [{"activation": "linear"}]


def inspector(page):
    return page.locator("[data-view=inspector]")


def open_tab(lab, name):
    tab = inspector(lab.page).get_by_role("tab", name=name)
    tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")
    return inspector(lab.page).get_by_role("tabpanel")


def step_to(lab, step):
    """Through the page's own field; the run is trained there first where it has not come so far."""
    while lab.number("step") < step:
        before = lab.number("step")
        lab.page.evaluate("document.activeElement?.blur()")
        lab.page.get_by_role("button", name="Play", exact=True).click()
        lab.wait_for_step(int(min(step, before + 50)))
        lab.page.get_by_role("button", name="Pause").click()
        expect(lab.page.get_by_role("button", name="Play", exact=True)).to_be_visible()
        lab.page.wait_for_timeout(200)
    go_to(lab, step)


def go_to(lab, step):
    field = lab.page.get_by_role("spinbutton", name="Go to step")
    field.fill(str(step))
    field.press("Enter")
    lab.wait_until_step_is(step)


def diagnosed(lab):
    """Until the page shows the diagnosis of the step it is at."""
    lab.page.wait_for_timeout(300)
    answer = ask(lab, "/diagnosis")
    found = [each["kind"] for each in answer["findings"]]
    badge = inspector(lab.page).get_by_test_id("findings")
    if found:
        expect(badge).to_have_text(str(len(found)))
    else:
        expect(badge).to_be_hidden()
    return answer


def test_dead_relus_are_found_and_what_is_suggested_cures_them_on_a_branch(open_lab):
    lab = open_lab()
    lab.open(DYING)
    expect(inspector(lab.page).get_by_test_id("findings")).to_be_hidden()
    step_to(lab, 400)
    go_to(lab, 200)
    answer = diagnosed(lab)
    panel = open_tab(lab, "Diagnosis")
    finding = panel.get_by_test_id("finding-dead")
    expect(finding.get_by_role("heading")).to_have_text("Dead neurons in layer 2")
    expect(finding).to_contain_text("In layer 2, 100 % of the neurons are 0")
    expect(finding).to_contain_text("leaky ReLU in layer 2.")
    [dead] = [each for each in answer["findings"] if each["kind"] == "dead"]
    trainer = Trainer(Spec.parse({"network": {"layers": NET}, "optimizer": {"learning_rate": 0.3}}))
    trainer.run(200)
    assert dead["value"] == trainer.health()[1].dead_share == 1.0
    finding.get_by_role("button", name="Try it").click()
    expect(lab.page.locator("[data-view=runs], .losses").get_by_text("Runs: 2")).to_be_visible()
    expect(finding).to_have_count(0)
    step_to(lab, 800)
    assert lab.number("train-loss") < 0.1
    after = diagnosed(lab)
    assert after["run"] == 2 and "dead" not in [each["kind"] for each in after["findings"]]
    runs = ask(lab, "/runs")["runs"]
    assert runs[0]["loss"]["train"] > 0.9, "the run that died is kept"


def test_a_healthy_run_is_told_so_and_the_panel_follows_the_steps(lab):
    panel = open_tab(lab, "Diagnosis")
    expect(panel.get_by_test_id("calm")).to_contain_text("Nothing stands out at step 0")
    for _ in range(3):
        lab.page.keyboard.press("s")
    expect(panel.get_by_test_id("calm")).to_contain_text("at step 3")


def test_an_overflow_is_named_with_its_way_and_left_by_what_is_suggested(open_lab):
    lab = open_lab()
    lab.open("/#network.layers=8-relu,8-relu,1-linear&optimizer.learning_rate=3")
    lab.page.get_by_role("button", name="Play", exact=True).click()
    panel = open_tab(lab, "Diagnosis")
    finding = panel.get_by_test_id("finding-overflow")
    expect(finding).to_be_visible()
    expect(finding.locator(".finding-chain")).to_contain_text("→")
    finding.get_by_role("button", name="Try it").click()
    expect(finding).to_have_count(0)
    lab.until("location.hash.includes('learning_rate=0.3')")


def test_the_layers_show_what_the_engine_measures(lab):
    panel = open_tab(lab, "Layers")
    for _ in range(5):
        lab.page.keyboard.press("s")
    expect(panel.get_by_test_id("layers-moment")).to_contain_text("Step 5.")
    trainer = Trainer(Spec.parse({}))
    trainer.run(5)
    for row in trainer.health(ahead=True):
        for name, value in [
            ("gradient", row.gradient_norm),
            ("update", row.update_ratio),
            ("weight", row.weight_norm),
            ("activation", row.activation_mean),
            ("saturated", row.saturated_share),
        ]:
            cell = panel.get_by_test_id(f"layer-{row.layer}-{name}")
            assert float(cell.get_attribute("data-value")) == value
        expect(panel.get_by_test_id(f"layer-{row.layer}-dead")).to_have_text("–")
        saturated = panel.get_by_test_id(f"layer-{row.layer}-saturated")
        assert (row.saturated_share < SATURATED) == (
            saturated.get_attribute("data-trouble") == "false"
        )


@pytest.mark.parametrize("data", ["circle", "iris"])
def test_confusion_is_that_of_the_api_and_a_mistake_becomes_the_sample(open_lab, data):
    lab = open_lab()
    lab.open(f"/#data.name={data}")
    panel = open_tab(lab, "Confusion")
    for split in ("test", "train"):
        panel.get_by_role("button", name=split.capitalize(), exact=True).click()
        answer = ask(lab, f"/confusion?split={split}")
        assert answer["wrong"] > 0
        for i, row in enumerate(answer["matrix"]):
            for j, count in enumerate(row):
                cell = panel.get_by_test_id(f"confusion-{i}-{j}")
                expect(cell).to_have_attribute("data-value", str(count))
            for name in ("precision", "recall", "f1"):
                cell = panel.get_by_test_id(f"{name}-{i}")
                assert float(cell.get_attribute("data-value")) == answer["classes"][i][name]
    mistake = answer["mistakes"][-1]
    button = panel.get_by_test_id(f"mistake-{mistake['row']}")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")  # the frame says so
    assert panel.locator(".mistake[aria-pressed=true]").count() == 1


def test_numbers_have_no_classes_to_be_confused(open_lab):
    lab = open_lab()
    lab.open("/#data.name=wave")
    expect(inspector(lab.page).get_by_role("tab", name="Confusion")).to_be_hidden()
    expect(inspector(lab.page).get_by_role("menuitem", name="Confusion")).to_have_count(0)


def test_only_one_panel_is_open_under_the_net(lab):
    page = lab.page
    panel = open_tab(lab, "Layers")
    click_edge(page, '{"kind":"weight","layer":0,"index":2,"from":1}')
    explain = page.locator("[data-view=explain]")
    expect(explain).to_be_visible()
    expect(panel).to_be_hidden()
    open_tab(lab, "Layers")
    expect(explain).to_be_hidden()
    expect(panel).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(inspector(page).get_by_role("tab", name="Layers")).to_be_focused()


def test_keys_move_between_tabs(lab):
    page = lab.page
    first = inspector(page).get_by_role("tab", name="Diagnosis")
    first.focus()
    page.keyboard.press("Enter")
    expect(first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowRight")
    expect(inspector(page).get_by_role("tab", name="Selected")).to_be_focused()
    expect(inspector(page).get_by_role("tab", name="Selected")).to_have_attribute(
        "aria-selected", "true"
    )
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    last = inspector(page).get_by_role("tab").last
    expect(last).to_be_focused()
    expect(last).to_have_attribute("aria-selected", "true")
    page.get_by_role("button", name="Close the inspector").click()
    expect(inspector(page)).to_have_attribute("data-open", "false")


def test_questions_are_few_while_training_and_fewer_while_closed(lab):
    asked = []
    lab.page.on(
        "request", lambda sent: asked.append(sent.url) if "/diagnosis" in sent.url else None
    )
    lab.page.get_by_role("button", name="Play", exact=True).click()
    lab.page.wait_for_timeout(300)
    asked.clear()
    lab.page.wait_for_timeout(4200)
    assert 1 <= len(asked) <= 3, "closed: every two seconds"
    open_tab(lab, "Layers")
    asked.clear()
    lab.page.wait_for_timeout(3000)
    assert 3 <= len(asked) <= 7, "open: at most twice a second"
    lab.page.get_by_role("button", name="Pause").click()
    lab.page.wait_for_timeout(1000)
    asked.clear()
    lab.page.wait_for_timeout(1500)
    assert asked == [], "what stands still is asked once"


@pytest.mark.parametrize(
    ("size", "language", "theme"),
    [
        (DESK, "en-US", "dark"),
        ((1280, 720), "zh-CN", "light"),
        (TABLET, "en-US", "light"),
        (PHONE, "zh-CN", "dark"),
    ],
)
def test_every_tab_fits_reads_well_and_is_accessible(open_lab, size, language, theme):
    lab = open_lab(size, language, theme)
    lab.open(DYING)
    page = lab.page
    page.locator("[data-keep=play]").click()
    lab.wait_for_step(300)
    page.locator("[data-keep=play]").click()
    box = inspector(page)
    for name in TABS:
        tab = box.locator(f"[data-keep=inspector-{name}]")
        if not tab.is_visible():
            box.locator("[data-keep=inspector-more]").click()
            tab = box.locator(f"[role=menuitem][data-name={name}]")
        tab.click()
        expect(box.locator(f"[data-part={name}] *").first).to_be_visible()
        page.wait_for_timeout(500)
        result = page.evaluate(FITS)
        assert result["outside"] == [], (name, result)
        assert result["page"] <= 0, "the page does not scroll sideways"
        if size[0] > 760:
            assert result["overlap"] <= 0.5, "the net ends where the inspector begins"
        assert serious(page, within=".inspector") == []


TABS = ["diagnosis", "selected", "layers", "flow", "histograms", "optimizer", "confusion"]
TABS += ["landscape", "hidden"]
FITS = """() => {
  const box = document.querySelector(".inspector").getBoundingClientRect();
  const strip = [...document.querySelectorAll(".inspector-strip button")];
  const seen = strip.filter((each) => each.checkVisibility());
  const outside = seen.map((each) => each.getBoundingClientRect())
    .filter(({ left, right }) => left < box.left - 1 || right > box.right + 1)
    .map((each) => [each.left, each.right]);
  const panel = document.querySelector(".inspector-panel").getBoundingClientRect();
  if (panel.right > box.right + 1 || panel.bottom > innerHeight + 1) outside.push("panel");
  if (panel.height < 100) outside.push("all of the panel");
  const part = document.querySelector(".inspector-part:not([hidden])");
  if (part.scrollWidth > part.clientWidth + 1) outside.push("its part");
  const foot = document.querySelector(".net-foot").getBoundingClientRect();
  const page = document.documentElement.scrollWidth - innerWidth;
  return { outside, page, overlap: foot.bottom - box.top };
}"""
