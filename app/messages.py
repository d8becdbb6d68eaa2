"""The wire: every command a page sends and every JSON message it receives, one class each, told
apart by ``type``. (Frames and data travel as safetensors: ``app.sessions.frames``.) Its twin in
the browser is ``static/js/reducer.js``."""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.errors import Invalid, Malformed, Refusal, presentable

CommandId = int | Annotated[str, Field(max_length=64)] | None
State = Literal["paused", "playing", "diverged"]
RaceState = Literal["paused", "playing", "seeking", "ended"]


# --- commands: what comes in ---


class Command(BaseModel):
    """Asks a session for something; ``id``, when given, comes back in the answer."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    id: CommandId = None


class Play(Command):
    """Train on. ``speed`` is in steps per second, null is as fast as it goes; without it, the
    speed stays what it was."""

    type: Literal["play"] = "play"
    speed: float | None = Field(default=None, ge=0.1, le=100_000, allow_inf_nan=False)


class Pause(Command):
    type: Literal["pause"] = "pause"


class Step(Command):
    """Train exactly ``count`` minibatches, then stand still. Answered when they are done."""

    type: Literal["step"] = "step"
    count: int = Field(default=1, ge=1, le=1_000_000)


class Reset(Command):
    """Back to step 0, and pause: same seed, same initial weights, same batches to come."""

    type: Literal["reset"] = "reset"


class Set(Command):
    """Change part of the spec, for example ``{"optimizer": {"learning_rate": 0.1}}``. What needs
    another net or other data starts again from step 0; a session that plays plays on."""

    type: Literal["set"] = "set"
    changes: dict[str, Any]


class Rewind(Command):
    """Back to before it went wrong: the latest loss point that is at most twice the smallest there
    was. Settings stay what they are."""

    type: Literal["rewind"] = "rewind"


class Seek(Command):
    """To any step a run has come to, by default of the current one, and stand still there. Playing
    on from there makes the same steps again; a change made there begins a run of its own."""

    type: Literal["seek"] = "seek"
    step: int = Field(ge=0, lt=2**53)
    run: int | None = Field(default=None, ge=0, lt=2**53)


class Undo(Command):
    """Back to the moment before the latest change; what was trained since is kept as a run."""

    type: Literal["undo"] = "undo"


class Redo(Command):
    """To the moment that the latest undo left."""

    type: Literal["redo"] = "redo"


class Edit(Command):
    """Give one element of a parameter a value, for example of ``layers.0.weight`` at [1, 2]. Edits
    of one ``gesture``, by a name of its own, are one change to undo, also while it trains."""

    type: Literal["edit"] = "edit"
    parameter: str = Field(max_length=64)
    index: list[int] = Field(max_length=4)
    value: float = Field(ge=-1e6, le=1e6, allow_inf_nan=False)
    gesture: str | None = Field(default=None, max_length=64)


class NameRun(Command):
    """Keep a run under a name; an empty one lets it go with the others when there are many."""

    type: Literal["name_run"] = "name_run"
    run: int = Field(ge=0, lt=2**53)
    name: str = Field(max_length=64)


class View(Command):
    """What this connection wants to be shown; what is not named stays as it is."""

    type: Literal["view"] = "view"
    rate: float = Field(
        default=30, ge=1, le=60, allow_inf_nan=False, description="Frames per second."
    )
    neuron_resolution: int = Field(default=24, ge=8, le=64)
    output_resolution: int = Field(default=64, ge=16, le=128)
    probe: int | None = Field(
        default=None, ge=0, description="A row of the data; null: the first test row."
    )


class Seen(Command):
    """Frame ``frame`` and all before it have arrived. At most two frames are under way unseen."""

    type: Literal["seen"] = "seen"
    frame: int = Field(ge=0)


# --- messages: what goes out ---


class Message(BaseModel):
    model_config = ConfigDict(frozen=True)

    def text(self) -> str:
        """The JSON that is sent; what is not finite becomes null, which JSON can say."""
        return self.model_dump_json()


class Welcome(Message):
    """The first on a stream. ``life`` names this time of the session in memory: who comes back to
    it says ``?life=...&run=...&frame=...&since=...``, the run and frame it has and the step of its
    last loss point, and gets the points it lacks. When ``whole``, it gets all of them: what it has
    is void. ``version`` is that of this server's pages: one of another is to be loaded anew."""

    type: Literal["welcome"] = "welcome"
    version: str
    life: str
    whole: bool


class Ack(Message):
    """The command ``id`` is done; the session is at ``step``."""

    type: Literal["ack"] = "ack"
    id: CommandId
    step: int


class Error(Message):
    """The command ``id`` is refused and changed nothing; ``allowed`` says what would be
    accepted."""

    type: Literal["error"] = "error"
    id: CommandId
    code: str
    message: str
    field: str | None
    value: Any
    allowed: Any

    @classmethod
    def of(cls, refusal: Refusal, command_id: CommandId = None) -> "Error":
        return cls(id=command_id, **refusal.body())


class SpecChanged(Message):
    """The whole spec after a change. ``reset`` tells that training starts again from step 0."""

    type: Literal["spec"] = "spec"
    revision: int
    spec: dict[str, Any]
    reset: bool
    step: int


class FirstOverflow(BaseModel):
    """The first quantity that was not finite, in the order of computation."""

    step: int
    kind: str
    name: str
    layer: int | None
    op: str | None


class Stop(BaseModel):
    """Why training stands still by itself: at the epoch asked for, or out of patience; then
    the loss of the test rows was best at ``best_step``."""

    reason: Literal["epoch", "patience"]
    best_step: int | None


class Status(Message):
    """Whether the session trains, and where: at ``step`` of ``run``, which has come to ``head`` so
    far. Loss points belong to a run: with another one, those of the old are void. ``undo`` and
    ``redo`` name the kind of change they would take back or make again; ``rewind_to`` is where a
    rewind of a diverged net would lead."""

    type: Literal["status"] = "status"
    state: State
    speed: float | None
    step: int
    run: int
    head: int
    undo: str | None
    redo: str | None
    overflow: FirstOverflow | None
    rewind_to: int | None
    stopped: Stop | None = None


class RunBody(BaseModel):
    """A line of training: it began at ``start`` of its parent, or on its own, and has come to
    ``head``. ``because`` is the kind of change that it began with, if it began with one."""

    id: int
    name: str
    parent: int | None = Field(description="may be a run that is no longer kept")
    start: int
    head: int
    because: str | None


class Runs(Message):
    """All runs that are kept, and the one the session is in."""

    type: Literal["runs"] = "runs"
    current: int
    runs: list[RunBody]


class Storage(Message):
    """Whether what is done here outlives the server. ``trouble`` says why it does not: another
    process has the file, the disk is full, ... While there is some, sessions go on in memory.
    ``set_aside`` names a damaged file that was put aside for a new one."""

    type: Literal["storage"] = "storage"
    trouble: Literal["locked", "full", "damaged", "newer", "unwritable", "failed"] | None = None
    set_aside: str | None = None


# --- a race of nets: what differs from a session ---


class RaceView(Command):
    """What this connection wants to be shown of a race; what is not named stays as it is."""

    type: Literal["view"] = "view"
    rate: float = Field(
        default=10, ge=1, le=60, allow_inf_nan=False, description="Frames per second."
    )
    output_resolution: int = Field(default=48, ge=16, le=128)


class RaceSeek(Command):
    """All lanes to a step, to stand still there; also to steps they have not come to yet."""

    type: Literal["seek"] = "seek"
    step: int = Field(ge=0, lt=2**53)


class RaceMade(Message):
    """Who races, and that all began alike: a fingerprint of each lane's first parameters."""

    type: Literal["race"] = "race"
    id: str
    spec: dict[str, Any]
    lanes: list[dict[str, Any]]
    starts: list[str]
    same_start: bool


class RaceStatus(Message):
    """Whether a race goes on, and which lanes have diverged, at which step. It has ended when all
    of them have."""

    type: Literal["race_status"] = "race_status"
    state: RaceState
    speed: float | None
    step: int
    head: int
    diverged: list[int | None]


# --- reading ---


def read_object(text: str | bytes) -> dict[str, Any]:
    """Parse one JSON object. A whole number may be written 100.0, as in JSON Schema.

    Raises:
        Malformed: it is not JSON, not an object, or nested too deeply to read.
    """
    try:
        text = text if isinstance(text, str) else text.decode()
        value = json.loads(text, parse_float=_number)
        if _HALF_A_CHARACTER.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Malformed(f"This is not JSON: {error.msg} at {where}.") from None
    except RecursionError:
        raise Malformed("This JSON is nested too deeply.") from None
    except ValueError:  # not UTF-8, half a surrogate pair, or an integer of thousands of digits
        raise Malformed("This is not JSON that can be read.") from None
    if not isinstance(value, dict):
        raise Malformed("A JSON object is expected.", value=value, allowed={"type": "object"})
    return value


_HALF_A_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")  # perhaps: the other half may follow


def _number(digits: str) -> float | int:
    value = float(digits)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def command_id(message: Mapping[str, Any]) -> CommandId:
    """The id to answer with, also when the rest of the command is wrong; None if it has none."""
    found = message.get("id")
    small = isinstance(found, str) and len(found) <= 64
    return found if small or (type(found) is int and abs(found) < 2**53) else None


def read_command(
    message: Mapping[str, Any], among: Mapping[str, type[Command]] | None = None
) -> Command:
    """The command in ``message``, by default one of a session's.

    Raises:
        Invalid: there is no such command, or one of its fields is wrong.
    """
    kind = message.get("type")
    commands = COMMANDS if among is None else among
    model = commands.get(kind) if isinstance(kind, str) else None
    if model is None:
        raise Invalid(
            f"type must be one of {', '.join(commands)}.",
            field="type",
            value=kind,
            allowed={"choices": list(commands)},
        )
    return read(model, message)


M = TypeVar("M", bound=BaseModel)


def read(model: type[M], message: Mapping[str, Any]) -> M:
    """``message`` as a ``model``; the first thing wrong with it, if any, as Invalid."""
    try:
        return model.model_validate(message)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
    field = str(first["loc"][0]) if first["loc"] else None
    schema = model.model_json_schema()["properties"]
    value = None if first["type"] == "missing" else first["input"]
    allowed = _bounds(schema[field]) if field in schema else {"choices": list(schema)}
    reason = first["msg"][0].lower() + first["msg"][1:].replace("dictionary", "object")
    if isinstance(types := allowed.get("type"), list):  # one of them is not the whole truth
        reason = f"input should be one of {', '.join(types)}"
        reason += f" of at most {allowed['maximum_length']} characters"
    raise Invalid(f"{presentable(field)}: {reason}.", field=field, value=value, allowed=allowed)


def _bounds(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A field's JSON schema in the words the engine's errors use."""
    choices = schema.get("anyOf", [schema])
    allowed: dict[str, Any] = {}
    types = [choice["type"] for choice in choices if "type" in choice and choice["type"] != "null"]
    if types:
        allowed["type"] = types[0] if len(types) == 1 else types
    for choice in choices:
        for key, name in _BOUNDS.items():
            if key in choice:
                allowed[name] = choice[key]
        if "exclusiveMinimum" in choice:
            allowed |= {"minimum": choice["exclusiveMinimum"], "exclusive_minimum": True}
        if choice.get("type") == "null":
            allowed["null"] = True
    return allowed


_BOUNDS = {"minimum": "minimum", "maximum": "maximum", "maxLength": "maximum_length"}

COMMANDS: dict[str, type[Command]] = {
    "play": Play,
    "pause": Pause,
    "step": Step,
    "reset": Reset,
    "set": Set,
    "rewind": Rewind,
    "seek": Seek,
    "undo": Undo,
    "redo": Redo,
    "edit": Edit,
    "name_run": NameRun,
    "view": View,
    "seen": Seen,
}
RACE_COMMANDS: dict[str, type[Command]] = {
    "play": Play,
    "pause": Pause,
    "step": Step,
    "reset": Reset,
    "seek": RaceSeek,
    "view": RaceView,
    "seen": Seen,
}
# Commands that change nothing a frame shows: they may be handled while one is being made.
UNSEEN_COMMANDS = (Play, Pause, Step)
MESSAGES: dict[str, type[Message]] = {
    "welcome": Welcome,
    "ack": Ack,
    "error": Error,
    "spec": SpecChanged,
    "status": Status,
    "runs": Runs,
    "storage": Storage,
    "race": RaceMade,
    "race_status": RaceStatus,
}
