"""Files whose address names their content."""

import gzip
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.routes.static import StaticFiles, folder


def root_of(client: TestClient) -> str:
    html = client.get("/").text
    start = html.index("/static/")
    return html[start : start + len("/static/") + 12]


def test_the_page_names_its_files_by_their_content(client: TestClient) -> None:
    page = client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    script = client.get(f"{root_of(client)}/js/main.js")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"


def test_texts_are_compressed_for_who_can_read_that(client: TestClient) -> None:
    url = f"{root_of(client)}/js/main.js"
    small = client.get(url, headers={"accept-encoding": "gzip"})
    plain = client.get(url, headers={"accept-encoding": "identity"})
    assert small.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert plain.content == (folder("static") / "js" / "main.js").read_bytes()
    assert b"/**" in plain.content and b"/**" not in small.content  # comments do not travel
    assert int(small.headers["content-length"]) < len(plain.content) / 2


def test_the_address_of_an_older_version_is_not_kept(client: TestClient) -> None:
    old = client.get("/static/000000000000/js/main.js")
    assert old.status_code == 200
    assert old.headers["cache-control"] == "no-store"


OUTSIDE = ["../pyproject.toml", "..%2fpyproject.toml", "%2e%2e/app/main.py", "js/../../app", "js"]


@pytest.mark.parametrize("path", OUTSIDE)
def test_no_path_leads_outside(client: TestClient, path: str) -> None:
    assert client.get(f"{root_of(client)}/{path}").status_code == 404


def test_an_edited_file_gets_a_new_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.routes.static._RECHECK", 0.0)
    file = tmp_path / "js" / "main.js"
    file.parent.mkdir()
    file.write_text("one")
    files = StaticFiles(tmp_path)
    before = files.version
    assert files.version == before
    file.write_text("other")
    assert files.version != before
    assert files["js/main.js"] == b"other"
    found = files.get("js/main.js")
    assert found is not None and gzip.decompress(found.compressed) == b"other"
    file.write_text("one")
    assert files.version == before
