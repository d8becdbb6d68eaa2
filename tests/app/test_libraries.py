"""The library of the view in space: from here, compressed, kept for ever by its content's name."""

import gzip

from fastapi.testclient import TestClient

from app.routes.libraries import plotly, plotly_address


def test_plotly_comes_from_here_under_the_name_of_its_content(client: TestClient) -> None:
    page = client.get("/optimizers").text
    assert plotly_address() in page
    answer = client.get(plotly_address())
    assert answer.content == plotly()
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"
    plain = client.get(plotly_address(), headers={"Accept-Encoding": "identity"})
    assert plain.content == answer.content and "Content-Encoding" not in plain.headers
    assert len(gzip.compress(plotly(), 1)) < 2_000_000


def test_another_version_is_not_there(client: TestClient) -> None:
    assert client.get("/libraries/0123/plotly.js").status_code == 404


def test_the_marks_that_keep_plotly_from_writing_styles_are_found_in_it() -> None:
    start = plotly()[:400].decode()
    assert "plotly.js-style-global" in start
    assert start.index("[") < start.index("]") and start.count('"') > 3
