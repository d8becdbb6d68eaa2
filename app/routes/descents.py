"""Races on surfaces: asked for as JSON, answered with paths. Nothing is remembered between two
requests, so whoever drags the start asks again for each place."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from app.bodies.descents import (
    ConvergenceLine,
    DescentBody,
    DescentStep,
    RatesLine,
    RegimeMap,
    SurfaceList,
)
from app.messages import read_object
from app.races.descents import (
    Asked,
    about,
    explained,
    heights,
    menu,
    parse_point,
    parse_surface,
    regime_of,
    regimes,
    told,
)
from app.races.grids import Grid
from app.races.rates import Rates
from app.routes.answers import errors, read_body, text
from app.routes.streamed import streamed, told_as
from app.runner import Runner
from app.runner.sweeps import slices
from app.sessions.frames import encode
from engine.fields import Number, SpecError, known

_RESOLUTION = Number(8, 256, False, False, "integer")
_JSON = {"type": "object", "description": "See GET /api/surfaces and GET /api/catalog."}
_BODY = {"requestBody": {"content": {"application/json": {"schema": _JSON}}, "required": True}}
_BINARY: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"application/octet-stream": {}},
        "description": "In the safetensors layout: `heights` f32 (n, n), row 0 at the top.",
    }
}


_MAP = 61  # cells of the regime map, each way


def routes(runner: Runner) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["races"])
    surfaces = json.dumps({"surfaces": menu()}, ensure_ascii=False).encode()

    async def asked(request: Request) -> dict[str, Any]:
        return read_object(await read_body(request, runner.settings.max_message_bytes))

    @router.head("/surfaces", include_in_schema=False)
    @router.get(
        "/surfaces",
        summary="The surfaces of the optimizer playground",
        response_model=SurfaceList,
        responses={304: {"description": "The browser has it already (If-None-Match)"}},
    )
    async def all_surfaces(request: Request) -> Response:
        """Each with its formula, bounds, lowest points and the fields of its form."""
        return text(request, surfaces, "application/json")

    @router.post(
        "/surfaces/heights",
        summary="A surface as a picture",
        responses=_BINARY | errors(413, 422),
        response_class=Response,
        openapi_extra=_BODY,
    )
    async def map_of(request: Request) -> Response:
        """`{"surface": {"name": "beale"}, "resolution": 101, "bounds": [[-4, 4], [-4, 4]]}`: the
        value at the middle of every pixel."""
        given = await asked(request)
        known(given, ["surface", "resolution", "bounds"], "")
        surface = parse_surface(given.get("surface", {}))
        resolution = _RESOLUTION.check(given.get("resolution", 101), "resolution")
        bounds = _bounds(given.get("bounds", surface.bounds))
        found = await runner.compute.in_worker(lambda: heights(surface, resolution, bounds))
        named = {"kind": "heights", "surface": about(surface), "bounds": [list(b) for b in bounds]}
        content = encode(named, {"heights": found.astype(np.float32)})
        return Response(content, media_type="application/octet-stream")

    @router.post(
        "/descents",
        summary="Optimizers go down a surface",
        response_model=DescentBody,
        responses=errors(413, 422),
        openapi_extra=_BODY,
    )
    async def descend(request: Request) -> Response:
        """`{"surface": {"name": "ravine"}, "start": [-7, 2], "steps": 150, "seed": 0, "lanes":
        [{"optimizer": {"name": "adam", "learning_rate": 0.3}}]}`: a lane may have a `schedule` and
        `clipping`, too. All lanes begin at the same point and meet the same noise."""
        race = Asked.parse(await asked(request))
        found = await runner.compute.in_worker(lambda: told(race, race.descent.run(race.steps)))
        return JSONResponse(found)

    @router.post(
        "/descents/step",
        summary="Why a lane moved there",
        response_model=DescentStep,
        responses=errors(413, 422),
        openapi_extra=_BODY,
    )
    async def step(request: Request) -> Response:
        """The same question with `"lane"` and `"step"`: the terms of that update in the order of
        their computation, with formulas, and what the optimizer remembered."""
        given = await asked(request)
        rest = {key: value for key, value in given.items() if key not in ("lane", "step")}
        race = Asked.parse(rest)
        last = len(race.descent.lanes) - 1
        lane = Number(0, last, False, False, "integer").check(given.get("lane", 0), "lane")
        most = Number(0, race.steps - 1, False, False, "integer")
        at = most.check(given.get("step", 0), "step")
        return JSONResponse(await runner.compute.in_worker(lambda: explained(race, lane, at)))

    @router.get(
        "/descents/regimes",
        summary="What momentum does on a quadratic",
        response_model=RegimeMap,
        responses=errors(422),
    )
    async def regime_map(
        condition: Annotated[float, Query(ge=1, le=1000, allow_inf_nan=False)] = 10.0,
        rate: Annotated[float, Query(gt=0, le=100, allow_inf_nan=False)] = 0.1,
        momentum: Annotated[float, Query(ge=0, lt=1, allow_inf_nan=False)] = 0.9,
    ) -> Response:
        """Over rate (up to where nothing converges any more) and momentum, for a bowl of this
        condition number; and the regimes along both axes for the rate and momentum asked about."""
        rates = np.linspace(0.0, 4.2 / condition, _MAP)
        momenta = np.linspace(0.0, 0.99, _MAP)
        found = await runner.compute.in_worker(lambda: regimes(condition, rates, momenta))
        return JSONResponse({**found, "here": regime_of(rate, momentum, condition)})

    @router.post(
        "/descents/convergence",
        summary="How many steps it takes, over two settings",
        response_class=StreamingResponse,
        responses=told_as(ConvergenceLine, ": a row of the map") | errors(413, 422),
        openapi_extra=_BODY,
    )
    async def convergence(request: Request) -> Response:
        """`{"surface": ..., "lane": ..., "columns": {"field": "learning_rate", "values": [...]},
        "rows": {"field": "momentum", "values": [...]}, "steps": 300, "share": 0.01}`: after how
        many steps only this share of the way down is left. Closing the connection ends the work."""
        grid = Grid.parse(await asked(request))
        return _streamed(runner, grid.lines())

    @router.post(
        "/descents/rates",
        summary="Whether the learning rates were fair",
        response_class=StreamingResponse,
        responses=told_as(RatesLine, ": a lane") | errors(413, 422),
        openapi_extra=_BODY,
    )
    async def rates(request: Request) -> Response:
        """A race with `"rates": [...]` and `"seeds": 3`: where every lane ends with each learning
        rate, its other fields as they are. Closing the connection ends the work."""
        return _streamed(runner, Rates.parse(await asked(request)).lines())

    return router


def _streamed(runner: Runner, found: Iterator[dict[str, Any]]) -> Response:
    """Line by line, as it is computed in workers."""

    async def lines() -> AsyncIterator[str]:
        async for some in slices(runner.compute, found):
            for line in some:
                yield json.dumps(line) + "\n"

    return streamed(lines())


def _bounds(given: Any) -> tuple[tuple[float, float], tuple[float, float]]:
    """Of x and of y, the lower one first."""
    if not isinstance(given, list | tuple) or len(given) != 2:
        allowed = {"type": "array", "minimum": 2, "maximum": 2}
        raise SpecError("bounds", given, allowed, "must be two pairs, of x and of y")
    x, y = (parse_point(side, f"bounds[{i}]") for i, side in enumerate(given))
    for i, (low, high) in enumerate((x, y)):
        if not low < high:
            allowed = {"type": "array", "minimum": 2, "maximum": 2}
            raise SpecError(f"bounds[{i}]", [low, high], allowed, "must begin with the lower one")
    return x, y
