"""The menu of what can be taken along, in a real browser."""

import base64
import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect
from safetensors.numpy import load, save

from app.routes.run_exports import FILES
from tests.browser.axe import serious, violations

PANEL = "#download-panel"


def open_menu(lab) -> None:
    lab.page.locator("[data-keep=download]").click()
    lab.until(f"document.querySelector('{PANEL}').matches(':popover-open')")


def download(lab, name: str) -> bytes:
    open_menu(lab)
    with lab.page.expect_download() as started:
        lab.page.get_by_test_id(f"download-{name}").click()
    return Path(started.value.path()).read_bytes()


def train(lab, step: int) -> None:
    lab.page.get_by_role("button", name="Play", exact=True).click()
    lab.wait_for_step(step)
    lab.page.get_by_role("button", name="Pause", exact=True).click()
    lab.page.get_by_role("button", name="Play", exact=True).wait_for()
    lab.page.wait_for_timeout(400)  # the last frame is drawn


def read_outs(lab) -> dict[str, float]:
    return {name: lab.number(name) for name in ("train-loss", "test-loss", "test-accuracy")}


def said(lab, words: str) -> None:
    look = "document.querySelector('.notice-words').textContent"
    lab.until(f"{look}.includes({json.dumps(words)})")


def choose(lab, file: bytes, name: str = "mine.safetensors") -> None:
    lab.page.get_by_test_id("weights-file").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": file}
    )


def test_every_file_is_downloaded_under_its_name(lab):
    for name in FILES:
        open_menu(lab)
        with lab.page.expect_download() as started:
            lab.page.get_by_test_id(f"download-{name}").click()
        assert started.value.suggested_filename == f"backprop-lab-{name}"
        assert len(Path(started.value.path()).read_bytes()) > 50
        assert not lab.page.locator(PANEL).is_visible()


def test_the_files_are_about_the_run_that_is_shown(lab, tmp_path):
    train(lab, 200)
    shown = read_outs(lab)
    program = tmp_path / "train.py"
    program.write_bytes(download(lab, "train_numpy.py"))
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, check=True)
    printed = dict(line.split() for line in done.stdout.splitlines())
    assert float(printed["train_loss"]) == pytest.approx(shown["train-loss"], abs=1e-6)
    assert float(printed["test_loss"]) == pytest.approx(shown["test-loss"], abs=1e-6)
    rows = list(csv.reader(io.StringIO(download(lab, "losses.csv").decode())))
    assert int(rows[-1][0]) > 150
    spec = json.loads(download(lab, "spec.json"))
    assert spec["data"]["name"] == "circle"


def test_weights_out_and_in_again_give_the_same_read_outs(lab):
    train(lab, 300)
    trained = read_outs(lab)
    file = download(lab, "weights.safetensors")
    lab.page.get_by_role("button", name="Reset", exact=True).click()
    lab.wait_until_step_is(0)
    lab.page.wait_for_timeout(200)
    untrained = read_outs(lab)
    assert untrained != trained
    choose(lab, file)
    said(lab, "mine.safetensors")
    loss = "Number(document.querySelector('[data-testid=train-loss]').dataset.value)"
    lab.until(f"{loss} === {trained['train-loss']!r}")
    assert read_outs(lab) == trained
    lab.page.keyboard.press("Control+z")
    lab.until(f"{loss} === {untrained['train-loss']!r}")


def test_a_file_dropped_on_the_menu_is_opened(lab):
    arrays = load(download(lab, "weights.safetensors"))
    file = save({name: np.zeros_like(array) for name, array in arrays.items()})
    open_menu(lab)
    lab.page.evaluate(
        """([bytes, selector]) => {
          const files = new DataTransfer();
          files.items.add(new File([new Uint8Array(bytes)], 'dropped.safetensors'));
          const drop = new DragEvent('drop', { dataTransfer: files, bubbles: true });
          document.querySelector(selector).dispatchEvent(drop);
        }""",
        [list(file), PANEL],
    )
    said(lab, "dropped.safetensors")
    lab.until("Number(document.querySelector('[data-testid=train-loss]').dataset.value) === 1")


def test_a_file_that_does_not_fit_is_said_in_words_and_changes_nothing(open_lab):
    lab = open_lab(language="zh-CN")
    lab.open()
    before = read_outs(lab)
    arrays = load(download(lab, "weights.safetensors"))
    choose(lab, save(arrays | {"layers.0.weight": np.zeros((3, 4))}))
    said(lab, "layers.0.weight 在文件中是 3 × 4，在本网络中是 2 × 4")
    choose(lab, b"not a file of weights", "notes.txt")
    said(lab, "notes.txt 不是 safetensors 文件")
    assert read_outs(lab) == before
    lab.page.wait_for_timeout(300)
    assert all("422" in error for error in lab.errors), lab.errors
    lab.errors.clear()  # the browser itself reports every refused request


# Whether a picture equals a canvas wherever that has a colour of its own; whether it has one
# everywhere; and in how many places it is not the ground.
COMPARE = """async ([bytes, selector]) => {
  const read = (source) => {
    const canvas = new OffscreenCanvas(source.width, source.height);
    const brush = canvas.getContext('2d');
    brush.drawImage(source, 0, 0);
    return brush.getImageData(0, 0, canvas.width, canvas.height).data;
  };
  const png = read(await createImageBitmap(new Blob([new Uint8Array(bytes)])));
  const shown = read(document.querySelector(selector));
  let [same, opaque, inked] = [png.length === shown.length, true, 0];
  for (let at = 0; at < png.length; at += 4) {
    opaque &&= png[at + 3] === 255;
    if (shown[at + 3] !== 255) continue;
    inked += 1;
    for (const part of [0, 1, 2]) same &&= Math.abs(png[at + part] - shown[at + part]) <= 1;
  }
  return [same, opaque, inked];
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["output", "curves"])
def test_pictures_are_those_on_the_page(open_lab, name, theme):
    lab = open_lab(theme=theme)
    lab.open()
    train(lab, 100)
    open_menu(lab)
    with lab.page.expect_download() as started:
        lab.page.get_by_test_id(f"download-{name}").click()
    assert started.value.suggested_filename == f"backprop-lab-{name}.png"
    png = Path(started.value.path()).read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    selector = {"output": ".output-picture", "curves": ".loss-chart"}[name]
    same, opaque, inked = lab.page.evaluate(COMPARE, [list(png), selector])
    assert same and opaque
    assert inked > 500


def test_a_picture_that_is_not_there_is_not_offered(lab):
    lab.page.get_by_role("combobox", name="Data set").select_option("digits")
    lab.until("!document.querySelector('.output-picture')")
    open_menu(lab)
    assert not lab.page.get_by_test_id("download-output").is_visible()
    assert lab.page.get_by_test_id("download-curves").is_visible()


def test_the_menu_is_used_by_keyboard(lab):
    lab.page.locator("[data-keep=download]").focus()
    lab.page.keyboard.press("Enter")
    lab.until(f"document.querySelector('{PANEL}').matches(':popover-open')")
    lab.page.keyboard.press("Tab")
    assert lab.page.evaluate("document.activeElement.dataset.testid") == "download-spec.json"
    lab.page.keyboard.press("Escape")
    assert not lab.page.locator(PANEL).is_visible()
    assert lab.page.evaluate("document.activeElement.dataset.keep") == "download"


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
@pytest.mark.parametrize("size", [(1440, 900), (820, 1180), (390, 844), (360, 740)])
def test_the_header_and_the_menu_have_room(open_lab, size, language):
    lab = open_lab(size=size, language=language)
    lab.open()
    open_menu(lab)
    assert lab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = lab.page.locator(PANEL).bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= size[0]
    assert box["y"] >= 0 and box["y"] + box["height"] <= size[1]
    inside = """[...document.querySelectorAll('.bar button, .download-item')]
      .filter((each) => each.offsetParent !== null)
      .every((each) => { const { left, right } = each.getBoundingClientRect();
        return left >= 0 && right <= innerWidth && each.scrollWidth <= each.clientWidth + 1; })"""
    assert lab.page.evaluate(inside)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(open_lab, theme):
    lab = open_lab(theme=theme)
    lab.open()
    open_menu(lab)
    lab.page.wait_for_timeout(300)
    assert serious(lab.page) == []


def test_the_report_opens_offline_with_its_curves(lab, tmp_path):
    train(lab, 200)
    file = tmp_path / "report.html"
    file.write_bytes(download(lab, "report.html"))
    page = lab.context.new_page()
    page.context.set_offline(True)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.context.unroute_all()
    page.goto(file.as_uri(), timeout=30_000)  # it carries a library of five megabytes
    page.locator("#curves .scatterlayer .trace").first.wait_for()
    assert page.locator("#curves .scatterlayer .trace").count() == 2
    assert page.locator("svg[role=img] [data-role=weights]").count() == 3
    shown = page.locator("[data-metric=train_loss]").inner_text()
    assert float(shown) == lab.number("train-loss")
    assert violations(page) == []
    page.context.set_offline(False)
    assert said == []
    page.close()


def test_the_net_is_a_picture_of_pixels_and_of_lines(lab):
    drawing = download(lab, "net.svg").decode()
    assert drawing.startswith("<svg") and drawing.count("<path") >= 18
    picture = download(lab, "net.png")
    assert picture[:8] == b"\x89PNG\r\n\x1a\n" and len(picture) > 20_000


def test_the_report_speaks_the_language_of_the_page(lab):
    lab.page.get_by_role("button", name="简体中文").click()
    lab.ready()
    assert "训练损失" in download(lab, "report.html").decode()


@pytest.mark.parametrize("tab", ["diagnosis", "layers", "flow", "histograms", "confusion"])
def test_the_panel_under_the_net_is_a_picture_of_what_stands_there(lab, tab, tmp_path):
    lab.open(f"/#view.inspector={tab}")
    train(lab, 100)
    part = lab.page.locator(f"[data-part={tab}]")
    expect(part).not_to_be_empty()
    lab.page.wait_for_timeout(1200)  # what was asked for has come
    picture = download(lab, "panel.png")
    (tmp_path / "picture.png").write_bytes(picture)  # to be looked at
    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[16:20]) == 2 * part.evaluate("part => part.scrollWidth")
    # As much of it is inked as on the screen: words and pictures are there, each in its colour.
    on_screen = part.screenshot(path=tmp_path / "screen.png")
    inked = [
        lab.page.evaluate(INKED, base64.b64encode(png).decode()) for png in (picture, on_screen)
    ]
    assert 0.5 < inked[0] / inked[1] < 1.5


# How many pixels are not the ground, of a picture scaled to one width.
INKED = """async (png) => {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const canvas = new OffscreenCanvas(400, Math.round((400 * image.height) / image.width));
  const brush = canvas.getContext('2d');
  brush.drawImage(image, 0, 0, canvas.width, canvas.height);
  const { data } = brush.getImageData(0, 0, canvas.width, canvas.height);
  let inked = 0;
  for (let at = 0; at < data.length; at += 4)
    inked += Math.abs(data[at] - data[0]) + Math.abs(data[at + 1] - data[1]) > 40;
  return inked;
}"""
