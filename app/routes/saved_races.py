"""Races that are kept under a name: on a surface, or of nets. What leads to one again is a few
settings, so that is all that is kept."""

import json
import secrets
from time import time
from typing import Any

from fastapi import APIRouter, Request, Response

from app.bodies.races import SavedRace, SavedRaces, SaveRace
from app.bodies.saved import Rename
from app.errors import Full, Invalid, NotYours, UnknownRace
from app.messages import read, read_object
from app.routes.answers import asked_as, errors, read_body
from app.routes.asker import Asker, named, token_of
from app.runner import Runner
from app.storage.database import Database, KeptRun

_KIND = "race"  # of what is kept beside runs
_MOST, _MOST_BYTES = 1000, 20_000


def _body(race: KeptRun, asker: Asker) -> SavedRace:
    about = {"kind": race.about["kind"], "state": race.about["state"]}
    mine = asker.may_change(race)
    return SavedRace(id=race.id, name=race.name, made=race.made, **about, mine=mine)


def routes(runner: Runner) -> APIRouter:
    router = APIRouter(prefix="/api/saved-races", tags=["races"])

    async def given(request: Request) -> dict[str, Any]:
        return read_object(await read_body(request, runner.settings.max_message_bytes))

    async def find(saved_id: str) -> KeptRun:
        """Raises UnknownRace, NotKept."""
        found = await runner.store.ask(lambda db: db.run(_KIND, saved_id))
        if found is None:
            raise UnknownRace(saved_id)
        return found[0]

    async def refuse_others(request: Request, saved_id: str) -> None:
        """Raises UnknownRace, NotYours, NotKept."""
        if not Asker.of(request).may_change(await find(saved_id)):
            raise NotYours(saved_id)

    @router.head("", include_in_schema=False)
    @router.get("", summary="Races that are kept", response_model=SavedRaces, responses=errors(503))
    async def look(request: Request) -> Response:
        """All on this server, whoever keeps them."""
        found = await runner.store.ask(lambda db: db.runs(_KIND))
        asker = Asker.of(request)
        answer = SavedRaces(races=[_body(race, asker) for race in found])
        return Response(answer.model_dump_json(), media_type="application/json")

    @router.post(
        "",
        status_code=201,
        summary="Keep a race under a name",
        response_model=SavedRace,
        responses=errors(413, 422, 503),
        openapi_extra=asked_as(SaveRace),
    )
    async def save(request: Request) -> Response:
        """`{"name": "Five on a spiral", "kind": "net", "state": {"address": "..."}}`: what `state`
        holds is up to whoever opens it again, 20 kB at most."""
        asked = read(SaveRace, await given(request))
        name, size = named(asked.name), len(json.dumps(asked.state))
        if size > _MOST_BYTES:
            allowed = {"type": "object", "maximum_length": _MOST_BYTES}
            message = f"state must be at most {_MOST_BYTES} characters of JSON, not {size}."
            raise Invalid(message, field="state", value=size, allowed=allowed)
        token = token_of(request)
        asker = Asker.of(request, token)
        about = {"kind": asked.kind, "state": asked.state, "owner": asker.mark}
        race = KeptRun(secrets.token_urlsafe(16), name, time(), about)

        def write(db: Database) -> None:
            if len(db.runs(_KIND)) >= _MOST:
                raise Full(
                    f"This server keeps {_MOST} races; let another go first.",
                    field="races",
                    allowed={"maximum": _MOST},
                )
            db.put_run(_KIND, race, b"")

        await runner.store.ask(write)
        answer = Response(_body(race, asker).model_dump_json(), 201, media_type="application/json")
        asker.remember(answer, token)
        return answer

    @router.head("/{saved_id}", include_in_schema=False)
    @router.get(
        "/{saved_id}",
        summary="A race that is kept",
        response_model=SavedRace,
        responses=errors(404, 503),
    )
    async def open_saved(request: Request, saved_id: str) -> Response:
        found = _body(await find(saved_id), Asker.of(request))
        return Response(found.model_dump_json(), media_type="application/json")

    @router.patch(
        "/{saved_id}",
        status_code=204,
        summary="Rename a race that is kept",
        responses=errors(403, 404, 413, 422, 503),
        openapi_extra=asked_as(Rename),
    )
    async def rename(request: Request, saved_id: str) -> Response:
        name = named(read(Rename, await given(request)).name)
        await refuse_others(request, saved_id)
        await runner.store.ask(lambda db: db.rename_run(_KIND, saved_id, name))
        return Response(status_code=204)

    @router.delete(
        "/{saved_id}",
        status_code=204,
        summary="Let a race go that is kept",
        responses=errors(403, 404, 503),
    )
    async def drop(request: Request, saved_id: str) -> Response:
        """For good."""
        await refuse_others(request, saved_id)
        await runner.store.ask(lambda db: db.delete_run(_KIND, saved_id))
        return Response(status_code=204)

    return router
