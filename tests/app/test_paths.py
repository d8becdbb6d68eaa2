"""No path leads out of what is served, no name out of where it stands, and no upload past its
size."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.app.returning import Reconnected
from tests.client.backprop_client import BackpropClient
from tests.conftest import ROOT, running_server

SECRET = "what nobody may read"
UP = [
    "../" * 8,
    "..%2f" * 8,
    "%2e%2e/" * 8,
    "%2e%2e%2f" * 8,
    "%252e%252e%252f" * 8,
    "....//" * 8,
    "..\\" * 8,
    "..%5c" * 8,
    "..;/" * 8,
    "%c0%ae%c0%ae/" * 8,
    "js/../../",
    "js/%2e%2e/%2e%2e/",
    "/",
    "//",
    "%2f",
    "file:///",
]
WHERE = [
    "/static/{version}/",
    "/static/",
    "/static/x/js/",
    "/libraries/",
    "/libraries/x/",
    "/api/sessions/{session}/export/",
    "/api/saved/",
    "/api/tables/",
    "/api/presets/",
    "/",
]


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, BackpropClient, Path]]:
    """A server with a session, and a file beside its folder that is not for anybody."""
    folder = tmp_path_factory.mktemp("kept")
    (folder / "secret.txt").write_text(SECRET)
    with running_server(BACKPROP_LAB_DATA=str(folder / "data")) as url, BackpropClient(url) as lab:
        yield url.rstrip("/"), lab, folder / "secret.txt"


def ask(url: str, path: str, method: str = "GET", body: bytes | None = None) -> tuple[int, bytes]:
    """With the path as it is: a polite library would tidy it up."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
    try:
        connection.putrequest(method, path, skip_host=False)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("top", WHERE)
def test_no_path_leads_out_of_what_is_served(
    where: tuple[str, BackpropClient, Path], top: str
) -> None:
    url, lab, secret = where
    page = ask(url, "/")[1].decode()
    version = page.partition("/static/")[2].partition("/")[0]
    top = top.format(version=version, session=lab.id)
    files = [secret, ROOT / "pyproject.toml", ROOT / "app" / "main.py", Path("/etc/passwd")]
    kept = [b"what nobody", b"[project]", b"def create_app", b"root:"]
    for up in UP:
        for file in files:
            for name in (str(file), file.name, f"app/{file.name}", str(file)[1:]):
                status, body = ask(url, top + up + quote(name))
                # 307: the same with a slash, which is not there either
                assert status in (307, 400, 403, 404, 405, 422), (status, top + up + name)
                assert not any(content in body for content in kept), top + up + name


def test_a_name_in_a_path_is_only_a_name(where: tuple[str, BackpropClient, Path]) -> None:
    url, *_ = where
    for name in ("..", ".", "%00", "a%0d%0aSet-Cookie:x=1", "x" * 5000, "%ff%fe", "CON", "~root"):
        for path in ("/api/sessions/{}", "/api/saved/{}/file", "/api/tables/{}", "/static/x/{}"):
            assert ask(url, path.format(name))[0] == 404, (path, name)


def test_a_download_is_named_after_its_run_and_nothing_else(
    where: tuple[str, BackpropClient, Path],
) -> None:
    url, lab, _ = where
    for name in ('../../x"; y="z', "a\r\nSet-Cookie: x=1", "..", "/etc/passwd", "运行", "<b>"):
        body = json.dumps({"session": lab.id, "name": name}).encode()
        status, answer = ask(url, "/api/saved", "POST", body)
        assert status == 201
        connection = http.client.HTTPConnection(url.removeprefix("http://"))
        connection.request("GET", f"/api/saved/{json.loads(answer)['id']}/file")
        found = connection.getresponse()
        found.read()
        said = found.headers["content-disposition"]
        plain = said.partition('filename="')[2].partition('"')[0]
        assert plain.endswith(".zip") and not set(plain) & set('/\\"\r\n;'), said
        assert not plain.startswith(".")
        assert found.headers["set-cookie"] is None or "x=1" not in found.headers["set-cookie"]
        connection.close()


def test_what_is_too_large_is_refused_before_it_is_read(
    where: tuple[str, BackpropClient, Path],
) -> None:
    url, lab, _ = where
    host, port = url.removeprefix("http://").split(":")
    for method, path, most in [
        ("POST", "/api/tables?name=large", 10_000_000),
        ("POST", "/api/sessions", 65_536),
        ("POST", "/api/walks", 65_536),
        ("PUT", f"/api/sessions/{lab.id}/weights", 10_000_000),
    ]:
        connection = http.client.HTTPConnection(host, int(port), timeout=10)
        connection.putrequest(method, path)
        connection.putheader("Content-Length", str(most * 1000))
        connection.endheaders(b" " * 1000)  # and no more: the answer does not wait for the rest
        answer = connection.getresponse()
        error = json.loads(answer.read())["error"]
        assert (answer.status, error["code"]) == (413, "too_large")
        assert error["allowed"]["maximum"] <= most
        connection.close()


def test_an_upload_of_just_the_size_is_looked_at(
    where: tuple[str, BackpropClient, Path],
) -> None:
    """It is no table, but not because of its size."""
    url, lab, _ = where
    status, answer = ask(url, "/api/tables", "POST", b"x" * 10_000_000)
    assert status == 422 and b"too_large" not in answer
    status, answer = ask(url, "/api/tables", "POST", b"x" * 10_000_001)
    assert status == 413
    with Reconnected(url, lab.id) as client:
        assert client.command("view") >= 0
