"""What axe finds wrong with a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

Found = tuple[str, list[str]]

_ONLY = {"resultTypes": ["violations"]}  # what is in order it would list, too, at length


def violations(page: Page, within: str | None = None) -> list[Found]:
    """Each rule that is broken, with up to three places; ``within`` is a selector."""
    return [(name, places) for name, _, places in _run(page, within)]


def serious(page: Page, within: str | None = None) -> list[Found]:
    """Of these the ones that keep somebody from using the page."""
    bad = ("serious", "critical")
    return [(name, places) for name, impact, places in _run(page, within) if impact in bad]


def _run(page: Page, within: str | None) -> list[tuple[str, str, list[str]]]:
    found = Axe().run(page, context=within, options=_ONLY).response["violations"]
    return [
        (rule["id"], rule["impact"], [node["html"][:120] for node in rule["nodes"]][:3])
        for rule in found
    ]
