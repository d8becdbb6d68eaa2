"""One stream from its acceptance to its end: what comes in goes to the lane, what waits goes out.

Frames are made when they can be sent, never before: a slow reader gets fewer of them, each the
latest. One that acknowledges none, like a hidden page, is sent no more and costs nothing; one
that does not even take what is sent is dropped, never waited for.
"""

import asyncio
import logging
from collections.abc import Mapping
from time import monotonic
from typing import Any, Protocol

from app.runner.client import FAULT, STALLED, Client, Dropped
from app.runner.compute import wait
from app.runner.lane import Lane

log = logging.getLogger("backprop_lab")


class Stream(Protocol):
    """The part of a WebSocket that is used here."""

    async def receive(self) -> Mapping[str, Any]: ...
    async def send_text(self, data: str) -> None: ...
    async def send_bytes(self, data: bytes) -> None: ...
    async def close(self, code: int, reason: str) -> None: ...


async def serve(lane: Lane, stream: Stream, stall_seconds: float) -> None:
    """Serve an accepted stream until either side ends it."""
    client = await lane.join()
    tasks = [
        asyncio.create_task(_read(lane, client, stream)),
        asyncio.create_task(_deliver(lane, client, stream, stall_seconds)),
    ]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        lane.leave(client)
        for task in tasks:
            task.cancel()
        for error in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(error, Exception):
                log.error("a stream of session %s failed", lane.id, exc_info=error)


async def _read(lane: Lane, client: Client, stream: Stream) -> None:
    while True:
        message = await stream.receive()
        if message["type"] == "websocket.disconnect":
            return
        await lane.receive(client, message.get("text"))
        # Before the next command the answer goes out, so a flood of them is no faster than its
        # sender reads, and leaves the loop to others in between.
        client.emptied.clear()
        if client.outbox:
            await client.emptied.wait()
        else:
            await asyncio.sleep(0)


async def _deliver(lane: Lane, client: Client, stream: Stream, stall_seconds: float) -> None:
    try:
        await _send_all(lane, client, stream, stall_seconds)
    except Dropped as dropped:
        log.info("dropped a client of session %s: %s", lane.id, dropped)
        await _close(stream, dropped.code, dropped.reason)
    except Exception:
        await _close(stream, FAULT, "Something went wrong on the server.")
        raise


async def _send_all(lane: Lane, client: Client, stream: Stream, stall_seconds: float) -> None:
    """Send what is in line, then the latest frame when it is due, and again; ends by Dropped or by
    an error of the stream."""

    async def send(message: str | bytes) -> None:
        try:
            async with asyncio.timeout(stall_seconds):
                if isinstance(message, str):
                    await stream.send_text(message)
                else:
                    await stream.send_bytes(message)
        except TimeoutError:
            raise Dropped(STALLED, "Nothing was read for too long.") from None

    viewer = client.viewer
    while True:
        client.wake.clear()
        while client.outbox:
            await send(client.outbox.popleft())
        client.emptied.set()
        if client.dropped is not None:
            raise client.dropped
        client.at_rest = not viewer.outdated or viewer.blocked
        if client.at_rest:
            await client.wake.wait()
        elif (delay := client.frame_due - monotonic()) > 0:
            await wait(client.wake, delay)
        elif (frame := await _frame(lane, client)) is not None:
            await send(frame)


async def _frame(lane: Lane, client: Client) -> bytes | None:
    """The latest frame; None when messages came into line first, which it must not overtake."""
    frame: bytes | None = None

    def work() -> bytes | None:
        return None if client.outbox else client.viewer.frame()

    def then(result: bytes | None, seconds: float) -> None:
        nonlocal frame
        frame = result
        if frame is not None:
            client.frame_cost.learn(seconds)
            now = monotonic()
            client.frame_due = max(client.frame_due + 1 / client.viewer.view.rate, now)

    await lane.compute.share(lane.lock, client.frame_cost, work, then)
    return frame


async def _close(stream: Stream, code: int, reason: str) -> None:
    """Close politely if the client still listens; if not, the server ends the connection."""
    try:
        async with asyncio.timeout(1):
            await stream.close(code, reason)
    except Exception:
        log.debug("a client was gone before it was told", exc_info=True)
