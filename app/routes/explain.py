"""Every number of a session explains itself: where it comes from, and whether its gradient is
right. Also at an earlier step of the run, which goes on meanwhile."""

from contextlib import suppress
from typing import Any, get_args

from fastapi import APIRouter, Request, Response

from app.bodies.explanations import CheckBody, Explained, Question
from app.errors import Invalid
from app.formulas import op_formulas
from app.messages import read_object
from app.routes.answers import chosen, element_of, errors, read_body, whole
from app.runner import Runner, scratch
from app.sessions.explanations import Explainer, last_update
from app.sessions.moments import moment
from app.sessions.session import TrainingSession
from app.sessions.travel import Moment
from engine.fields import known
from engine.training import Trainer

_REFERENCE = "layers.0.weight[1,2]: an element by its name; what is refused is told the names"


def routes(runner: Runner) -> APIRouter:
    router = APIRouter(prefix="/api/sessions/{session_id}", tags=["explanations"])

    @router.get(
        "/explain",
        summary="Where a number comes from",
        response_model=Explained,
        responses=errors(404, 422),
        openapi_extra={"parameters": _parameters()},
    )
    async def explain(request: Request, session_id: str) -> Response:
        """A gradient as the sum over the ways to the loss of the next minibatch, term by term; a
        value by the numbers it was computed from. Every element named in the answer can be asked
        for next."""
        lane = runner.lane(session_id)
        query = request.query_params
        element = element_of(query)
        of: Question = chosen(query, "of", get_args(Question), "gradient")
        step, row = whole(query, "step"), whole(query, "row")

        def work(trainer: Trainer) -> Explained:
            return Explainer(session_id, trainer, row, op_formulas).explain(element, of)

        now, before = await scratch.find(lane, lambda session: _with_one_before(session, step))
        answer = await scratch.there(lane, now, work)
        if of == "value" and answer.role == "parameter" and before is not None:
            made = await scratch.there(lane, before, lambda earlier: last_update(earlier, element))
            answer = answer.model_copy(update={"update": made})
        return Response(answer.model_dump_json(), media_type="application/json")

    @router.post(
        "/check",
        summary="A gradient beside finite differences",
        response_model=CheckBody,
        responses=errors(404, 413, 422),
        openapi_extra={"requestBody": {"content": {"application/json": {"schema": _SCHEMA}}}},
    )
    async def check(request: Request, session_id: str) -> Response:
        """The number is replaced by others, and the loss of the next minibatch computed again each
        time: along a slice, and at ever smaller steps to either side."""
        lane = runner.lane(session_id)
        given = read_object(await read_body(request, runner.settings.max_message_bytes))
        known(given, list(_SCHEMA["properties"]), "")
        element, step, row = element_of(given), whole(given, "step"), whole(given, "row")
        found = await scratch.at(
            lane, step, lambda trainer: Explainer(session_id, trainer, row).check(element)
        )
        return Response(CheckBody.of(*found).model_dump_json(), media_type="application/json")

    return router


def _with_one_before(session: TrainingSession, step: int | None) -> tuple[Moment, Moment | None]:
    """A moment and the one a step before, if it can be gone to."""
    now = moment(session, step)
    with suppress(Invalid):
        return now, moment(session, now.step - 1)
    return now, None


_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "element": {"type": "string", "description": _REFERENCE},
        "step": {"type": ["integer", "null"], "minimum": 0, "description": "null: where it is"},
        "row": {"type": ["integer", "null"], "minimum": 0, "description": "of the data, alone"},
    },
    "required": ["element"],
    "additionalProperties": False,
}


def _parameters() -> list[dict[str, Any]]:
    asked = {**_SCHEMA["properties"], "of": {"enum": list(get_args(Question))}}
    return [
        {"name": name, "in": "query", "required": name == "element", "schema": schema}
        for name, schema in asked.items()
    ]
