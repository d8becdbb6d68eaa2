"""One stream from its acceptance to its end: what comes in goes to the track, what waits goes out.

Frames are made when they can be sent, never before: a slow reader gets fewer of them, each the
latest. One that acknowledges none, like a hidden page, is sent no more and costs nothing; one
that does not even take what is sent is dropped, never waited for.
"""

import asyncio
import logging
from collections.abc import Mapping
from time import monotonic
from typing import Any, Protocol

from starlette.websockets import WebSocketDisconnect

from app.limits import Limits
from app.runner.allowance import Allowance, Watch
from app.runner.client import FAULT, STALLED, Client, Dropped
from app.runner.compute import wait
from app.runner.track import Track
from app.sessions.arrival import Arrival

log = logging.getLogger("backprop_lab")
_NEW = Arrival()


class Stream(Protocol):
    """The part of a WebSocket that is used here."""

    async def receive(self) -> Mapping[str, Any]: ...
    async def send_text(self, data: str) -> None: ...
    async def send_bytes(self, data: bytes) -> None: ...
    async def close(self, code: int, reason: str) -> None: ...


async def serve(
    track: Track[Any],
    stream: Stream,
    stall_seconds: float,
    limits: Limits | None = None,
    arrival: Arrival = _NEW,
) -> None:
    """Serve an accepted stream until either side ends it."""
    client = await track.join(arrival)
    outgoing = Outgoing(stream, stall_seconds)
    allowance = Allowance(client, limits, track.compute)
    tasks = [
        asyncio.create_task(_read(track, client, stream, allowance)),
        asyncio.create_task(_send_messages(client, outgoing)),
        asyncio.create_task(_send_frames(track, client, outgoing)),
    ]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        track.leave(client)
        allowance.end()
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    for error in ends:
        if isinstance(error, Dropped):
            track.compute.meters.clients_dropped += 1
            log.info("dropped a client: %s", error, extra={"session": track.id})
            return await outgoing.close(error.code, error.reason)
        if isinstance(error, Exception) and not isinstance(error, Gone):
            log.error("a stream failed", exc_info=error, extra={"session": track.id})
            return await outgoing.close(FAULT, "Something went wrong on the server.")


class Gone(Exception):
    """The other side has left; reading says so, too, and is the end of it."""


class Outgoing:
    """The way out: one message after the other, each within its time."""

    def __init__(self, stream: Stream, stall_seconds: float) -> None:
        self._stream, self._stall_seconds = stream, stall_seconds
        self._lock = asyncio.Lock()

    async def send(self, message: str | bytes) -> None:
        """Raises Dropped when the client takes too long to read, Gone when it has left."""
        async with self._lock:
            try:
                async with asyncio.timeout(self._stall_seconds):
                    if isinstance(message, str):
                        await self._stream.send_text(message)
                    else:
                        await self._stream.send_bytes(message)
            except TimeoutError:
                raise Dropped(STALLED, "Nothing was read for too long.") from None
            except (WebSocketDisconnect, RuntimeError, OSError) as error:
                raise Gone from error  # a RuntimeError: closed before

    async def close(self, code: int, reason: str) -> None:
        """Close politely if the client still listens; if not, the server ends the connection."""
        try:
            async with asyncio.timeout(1):
                await self._stream.close(code, reason)
        except Exception:
            log.debug("a client was gone before it was told why", exc_info=True)


async def _read(track: Track[Any], client: Client, stream: Stream, allowance: Allowance) -> None:
    while True:
        try:
            message = await stream.receive()
        except WebSocketDisconnect:
            return
        if message["type"] == "websocket.disconnect":
            return
        if allowance.permits(text := message.get("text")):
            await track.receive(client, text)
        # The answer goes out before the next command comes in: a flood of them is no faster than
        # its sender reads, and leaves the loop to others in between.
        await asyncio.sleep(0)
        await client.emptied.wait()
        allowance.answered()


async def _send_messages(client: Client, outgoing: Outgoing) -> None:
    """Send what is posted; in a task of its own, so that no answer waits for a frame's turn."""
    while True:
        await client.posted.wait()
        client.posted.clear()
        while client.outbox:
            await outgoing.send(client.outbox.popleft().content)
        client.emptied.set()
        if client.dropped is not None:
            raise client.dropped


async def _send_frames(track: Track[Any], client: Client, outgoing: Outgoing) -> None:
    """Send the latest frame whenever there is something new, its time has come, and the client
    has acknowledged enough; never before messages that were posted earlier."""
    viewer, watch = client.viewer, Watch(track.compute.meters)
    while True:
        await client.emptied.wait()
        client.wake.clear()
        client.catch_up()
        client.at_rest = not viewer.outdated or viewer.blocked
        if client.at_rest:
            if viewer.outdated:
                watch.held_back(1 / viewer.view.rate)
            await client.wake.wait()
        elif (delay := max(client.frame_due, track.frames_due) - (now := monotonic())) > 0:
            await wait(client.wake, delay)
        elif (frame := await _frame(track, client)) is not None:
            await outgoing.send(frame)
            watch.sent(now)


async def _frame(track: Track[Any], client: Client) -> bytes | None:
    """The latest frame; None when something came first while it waited for its turn."""
    frame: bytes | None = None

    def work() -> bytes | None:
        free = client.emptied.is_set() and not track.wanted
        return client.viewer.frame() if free else None

    def then(result: bytes | None, seconds: float) -> None:
        nonlocal frame
        frame = result
        if frame is not None:
            client.frame_cost.learn(seconds)
            interval = 1 / client.viewer.view.rate
            client.frame_due = max(client.frame_due + interval, monotonic())
            track.charge_frame(seconds)

    await track.compute.share((track.looking,), client.frame_cost, work, then)
    return frame
