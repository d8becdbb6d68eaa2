"""A session that rests on disk is there again before a route looks for it."""

from fastapi import Depends, Request
from fastapi.params import Depends as Dependency

from app.runner import Runner


def waking(runner: Runner) -> Dependency:
    """For every route that names a session in its path. A 503 says that there is no room for it."""

    async def wake(request: Request) -> None:
        session_id = request.path_params.get("session_id")
        if session_id is not None:
            await runner.wake(session_id)

    depends: Dependency = Depends(wake)
    return depends
