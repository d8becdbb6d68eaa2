"""A run looked into: what is wrong with it, how its layers fare, which classes it confuses. Also at
an earlier step; the run goes on meanwhile."""

from typing import Any, get_args

from fastapi import APIRouter, Request, Response

from app.bodies.diagnosis import Confusion, Diagnosis
from app.routes.answers import chosen, errors, whole
from app.runner import Runner, scratch
from app.sessions.diagnosis import Split, confuse, diagnose, past

_STEP: dict[str, Any] = {
    "name": "step",
    "in": "query",
    "schema": {"type": "integer", "minimum": 0, "description": "by default where it is"},
}
_SPLIT: dict[str, Any] = {
    "name": "split",
    "in": "query",
    "schema": {"enum": list(get_args(Split)), "default": "test"},
}


def routes(runner: Runner) -> APIRouter:
    router = APIRouter(prefix="/api/sessions/{session_id}", tags=["explanations"])

    @router.get(
        "/diagnosis",
        summary="What is wrong with a run",
        response_model=Diagnosis,
        responses=errors(404, 422),
        openapi_extra={"parameters": [_STEP]},
    )
    async def look(request: Request, session_id: str) -> Response:
        """Each finding with the number that shows it, the threshold, and one thing to try; and the
        health of every layer. The losses looked at are those of the run up to that step."""
        lane, step = runner.lane(session_id), whole(request.query_params, "step")
        found = await scratch.find(lane, lambda session: past(session, step))
        answer = await scratch.there(
            lane, found.moment, lambda trainer: diagnose(session_id, trainer, found)
        )
        return Response(answer.model_dump_json(), media_type="application/json")

    @router.get(
        "/confusion",
        summary="Which classes are taken for which",
        response_model=Confusion,
        responses=errors(404, 422),
        openapi_extra={"parameters": [_STEP, _SPLIT]},
    )
    async def confusion(request: Request, session_id: str) -> Response:
        """The confusion matrix with precision, recall and F1 of every class, and the samples that
        were taken for another class than their own."""
        lane, step = runner.lane(session_id), whole(request.query_params, "step")
        split: Split = chosen(request.query_params, "split", get_args(Split), "test")
        found = await scratch.find(lane, lambda session: past(session, step))
        answer = await scratch.there(
            lane, found.moment, lambda trainer: confuse(session_id, trainer, found.run, split)
        )
        return Response(answer.model_dump_json(), media_type="application/json")

    return router
