"""What the README points to is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
TESTS = sorted(set(re.findall(r"`(tests/[\w./]+\.py)`", README)))
TRUST = README.partition("## Trust")[2].partition("\n## ")[0]
CLAIMS = [line for line in TRUST.splitlines() if line.startswith("| ")][1:]


@pytest.mark.parametrize("path", TESTS)
def test_a_test_that_the_readme_names_is_there_and_tests(path: str) -> None:
    file = ROOT / path
    assert file.exists()
    if file.name.startswith("test_"):
        assert re.search(r"^def test_", file.read_text(), re.MULTILINE)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim[2:40])
def test_a_claim_has_a_test(claim: str) -> None:
    _, _, holds, _ = claim.split("|")
    assert re.search(r"`tests/\w+/test_\w+\.py`", holds)


def test_there_are_claims() -> None:
    assert len(CLAIMS) > 20
