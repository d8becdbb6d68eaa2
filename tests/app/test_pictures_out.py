"""Pictures of a run as SVG, and the report: what is drawn is what the engine computed, nothing
comes from elsewhere, and no text of a person is more than text."""

import base64
import json
import re
import zlib
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.exports.pictures.curves import curves_svg
from app.exports.pictures.net import net_svg
from app.exports.pictures.plane import output_svg
from app.exports.pictures.svg import NEGATIVE, POSITIVE, signed, ticks
from app.exports.run.history import History
from app.exports.run.report import report
from app.routes.report import LANGUAGES
from app.routes.static import folder
from engine.spec import Spec
from engine.training import Trainer
from tests.app.sessions import do, session_of
from tests.app.test_rest import error_of

SVG = "{http://www.w3.org/2000/svg}"
SPECS: list[dict[str, Any]] = [
    {},
    {"data": {"name": "iris"}},
    {"data": {"name": "wave"}},
    {"data": {"name": "digits"}},
    {"network": {"layers": [{"units": 1}]}},
]


def trained(spec: dict[str, Any], steps: int = 50) -> Trainer:
    trainer = Trainer(Spec.parse(spec))
    trainer.run(steps)
    return trainer


def read(svg: str) -> ElementTree.Element:
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    return root


def pixels_of(image: ElementTree.Element) -> np.ndarray:
    """The colours of an embedded PNG."""
    href = image.get("href") or ""
    assert href.startswith("data:image/png;base64,")
    file = base64.b64decode(href.partition(",")[2])
    width, height = (int.from_bytes(file[i : i + 4], "big") for i in (16, 20))
    start = file.index(b"IDAT") + 4
    length = int.from_bytes(file[start - 8 : start - 4], "big")
    raw = np.frombuffer(zlib.decompress(file[start : start + length]), np.uint8)
    return raw.reshape(height, 1 + 3 * width)[:, 1:].reshape(height, width, 3)


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_every_weight_is_a_line_that_says_its_sign_and_size(spec: dict[str, Any]) -> None:
    trainer = trained(spec)
    lines = [path for path in read(net_svg(trainer)).iter(f"{SVG}path") if len(path)]
    said = [float(line[0].text or "nan") for line in lines]
    drawn = [layer.weight.data[:24, :24] for layer in trainer.network.layers]
    assert said == [float(w) for weights in drawn for w in weights.ravel()]
    for line, weight in zip(lines, said, strict=True):
        assert line.get("stroke") == (POSITIVE if weight >= 0 else NEGATIVE)
        assert (line.get("stroke-dasharray") is None) == (weight >= 0)
    by_size = sorted(range(drawn[0].size), key=lambda i: abs(said[i]))
    widths = [float(lines[i].get("stroke-width") or 0) for i in by_size]
    assert widths == sorted(widths)


def test_the_picture_of_the_output_is_what_the_net_answers() -> None:
    trainer = trained({}, 400)
    root = read(output_svg(trainer))
    (image,) = root.iter(f"{SVG}image")
    found, size = pixels_of(image), 128
    centres = -6 + 12 * (np.arange(size) + 0.5) / size
    x1, x2 = np.meshgrid(centres, -centres)
    rows = trainer.dataset.encode(np.column_stack([x1.ravel(), x2.ravel()]))
    answers = trainer.loss.prediction(trainer.network.activations(rows)[-1]).reshape(size, size)
    assert np.abs(found.astype(int) - signed(answers).astype(int)).max() <= 1
    samples = list(root.iter(f"{SVG}circle"))
    assert len(samples) == len(trainer.dataset.y)
    filled = sum(sample.get("fill") in (POSITIVE, NEGATIVE) for sample in samples)
    assert filled == trainer.dataset.train.sum()


def test_a_curve_over_a_line_is_drawn_as_one() -> None:
    trainer = trained({"data": {"name": "wave"}})
    ways = [path.get("d") or "" for path in read(output_svg(trainer)).iter(f"{SVG}path")]
    assert max(way.count("L") for way in ways) == 127


def test_loss_curves_go_where_the_losses_go() -> None:
    nan = float("nan")
    points = [(0, 1.0, 2.0, nan), (10, 0.1, 0.2, nan), (20, nan, 0.02, nan), (30, 0.01, 0.01, nan)]
    curves = {path.get("data-curve"): path for path in read(curves_svg(points)).iter(f"{SVG}path")}
    assert set(curves) - {None} == {"train", "test"}
    train = [tuple(map(float, p.split())) for p in re.split("[ML]", curves["train"].get("d"))[1:]]  # type: ignore[arg-type]
    assert (curves["train"].get("d") or "").count("M") == 2  # a gap where there is no number
    (x0, y0), (x1, y1), (x3, y3) = train
    assert x1 - x0 == pytest.approx((x3 - x0) / 3, abs=0.2)
    assert y1 - y0 == pytest.approx((y3 - y0) / 2, abs=0.2)  # logarithmic: 1, 0.1, 0.01


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 10, [0, 2, 4, 6, 8, 10]), (-6, 6, [-6, -4, -2, 0, 2, 4, 6]), (0.1, 0.1, [0.1])],
)
def test_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == pytest.approx(expected)


def test_pictures_are_files_of_a_session(client: TestClient) -> None:
    where = client.post("/api/sessions", json={}).headers["location"]
    for name in ("net", "output", "curves"):
        answer = client.get(f"{where}/export/{name}.svg")
        assert answer.headers["content-type"] == "image/svg+xml"
        assert f"backprop-lab-{name}.svg" in answer.headers["content-disposition"]
        read(answer.text)


def test_without_a_plane_there_is_no_picture_of_the_output(client: TestClient) -> None:
    where = client.post("/api/sessions", json={"data": {"name": "digits"}}).headers["location"]
    error = error_of(client.get(f"{where}/export/output.svg"), 422)
    assert (error["field"], error["value"]) == ("data", "digits")
    assert client.get(f"{where}/export/report.html").status_code == 200


# --- the report ---


def fetch(client: TestClient, spec: dict[str, Any], language: str) -> tuple[str, Any]:
    made = client.post("/api/sessions", json=spec).json()
    answer = client.get(f"/api/sessions/{made['id']}/export/report.html?language={language}")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    return answer.text, client.get(f"/api/sessions/{made['id']}").json()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_says_what_the_session_says(client: TestClient, language: str) -> None:
    html, detail = fetch(client, {"optimizer": {"name": "adam"}}, language)
    found = dict(re.findall(r'data-metric="(\w+)">([^<]+)<', html))
    assert {name: float(value) for name, value in found.items()} == detail["metrics"]
    points = json.loads(re.search(r"const points = (.+);\n", html)[1])  # type: ignore[index]
    assert points["step"][-1] == 0 and points["train"][-1] == detail["metrics"]["train_loss"]
    assert f'<html lang="{LANGUAGES[language]}">' in html
    assert ("训练损失" in html) == (language == "zh")
    assert "<svg" in html and "plotly.js v" in html


def test_a_report_asks_nobody_for_anything(client: TestClient) -> None:
    html, _ = fetch(client, {}, "en")
    own = re.sub(r"<script>.*?</script>", "", html, flags=re.S)
    assert re.findall(r'(?:src|href)="(?!data:)[^"]*"', own) == []
    assert "@import" not in own and "url(" not in own


def test_a_person_s_text_is_only_text_in_a_report() -> None:
    evil = "</script><script>alert(1)</script>"
    trainer = trained({})
    session = session_of()
    do(session, "set", changes={"optimizer": {"learning_rate": 0.2}})
    catalog = {"fields": {"noise": evil}}
    names = ("datasets", "losses", "optimizers", "schedules", "regularizations", "clippings")
    rest = ("activations", "initializers", "normalizations", "reductions")
    catalog |= {name: {} for name in (*names, *rest)}
    made = report(trainer, History.of(session), catalog)
    assert "<" not in made.curves
    assert any(field == evil for _, field, _ in made.settings)  # escaped by the template
    assert [change.path for change in made.changes] == ["optimizer.learning_rate"]


def test_another_language_is_refused(client: TestClient) -> None:
    where = client.post("/api/sessions", json={}).headers["location"]
    error = error_of(client.get(f"{where}/export/report.html?language=fr"), 422)
    assert (error["field"], error["allowed"]) == ("language", {"choices": ["en", "zh"]})


def test_reports_have_the_same_words_in_both_languages() -> None:
    def keys(words: Any, path: str = "") -> list[str]:
        if not isinstance(words, dict):
            return [path]
        return [key for name, each in words.items() for key in keys(each, f"{path}.{name}")]

    files = [folder("templates") / f"report.{language}.json" for language in LANGUAGES]
    one, other = (keys(json.loads(file.read_text(encoding="utf-8"))) for file in files)
    assert one == other
