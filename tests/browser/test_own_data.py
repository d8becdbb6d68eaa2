"""Data of one's own in the page: painted on the plane, above a typed curve, from a file."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import serious
from tests.browser.conftest import Lab
from tests.words import words as read_words

POINTS = "/#data.name=points"
KINDS = ("small", "<img src=x onerror=alert(1)>", "big")
FLOWERS = "name;length;width;kind\n" + "".join(
    f"<b>{i}</b>;{1 + i % 3},{i % 10};{i % 7};{KINDS[i % 3]}\n" for i in range(60)
)


def painted(lab: Lab, count: int) -> None:
    lab.until(
        f"document.querySelector('[data-testid=painted]')?.textContent.startsWith('{count} point')"
    )


def easel(lab: Lab, address: str = POINTS) -> Page:
    """The page ready to be painted on: what that needs is loaded when it is asked for."""
    page = lab.open(address)
    page.locator(".brush").first.wait_for()
    page.get_by_test_id("painted").wait_for(state="attached")  # on a phone it is behind a tab
    return page


def points_of(page: Page) -> list[list[float]]:
    """The points that the address carries."""
    page.wait_for_timeout(100)
    parts = dict(part.split("=", 1) for part in page.url.split("#", 1)[1].split("&"))
    numbers = [float(number) for number in parts["data.points"].split(",")]
    return [numbers[i : i + 3] for i in range(0, len(numbers), 3)]


def plane(page: Page) -> Callable[[float, float], tuple[float, float]]:
    """Where a place of the plane is on the screen, from two clicks' worth of geometry: the axes."""
    canvas = page.locator("canvas.output-picture")
    box = canvas.bounding_box()
    assert box is not None
    # the plot lies at the upper right of the canvas, which the axes' ticks leave free
    left, bottom, end = 28.0, 28.0, 7.0
    width, height = box["width"] - left - end, box["height"] - bottom - end

    def at(x: float, y: float) -> tuple[float, float]:
        return (
            box["x"] + left + width * (x + 6) / 12,
            box["y"] + end + height * (6 - y) / 12,
        )

    return at


def bring(lab: Lab, name: str, body: str | bytes) -> None:
    content = body if isinstance(body, bytes) else body.encode()
    lab.page.get_by_test_id("file").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": content}
    )


# --- painting ---


def test_a_click_adds_a_point_and_undo_takes_it_back(lab: Lab) -> None:
    page = easel(lab)
    painted(lab, 20)
    at = plane(page)
    page.mouse.click(*at(4.5, 4.5))
    painted(lab, 21)
    lab.until("location.hash.includes('data.points')")
    x, y, target = points_of(page)[-1]
    assert (round(x), round(y)) in {(4, 4), (4, 5), (5, 4), (5, 5)} and target == 1
    page.get_by_role("button", name="Class −1", exact=False).click()
    page.mouse.click(*at(-4.5, -4.5))
    painted(lab, 22)
    lab.until("location.hash.endsWith(',-1') || location.hash.includes(',-1&')")
    page.get_by_role("button", name="Undo", exact=False).click()
    painted(lab, 21)


def test_quick_clicks_are_all_kept(lab: Lab) -> None:
    page = easel(lab)
    at = plane(page)
    for i in range(8):
        page.mouse.click(*at(-5 + i * 1.3, 5.2))
    painted(lab, 28)
    page.wait_for_timeout(600)
    painted(lab, 28)


def test_a_point_is_dragged_and_erased(lab: Lab) -> None:
    page = easel(lab)
    at = plane(page)
    page.mouse.click(*at(5, 5))
    painted(lab, 21)
    lab.until("location.hash.includes('data.points')")
    page.mouse.move(*at(5, 5))
    page.mouse.down()
    page.mouse.move(*at(0, 5), steps=6)
    page.mouse.up()
    lab.until("/,5(\\.\\d+)?,1(&|$)|,4\\.\\d+,1(&|$)/.test(location.hash)")
    page.wait_for_timeout(400)
    moved = points_of(page)[-1]
    assert len(points_of(page)) == 21 and abs(moved[0]) < 0.6 and moved[1] > 4
    page.get_by_role("button", name="Erase").click()
    page.mouse.click(*at(0, 5))
    painted(lab, 20)


def test_a_drag_paints_a_trail_as_one_change(lab: Lab) -> None:
    page = easel(lab)
    at = plane(page)
    page.mouse.move(*at(-5, 5))
    page.mouse.down()
    page.mouse.move(*at(5, 5), steps=30)
    page.mouse.up()
    lab.until("parseInt(document.querySelector('[data-testid=painted]')?.textContent) > 26")
    lab.until("location.hash.includes('data.points')")
    page.get_by_role("button", name="Undo", exact=False).click()
    painted(lab, 20)


def test_painting_by_keyboard(lab: Lab) -> None:
    page = easel(lab)
    canvas = page.locator("canvas.output-picture")
    canvas.focus()
    page.keyboard.press("ArrowRight")  # the cursor appears in the middle
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    painted(lab, 21)
    lab.until("location.hash.includes('data.points')")
    assert points_of(page)[-1] == [3, 0, 1]
    assert page.evaluate("document.activeElement.tagName") == "CANVAS"
    page.keyboard.press("Delete")
    painted(lab, 20)
    assert lab.number("step") == 0  # Enter and Space did not play


def test_cleared_points_are_a_draft_until_there_are_two(lab: Lab) -> None:
    page = easel(lab)
    at = plane(page)
    page.get_by_role("button", name="Clear").click()
    painted(lab, 0)
    page.mouse.click(*at(1, 1))
    painted(lab, 1)
    page.mouse.click(*at(-3, -3))
    painted(lab, 2)
    lab.until("/data.points=[^,]+,[^,]+,1,[^,]+,[^,]+,1(&|$)/.test(location.hash)")
    page.get_by_role("button", name="Step", exact=True).click()
    lab.wait_until_step_is(1)


def test_five_classes_and_values_can_be_painted(lab: Lab) -> None:
    page = easel(lab)
    at = plane(page)
    page.get_by_label("What is painted").select_option("5")
    lab.until("document.querySelectorAll('.brush').length === 6")
    page.get_by_role("button", name="class 4", exact=False).click()
    page.mouse.click(*at(5, -5))
    painted(lab, 21)
    lab.until("/,4(&|$)/.test(location.hash)")
    options = page.get_by_label("Loss", exact=True).first.locator("option")
    lab.until("document.querySelectorAll('.neuron.output').length === 5")
    assert options.all_inner_texts() == ["Softmax cross-entropy"]
    page.get_by_label("What is painted").select_option("0")
    lab.until("document.querySelectorAll('.brush').length === 2")
    lab.until("document.querySelectorAll('.neuron.output').length === 1")


def test_a_link_carries_the_points(lab: Lab) -> None:
    page = easel(lab, POINTS + "&data.points=1,1,1,-1,-1,-1,2,2,1")
    painted(lab, 3)
    assert points_of(page) == [[1, 1, 1], [-1, -1, -1], [2, 2, 1]]


def test_many_points_stay_with_the_session_and_the_page_says_so(lab: Lab) -> None:
    page = easel(lab)
    at = plane(page)
    for row in range(5):
        page.mouse.move(*at(-5.6, 5.5 - row * 0.9))
        page.mouse.down()
        page.mouse.move(*at(5.6, 5.5 - row * 0.9), steps=40)
        page.mouse.up()
    lab.until("parseInt(document.querySelector('[data-testid=painted]')?.textContent) > 80")
    while (
        len(points := page.get_by_test_id("painted").inner_text()) and int(points.split()[0]) < 101
    ):
        page.mouse.click(
            *at(-5 + (int(points.split()[0]) % 11), -2 - (int(points.split()[0]) % 7) / 2)
        )
        page.wait_for_timeout(60)
    lab.until("location.hash.includes('data.points=custom')")
    assert "A link carries up to 100" in page.get_by_test_id("painted").inner_text()
    before = page.get_by_test_id("painted").inner_text()
    page.reload()
    lab.ready()
    lab.until("parseInt(document.querySelector('[data-testid=painted]')?.textContent) > 100")
    assert page.get_by_test_id("painted").inner_text() == before


# --- a curve ---


def test_a_typed_curve_makes_the_classes(lab: Lab) -> None:
    page = lab.open("/#data.name=function")
    field = page.get_by_label("Class +1 is y above f(x) =")
    field.fill("x**2/4 - 3")
    field.press("Enter")
    lab.until("location.hash.includes('data.expression=x**2%2F4%20-%203')")
    field.fill("y + 1")
    field.press("Enter")
    lab.until(
        "document.querySelector('#curve-problem').textContent.includes('one expression of x')"
    )
    field.fill("sin(")
    field.press("Enter")
    lab.until("document.querySelector('#curve-problem').textContent.startsWith('Not set')")
    assert "x**2" in page.url
    field.press("Escape")
    assert field.input_value() == "x**2/4 - 3"


# --- a file ---


def test_a_file_is_shown_chosen_from_and_learnt(lab: Lab) -> None:
    page = lab.page
    bring(lab, "flowers.csv", FLOWERS)
    dialog = page.get_by_role("dialog")
    found = dialog.get_by_test_id("found").inner_text()
    assert "60 rows, 4 columns" in found and "semicolons" in found
    assert dialog.get_by_role("checkbox", name="length is an input").is_checked()
    assert dialog.get_by_role("radio", name="kind is learnt").is_checked()
    dialog.get_by_role("button", name="Use this table").click()
    lab.until("!document.querySelector('dialog[open]')")
    lab.until("document.querySelectorAll('.neuron.output').length === 3")
    lab.ready()
    names = page.locator(".neuron-label").all_inner_texts()
    assert "<img src=x onerror=alert(1)>" in names and "length" in names
    page.get_by_role("button", name="Step", exact=True).click()
    lab.wait_until_step_is(1)
    page.reload()
    lab.ready()
    lab.wait_until_step_is(1)


def test_other_columns_of_the_table_make_a_regression(lab: Lab) -> None:
    page = lab.open("/#data.name=table")
    assert page.locator(".sample-truth").inner_text().startswith("truth: ")
    page.get_by_role("button", name="Columns…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("checkbox", name="rooms is an input").uncheck()
    dialog.get_by_role("checkbox", name="age is an input").uncheck()
    dialog.get_by_label("Scaling").select_option("min_max")
    dialog.get_by_role("button", name="Use this table").click()
    lab.until("!document.querySelector('dialog[open]')")
    lab.until("document.querySelectorAll('.neuron.input').length === 1")
    lab.until("Boolean(document.querySelector('canvas.output-picture'))")
    assert "data.features=area" in page.url and "data.scaling=min_max" in page.url


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "The file is empty."),
        (b"a,b\n1,2\n3\n", "Line 3 has 1 fields"),
        (b"\x00\x01\x02" * 50, "this is not a text file"),
        (b"a,b\nx,y\nz,w\n", "No column holds only numbers"),
        (b"a,b\n" + b"1,2\n" * 10_001, "Line 10002: there are more than 10000 rows"),
        (b"1,2\n" * 2_600_000, "The file is larger than 10 MB"),
    ],
    ids=["empty", "ragged", "binary", "texts", "long", "large"],
)
def test_a_bad_file_is_explained_and_the_data_stay(lab: Lab, body: bytes, said: str) -> None:
    bring(lab, "bad.csv", body)
    words = lab.page.locator(".file-problem")
    words.wait_for()
    assert said in words.inner_text()
    lab.page.keyboard.press("Escape")
    assert lab.page.get_by_label("Data set", exact=True).input_value() == "circle"
    lab.errors.clear()  # the browser itself reports the 422


def test_a_file_is_dropped_on_the_column(lab: Lab) -> None:
    lab.page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.items.add(new File([text], "dropped.csv", { type: "text/csv" }));
            const panel = document.querySelector('[data-view=data]');
            const options = { dataTransfer: data, bubbles: true, cancelable: true };
            for (const name of ["dragover", "drop"])
                panel.dispatchEvent(new DragEvent(name, options));
        }""",
        FLOWERS,
    )
    lab.page.get_by_role("dialog", name="dropped.csv").get_by_test_id("found").wait_for()


# --- the data looked at ---


@pytest.mark.parametrize("data", ["circle", "iris", "table", "points"])
def test_every_data_set_has_its_pictures(lab: Lab, data: str) -> None:
    page = lab.open(f"/#data.name={data}")
    page.get_by_role("button", name="See the data").click()
    lab.until("document.querySelector('canvas.scatter')?.width > 300")
    for name, drawn in (
        ("Histogram", ".bars-of rect"),
        ("Box plot", ".box rect"),
        ("Correlation", ".cell"),
    ):
        page.get_by_role("tab", name=name, exact=True).click()
        assert page.locator(f"dialog {drawn}").count() >= 2, name
        page.locator("dialog summary").click()
        assert page.locator("dialog tbody tr").count() >= 2
    page.keyboard.press("Escape")
    lab.until("!document.querySelector('dialog')")


# --- for everyone ---


@pytest.mark.parametrize(("language", "theme"), [("en-US", "dark"), ("zh-CN", "light")])
def test_axe_finds_nothing(open_lab: Callable[..., Lab], language: str, theme: str) -> None:
    lab = open_lab(language=language, theme=theme)
    for path in (POINTS, "/#data.name=function", "/#data.name=table"):
        lab.page.goto("about:blank")
        page = lab.open(path)
        assert serious(page) == [], path
    for opener in ("columns", "look"):
        page.locator(f"[data-keep={opener}]").click()
        page.locator("dialog :is(table, canvas)").first.wait_for()
        assert serious(page) == [], opener
        page.keyboard.press("Escape")


def test_a_phone_paints_with_a_finger(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab(size=(390, 844), has_touch=True, is_mobile=True)
    page = easel(lab)
    canvas = page.locator("canvas.output-picture")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.touchscreen.tap(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.1)
    lab.until("location.hash.includes('data.points')")
    assert len(points_of(page)) == 21
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_painting_follows_the_language(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab(language="zh-CN")
    page = easel(lab)
    assert page.get_by_test_id("painted").inner_text() == "20 个点。"
    words = read_words("zh")
    assert page.get_by_role("button", name=words["own"]["paint"]["clear"]).is_visible()


def test_a_stroke_keeps_what_the_net_has_learnt_and_undo_takes_it_back(lab: Lab) -> None:
    page = easel(lab)
    painted(lab, 20)
    for _ in range(12):
        page.keyboard.press("s")
    lab.wait_until_step_is(12)
    expect(page.get_by_text("10 train, 10 test")).to_be_visible()
    page.mouse.click(*plane(page)(4.5, 4.5))
    expect(page.get_by_text("11 train, 10 test")).to_be_visible()
    assert lab.number("step") == 12
    page.keyboard.press("s")
    lab.wait_until_step_is(13)
    page.locator("[data-keep=undo]").click()
    expect(page.get_by_text("10 train, 10 test")).to_be_visible()
    lab.wait_until_step_is(12)
