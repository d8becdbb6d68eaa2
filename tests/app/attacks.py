"""What a hostile client does, each alone: sockets by hand, since a polite library would not."""

import asyncio
import gzip
import json
import os
import sys
import zlib
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from time import monotonic

PATIENCE = 15.0  # seconds in which it must be answered or closed


@dataclass(frozen=True)
class Target:
    """Where the server is, a session that is attacked, and from where: its own address on this
    machine, so that what it uses up is its own."""

    host: str
    port: int
    session: str
    source: str = "127.0.0.1"


@dataclass(frozen=True)
class End:
    """What became of an attack: closed with a code (a status of HTTP, or of a WebSocket; 0 for a
    connection that was only closed), after so many seconds."""

    code: int
    seconds: float


class Line:
    """A connection, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.begun = monotonic()

    @classmethod
    async def open(cls, to: Target) -> "Line":
        line = await asyncio.open_connection(to.host, to.port, local_addr=(to.source, 0))
        return cls(*line)

    @classmethod
    async def stream(cls, to: Target, *headers: str) -> "Line":
        """A WebSocket after its handshake. Raises ConnectionError if it was refused."""
        line = await cls.open(to)
        key = b64encode(os.urandom(16)).decode()
        lines = [
            f"GET /api/sessions/{to.session}/stream HTTP/1.1",
            f"Host: {to.host}:{to.port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}",
            *headers,
        ]
        line.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = await line.reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise Refused(int(head.split()[1]))
        return line

    def write(self, data: bytes) -> None:
        self.writer.write(data)

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def end_of_stream(self, answers: bool = True) -> End:
        """Read until the server closes; the code it gives. Pings are answered, or not."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    code, body = await self.frame()
                    if code == 8:
                        return self._end(int.from_bytes(body[:2], "big"))
                    if code == 9 and answers:
                        self.write(frame(body, 0x8A))
        except (asyncio.IncompleteReadError, ConnectionError):
            return self._end(0)
        finally:
            self.close()

    async def frame(self) -> tuple[int, bytes]:
        first, second = await self.reader.readexactly(2)
        size = second & 127
        if size >= 126:
            size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8), "big")
        return first & 15, await self.reader.readexactly(size)

    async def end_of_request(self) -> End:
        """The status of the answer, 0 if there is none."""
        try:
            async with asyncio.timeout(PATIENCE):
                head = await self.reader.readline()
                return self._end(int(head.split()[1]) if head else 0)
        except ConnectionError:
            return self._end(0)
        finally:
            self.close()

    def _end(self, code: int) -> End:
        return End(code, monotonic() - self.begun)

    def close(self) -> None:
        self.writer.transport.abort()


class Refused(ConnectionError):
    """A handshake that was answered with a status of HTTP."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


def frame(body: bytes, first: int = 0x81) -> bytes:
    """As a client frames it, with a mask of zeros: by default all of a text message."""
    size = len(body)
    if size < 126:
        head = bytes([first, 0x80 | size])
    elif size < 65_536:
        head = bytes([first, 0x80 | 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([first, 0x80 | 127]) + size.to_bytes(8, "big")
    return head + bytes(4) + body


def command(**fields: object) -> bytes:
    return frame(json.dumps(fields).encode())


def request(to: Target, method: str, path: str, *headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {to.host}:{to.port}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


# --- the eight ---


async def slow_reader(to: Target) -> End:
    """Asks for the largest pictures as fast as they come, acknowledges them unseen, reads none."""
    line = await Line.stream(to)
    line.reader._transport.pause_reading()  # type: ignore[attr-defined]
    line.write(command(type="view", output_resolution=128, neuron_resolution=64, rate=60))
    line.write(command(type="play", speed=None))
    try:
        async with asyncio.timeout(PATIENCE):
            while not line.writer.is_closing():
                await line.send(command(type="seen", frame=2**30))
                await asyncio.sleep(0.05)
    except ConnectionError:
        pass
    finally:
        line.close()
    return End(0, monotonic() - line.begun)


async def half_open(to: Target) -> End:
    """Shakes hands, and is never heard of again."""
    line = await Line.stream(to)
    return await line.end_of_stream(answers=False)


async def nothing_said(to: Target) -> End:
    """Connects, and that is all."""
    return await (await Line.open(to)).end_of_request()


async def byte_by_byte(to: Target) -> End:
    """A request, a byte every tenth of a second."""
    line = await Line.open(to)
    answer = asyncio.create_task(line.end_of_request())
    for byte in request(to, "POST", "/api/sessions", "X: " + "x" * 1000):
        if answer.done():
            break
        line.write(bytes([byte]))
        await asyncio.sleep(0.1)
    return await answer


async def body_byte_by_byte(to: Target) -> End:
    """The same with its body."""
    line = await Line.open(to)
    answer = asyncio.create_task(line.end_of_request())
    line.write(request(to, "POST", "/api/sessions", "Content-Length: 60000"))
    while not answer.done():
        line.write(b" ")
        await asyncio.sleep(0.1)
    return await answer


async def fragments(to: Target) -> End:
    """One message in a hundred thousand parts."""
    line = await Line.stream(to)
    part = frame(b"", 0x00)
    line.write(frame(b"{", 0x01) + part * 100_000)
    return await line.end_of_stream()


async def pings(to: Target) -> End:
    """A hundred thousand pings, whose answers nobody waits for."""
    line = await Line.stream(to)
    line.write(frame(b"", 0x89) * 100_000)
    return await line.end_of_stream()


async def huge_message(to: Target) -> End:
    """A message of 100 MB."""
    line = await Line.stream(to)
    answer = asyncio.create_task(line.end_of_stream())
    line.write(frame(b" " * 100_000_000))
    return await answer


async def endless_head(to: Target) -> End:
    """A request whose head does not end."""
    line = await Line.open(to)
    answer = asyncio.create_task(line.end_of_request())
    line.write(request(to, "GET", "/")[:-2])
    while not answer.done():
        line.write(b"X-More: " + b"x" * 1000 + b"\r\n")
        await asyncio.sleep(0.01)
    return await answer


async def bomb_in_a_stream(to: Target) -> End:
    """100 MB of blanks, squeezed into 100 kB as a browser might, were it allowed to."""
    line = await Line.stream(to, "Sec-WebSocket-Extensions: permessage-deflate")
    squeezing = zlib.compressobj(9, wbits=-15)
    body = squeezing.compress(b" " * 40_000_000) + squeezing.flush(zlib.Z_SYNC_FLUSH)
    line.write(frame(body[:-4], 0xC1))
    return await line.end_of_stream()


async def bomb_in_a_request(to: Target) -> End:
    """The same as the body of a request that says it is compressed."""
    line = await Line.open(to)
    body = gzip.compress(b" " * 40_000_000)
    size = f"Content-Length: {len(body)}"
    line.write(request(to, "POST", "/api/sessions", "Content-Encoding: gzip", size) + body)
    return await line.end_of_request()


async def many_sessions(to: Target) -> End:
    """A thousand sessions, or until it is told to stop."""
    for _ in range(1000):
        begun = monotonic()
        line = await Line.open(to)
        line.write(request(to, "POST", "/api/sessions", "Content-Length: 2") + b"{}")
        end = await line.end_of_request()
        if end.code != 201:
            return End(end.code, monotonic() - begun)
    return End(201, 0.0)


async def reconnecting(to: Target) -> End:
    """Comes and goes as fast as it can, or until it is told to stop."""
    end = monotonic() + 2 * PATIENCE
    while (begun := monotonic()) < end:
        try:
            line = await Line.stream(to)
        except Refused as refused:
            return End(refused.status, monotonic() - begun)
        kind, body = await line.frame()
        if kind == 1 and b'"too_many"' in body:
            return await line.end_of_stream()
        line.close()
    return End(101, 2 * PATIENCE)


async def flood(to: Target) -> End:
    """A hundred thousand tiny messages, whose answers it reads."""
    line = await Line.stream(to)
    line.write(command(type="nonsense") * 100_000)
    return await line.end_of_stream()


ATTACKS: dict[str, Callable[[Target], Awaitable[End]]] = {
    attack.__name__: attack
    for attack in (
        slow_reader,
        half_open,
        nothing_said,
        byte_by_byte,
        body_byte_by_byte,
        fragments,
        pings,
        huge_message,
        endless_head,
        bomb_in_a_stream,
        bomb_in_a_request,
        many_sessions,
        reconnecting,
        flood,
    )
}


async def all_at_once(to: Target) -> dict[str, End]:
    """Every one of them, from an address of its own."""

    async def run(name: str, source: str) -> End:
        try:
            return await ATTACKS[name](replace(to, source=source))
        except Refused as refused:
            return End(refused.status, 0.0)

    ends = [run(name, f"127.0.0.{i}") for i, name in enumerate(ATTACKS, 2)]
    return dict(zip(ATTACKS, await asyncio.gather(*ends), strict=True))


if __name__ == "__main__":
    # In a process of its own, which has a core only when nobody else wants it: what an attack takes
    # of a machine elsewhere is none of what it costs here.
    if sys.platform == "linux":
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    found = asyncio.run(all_at_once(Target(sys.argv[1], int(sys.argv[2]), sys.argv[3])))
    print(json.dumps({name: [end.code, end.seconds] for name, end in found.items()}))
