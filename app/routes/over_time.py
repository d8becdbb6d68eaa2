"""A run gone along again: its layers, its numbers and how they were spread, at steps all over it.
Nothing of it is recorded on the way; the run goes on meanwhile."""

from collections.abc import Mapping
from typing import Any, get_args

from fastapi import APIRouter, Request, Response

from app.bodies.over_time import ElementOverTime, HistogramsOverTime, LayersOverTime
from app.errors import Invalid
from app.routes.answers import chosen, element_of, errors, whole
from app.runner import Runner, sweeps
from app.sessions import over_time
from app.sessions.over_time import Spread

_LEAST, _MOST, _USUAL = 2, 200, 60


def _parameters(**own: dict[str, Any]) -> dict[str, Any]:
    points = {"type": "integer", "minimum": _LEAST, "maximum": _MOST, "default": _USUAL}
    asked: dict[str, dict[str, Any]] = {
        **own,
        "run": {"type": "integer", "minimum": 0, "description": "by default the one it is in"},
        "points": {**points, "description": "at most so many steps, and up to three more"},
    }
    return {
        "parameters": [
            {"name": name, "in": "query", "required": name == "element", "schema": schema}
            for name, schema in asked.items()
        ]
    }


def routes(runner: Runner) -> APIRouter:
    router = APIRouter(prefix="/api/sessions/{session_id}/history", tags=["explanations"])

    @router.get(
        "/layers",
        summary="How the layers fared all along a run",
        response_model=LayersOverTime,
        responses=errors(404, 422),
        openapi_extra=_parameters(),
    )
    async def layers(request: Request, session_id: str) -> Response:
        """Gradient and weight norms, update ratios, activations, dead and saturated shares of
        every layer, exactly as they were."""
        found = await _along(runner, request, session_id, "layers", over_time.layers)
        return _json(over_time.layers_body(session_id, found))

    @router.get(
        "/histograms",
        summary="How the numbers of each layer were spread all along a run",
        response_model=HistogramsOverTime,
        responses=errors(404, 422),
        openapi_extra=_parameters(of={"enum": list(get_args(Spread)), "default": "activations"}),
    )
    async def histograms(request: Request, session_id: str) -> Response:
        """Activations on all training rows, weights and biases, or the sizes of their gradients
        for the next minibatch."""
        of: Spread = chosen(request.query_params, "of", get_args(Spread), "activations")
        look = over_time.histograms(of)
        found = await _along(runner, request, session_id, ("histograms", of), look)
        return _json(over_time.histograms_body(session_id, of, found))

    @router.get(
        "/element",
        summary="A number and its gradient all along a run",
        response_model=ElementOverTime,
        responses=errors(404, 422),
        openapi_extra=_parameters(
            element={"type": "string", "description": "by its name: layers.0.weight[1,2]"},
            row={"type": "integer", "minimum": 0, "description": "of the data, alone"},
        ),
    )
    async def element(request: Request, session_id: str) -> Response:
        """A parameter, or any number that is computed for the next minibatch or for one row of
        the data."""
        name, row = element_of(request.query_params), whole(request.query_params, "row")
        look = over_time.element(name, row)
        found = await _along(runner, request, session_id, (name, row), look)
        return _json(over_time.element_body(session_id, name, row, found))

    return router


async def _along(runner: Runner, request: Request, session_id: str, what: Any, look: Any) -> Any:
    lane, query = runner.lane(session_id), request.query_params
    points = _points(query)
    run = whole(query, "run")
    return await sweeps.along(lane, run, what, points, look, request.is_disconnected)


def _points(given: Mapping[str, str]) -> int:
    points = whole(given, "points")
    if points is None:
        return _USUAL
    if not _LEAST <= points <= _MOST:
        raise Invalid(
            f"points must be from {_LEAST} to {_MOST}.",
            field="points",
            value=points,
            allowed={"type": "integer", "minimum": _LEAST, "maximum": _MOST},
        )
    return points


def _json(body: LayersOverTime | HistogramsOverTime | ElementOverTime) -> Response:
    return Response(body.model_dump_json(), media_type="application/json")
