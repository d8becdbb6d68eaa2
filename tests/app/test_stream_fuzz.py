"""Anything at all may arrive on a stream: commands, commands with something wrong, pieces of them,
bytes, numbers nobody can hold, nests nobody can read, frames no protocol knows. The server answers
or ends the connection; nothing goes wrong in it, nothing is left behind, the session still trains.

Five thousand messages in each run of the tests; `BACKPROP_LAB_MESSAGES=100000` for more.
"""

import asyncio
import json
import os
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from app.messages import COMMANDS
from app.settings import Settings
from tests.app.attacks import Line, Target, command, frame
from tests.app.returning import Reconnected
from tests.app.serving import Served, served
from tests.client.backprop_client import BackpropClient

MESSAGES = int(os.environ.get("BACKPROP_LAB_MESSAGES", "5000"))
CONNECTIONS = 4
NO_LIMITS = Settings(
    data="",
    request_rate=0,
    work_rate=0,
    joining_rate=0,
    brief_rate=0,
    command_rate=0,
    commands_rate=0,
)

Chance = random.Random

# --- what is sent ---

ODD: list[Any] = [
    None, True, -1, 0, 1, 3.5, 1e308, -0.0, 2**53, 10**400, "",
    "é\u0000\u202e", "<b>", [], [[]],
    {}, {"a": 1}, "NaN", "__proto__", "../../etc/passwd", "x" * 300, [0] * 300,
]  # fmt: skip
NAMES = ["circle", "xor", "spiral", "iris", "points", "table", "function", "nowhere"]
LAYERS: list[Any] = [
    [{"units": 3, "activation": "tanh"}, {"units": 1, "activation": "linear"}],
    [{"units": 4, "activation": "relu"}, {"units": 4}, {"units": 1, "activation": "sigmoid"}],
    [{"units": 0}],
    [],
    "4,1",
]


def changes(chance: Chance) -> Any:
    """Part of a spec, more or less."""
    known: dict[str, Any] = {
        "seed": chance.choice([0, 7, 2**40, -3]),
        "batch_size": chance.choice([1, 10, 64, "all", 0]),
        "data": {"name": chance.choice(NAMES), "noise": chance.choice([0, 0.2, 5])},
        "network": {"layers": chance.choice(LAYERS)},
        "optimizer": {
            "name": chance.choice(["sgd", "adam", "nothing"]),
            "learning_rate": chance.choice([0.03, 1e3, -1, 1e300]),
        },
        "loss": chance.choice(["mse", "bce", "huber", {"name": "huber", "delta": 2}]),
        "regularization": {"name": chance.choice(["none", "l2"]), "rate": 0.1},
    }
    chosen = chance.sample(sorted(known), chance.randint(1, 2))
    if chance.random() < 0.2:
        return {
            **{key: known[key] for key in chosen},
            chance.choice(["", "x", "data"]): odd(chance),
        }
    return {key: known[key] for key in chosen}


def odd(chance: Chance) -> Any:
    return chance.choice(ODD)


FIELDS: dict[str, Callable[[Chance], Any]] = {
    "speed": lambda c: c.choice([None, 1, 1000, 1e9, "fast"]),
    "count": lambda c: c.choice([1, 2, 7, 0, -1, 2**70]),
    "changes": changes,
    "step": lambda c: c.choice([0, 1, 5, 100, 2**60]),
    "run": lambda c: c.choice([None, 0, 1, 99]),
    "parameter": lambda c: c.choice(["layers.0.weight", "layers.1.bias", "layers.9.weight", ""]),
    "index": lambda c: c.choice([[0], [0, 0], [99, 0], [0, 0, 0], [-1], []]),
    "value": lambda c: c.choice([0, 0.5, -2, 1e6, 1e7]),
    "gesture": lambda c: c.choice([None, "g", "x" * 65]),
    "name": lambda c: c.choice(["", "a run", "<script>", "\ud83d\ude00", "x" * 65]),
    "rate": lambda c: c.choice([1, 10, 60, 61, 0]),
    "neuron_resolution": lambda c: c.choice([8, 24, 7]),
    "output_resolution": lambda c: c.choice([16, 64, 4]),
    "probe": lambda c: c.choice([None, 0, 10**9]),
    "frame": lambda c: c.choice([0, 1, 50, 2**50]),
}


def valid(chance: Chance) -> bytes:
    """A command; most of its values are what it wants."""
    kind = chance.choice(list(COMMANDS))
    message: dict[str, Any] = {"type": kind, "id": chance.choice([1, "a", None, [1], 2**60])}
    for name in COMMANDS[kind].model_fields:
        if name in FIELDS and chance.random() < 0.9:
            message[name] = FIELDS[name](chance) if chance.random() < 0.9 else odd(chance)
    return json.dumps(message, ensure_ascii=chance.random() < 0.5).encode(errors="replace")


def mutated(chance: Chance) -> bytes:
    """A command with some bytes changed, left out, repeated."""
    body = bytearray(valid(chance))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(body) + 1)
        match chance.randrange(4):
            case 0:
                body[at:at] = bytes([chance.randrange(32, 127)])
            case 1:
                del body[at : at + chance.randint(1, 9)]
            case 2:
                body[at:at] = body[at : at + chance.randint(1, 30)]
            case 3:
                body[at : at + 1] = chance.choice([b'"', b"{", b"]", b"\\u", b"1e999", b"NaN"])
    return body.decode(errors="ignore").encode()  # still text


def deep(chance: Chance) -> bytes:
    many = chance.choice([50, 1000, 20_000])
    opening, closing = chance.choice([("[", "]"), ('{"a":', "}")])
    inside = opening * many + "1" + closing * chance.choice([0, many])
    return f'{{"type":"set","changes":{{"data":{inside[:60_000]}}}}}'.encode()


def huge(chance: Chance) -> bytes:
    what = chance.choice(['"' + "x" * 50_000 + '"', "9" * 30_000, "[" + "0," * 20_000 + "0]"])
    return f'{{"type":"{chance.choice(list(COMMANDS))}","changes":{what}}}'.encode()


def text(make: Callable[[Chance], bytes]) -> Callable[[Chance], bytes]:
    return lambda chance: frame(make(chance))


def binary(chance: Chance) -> bytes:
    return frame(chance.randbytes(chance.choice([0, 1, 100, 5000])), 0x82)


def in_parts(chance: Chance) -> bytes:
    body = valid(chance)
    at = chance.randrange(len(body) + 1)
    return frame(body[:at], 0x01) + frame(b"p", 0x89) + frame(body[at:], 0x80)


# After one of these the connection is at its end; what follows comes on the next one.
def no_text(chance: Chance) -> bytes:
    return frame(b'{"type":"\xff\xfe\x80"}')


def too_large(chance: Chance) -> bytes:
    return frame(b" " * chance.choice([65_537, 200_000]))


def no_frame(chance: Chance) -> bytes:
    return chance.choice(
        [
            frame(b"x", 0x83),  # no such kind
            frame(b"x", 0xC1),  # a bit that means nothing here
            frame(b"x" * 126, 0x89),  # a ping that is too long
            frame(b"x", 0x80),  # goes on with nothing
            frame(b"a", 0x01) + frame(b"b", 0x01),  # begins twice
            b"\x81\x01x",  # without a mask
            frame(b"\x03", 0x88),  # half a code
            frame(b"\x00\x01", 0x88),  # a code there is not
            chance.randbytes(40),
            b"\x81\xff" + b"\xff" * 8,  # more than there is in the world
        ]
    )


KINDS: list[tuple[int, Callable[[Chance], bytes]]] = [
    (50, text(valid)),
    (30, text(mutated)),
    (4, text(lambda chance: chance.randbytes(chance.randrange(60)).hex().encode())),
    (6, binary),
    (3, text(deep)),
    (2, text(huge)),
    (4, in_parts),
    (0.2, no_text),
    (0.2, too_large),
    (0.6, no_frame),
]
LAST = (no_text, too_large, no_frame)


# --- who sends it ---


class Sender:
    """Sends so many messages over as many connections as it takes, and counts what comes back."""

    def __init__(self, to: Target, seed: int) -> None:
        self.to, self.chance = to, Chance(seed)
        self.seen: Counter[str] = Counter()
        self.heard = asyncio.Event()  # the answer to what was asked last

    async def send(self, messages: int) -> Counter[str]:
        chance, weights = self.chance, [weight for weight, _ in KINDS]
        line, reading = await self.connect()
        for i in range(messages):
            (make,) = chance.choices([make for _, make in KINDS], weights)
            last = make in LAST
            if last or i % 50 == 0:
                await self.all_heard(line)
            await line.send(make(chance))
            if last:
                # A frame may be waited for that never ends.
                await asyncio.wait([reading], timeout=0.05)
                reading.cancel()
                line.close()
                line, reading = await self.connect()
        await self.all_heard(line)
        reading.cancel()
        line.close()
        return self.seen

    async def connect(self) -> tuple[Line, asyncio.Task[None]]:
        line = await Line.stream(self.to)
        return line, asyncio.create_task(self.read(line))

    async def all_heard(self, line: Line) -> None:
        """The server has taken in all there was, and answers."""
        self.heard.clear()
        await line.send(command(type="view", id="heard"))
        await asyncio.wait_for(self.heard.wait(), 30)

    async def read(self, line: Line) -> None:
        try:
            while True:
                kind, body = await line.frame()
                if kind == 1:
                    message = json.loads(body)
                    self.seen[message["type"]] += 1
                    if message.get("id") == "heard":
                        self.heard.set()
                elif kind == 8:
                    self.seen[f"closed {int.from_bytes(body[:2], 'big')}"] += 1
                elif kind == 9:
                    line.write(frame(body, 0x8A))
                else:
                    self.seen[{2: "binary", 10: "pong"}[kind]] += 1
        except (asyncio.IncompleteReadError, ConnectionError):
            return


def fuzz(server: Served, session_id: str) -> Counter[str]:
    """From several connections at once, of which each hears what the others do."""
    to = Target(*server.where, session_id)

    async def everyone() -> Counter[str]:
        senders = [Sender(to, seed) for seed in range(CONNECTIONS)]
        found = await asyncio.gather(*(each.send(MESSAGES // CONNECTIONS) for each in senders))
        return sum(found, Counter[str]())

    return asyncio.run(everyone())


def test_whatever_is_sent_the_session_goes_on() -> None:
    with served(NO_LIMITS) as server:
        quiet = len(server.tasks())
        made = BackpropClient(server.url)
        made._open.close()
        seen = fuzz(server, made.id)
        with Reconnected(server.url, made.id) as lab:
            lab.command("set", changes=STANDARD)
            lab.command("reset")
            lab.command("step", count=300)
            frame = lab.frame()
            assert frame.step == 300
            assert (frame.metrics["test_loss"] or 1) < 0.2
        assert server.log == []
        left = server.at_rest(quiet)
        assert len(left) <= quiet, left
        # all kinds of answers were seen
        assert min(seen["ack"], seen["error"], seen["binary"], seen["status"]) > MESSAGES / 100
        assert {"closed 1002", "closed 1007", "closed 1009"} <= seen.keys()
        assert "closed 1011" not in seen


STANDARD = {
    "data": {"name": "circle", "noise": 0},
    "network": {
        "layers": [
            {"units": 4, "activation": "tanh"},
            {"units": 2, "activation": "tanh"},
            {"units": 1, "activation": "tanh"},
        ]
    },
    "loss": "mse",
    "optimizer": {"name": "adam", "learning_rate": 0.03},
    "regularization": {"name": "none"},
    "batch_size": 10,
    "seed": 42,
}
