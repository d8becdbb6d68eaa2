"""Puts the app together, and the command that starts it."""

import argparse
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import get_args

from fastapi import FastAPI

from app import __version__, logs, server
from app.greeting import greeting
from app.limits import Limits
from app.routes import (
    answers,
    catalog,
    conformance,
    descents,
    diagnosis,
    explain,
    exports,
    folds,
    gate,
    inspect,
    landscapes,
    libraries,
    over_time,
    pages,
    presets,
    protocol,
    races,
    report,
    rules,
    saved,
    saved_races,
    schedules,
    security,
    sessions,
    sheet,
    static,
    status,
    stream,
    tables,
    waking,
    walks,
)
from app.runner import Runner
from app.settings import Settings
from app.teacher import Teacher


def create_app(settings: Settings) -> FastAPI:
    """The whole application; its sessions live as long as its lifespan."""
    limits, teacher = Limits(settings), Teacher(settings)
    runner = Runner(settings, limits)
    files = static.StaticFiles(static.folder("static"))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with runner.running():
            yield

    app = FastAPI(
        title="Backprop Lab",
        version=__version__,
        description="Small neural networks, trained live. A session is made from a spec over REST; "
        "its WebSocket stream takes commands as JSON and sends frames in the safetensors layout.",
        lifespan=lifespan,
        docs_url=None,  # these pages would load their scripts from elsewhere
        redoc_url=None,
    )
    app.state.runner, app.state.teacher = runner, teacher
    app.add_middleware(gate.Gate, teacher=teacher, limits=limits, compute=runner.compute)
    app.add_middleware(security.OwnPagesOnly, settings=settings)
    app.add_middleware(security.SecurityHeaders, embed=settings.embed)
    answers.install(app)
    for router in (
        status.probes(runner),
        status.routes(runner, teacher, limits),
        catalog.routes(files),
        conformance.routes(),
        schedules.routes(),
        presets.routes(runner),
        sessions.routes(runner),
        saved.routes(runner),
        report.routes(runner, files),
        explain.routes(runner),
        diagnosis.routes(runner),
        folds.routes(runner),
        over_time.routes(runner),
        inspect.routes(runner),
        walks.routes(runner),
        descents.routes(runner),
        landscapes.routes(runner),
        races.routes(runner),
        saved_races.routes(runner),
        tables.routes(runner),
        exports.routes(runner),
        sheet.routes(runner, files),
        static.routes(files),
        pages.routes(files),
        protocol.routes(app, files, settings),
        libraries.routes(runner),
    ):
        app.include_router(router, dependencies=[waking.waking(runner)])
    app.include_router(stream.routes(runner, files))
    rules.hold(app.routes)
    answers.describe(app)
    return app


def cli(arguments: Sequence[str] | None = None) -> int:
    """The ``backprop-lab`` command; the exit status."""
    settings = Settings()
    parser = argparse.ArgumentParser(prog="backprop-lab", description="See backpropagation.")
    parser.add_argument("--host", default=settings.host, help="default: %(default)s, this machine")
    parser.add_argument("--port", type=int, default=settings.port, help="default: %(default)s")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.add_argument(
        "--log",
        choices=get_args(logs.Kind),
        default=settings.log,
        help="default: %(default)s, warnings only; all that happens, as text or as lines of JSON",
    )
    parser.add_argument("--version", action="version", version=f"Backprop Lab {__version__}")
    given = parser.parse_args(arguments)
    if not 0 <= given.port <= 65535:
        parser.error(f"--port must be 0 to 65535, not {given.port}")
    settings = settings.model_copy(
        update={"host": given.host, "port": given.port, "log": given.log}
    )
    logs.configure(settings.log)
    app = create_app(settings)
    return server.serve(
        app,
        settings,
        browser=not given.no_browser,
        greet=partial(greeting, settings, app.state.teacher),
        ending=app.state.runner.end,
    )


if __name__ == "__main__":
    sys.exit(cli())
