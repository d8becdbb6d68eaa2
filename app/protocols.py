"""How bytes arrive and leave: uvicorn's two protocols, with an end to what a client can make them
do. A request has a time to arrive and a size of its head, a message a number of parts; who reads
nothing is let go; and of the event loop's time a burst of tiny frames gets a little at once."""

import asyncio
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

_PIECE = 1024  # bytes of a stream that are taken at once: at most 170 frames of an empty part each
_MOST_PARTS = 64  # of one message; browsers send one
_MOST_CONTROLS = 100  # pings and pongs in a second
_LAST_READ = 2.0  # seconds in which a client that goes on sending can still read why it was ended
_NO_TEXT, _TOO_MUCH = 1007, 1008  # why it is

_ARRIVAL = 10.0  # seconds for a request, and as much again for every so many bytes of it
_ARRIVAL_BYTES = 100_000
_LONGEST_HEAD = 65_536
_READING = 10.0  # seconds in which a client that is sent something has to take so many bytes
_READING_BYTES = 20_000


class StreamProtocol(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket. When the app is done with a client that reads no more, it ends: closing
    such a connection politely would wait for the very client that has gone silent."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._left = bytearray()  # of what has arrived, for later
        self._deaf = False  # whatever else comes is not looked at
        self._controls, self._second = 0, 0.0

    async def run_asgi(self) -> None:
        await super().run_asgi()
        if not self.writable.is_set():
            self.transport.abort()

    # --- what comes in: up to the next message, and the rest when the app has taken it ---

    def data_received(self, data: bytes) -> None:
        if not self._deaf:
            self._left += data
            self._take()

    async def receive(self) -> Any:
        message = await super().receive()
        self._take()
        return message

    def _take(self) -> None:
        while self._left and not self.read_paused:
            if self.disconnected or self.transport.is_closing():
                return self._left.clear()  # nobody wants it any more
            if self.close_sent and len(self._left) > _PIECE:
                return self._read_no_more()  # the reply to our end is somewhere in a flood
            piece = bytes(self._left[:_PIECE])
            del self._left[:_PIECE]
            super().data_received(piece)

    # --- what there may be of it ---

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) < _MOST_PARTS:
            super().handle_cont(event)
        else:
            self._end(_TOO_MUCH, f"A message may have {_MOST_PARTS} parts.")

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                return self._end(_NO_TEXT, "This is not UTF-8.")  # no fault of ours, to be logged
        super().send_receive_event_to_app()

    def handle_ping(self) -> None:
        if self._may_control():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        if self._may_control():
            super().handle_pong(event)

    def _may_control(self) -> bool:
        now = self.loop.time()
        if now >= self._second + 1:
            self._controls, self._second = 0, now
        self._controls += 1
        if self._controls > _MOST_CONTROLS:
            self._end(_TOO_MUCH, f"There may be {_MOST_CONTROLS} pings in a second.")
        return not self.close_sent

    def _end(self, code: int, reason: str) -> None:
        if not self.close_sent:
            self.conn.fail(code, reason)
            self.handle_parser_exception()

    def handle_parser_exception(self) -> None:
        """Say why, and read on for a moment without looking at it: a connection that is closed
        with something unread is reset, and who is still sending never hears the reason."""
        closed = self.conn.close_sent
        assert closed is not None
        said = {"type": "websocket.disconnect", "code": closed.code, "reason": closed.reason}
        self.queue.put_nowait(said)  # type: ignore[arg-type]
        self.stop_keepalive()
        self.close_sent = True
        if not self.transport.is_closing():
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.write_eof()
            self._read_no_more()

    def _read_no_more(self) -> None:
        self._deaf, self.frames = True, []
        self._left.clear()
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        if self.close_timer is not None:
            self.close_timer.cancel()
        self.close_timer = self.loop.call_later(_LAST_READ, self.transport.close)


class RequestProtocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """uvicorn's HTTP. A request that dawdles is answered 408, a head that does not end 431; who
    does not read the answer is left."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._head = 0
        self._due = 0.0
        self._arriving: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._expect(0)

    def connection_lost(self, error: Exception | None) -> None:
        self._arrived()
        self.resume_writing()
        super().connection_lost(error)

    # --- what comes in ---

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            self._arrived()  # ended, or a stream by now
        elif (cycle := self.cycle) is not None and cycle.more_body:  # answered already or not
            self._expect(len(data))
        elif cycle is None or cycle.response_complete:
            self._head += len(data)
            if self._head > _LONGEST_HEAD:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            else:
                self._expect(0)
        else:
            self._arrived()

    def _expect(self, arrived: int) -> None:
        """The rest of a request, in a time that grows with what has arrived of it."""
        if self._arriving is None:
            self._due = self.loop.time() + _ARRIVAL
            self._arriving = self.loop.call_later(_ARRIVAL, self._dawdles)
        self._due += arrived * _ARRIVAL / _ARRIVAL_BYTES

    def _arrived(self) -> None:
        self._head = 0
        if self._arriving is not None:
            self._arriving.cancel()
            self._arriving = None

    def _dawdles(self) -> None:
        self._arriving = None
        if self.transport.get_protocol() is not self:
            return
        left = self._due - self.loop.time()
        if left > 0:
            self._arriving = self.loop.call_later(left, self._dawdles)
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)

    def _refuse(self, status: HTTPStatus) -> None:
        """Nobody in the app has seen a whole request yet, so nobody has answered it."""
        self._arrived()
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            head = f"HTTP/1.1 {status.value} {status.phrase}\r\n"
            self.transport.write(f"{head}connection: close\r\ncontent-length: 0\r\n\r\n".encode())
        self.transport.close()

    # --- what goes out ---

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._reading is None:
            self._watch(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _watch(self, waiting: int) -> None:
        self._reading = self.loop.call_later(_READING, self._look, waiting)

    def _look(self, before: int) -> None:
        waiting = self.transport.get_write_buffer_size()
        if waiting > before - _READING_BYTES:
            self._reading = None
            self.transport.abort()
        else:
            self._watch(waiting)
