"""The wheel is all there is to it: built, installed away from the checkout, and run from any
folder."""

import http.client
import json
import os
import re
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import ROOT

TOP = {"static": "app/static", "templates": "app/templates"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by hatchling, as pip does it."""
    folder = tmp_path_factory.mktemp("wheel")
    asked = "import sys, hatchling.build as b; print(b.build_wheel(sys.argv[1]))"
    command = [sys.executable, "-c", asked, str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_every_file_of_the_pages_is_in_the_wheel(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    for top, there in TOP.items():
        for path in (ROOT / top).rglob("*"):
            if path.is_file() and not any(part.startswith(".") for part in path.parts):
                assert f"{there}/{path.relative_to(ROOT / top).as_posix()}" in inside
    assert {path.name for path in (ROOT / "tests/engine/fixtures").glob("*.json")} == {
        name.rpartition("/")[2] for name in inside if re.match(r"engine/fixtures/.*json$", name)
    }
    assert not any(name.startswith(("tests/", "static/")) for name in inside)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command in an environment of its own, which has our dependencies and not our checkout."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=os.name == "posix")
    packages = next(folder.glob("lib/python*/site-packages"))
    zipfile.ZipFile(wheel).extractall(packages)
    theirs = Path(pytest.__file__).parent.parent
    (packages / "dependencies.pth").write_text(str(theirs))
    return folder / "bin" / "python"


@contextmanager
def run(python: Path, folder: Path) -> Iterator[str]:
    """The command, as its entry point calls it, in a folder that has nothing to do with it."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    entry = "import sys; from app.main import cli; sys.exit(cli())"
    process = subprocess.Popen(
        [python, "-c", entry, "--no-browser", "--port", "0"],
        cwd=folder,
        env={**environment, "BACKPROP_LAB_DATA": str(folder / "data"), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield next(found[1] for line in process.stdout if (found := re.search(r"//(\S+)", line)))
    finally:
        process.terminate()
        process.communicate(timeout=10)


def test_the_wheel_serves_from_any_folder(installed: Path, tmp_path: Path) -> None:
    where = "import app, engine; print(app.__file__, engine.__file__)"
    found = subprocess.run(
        [installed, "-c", where], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert found.stdout.count(str(installed.parent.parent)) == 2
    with run(installed, tmp_path) as address:
        asking = http.client.HTTPConnection(address.rstrip("/"), timeout=30)

        def get(path: str) -> bytes:
            asking.request("GET", path)
            answer = asking.getresponse()
            assert answer.status == 200, path
            return answer.read()

        for page in ("/", "/walkthrough", "/optimizers", "/conformance"):
            static = re.findall(r"/static/[0-9a-f]{12}/[\w./-]+\.\w+", get(page).decode())
            assert static
            for file in static:
                assert get(file)
        version = static[0].split("/")[2]
        for language in ("en", "zh"):
            words = ROOT / "static" / "locales" / language / "playground.json"
            served = get(f"/static/{version}/locales/{language}/playground.json")
            assert json.loads(served) == json.loads(words.read_text())
        asking.request("POST", "/api/sessions", b'{"data": {"name": "iris"}}')
        made = json.loads(asking.getresponse().read())
        assert json.loads(get(f"/api/sessions/{made['id']}/data"))["classes"] == 3
        asking.request("POST", "/api/sessions", b"{}")
        made = json.loads(asking.getresponse().read())
        assert get(f"/api/sessions/{made['id']}/export/report.html?language=zh")
        rows = [json.loads(row) for row in get("/api/conformance").decode().splitlines()]
        assert len(rows) > 50 and all(row["passed"] for row in rows)
    assert (tmp_path / "data" / "sessions.db").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"data"}


def test_the_command_has_an_entry_point(wheel: Path) -> None:
    files = zipfile.ZipFile(wheel)
    entry = next(name for name in files.namelist() if name.endswith("entry_points.txt"))
    assert "backprop-lab = app.main:cli" in files.read(entry).decode()
    about = next(name for name in files.namelist() if name.endswith("METADATA"))
    said = files.read(about).decode()
    assert "Requires-Python: >=3.11" in said
    for version in ("3.11", "3.12", "3.13"):
        assert f"Classifier: Programming Language :: Python :: {version}" in said
