"""The exercise sheet of a walk: a page of paper, made on the server, that prints by itself."""

import json
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.errors import Refusal
from app.exports.paper import sheet
from app.exports.paper.own_numbers import with_seed
from app.exports.paper.sheet import Sheet, Unprintable
from app.exports.paper.shortest import shortest
from app.messages import read_object
from app.routes.answers import text
from app.routes.static import StaticFiles, folder
from app.runner import Runner
from app.runner.walks import visit
from app.walks.document import document
from app.walks.source import ExpressionSource, SessionSource, Source, read_source
from engine.fields import Number, SpecError
from engine.walkthrough import Walk

LANGUAGES = {"en": ("en", "English"), "zh": ("zh-CN", "中文")}
SEED = Number(0, 2**32 - 1, False, False, "integer")


def routes(runner: Runner, files: StaticFiles) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    templates = Environment(
        loader=FileSystemLoader(folder("templates")), autoescape=True, undefined=StrictUndefined
    )
    templates.filters["fill"] = lambda words, **holes: words.format(**holes)

    def page(request: Request, template: str, language: str, **parts: Any) -> Response:
        html = templates.get_template(template).render(
            static_root=f"/static/{files.version}",
            tag=LANGUAGES[language][0],
            words=words_in(language),
            **parts,
        )
        return text(request, html.encode(), "text/html; charset=utf-8")

    @router.head("/walkthrough/sheet")
    @router.get("/walkthrough/sheet")
    async def exercise(request: Request) -> Response:
        language = language_of(request)
        try:
            source = one_sample(read_source(read_object(request.query_params.get("source", "{}"))))
            seed = read_seed(request)
            seeded = source
            if seed is not None:
                seeded = await runner.compute.in_worker(partial(with_seed, source, seed))
            made, shown = await visit(runner, seeded, made_of)
            if isinstance(shown, SessionSource):
                source, seed = shown, None  # its numbers are what they are
            link = Link(shortest(source), language, seed)
        except (Refusal, SpecError, Unprintable) as error:
            answer = page(request, "sheet-problem.html", language, **problem(error, language))
            answer.status_code = getattr(error, "status", 422)
            return answer
        catalog = json.loads(files[f"locales/{language}/app.json"])["catalog"]
        return page(
            request,
            "sheet.html",
            language,
            sheet=made,
            optimizer_name=catalog["optimizers"][made.update.optimizer],
            loss_name=catalog["losses"].get(made.loss_name, ""),
            seed=seed,
            step=shown.step,
            sample=None if isinstance(shown, ExpressionSource) else (shown.sample or 0) + 1,
            link=f"{request.url.scheme}://{request.url.netloc}{link}",
            languages=[
                (tag, label, replace(link, language=code))
                for code, (tag, label) in LANGUAGES.items()
                if code != language
            ],
            other_numbers=None
            if isinstance(shown, SessionSource)
            else replace(link, seed=1 if seed is None else (seed + 1) % 2**32),
            own_numbers=None if seed is None else replace(link, seed=None),
        )

    return router


@dataclass(frozen=True)
class Link:
    """The address of a sheet."""

    source: dict[str, Any]
    language: str
    seed: int | None

    def __str__(self) -> str:
        said = json.dumps(self.source, ensure_ascii=False, separators=(",", ":"))
        query = {"source": said, "language": self.language}
        if self.seed is not None:
            query["seed"] = str(self.seed)
        return f"/walkthrough/sheet?{urlencode(query, safe=':,*()/=')}"


def language_of(request: Request) -> str:
    """The language that was asked for, else the browser's."""
    asked = request.query_params.get("language")
    if asked in LANGUAGES:
        return asked
    return "zh" if request.headers.get("accept-language", "").lower().startswith("zh") else "en"


def words_in(language: str) -> dict[str, Any]:
    """The words of a sheet; read each time, like the template, so that both can be edited."""
    path = folder("templates") / f"sheet.{language}.json"
    words: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return words


def read_seed(request: Request) -> int | None:
    """Which numbers were asked for; None is those of the walk itself."""
    asked = request.query_params.get("seed")
    if asked is None:
        return None
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 12 else asked
    seed: int = SEED.check(number, "seed")
    return seed


def one_sample(source: Source) -> Source:
    """A minibatch is too much for a sheet of paper: its first sample stands for it."""
    if isinstance(source, ExpressionSource) or source.sample is not None:
        return source
    return replace(source, sample=0)


def made_of(walk: Walk, source: Source) -> tuple[Sheet, Source]:
    return sheet(document(walk, source.to_json())), source


def problem(error: Refusal | SpecError | Unprintable, language: str) -> dict[str, Any]:
    """Why there is no sheet, and what would be allowed."""
    words = words_in(language)
    if isinstance(error, Unprintable):
        return {"reason": words[error.reason].format(**error.numbers), "allowed": None}
    allowed = error.allowed if isinstance(error.allowed, dict) else {}
    choices = ", ".join(map(str, allowed.get("choices", ())))
    return {"reason": words["refused"].format(message=error), "allowed": choices}
