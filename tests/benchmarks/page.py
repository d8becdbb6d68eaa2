"""The pages at work, measured in a real Chromium: `make bench` prints these lines.

Frames drawn per second, the longest task of the page's thread, steps per second of the engine as
the page sees them, and how long the step counter still moves after a click on Pause.
"""

import sys
from math import cos, sin
from pathlib import Path
from time import monotonic

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.browser.conftest import until
from tests.chromium import find_chromium
from tests.conftest import BROWSER_FLAGS, running_server

SECONDS = 4
NETS = {
    "2-4-2-1 circle": "",
    "2-8-8-8-8-8-8-1 spiral": "#data.name=spiral&network.layers=" + "8-tanh," * 6 + "1-tanh",
    "64-16-10 digits": "#data.name=digits",
    "1-8-1 wave": "#data.name=wave",
}
COUNT = """() => {
  const step = document.querySelector('[data-testid=step]');
  window.counted = { changes: 0, longest: 0, last: 0 };
  new MutationObserver(() => {
    counted.changes += 1;
    counted.last = performance.now();
  }).observe(step, { attributes: true });
  new PerformanceObserver((list) => {
    const durations = list.getEntries().map((entry) => entry.duration);
    counted.longest = Math.max(counted.longest, ...durations);
  }).observe({ type: 'longtask' });
}"""
PAUSE = """() => new Promise((resolve) => {
  const at = performance.now();
  document.querySelector('.play').click();
  setTimeout(() => resolve(Math.max(0, counted.last - at)), 700);
})"""


def measure(page: Page, url: str) -> str:
    page.goto("about:blank")
    page.goto(url)
    until(page, "document.querySelector('.neuron-pictures')?.width > 0")
    page.evaluate(COUNT)
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(500)
    before = page.evaluate(
        "({ ...counted, step: Number(document.querySelector('[data-testid=step]').dataset.value) })"
    )
    page.wait_for_timeout(SECONDS * 1000)
    after = page.evaluate(
        "({ ...counted, step: Number(document.querySelector('[data-testid=step]').dataset.value) })"
    )
    pause = page.evaluate(PAUSE)
    frames = (after["changes"] - before["changes"]) / SECONDS
    steps = (after["step"] - before["step"]) / SECONDS
    return f"{frames:8.0f} {steps:8.0f} {after['longest']:12.0f} {pause:10.0f}"


RACE = (
    "/optimizers#"
    + "surface=rosenbrock&start=-1.5,2"
    + "".join(
        f"&lane={name},learning_rate:0.001"
        for name in ("sgd", "momentum", "adagrad", "rmsprop", "adam", "adamw", "nadam", "lion")
    )
)
COUNT_RACES = """() => {
  window.counted = { races: 0, frames: 0, longest: 0 };
  const stage = document.querySelector('[data-testid=map-stage]');
  new MutationObserver(() => { counted.races += 1; }).observe(stage, {
    attributes: true, attributeFilter: ['data-races'],
  });
  const frame = () => { counted.frames += 1; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  new PerformanceObserver((list) => {
    counted.longest = Math.max(counted.longest, ...list.getEntries().map((each) => each.duration));
  }).observe({ type: 'longtask' });
}"""


def drag(page: Page, url: str) -> tuple[float, float, float]:
    """Dragging the start of eight optimizers: paths drawn and frames a second, the longest task."""
    page.goto("about:blank")
    page.goto(url + RACE)
    until(page, "Boolean(document.querySelector('[data-testid=map-stage]')?.dataset.drawn)")
    page.wait_for_timeout(1500)
    box = page.get_by_label("Start point", exact=True).bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(COUNT_RACES)
    start = monotonic()
    while (seconds := monotonic() - start) < SECONDS:
        page.mouse.move(x + 120 * (1 - cos(2 * seconds)), y + 120 * sin(2 * seconds))
    counted = page.evaluate("counted")
    page.mouse.up()
    return counted["races"] / seconds, counted["frames"] / seconds, counted["longest"]


def main() -> None:
    with running_server() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=BROWSER_FLAGS)
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        print(f"{'1440x900':28} {'frames/s':>8} {'steps/s':>8} {'longest ms':>12} {'pause ms':>10}")
        for name, address in NETS.items():
            print(f"{name:28} {measure(page, f'{url}/{address}')}")
        print(f"\n{'dragging the start':28} {'paths/s':>8} {'frames/s':>8} {'longest ms':>12}")
        races, frames, longest = drag(page, url)
        print(f"{'eight optimizers, 150 steps':28} {races:8.0f} {frames:8.0f} {longest:12.0f}")
        browser.close()


if __name__ == "__main__":
    main()
