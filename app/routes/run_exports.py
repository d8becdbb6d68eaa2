"""A session's run to take along, as files; and a file of weights brought back."""

import json
from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from app.bodies.sessions import WeightsLoaded
from app.exports.pictures.curves import curves_svg
from app.exports.pictures.net import net_svg
from app.exports.pictures.plane import output_svg
from app.exports.run.history import History, curve, losses_csv
from app.exports.run.program import program
from app.exports.run.weights import fit_weights, read_weights, write_weights
from app.routes.answers import errors, read_body
from app.runner import Runner, scratch
from engine.training import Trainer

Write = Callable[[Trainer, History], bytes]

# By name: what is in it, its media type, and how it is written from a trainer that is where the
# session is, and from the history of its run.
FILES: dict[str, tuple[str, str, Write]] = {
    "spec.json": (
        "The settings, as they are now",
        "application/json",
        lambda trainer, _: json.dumps(trainer.spec.to_json(), indent=2).encode(),
    ),
    "weights.safetensors": (
        "Parameters and running statistics by name; the metadata hold spec, step and seed",
        "application/octet-stream",
        lambda trainer, _: write_weights(trainer),
    ),
    "train_numpy.py": (
        "A program that trains the net anew with NumPy and prints the same losses",
        "text/x-python; charset=utf-8",
        lambda trainer, history: program(trainer, history, "numpy").encode(),
    ),
    "train_pytorch.py": (
        "The same with PyTorch",
        "text/x-python; charset=utf-8",
        lambda trainer, history: program(trainer, history, "pytorch").encode(),
    ),
    "losses.csv": (
        "The loss curves of the run: step, train_loss, test_loss",
        "text/csv; charset=utf-8",
        lambda trainer, history: losses_csv(history, trainer).encode(),
    ),
    "net.svg": (
        "A picture of the net",
        "image/svg+xml",
        lambda trainer, _: net_svg(trainer).encode(),
    ),
    "output.svg": (
        "A picture of what the net answers, for data of one or two inputs",
        "image/svg+xml",
        lambda trainer, _: output_svg(trainer).encode(),
    ),
    "curves.svg": (
        "A picture of the loss curves",
        "image/svg+xml",
        lambda trainer, history: curves_svg(curve(history, trainer)).encode(),
    ),
}
_REFUSED = ("train_numpy.py", "train_pytorch.py", "output.svg")  # where it cannot be written
_BINARY = {"type": "string", "format": "binary"}


def routes(runner: Runner) -> APIRouter:
    router = APIRouter(prefix="/{session_id}")
    for name, (what, media_type, write) in FILES.items():
        _add(router, runner, name, what, media_type, write)

    @router.put(
        "/weights",
        summary="Bring a file of weights",
        response_model=WeightsLoaded,
        responses=errors(404, 409, 413, 422),
        openapi_extra={
            "requestBody": {
                "content": {"application/octet-stream": {"schema": _BINARY}},
                "required": True,
            }
        },
    )
    async def load(request: Request, session_id: str) -> WeightsLoaded:
        """The body is a file as `export/weights.safetensors` gives it, for a net of the same
        shape. It is a change like any other: it can be undone, and is made again whenever the run
        comes by. If anything does not fit, nothing is changed."""
        lane = runner.lane(session_id)
        body = await read_body(request, runner.settings.max_upload_bytes)
        arrays = await runner.compute.in_worker(lambda: read_weights(body))
        await lane.carry_out(
            lambda session: session.load_weights(fit_weights(session.trainer.network, arrays))
        )
        return WeightsLoaded(parameters=sorted(arrays))

    return router


def _add(
    router: APIRouter, runner: Runner, name: str, what: str, media_type: str, write: Write
) -> None:
    """The route of one file."""

    @router.get(
        f"/export/{name}",
        summary=what,
        operation_id=f"export_{name.replace('.', '_')}",
        response_class=Response,
        responses={
            200: {
                "content": {media_type.partition(";")[0]: {}},
                "description": f"A file to keep, {name}",
            },
            **errors(404, *([422] if name in _REFUSED else [])),
        },
    )
    async def export(session_id: str) -> Response:
        lane = runner.lane(session_id)
        history = await scratch.find(lane, History.of)
        file = await scratch.there(lane, history.now, lambda trainer: write(trainer, history))
        headers = {
            "Content-Disposition": f'attachment; filename="backprop-lab-{name}"',
            "Cache-Control": "no-store",
        }
        return Response(file, headers=headers, media_type=media_type)
