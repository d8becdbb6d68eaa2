"""The page while it trains, measured in a real Chromium: `make bench` prints these lines.

Frames drawn per second, the longest task of the page's thread, steps per second of the engine as
the page sees them, and how long the step counter still moves after a click on Pause.
"""

import sys
from pathlib import Path

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
    until(page, "document.querySelector('.neuron canvas')?.width > 0")
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


def main() -> None:
    with running_server() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=BROWSER_FLAGS)
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        print(f"{'1440x900':28} {'frames/s':>8} {'steps/s':>8} {'longest ms':>12} {'pause ms':>10}")
        for name, address in NETS.items():
            print(f"{name:28} {measure(page, f'{url}/{address}')}")
        browser.close()


if __name__ == "__main__":
    main()
