"""Races of nets: made, advanced, looked at, streamed; and what other learning rates would have
given."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from app import messages as wire
from app.bodies.races import (
    Advance,
    CurvesBody,
    NetPresetList,
    NetRatesLine,
    RaceBody,
    SeekTo,
)
from app.errors import Diverged
from app.messages import read, read_object
from app.races.curves import curves, table
from app.races.net_frames import lane_state
from app.races.net_presets import menu
from app.races.net_race import NetRace
from app.races.net_rates import NetRates
from app.races.nets import FIELDS, Nets
from app.routes.answers import asked_as, errors, read_body, text
from app.routes.streamed import streamed, told_as
from app.runner import Runner
from app.runner.races import RaceTrack
from app.runner.sweeps import slices
from app.sessions.frames import without_infinity
from engine.fields import known

_JSON = {"type": "object", "description": "`spec` as for a session, and `lanes`."}
_MOST_AHEAD = 1_000_000  # steps that a request may wait for; a stream hears how far it is
_BODY = {"requestBody": {"content": {"application/json": {"schema": _JSON}}, "required": True}}
_LINES = told_as(NetRatesLine, ", several a second")


def _file(kind: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {kind: {}}, "description": "A file to keep"}}


def body(race_id: str, race: NetRace) -> dict[str, Any]:
    """A race as it is now. It measures every lane, which may take long."""
    states = [
        {
            **lane_state(lane),
            "start": lane.start,
            "now": lane.now,
            "overflow": None
            if lane.overflow is None or not lane.ended
            else {key: getattr(lane.overflow, key) for key in ("kind", "name", "layer", "op")},
        }
        for lane in race.lanes
    ]
    found = {
        "id": race_id,
        **race.nets.to_json(),
        "step": race.step,
        "epoch": race.epoch,
        "head": race.head,
        "state": race.state,
        "speed": race.speed,
        "same_start": race.same_start,
        "same_batches": race.same_batches,
        "states": states,
    }
    told: dict[str, Any] = without_infinity(found)
    return told


def routes(runner: Runner) -> APIRouter:
    router = APIRouter(prefix="/api/races", tags=["races"])
    presets: list[bytes] = []

    async def given(request: Request) -> dict[str, Any]:
        return read_object(await read_body(request, runner.settings.max_message_bytes))

    async def told(track: RaceTrack, status: int = 200, **headers: str) -> Response:
        found = await track.look(lambda race: body(track.id, race))
        return JSONResponse(found, status, headers)

    @router.post(
        "",
        status_code=201,
        summary="Make a race of nets",
        response_model=RaceBody,
        responses=errors(413, 422, 503),
        openapi_extra=_BODY,
    )
    async def create(request: Request) -> Response:
        """`{"spec": {"data": {"name": "spiral"}}, "lanes": [{"optimizer": {"name": "adam"}}]}`: up
        to eight lanes with `optimizer`, `schedule`, `clipping`; all else is the spec's and the
        same for all. A race stands still until its stream, or `advance`, asks for steps."""
        asked = await given(request)
        known(asked, FIELDS, "")
        track = await runner.races.create(Nets.parse(asked))
        return await told(track, 201, Location=f"/api/races/{track.id}")

    @router.head("/presets", include_in_schema=False)
    @router.get(
        "/presets",
        summary="Races of nets to begin with",
        response_model=NetPresetList,
        responses={304: {"description": "The browser has it already (If-None-Match)"}},
    )
    async def all_presets(request: Request) -> Response:
        """Whole races, to be made with POST, or changed before."""
        if not presets:
            presets.append(json.dumps({"presets": menu()}).encode())
        return text(request, presets[0], "application/json")

    @router.post(
        "/rates",
        summary="Whether the learning rates of a race of nets were fair",
        response_class=StreamingResponse,
        responses=_LINES | errors(413, 422),
        openapi_extra=_BODY,
    )
    async def rates(request: Request) -> Response:
        """A race with `"rates": [0.001, 0.01, 0.1]`, `"seeds": 3` and `"steps": 500`: with which
        losses every lane ends for each learning rate, its other fields as they are. The seeds are
        the same for all lanes: data, first weights and the order of samples follow from them.
        Closing the connection ends the work."""
        found = NetRates.parse(await given(request)).lines()

        async def lines() -> AsyncIterator[str]:
            async for some in slices(runner.compute, found):
                cells = [line for line in some if "lane" in line]
                for line in cells if cells and some[-1] is cells[-1] else [*cells, *some[-1:]]:
                    yield json.dumps(line) + "\n"

        return streamed(lines())

    @router.head("/{race_id}", include_in_schema=False)
    @router.get(
        "/{race_id}",
        summary="A race of nets as it is now",
        response_model=RaceBody,
        responses=errors(404),
    )
    async def look(race_id: str) -> Response:
        return await told(runner.races.track(race_id))

    @router.delete("/{race_id}", status_code=204, summary="End a race", responses=errors(404))
    async def end(race_id: str) -> Response:
        """Its streams are told so and closed."""
        runner.races.delete(race_id)
        return Response(status_code=204)

    @router.post(
        "/{race_id}/advance",
        summary="So many steps of all lanes",
        response_model=RaceBody,
        responses=errors(404, 409, 413, 422, 503),
        openapi_extra=asked_as(Advance),
    )
    async def advance(request: Request, race_id: str) -> Response:
        """Answered when they are done, or when every lane has diverged on the way."""
        steps = read(Advance, await given(request)).steps
        return await _carry_out(request, race_id, wire.Step(count=steps))

    @router.post(
        "/{race_id}/seek",
        summary="All lanes to a step",
        response_model=RaceBody,
        responses=errors(404, 409, 413, 422, 503),
        openapi_extra=asked_as(SeekTo),
    )
    async def seek(request: Request, race_id: str) -> Response:
        """Back to any step, or on to one they have not come to: the same as training there."""
        step = read(SeekTo, await given(request)).step
        runner.races.track(race_id).session.check(step, _MOST_AHEAD)
        return await _carry_out(request, race_id, wire.RaceSeek(step=step))

    async def _carry_out(
        request: Request, race_id: str, command: wire.Step | wire.RaceSeek
    ) -> Response:
        track = runner.races.track(race_id)
        before = track.session.step
        try:
            await track.ask(command, request.is_disconnected)
        except Diverged:
            if track.session.step == before:
                raise
        return await told(track)

    @router.head("/{race_id}/curves", include_in_schema=False)
    @router.get(
        "/{race_id}/curves",
        summary="The losses of all lanes",
        response_model=CurvesBody,
        responses=errors(404, 422),
    )
    async def all_curves(
        race_id: str,
        target: Annotated[float | None, Query(allow_inf_nan=False)] = None,
        of: Literal["train", "test", "validation"] = "test",
    ) -> Response:
        """With `target`, also when each lane first came to that loss."""
        track = runner.races.track(race_id)
        found = await track.look(lambda race: without_infinity(curves(race, target, of)))
        return JSONResponse(found)

    @router.head("/{race_id}/curves.csv", include_in_schema=False)
    @router.get(
        "/{race_id}/curves.csv",
        summary="The losses of all lanes as a table",
        response_class=Response,
        responses={**_file("text/csv"), **errors(404)},
    )
    async def curves_csv(race_id: str) -> Response:
        track = runner.races.track(race_id)
        lines = await track.look(lambda race: "".join(table(race)))
        return _attached(lines, "text/csv", "race.csv")

    @router.head("/{race_id}/race.json", include_in_schema=False)
    @router.get(
        "/{race_id}/race.json",
        summary="A race with its curves, to keep",
        response_class=Response,
        responses={**_file("application/json"), **errors(404)},
    )
    async def race_json(race_id: str) -> Response:
        """`race` is what makes it again; `seek` leads to its `step`."""
        track = runner.races.track(race_id)

        def whole(race: NetRace) -> str:
            now = body(track.id, race)
            del now["id"]
            parts = {"race": race.nets.to_json(), "curves": without_infinity(curves(race))}
            return json.dumps({**parts, **{k: v for k, v in now.items() if k not in FIELDS}})

        return _attached(await track.look(whole), "application/json", "race.json")

    return router


def _attached(content: Any, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=kind, headers=headers)
