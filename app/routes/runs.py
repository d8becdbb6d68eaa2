"""The runs of a session over REST: listed, read with their curves, let go. Going to one, naming it
and whatever changes the session goes over its stream."""

from fastapi import APIRouter, Response

from app.bodies.sessions import RunChange, RunDetail, RunList, RunLoss, RunSummary
from app.routes.answers import errors
from app.runner import Runner, scratch
from app.sessions.changes import Difference, begun_with, changes_of, last_spec
from app.sessions.runs import LossPoint, Run
from app.sessions.session import TrainingSession
from app.sessions.training import describe


def routes(runner: Runner) -> APIRouter:
    router = APIRouter(prefix="/{session_id}/runs")

    @router.get("", summary="The runs of a session", response_model=RunList, responses=errors(404))
    async def look(session_id: str) -> Response:
        """Every run that is kept. Whoever changes something at an earlier step, or what needs
        another net, begins another run; those before stay."""
        found = await scratch.find(runner.lane(session_id), _list)
        return Response(found.model_dump_json(), media_type="application/json")

    @router.get(
        "/{run}",
        summary="A run with its curves",
        response_model=RunDetail,
        responses=errors(404, 422),
    )
    async def read(session_id: str, run: int) -> Response:
        """Loss points are thinned evenly in a long run; each of them is exact."""
        found = await scratch.find(
            runner.lane(session_id), lambda session: _detail(session.timeline.find_run(run))
        )
        return Response(found.model_dump_json(), media_type="application/json")

    @router.delete("/{run}", status_code=204, summary="Let a run go", responses=errors(404, 422))
    async def drop(session_id: str, run: int) -> Response:
        """It, and every undo that leads to it, is gone for good. Runs that began in it stay. The
        run that the session is in cannot go."""
        await runner.lane(session_id).carry_out(lambda session: session.drop_run(run))
        return Response(status_code=204)

    return router


def _list(session: TrainingSession) -> RunList:
    runs = [_summary(run) for run in session.timeline.runs.values()]
    return RunList(current=session.run.id, runs=runs)


def _summary(run: Run) -> RunSummary:
    return RunSummary(
        **describe(run).model_dump(),
        loss=_loss(run.losses.items[-1]),
        spec=last_spec(run).to_json(),
        begun_with=_changes(begun_with(run)),
    )


def _detail(run: Run) -> RunDetail:
    return RunDetail(
        **_summary(run).model_dump(),
        losses=[_loss(point) for point in run.losses.items],
        changes=_changes(changes_of(run)),
    )


def _loss(point: LossPoint) -> RunLoss:
    step, train, test, validation = point
    return RunLoss(step=step, train=train, test=test, validation=validation)


def _changes(differences: list[Difference]) -> list[RunChange]:
    return [RunChange(**difference._asdict()) for difference in differences]
