"""The gallery: sessions to begin with, and a picture of each."""

import json

from fastapi import APIRouter, Request, Response

from app.bodies.presets import PresetBody, PresetPicture
from app.errors import UnknownPreset
from app.gallery.presets import PRESETS, changes
from app.gallery.preview import drawn, repeated
from app.routes.answers import errors, text
from app.runner import Runner
from app.runner.drained import drained


def routes(runner: Runner) -> APIRouter:
    router = APIRouter(prefix="/api/presets", tags=["catalog"])
    rows = [
        PresetBody(
            name=name,
            steps=each.steps,
            changes=changes(each.spec),
            tries={tried: changes(each.tried(tried)) for tried in each.tries},
        )
        for name, each in PRESETS.items()
    ]
    listed = json.dumps([row.model_dump() for row in rows]).encode()
    pictures: dict[str, bytes] = {}  # those that were asked for

    @router.head("", include_in_schema=False)
    @router.get(
        "",
        summary="Sessions to begin with",
        response_model=list[PresetBody],
        responses={304: {"description": "The browser has it already (If-None-Match)"}},
    )
    async def all_presets(request: Request) -> Response:
        """Each shows one thing, and comes with changes to try on it."""
        return text(request, listed, "application/json")

    @router.head("/{name}/picture", include_in_schema=False)
    @router.get(
        "/{name}/picture",
        summary="What a preset becomes",
        response_model=PresetPicture,
        response_model_exclude_none=True,
        responses={
            304: {"description": "The browser has it already (If-None-Match)"},
            **errors(404),
        },
    )
    async def picture(request: Request, name: str) -> Response:
        """Its net is trained for it when it is first asked for, in well under a second."""
        if name not in PRESETS:
            raise UnknownPreset(name, list(PRESETS))
        if name not in pictures:
            preset = PRESETS[name]
            numbers = await drained(runner.compute, drawn(preset))
            body = PresetPicture(**numbers, repeated=repeated(preset.spec))
            pictures[name] = body.model_dump_json(exclude_none=True).encode()
        return text(request, pictures[name], "application/json")

    return router
