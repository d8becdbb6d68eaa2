"""Runs that are kept under a name: saved, listed, opened, renamed, downloaded, let go. And runs in
links: given out and opened. A saved run is everyone's to look at; whose browser saved it, told by a
random cookie, may rename it and let it go, and so may the teacher."""

import logging
import re
import secrets
from time import time
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from app.bodies.saved import Open, OpenLink, Rename, Save, SavedBody, SavedList, ShareBody
from app.bodies.sessions import SessionBody
from app.errors import Full, Invalid, NotYours, UnknownRun, UnknownSession
from app.exports.run.bundle import bundle
from app.exports.run.history import History
from app.messages import read, read_object
from app.routes.answers import asked_as, errors, read_body
from app.routes.asker import Asker, named, token_of
from app.routes.sessions import body
from app.runner import Lane, Runner, scratch
from app.storage.archive import Archive, archive, pack_archive, unpack_archive
from app.storage.database import Database, KeptRun
from app.storage.links import LONGEST, linkable, read_link, write_link
from app.storage.packing import Damaged

log = logging.getLogger("backprop_lab")

_SAVED, _SHARED = "saved", "shared"
_KEYFRAMES = 32  # of a saved run
_MOST = 1000  # of each kind


def _finite(value: float | None) -> float | None:
    return value if value is not None and abs(value) < float("inf") else None


def saved_body(run: KeptRun, asker: Asker) -> SavedBody:
    about = {key: value for key, value in run.about.items() if key != "owner"}
    mine = asker.may_change(run)
    return SavedBody(id=run.id, name=run.name, made=run.made, **about, mine=mine)


def routes(runner: Runner) -> APIRouter:
    router = APIRouter(tags=["saved runs"])

    async def given(request: Request) -> dict[str, Any]:
        return read_object(await read_body(request, runner.settings.max_message_bytes))

    async def refuse_others(request: Request, run_id: str) -> None:
        """Raises UnknownRun, NotYours, NotKept."""
        found = {run.id: run for run in await runner.store.ask(lambda db: db.runs(_SAVED))}
        if run_id not in found:
            raise UnknownRun(run_id)
        if not Asker.of(request).may_change(found[run_id]):
            raise NotYours(run_id)

    async def lane_of(session_id: str) -> Lane:
        await runner.wake(session_id)
        try:
            return runner.lane(session_id)
        except UnknownSession as unknown:
            unknown.field = "session"
            raise

    async def keep(
        kind: str, name: str, found: Archive, keyframes: int, owner: str = ""
    ) -> KeptRun:
        """Write a run. Raises NotKept."""

        def make() -> tuple[dict[str, Any], bytes]:
            metrics = found.trainer().evaluate()
            about = {
                "spec": found.now.spec.to_json(),
                "step": found.now.step_count,
                "head": found.run.head,
                "train_loss": _finite(metrics["train_loss"]),
                "test_loss": _finite(metrics["test_loss"]),
                "owner": owner,
            }
            return about, pack_archive(found, keyframes)

        about, packed = await runner.compute.in_worker(make)
        run = KeptRun(secrets.token_urlsafe(16), name, time(), about)

        def write(db: Database) -> None:
            if kind == _SAVED and len(db.runs(kind)) >= _MOST:
                raise Full(
                    f"This server keeps {_MOST} saved runs; let another go first.",
                    field="runs",
                    allowed={"maximum": _MOST},
                )
            db.put_run(kind, run, packed)
            db.prune_runs(kind, _MOST)

        await runner.store.ask(write)
        return run

    async def fetch(kind: str, run_id: str) -> tuple[KeptRun, Archive]:
        """Raises UnknownRun, NotKept."""
        found = await runner.store.ask(lambda db: db.run(kind, run_id))
        if found is None:
            raise UnknownRun(run_id)
        try:
            unpacked = await runner.compute.in_worker(lambda: unpack_archive(found[1]))
        except Damaged:
            log.exception("run %s cannot be opened; what was written of it stays", run_id)
            raise UnknownRun(run_id) from None
        return found[0], unpacked

    async def begin(found: Archive) -> Response:
        lane = await runner.begin(found.session)
        where = {"Location": f"/api/sessions/{lane.id}"}
        return JSONResponse(body(lane).model_dump(), 201, where)

    @router.head("/api/saved", include_in_schema=False)
    @router.get("/api/saved", summary="Saved runs", response_model=SavedList, responses=errors(503))
    async def look(request: Request) -> Response:
        """All that are kept on this server, whoever saved them."""
        found = await runner.store.ask(lambda db: db.runs(_SAVED))
        asker = Asker.of(request)
        answer = SavedList(runs=[saved_body(run, asker) for run in found])
        return Response(answer.model_dump_json(), media_type="application/json")

    @router.post(
        "/api/saved",
        status_code=201,
        summary="Save a run under a name",
        response_model=SavedBody,
        responses=errors(404, 413, 422, 503),
        openapi_extra=asked_as(Save),
    )
    async def save(request: Request) -> Response:
        """The run that the session is in, with its curve and every change on the way. It outlives
        the session. The browser gets a cookie by which it may rename it and let it go."""
        asked = read(Save, await given(request))
        name = named(asked.name)
        lane = await lane_of(asked.session)
        found = await scratch.find(lane, lambda session: archive(session, whole=True))
        found.run.name = name
        token = token_of(request)
        asker = Asker.of(request, token)
        run = await keep(_SAVED, name, found, _KEYFRAMES, asker.mark)
        written = saved_body(run, asker).model_dump_json()
        answer = Response(written, 201, media_type="application/json")
        asker.remember(answer, token)
        return answer

    @router.patch(
        "/api/saved/{run_id}",
        status_code=204,
        summary="Rename a saved run",
        responses=errors(404, 413, 422, 503),
        openapi_extra=asked_as(Rename),
    )
    async def rename(request: Request, run_id: str) -> Response:
        name = named(read(Rename, await given(request)).name)
        await refuse_others(request, run_id)
        if not await runner.store.ask(lambda db: db.rename_run(_SAVED, run_id, name)):
            raise UnknownRun(run_id)
        return Response(status_code=204)

    @router.delete(
        "/api/saved/{run_id}",
        status_code=204,
        summary="Let a saved run go",
        responses=errors(404, 503),
    )
    async def drop(request: Request, run_id: str) -> Response:
        """For good; sessions that it was opened in keep theirs."""
        await refuse_others(request, run_id)
        if not await runner.store.ask(lambda db: db.delete_run(_SAVED, run_id)):
            raise UnknownRun(run_id)
        return Response(status_code=204)

    @router.get(
        "/api/saved/{run_id}/file",
        summary="A saved run as a file",
        response_class=Response,
        responses={
            200: {"content": {"application/zip": {}}, "description": "A zip of files to keep"},
            **errors(404, 503),
        },
    )
    async def download(run_id: str) -> Response:
        """Settings, weights and curves, as a session's exports have them, and the programs that
        train the net anew where they can be written."""
        run, found = await fetch(_SAVED, run_id)
        history = History.of_run(found.run, found.now, found.edits)
        packed = await runner.compute.in_worker(lambda: bundle(found.trainer(), history))
        plain = re.sub(r"[^A-Za-z0-9._-]+", "-", run.name).strip("-.") or "run"
        names = f"filename=\"{plain}.zip\"; filename*=UTF-8''{quote(run.name, safe='')}.zip"
        headers = {"Content-Disposition": f"attachment; {names}", "Cache-Control": "no-store"}
        return Response(packed, headers=headers, media_type="application/zip")

    @router.post(
        "/api/saved/{run_id}/open",
        summary="Open a saved run",
        response_model=SessionBody,
        responses={201: {"model": SessionBody}, **errors(404, 413, 422, 503)},
        openapi_extra=asked_as(Open),
    )
    async def open_saved(request: Request, run_id: str) -> Response:
        """In a session it becomes another of its runs; without one, a new session begins with it
        (201). Either way it stands still where it was saved."""
        asked = read(Open, await given(request))
        run, found = await fetch(_SAVED, run_id)
        found.run.name = run.name
        if asked.session is None:
            return await begin(found)
        lane = await lane_of(asked.session)
        trainer = await runner.compute.in_worker(found.trainer)
        await lane.carry_out(lambda session: session.take_in(found.run, trainer, found.edits))
        return JSONResponse(body(lane).model_dump())

    @router.post(
        "/api/sessions/{session_id}/share",
        summary="The state of a session for a link",
        response_model=ShareBody,
        responses=errors(404, 503),
    )
    async def share(session_id: str) -> ShareBody:
        """Weights, step, what the optimizer remembers and the order of the samples to come, with
        the curve and every change on the way. What is short opens on any server; what is long is
        kept here, and its id is all that is needed to see it."""
        lane = runner.lane(session_id)
        found = await scratch.find(lane, lambda session: archive(session, whole=False))
        link = await runner.compute.in_worker(lambda: write_link(found))
        step = found.now.step_count
        if len(link) <= LONGEST:
            return ShareBody(step=step, link=link, shared=None)
        run = await keep(_SHARED, found.run.name, linkable(found), _KEYFRAMES)
        return ShareBody(step=step, link=None, shared=run.id)

    @router.post(
        "/api/shared",
        status_code=201,
        summary="A session from a link",
        response_model=SessionBody,
        responses=errors(404, 413, 422, 503),
        openapi_extra=asked_as(OpenLink),
    )
    async def open_link(request: Request) -> Response:
        """A new session where the link was made, to the last bit: one of `link` and `shared`."""
        asked = read(OpenLink, await given(request))
        if (asked.link is None) == (asked.shared is None):
            raise Invalid(
                "One of link and shared is needed.",
                field="link",
                value=asked.link,
                allowed={"choices": ["link", "shared"]},
            )
        if asked.shared is not None:
            return await begin((await fetch(_SHARED, asked.shared))[1])
        text = asked.link or ""
        return await begin(await runner.compute.in_worker(lambda: read_link(text)))

    return router
