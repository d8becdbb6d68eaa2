"""Races of nets on the page: every number is the API's, whatever one does with the race."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Lab
from tests.browser.screens import on_every_screen
from tests.conftest import running_server

OpenLab = Callable[..., Lab]
LOSS_3 = "document.querySelector('[data-testid=net-loss-3]').dataset.value"
RATES = {"sgd": 0.1, "momentum": 0.03, "adam": 0.01}
LANES = [{"optimizer": {"name": name, "learning_rate": rate}} for name, rate in RATES.items()]
WRITTEN = "".join(f"&lane={name},learning_rate:{rate}" for name, rate in RATES.items())
SPEC = {"data": {"name": "xor"}, "network": {"layers": [{"units": 4}, {}]}, "seed": 3}
XOR = f"tab=nets&data.name=xor&network.layers=4-tanh,1-tanh&seed=3{WRITTEN}"


@pytest.fixture(scope="module")
def keeping_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with a folder of its own."""
    with running_server(BACKPROP_LAB_DATA=str(tmp_path_factory.mktemp("data"))) as url:
        yield url.rstrip("/")


@pytest.fixture
def keeping(open_lab: OpenLab, keeping_url: str) -> Lab:
    lab = open_lab()
    lab.url = keeping_url
    lab.context.unroute_all()
    return lab


def post(lab: Lab, path: str, asked: dict[str, Any], method: str = "POST") -> Any:
    request = urllib.request.Request(
        f"{lab.url}/api/{path}", json.dumps(asked).encode(), method=method
    )
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


def get(lab: Lab, path: str) -> Any:
    with urllib.request.urlopen(f"{lab.url}/api/{path}") as answer:
        return json.load(answer)


def step(page: Page) -> int:
    return int(page.get_by_test_id("race-step").get_attribute("data-value") or -1)


def wait_for_step(lab: Lab, at: int, timeout: float = 20.0) -> None:
    lab.until(
        f"document.querySelector('[data-testid=race-step]')?.dataset.value === '{at}'"
        f" && Boolean(document.querySelector('[data-testid=net-loss-2]')?.dataset.value)",
        timeout,
    )


def open_race(lab: Lab, address: str = XOR, at: int = 0) -> Page:
    lab.page.goto(f"{lab.url}/optimizers#{address}{f'&at={at}' if at else ''}")
    wait_for_step(lab, at)
    return lab.page


def value(page: Page, name: str) -> float:
    return float(page.get_by_test_id(name).get_attribute("data-value") or "nan")


def losses(page: Page, lanes: int = 3) -> list[float]:
    return [value(page, f"net-loss-{number}") for number in range(1, lanes + 1)]


def raced(lab: Lab, at: int, **more: Any) -> dict[str, Any]:
    """The same race by the API alone."""
    made = post(lab, "races", {"spec": SPEC, "lanes": LANES, **more})
    found: dict[str, Any] = post(lab, f"races/{made['id']}/seek", {"step": at})
    return found


def of_the_api(lab: Lab, at: int, part: str = "test_loss", **more: Any) -> list[float]:
    return [lane["metrics"][part] for lane in raced(lab, at, **more)["states"]]


@pytest.fixture
def race(open_lab: OpenLab) -> Lab:
    made = open_lab()
    open_race(made, at=200)
    return made


def test_the_lanes_show_what_the_api_computes(race: Lab) -> None:
    page = race.page
    found = raced(race, 200)
    assert losses(page) == [lane["metrics"]["test_loss"] for lane in found["states"]]
    shown = [value(page, f"lane-loss-{number}") for number in (1, 2, 3)]
    assert shown == losses(page)
    shares = [value(page, f"net-metric-{number}") for number in (1, 2, 3)]
    assert shares == [lane["metrics"]["test_accuracy"] for lane in found["states"]]
    page.get_by_role("button", name="Training", exact=True).click()
    race.until("location.hash.includes('shows=train')")
    assert losses(page) == [lane["metrics"]["train_loss"] for lane in found["states"]]
    assert all(value(page, f"net-time-{number}") > 0 for number in (1, 2, 3))


def test_the_fingerprints_are_those_of_the_api(race: Lab) -> None:
    page = race.page
    states = raced(race, 200)["states"]
    for name, print_of in (("start", "start"), ("batches", "batches")):
        fact = page.get_by_test_id(f"fair-{name}")
        assert fact.get_attribute("data-holds") == "true"
        fact.locator("summary").click()
        prints = fact.locator("li code").all_inner_texts()
        assert prints == [lane[print_of] for lane in states] and len(set(prints)) == 1
        expect(fact.locator("summary code")).to_have_text(prints[0][:8])


def test_when_each_reached_a_loss_is_what_the_api_says(open_lab: OpenLab) -> None:
    lab = open_lab()
    page = open_race(lab, f"{XOR}&target=0.5", at=600)
    made = raced(lab, 600)
    curves = get(lab, f"races/{made['id']}/curves?target=0.5&of=test")
    said = [
        page.get_by_test_id(f"net-reached-{number}").get_attribute("data-value")
        for number in (1, 2, 3)
    ]
    told = [lane["reached"] for lane in curves["lanes"]]
    assert said == ["" if each is None else str(each["step"]) for each in told]
    assert any(told)
    for number, each in enumerate(told, 1):
        cell = page.get_by_test_id(f"net-reached-{number}")
        expect(cell).to_have_text("–" if each is None else f"{each['epoch']:.1f}")


def test_the_loss_to_reach_is_set_by_number_and_by_keys(race: Lab) -> None:
    page = race.page
    page.get_by_role("spinbutton", name="Loss to reach").fill("-1")
    page.get_by_role("spinbutton", name="Loss to reach").press("Enter")
    expect(page.get_by_role("alert").filter(has_text="Allowed: above 0")).to_be_visible()
    page.get_by_role("spinbutton", name="Loss to reach").fill("0.3")
    page.get_by_role("spinbutton", name="Loss to reach").press("Enter")
    handle = page.get_by_role("slider", name="Loss to reach")
    expect(handle).to_have_attribute("aria-valuenow", "0.3")
    handle.focus()
    page.keyboard.press("ArrowUp")
    expect(handle).to_have_attribute("aria-valuenow", "0.5")
    expect(page.get_by_role("spinbutton", name="Loss to reach")).to_have_value("0.5")
    race.until("location.hash.includes('target=0.5')")
    box = handle.bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 20, box["y"] + 60)
    page.mouse.up()
    assert float(handle.get_attribute("aria-valuenow") or 1) < 0.5


def test_play_pause_step_seek_and_reset(race: Lab) -> None:
    page = race.page
    page.get_by_role("button", name="Reset race").click()
    wait_for_step(race, 0)
    page.get_by_role("button", name="Step race").click()
    wait_for_step(race, 1)
    page.get_by_role("button", name="Play race").click()
    race.until("Number(document.querySelector('[data-testid=race-step]').dataset.value) > 300")
    page.get_by_role("button", name="Pause race").click()
    expect(page.get_by_role("button", name="Play race")).to_be_visible()
    page.wait_for_timeout(300)
    at = step(page)
    page.wait_for_timeout(300)
    assert step(page) == at
    assert losses(page) == of_the_api(race, at)
    page.locator("body").click(position={"x": 2, "y": 2})
    page.keyboard.press("ArrowLeft")
    wait_for_step(race, at - 1)
    page.keyboard.press("s")
    wait_for_step(race, at)
    page.get_by_test_id("race-slider").fill("50")
    wait_for_step(race, 50)
    race.until("location.hash.includes('at=50')")
    page.wait_for_timeout(200)
    assert losses(page) == of_the_api(race, 50)
    page.locator("body").click(position={"x": 2, "y": 2})
    page.keyboard.press("End")
    wait_for_step(race, at)
    page.keyboard.press("r")
    wait_for_step(race, 0)
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause race")).to_be_visible()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play race")).to_be_visible()


def test_lanes_are_changed_added_doubled_and_removed(race: Lab) -> None:
    page = race.page
    before = losses(page)
    rate = page.locator(".lane[data-lane='3']").get_by_label("Learning rate", exact=True)
    rate.fill("0.1")
    rate.press("Enter")
    race.until("location.hash.includes('lane=adam,learning_rate:0.1')")
    wait_for_step(race, 200)
    race.until(
        f"Number(document.querySelector('[data-testid=net-loss-3]').dataset.value) !== {before[2]}"
    )
    changed = [*LANES[:2], {"optimizer": {"name": "adam", "learning_rate": 0.1}}]
    told = of_the_api(race, 200, lanes=changed)[2]
    race.until(f"{LOSS_3} === '{told!r}'")
    assert losses(page)[:2] == before[:2]
    page.get_by_role("button", name="Remove SGD").click()
    expect(page.locator(".lane")).to_have_count(2)
    wait_for_step(race, 200)
    race.until(
        f"document.querySelector('[data-testid=net-loss-1]').dataset.value === '{before[1]!r}'"
    )
    add = page.get_by_role("button", name="Add optimizer")
    for count in range(3, 9):
        add.click()
        expect(page.locator(".lane")).to_have_count(count)
    assert add.get_attribute("aria-disabled") == "true"


def test_a_refused_rate_says_why_and_leaves_the_race(race: Lab) -> None:
    page = race.page
    before = losses(page)
    rate = page.locator(".lane[data-lane='1']").get_by_label("Learning rate", exact=True)
    rate.fill("-1")
    rate.press("Enter")
    said = page.get_by_role("alert").filter(has_text="Allowed: above 0, up to 100.")
    expect(said).to_be_visible()
    assert losses(page) == before and step(page) == 200
    race.errors[:] = [said for said in race.errors if "422" not in said]


def test_a_lane_that_diverges_says_so_and_the_others_go_on(open_lab: OpenLab) -> None:
    lab = open_lab()
    spec = {
        **SPEC,
        "network": {"layers": [{"units": 4, "activation": "relu"}, {"activation": "linear"}]},
    }
    lanes = [{"optimizer": {"name": "sgd", "learning_rate": 90}}, LANES[2]]
    net = "data.name=xor&network.layers=4-relu,1-linear&seed=3"
    address = f"tab=nets&{net}&lane=sgd,learning_rate:90&lane=adam,learning_rate:0.01"
    lab.page.goto(f"{lab.url}/optimizers#{address}&at=150")
    lab.until("document.querySelector('[data-testid=race-step]')?.dataset.value === '150'")
    found = raced(lab, 150, spec=spec, lanes=lanes)["states"]
    assert found[0]["diverged"] is not None
    expect(lab.page.get_by_test_id("lane-loss-1")).to_have_text(
        f"diverged at step {found[0]['diverged']}"
    )
    assert value(lab.page, "net-loss-2") == found[1]["metrics"]["test_loss"]


def test_the_address_is_the_race_and_back_leads_back(open_lab: OpenLab) -> None:
    lab = open_lab()
    page = open_race(lab, at=120)
    before = losses(page)
    page.reload()
    wait_for_step(lab, 120)
    assert losses(page) == before
    page.get_by_role("tab", name="Surfaces").click()
    lab.until("Boolean(document.querySelector('[data-testid=map-stage]')?.dataset.drawn)")
    expect(page.get_by_role("tab", name="Surfaces")).to_have_attribute("aria-selected", "true")
    page.go_back()
    wait_for_step(lab, 120)
    expect(page.get_by_role("tab", name="Nets")).to_have_attribute("aria-selected", "true")
    assert losses(page) == before
    page.go_forward()
    expect(page.get_by_role("combobox", name="Surface")).to_be_visible()
    page.get_by_role("tab", name="Surfaces").press("ArrowRight")
    expect(page.get_by_role("tab", name="Nets")).to_be_focused()
    wait_for_step(lab, 120)


def test_the_playground_leads_here_with_its_net(open_lab: OpenLab) -> None:
    lab = open_lab()
    page = lab.open(
        "/#network.layers=3-relu,1-tanh&optimizer.name=adam&optimizer.learning_rate=0.02&seed=5"
    )
    page.get_by_role("link", name="Race optimizers").click()
    wait_for_step(lab, 0)
    assert page.locator(".net-facts").inner_text().count("3 ReLU") == 1
    first = page.get_by_role("combobox", name="Optimizer of lane 1")
    expect(first).to_have_value("adam")
    expect(
        page.locator(".lane[data-lane='1']").get_by_label("Learning rate", exact=True)
    ).to_have_value("0.02")
    expect(page.get_by_label("Seed", exact=True)).to_have_value("5")
    page.get_by_role("link", name="Open in the playground").click()
    lab.ready()
    assert "network.layers=3-relu,1-tanh" in page.url and "optimizer.learning_rate=0.02" in page.url


def test_a_race_that_is_gone_is_made_anew_where_it_was(race: Lab) -> None:
    page = race.page
    before = losses(page)
    name = page.get_by_role("link", name="Download CSV").get_attribute("href")
    assert name
    gone = name.split("/")[3]
    post(race, f"races/{gone}", {}, method="DELETE")
    race.until(f"!document.querySelector('a[href$=\"curves.csv\"]').href.includes('{gone}')")
    wait_for_step(race, 200)
    race.until(
        f"document.querySelector('[data-testid=net-loss-3]').dataset.value === '{before[2]!r}'"
    )
    assert losses(page) == before


def test_painted_points_that_no_address_holds_come_from_their_session(open_lab: OpenLab) -> None:
    lab = open_lab()
    points = [[i / 50 - 1.5, (i * 7 % 50) / 25 - 1, 1 if i % 2 else -1] for i in range(150)]
    spec = {"data": {"name": "points", "points": points}}
    made = post(lab, "sessions", spec)
    lab.page.goto(
        f"{lab.url}/optimizers#tab=nets&optimizer.name=sgd&data.name=points"
        f"&data.points=custom&session={made['id']}"
    )
    wait_for_step(lab, 0)
    lanes = [{"optimizer": {"name": name}} for name in ("sgd", "momentum", "rmsprop", "adam")]
    assert losses(lab.page, 4) == of_the_api(lab, 0, spec=spec, lanes=lanes)
    expect(lab.page.get_by_role("link", name="Open in the playground")).to_be_hidden()


def test_presets_open_with_what_suits_them(open_lab: OpenLab) -> None:
    lab = open_lab()
    page = open_race(lab, "tab=nets")
    assert page.get_by_role("combobox", name="Net").input_value() == "spiral"
    for preset in get(lab, "races/presets")["presets"]:
        page.get_by_role("combobox", name="Net").select_option(preset["name"])
        lab.until(f"location.hash.includes('target={preset['target']}')")
        expect(page.locator(".lane")).to_have_count(len(preset["race"]["lanes"]))
        lab.until("document.querySelector('[data-testid=lane-loss-1]').dataset.value !== ''")
        assert page.get_by_role("combobox", name="Net").input_value() == preset["name"]
        flat = preset["name"] in {"xor", "circle", "spiral"}
        pictures = len(preset["race"]["lanes"]) if flat else 0
        drawn = "document.querySelectorAll('section:not([hidden]) canvas[data-step]').length"
        lab.until(f"{drawn} === {pictures}")


def test_a_link_that_cannot_be_opens_the_first_race_and_says_so(open_lab: OpenLab) -> None:
    lab = open_lab()
    lab.page.goto(f"{lab.url}/optimizers#tab=nets&data.name=moonlight&lane=sgd")
    expect(lab.page.get_by_role("alert").filter(has_text="moonlight")).to_be_visible()
    expect(lab.page.locator(".lane")).to_have_count(4)
    lab.errors[:] = [said for said in lab.errors if "422" not in said]


# --- beside the race ---


def test_the_strip_is_what_the_api_computes_and_can_be_cancelled(race: Lab) -> None:
    page = race.page
    strip = page.get_by_test_id("rates")
    steps = strip.get_by_role("spinbutton", name="Steps")
    steps.fill("0")
    steps.press("Enter")
    expect(strip.get_by_role("alert")).to_contain_text("whole numbers from 1 to 100000")
    steps.fill("100000")
    steps.press("Enter")
    strip.get_by_role("button", name="Compute").click()
    expect(strip.get_by_role("status")).to_contain_text("17,094 steps at the most")
    race.errors[:] = [said for said in race.errors if "422" not in said]
    steps.fill("8000")
    steps.press("Enter")
    strip.get_by_role("button", name="Compute").click()
    assert strip.get_attribute("data-state") == "running"
    strip.get_by_role("button", name="Cancel").click()
    assert strip.get_attribute("data-state") == "stale"
    steps.fill("60")
    steps.press("Enter")
    strip.get_by_role("button", name="Compute").click()
    race.until("document.querySelector('[data-testid=rates]').dataset.state === 'done'", 60)
    assert strip.locator("tbody tr").count() == 13
    asked = {"spec": SPEC, "lanes": LANES, "rates": [0.01], "seeds": 3, "steps": 60}
    request = urllib.request.Request(f"{race.url}/api/races/rates", json.dumps(asked).encode())
    with urllib.request.urlopen(request) as answer:
        lines = [json.loads(line) for line in answer.read().splitlines()]
    told = {line["lane"]: line["test"]["median"] for line in lines if "lane" in line}
    row = strip.locator("tbody tr").filter(
        has=page.get_by_role("rowheader", name="0.01", exact=True)
    )
    for lane, cell in enumerate(row.locator("td").all_inner_texts()):
        assert float(cell) == pytest.approx(told[lane], abs=6e-5)
    page.get_by_role("button", name="简体中文").click()
    expect(strip).to_have_attribute("data-state", "done")


def test_races_are_kept_under_a_name(keeping: Lab) -> None:
    page = open_race(keeping, at=200)
    page.get_by_role("button", name="Saved races…").click()
    dialog = page.get_by_role("dialog", name="Saved races")
    dialog.get_by_label("Name for this race").fill("Three on XOR")
    dialog.get_by_role("button", name="Save", exact=True).click()
    title = dialog.get_by_label("Name of the race Three on XOR").first
    expect(title).to_be_visible()
    title.fill("XOR, three ways")
    title.press("Enter")
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("tab", name="Surfaces").click()
    expect(page.get_by_role("tab", name="Surfaces")).to_have_attribute("aria-selected", "true")
    page.get_by_role("button", name="Saved races…").click()
    dialog.get_by_role("link", name="Open the race XOR, three ways").first.click()
    wait_for_step(keeping, 200)
    assert losses(page) == of_the_api(keeping, 200)
    page.get_by_role("button", name="Saved races…").click()
    dialog.get_by_role("button", name="Delete the race XOR, three ways").first.click()
    dialog.get_by_role("button", name="Really delete the race XOR, three ways").click()
    expect(dialog.locator(".saved-run")).to_have_count(0)


def test_what_cannot_be_kept_is_said(race: Lab) -> None:
    race.page.get_by_role("button", name="Saved races…").click()
    said = race.page.get_by_text("This server cannot keep anything at the moment")
    expect(said).to_be_visible()
    race.errors[:] = [said for said in race.errors if "503" not in said]


def test_the_race_can_be_taken_along(race: Lab) -> None:
    page = race.page

    def taken(role: Any, kind: str) -> bytes:
        with page.expect_download() as waiting:
            page.get_by_role(role, name=f"Download {kind}").click()
        return waiting.value.path().read_bytes()

    told = raced(race, 200)["states"]
    answer = json.loads(taken("link", "JSON"))
    assert [lane["metrics"]["test_loss"] for lane in answer["states"]] == losses(page)
    rows = [line.split(",") for line in taken("link", "CSV").decode().splitlines()]
    last = [row for row in rows if row[0] == "3"][-1]
    assert (int(last[2]), float(last[5])) == (200, told[2]["metrics"]["test_loss"])
    picture = taken("button", "PNG")
    assert picture.startswith(b"\x89PNG") and len(picture) > 10_000


@on_every_screen
def test_it_is_accessible_and_fits(
    open_lab: OpenLab, size: tuple[int, int], language: str, theme: str
) -> None:
    lab = open_lab(size, language, theme)
    page = open_race(lab, at=60)
    page.locator(".lane-settings summary").first.click()
    page.get_by_test_id("fair-start").locator("summary").click()
    page.wait_for_timeout(300)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_nothing_moves_while_it_plays(race: Lab) -> None:
    page = race.page
    places = (
        "JSON.stringify(['.lanes', '.over-steps-plot', '.net-pictures', '.net-results',"
        " '.race-rates', '.net-fair', '.race-play']"
        ".map((name) => document.querySelector(name).getBoundingClientRect())"
        ".map(({ left, top, width, height }) => [left, top, width, height].map(Math.round)))"
    )
    before = page.evaluate(places)
    page.get_by_role("button", name="Play race").click()
    for _ in range(20):
        page.wait_for_timeout(50)
        assert page.evaluate(places) == before
    page.get_by_role("button", name="Pause race").click()
    page.get_by_role("button", name="Play race").wait_for()
    assert page.evaluate(places) == before


COUNT = """() => {
  window.counted = { frames: 0, changes: 0 };
  new MutationObserver(() => { counted.changes += 1; }).observe(
    document.querySelector('[data-testid=race-step]'), { attributes: true });
  const frame = () => { counted.frames += 1; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
}"""


def best_second(page: Page, seconds: int) -> dict[str, int]:
    """Frames and changes in a second: of a machine that others use, too, the best one counts."""
    best = {"frames": 0, "changes": 0}
    for _ in range(seconds):
        before = page.evaluate("({ ...counted })")
        page.wait_for_timeout(1000)
        after = page.evaluate("({ ...counted })")
        second = {name: after[name] - before[name] for name in before}
        best = max(best, second, key=lambda each: each["frames"])
    return best


@pytest.mark.alone
def test_the_page_holds_30_frames_a_second_while_eight_lanes_train(open_lab: OpenLab) -> None:
    lab = open_lab()
    names = ("sgd", "momentum", "adagrad", "rmsprop", "adam", "adamw", "nadam", "lion")
    lanes = "".join(f"&lane={name},learning_rate:0.003" for name in names)
    page = open_race(lab, f"tab=nets&data.name=spiral&network.layers=8-tanh,8-tanh,1-tanh{lanes}")
    page.evaluate(COUNT)
    at_rest = best_second(page, 3)["frames"]  # 60, where nothing else runs
    page.get_by_role("button", name="Play race").click()
    lab.until("Number(document.querySelector('[data-testid=race-step]').dataset.value) > 200")
    best = best_second(page, 5)
    assert best["frames"] >= min(30, at_rest / 2)
    assert best["changes"] >= 2  # while steps arrive
