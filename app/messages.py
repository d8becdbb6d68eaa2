"""The wire: every command a page sends and every JSON message it receives, one class each, told
apart by ``type``. (Frames and data travel as safetensors: ``app.sessions.frames``.) Its twin in
the browser is ``static/js/reducer.js``."""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.errors import Invalid, Malformed, Refusal, presentable
from engine.rerun import Check

CommandId = int | Annotated[str, Field(max_length=64)] | None
State = Literal["paused", "playing", "diverged"]
Question = Literal["gradient", "value"]
Role = Literal["parameter", "input", "target", "constant", "op"]


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
    """Give one element of a parameter a value, for example of ``layers.0.weight`` at [1, 2]."""

    type: Literal["edit"] = "edit"
    parameter: str = Field(max_length=64)
    index: list[int] = Field(max_length=4)
    value: float = Field(ge=-1e6, le=1e6, allow_inf_nan=False)


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


# --- bodies of the REST answers ---


class SessionBody(BaseModel):
    """A session as it is now; ``epoch`` is how often the training rows have been seen."""

    id: str
    spec: dict[str, Any]
    step: int
    epoch: float
    state: State


class SessionDetail(SessionBody):
    """The same with losses and accuracies by name; null where a number is not finite."""

    metrics: Mapping[str, float | None]


class WeightsLoaded(BaseModel):
    """The names of all that was read from a file and is in the net now."""

    parameters: list[str]


class RunChange(BaseModel):
    """A field of the spec, or an element of a parameter, before and after a change; null where
    there was none or it is not known."""

    step: int
    path: str
    before: Any
    after: Any


class RunLoss(BaseModel):
    """A loss point; null where a loss is not finite."""

    step: int
    train: float | None
    test: float | None


class RunSummary(RunBody):
    """A run with its last loss point, the spec it ended with, and what it began with."""

    loss: RunLoss
    spec: dict[str, Any]
    begun_with: list[RunChange]


class RunList(BaseModel):
    """All runs that are kept, oldest first, and the one the session is in."""

    current: int
    runs: list[RunSummary]


class RunDetail(RunSummary):
    """A run with its curves and every change made on the way, also those before it left its
    parent."""

    losses: list[RunLoss]
    changes: list[RunChange]


class TableColumn(BaseModel):
    """One column: numbers by their distribution, texts by how often each occurs."""

    name: str
    kind: Literal["number", "text"]
    missing: int
    distinct: int
    min: float | None
    max: float | None
    mean: float | None
    quartiles: list[float | None] | None
    histogram: dict[str, Any] = Field(
        description="counts with the edges of bins, or with labels and a count of all others"
    )


class DescribedTable(BaseModel):
    """Columns, how many rows repeat an earlier one, and how columns of numbers move together."""

    name: str
    rows: int
    columns: list[TableColumn]
    duplicates: int
    correlation: list[list[float | None]]


class TableBody(DescribedTable):
    """A table that was brought, its first rows, and what reading it has made out."""

    id: str
    preview: list[list[float | str | None]]
    found: dict[str, str | bool]


class DataBody(DescribedTable):
    """A session's data; ``values`` has a list for each column, thinned evenly when there are many
    rows, and so are the targets ``y`` as the net sees them and the ``train`` marks."""

    target: str
    task: str
    classes: int
    values: list[list[float | None]]
    y: list[float]
    train: list[bool]


class ErrorDetail(BaseModel):
    """What was wrong: the field and value meant, and what would be accepted."""

    code: str
    message: str
    field: str | None
    value: Any
    allowed: Any


class ErrorBody(BaseModel):
    error: ErrorDetail


class LoopLag(BaseModel):
    """How late a ticker of 5 ms was in the last half minute in which somebody was connected, in
    milliseconds."""

    median: float
    p99: float
    most: float
    ticks: int


class Health(BaseModel):
    status: Literal["ok"] = "ok"
    version: str
    sessions: int
    streams: int
    loop_lag: LoopLag | None = Field(description="null before anybody has connected")


class ConformanceRow(BaseModel):
    """One check of the engine: the largest error over the numbers compared, and what is allowed."""

    group: Literal["micrograd", "ops", "optimizers", "schedules"]
    name: str
    formula: str = Field(description="LaTeX; empty where there is none")
    mathml: str
    compared: int
    error: float | None = Field(description="null when the numbers could not be compared")
    tolerance: float
    passed: bool


class Secant(BaseModel):
    """The slope between two losses, a step ``h`` to either side of a number."""

    h: float
    minus: float | None
    plus: float | None
    numeric: float | None
    relative_error: float | None = Field(description="null where there is no gradient")


class Slice(BaseModel):
    """The loss along one number, which is the middle one of ``values``."""

    values: list[float | None]
    losses: list[float | None]


class Slopes(BaseModel):
    """The slopes to either side of a corner, where there is no derivative."""

    left: float | None
    right: float | None


class CheckBody(BaseModel):
    """A gradient beside finite differences. What is not finite is null."""

    node: int | str = Field(description="which number: a node of a walk, an element of a session")
    value: float | None
    analytic: float | None = Field(description="the gradient; null where there is none")
    slice: Slice
    steps: list[Secant] = Field(description="h from 1e-1 to 1e-12, in half decades")
    best: int = Field(description="the step whose secant comes nearest")
    kink: Slopes | None

    @classmethod
    def of(cls, node: int | str, check: Check) -> "CheckBody":
        return cls(
            node=node,
            value=check.value,
            analytic=check.analytic,
            slice=Slice(values=check.values.tolist(), losses=check.losses.tolist()),
            steps=[Secant(**step._asdict()) for step in check.steps],
            best=check.best,
            kink=None if check.kink is None else Slopes(**check.kink._asdict()),
        )


# --- a walk: one training step gone through slowly; null where a number is not finite ---


class FindingBody(BaseModel):
    """What is wrong, where, and the number that shows it. ``change``, given to a ``set`` command,
    is one thing to try. Numbers that are not finite are null."""

    kind: Literal[
        "overflow",
        "exploding",
        "too_fast",
        "dead",
        "saturated",
        "vanishing",
        "too_slow",
        "overfitting",
    ]
    layer: int | None = Field(description="the worst one; null: it is about the whole run")
    layers: list[int] = Field(description="all of them, the worst one first")
    value: float | None = Field(description="what was measured")
    threshold: float = Field(description="from where on it is found")
    numbers: dict[str, float | None] = Field(description="others that show the same, by name")
    change: dict[str, Any] | None
    overflow: FirstOverflow | None = Field(description="of an overflow: the first one")
    chain: list["OverflowLink"] = Field(description="of an overflow: how it came to it")


class OverflowLink(BaseModel):
    """One op on the way to an overflow, and the largest of its values or gradients in size."""

    op: str
    layer: int | None
    largest: float | None


class LayerBody(BaseModel):
    """How a layer fares. Gradients and the update are those of the step to come, activations those
    of all training rows. What is not finite is null."""

    layer: int
    gradient_norm: float | None = Field(description="of all its parameters together")
    weight_norm: float | None
    activation_mean: float | None
    activation_spread: float | None = Field(description="the standard deviation")
    dead_share: float | None = Field(description="of its ReLUs, off for every row; null: has none")
    saturated_share: float | None = Field(description="of its values, near a bound; null: has none")
    update_ratio: float | None = Field(description="|update| / |weight|; about 1e-3 is healthy")


class Diagnosis(BaseModel):
    session: str
    run: int
    step: int
    findings: list[FindingBody] = Field(description="what comes first as a cause first")
    layers: list[LayerBody]


class Mistake(BaseModel):
    """A sample taken for another class; classes as places in ``labels``."""

    row: int
    truth: int
    predicted: int
    sureness: float | None = Field(description="size of the score, or probability of the answer")


class ClassReport(BaseModel):
    precision: float
    recall: float
    f1: float
    samples: int


class Confusion(BaseModel):
    """``matrix[i][j]``: how many samples of class i were taken for class j."""

    session: str
    run: int
    step: int
    split: Literal["train", "test"]
    labels: list[int]
    class_names: list[str] = Field(description="where the data bring their own")
    matrix: list[list[int]]
    accuracy: float
    classes: list[ClassReport]
    wrong: int
    mistakes: list[Mistake] = Field(description="the surest ones first, at most 100")


class WalkNode(BaseModel):
    """One number of the graph. ``inputs`` are ids of nodes in the order of the op, ``locals`` the
    derivatives by them; ``element`` is its name in the network."""

    id: int
    name: str
    element: str | None
    role: Literal["parameter", "input", "target", "constant", "op"]
    op: str | None
    formula: str | None = Field(description="the key of its formula")
    constants: dict[str, float]
    inputs: list[int]
    value: float | None
    grad: float | None = Field(description="null, too, for what takes none")
    locals: list[float | None]
    group: int
    place: tuple[float, float] = Field(description="column and row within the group")


class WalkGroup(BaseModel):
    """What belongs together; ``outputs`` are its nodes that are used outside, or the loss."""

    id: int
    kind: Literal["root", "parameters", "sample", "layer", "neuron", "loss", "penalty"]
    parent: int | None
    index: int
    place: tuple[float, float]
    outputs: list[int]
    activation: str | None


class WalkInputs(BaseModel):
    phase: Literal["inputs"]


class WalkForward(BaseModel):
    phase: Literal["forward"]
    node: int


class WalkSeed(BaseModel):
    phase: Literal["seed"]
    node: int
    sum: float


class WalkBackward(BaseModel):
    """What arrives at ``node`` along one edge, from its use as input number ``input``: upstream
    times local; ``sum`` is of all that has arrived there so far."""

    phase: Literal["backward"]
    node: int
    from_: int = Field(alias="from")
    input: int
    upstream: float | None
    local: float | None
    contribution: float | None
    sum: float | None
    nth: int
    of: int


class WalkGradients(BaseModel):
    phase: Literal["gradients"]


class WalkTerm(BaseModel):
    name: str
    value: float | None


class WalkChange(BaseModel):
    """How the optimizer moves a parameter: what it remembered (``m_old``), what it computes."""

    phase: Literal["update"]
    node: int
    terms: list[WalkTerm]
    before: float | None
    after: float | None


class WalkNext(BaseModel):
    """The loss of the same samples after the update."""

    phase: Literal["next"]
    loss: float | None


class WalkFormula(BaseModel):
    """MathML, whose variables are in elements with their names as ``data-slot``."""

    value: str
    locals: list[str]
    convention: str


class WalkUpdate(BaseModel):
    """The rule that moves the parameters; ``t`` is the number of the update, from 1."""

    optimizer: str
    learning_rate: float
    settings: dict[str, Any]
    t: int
    formulas: dict[str, str]
    state: list[str] = Field(description="what it remembers of each parameter")


WalkPosition = Annotated[
    WalkInputs | WalkForward | WalkSeed | WalkBackward | WalkGradients | WalkChange | WalkNext,
    Field(discriminator="phase"),
]


class WalkBody(BaseModel):
    """The whole of it: ``source`` asks for the same again. Nodes are in an order of computation,
    the loss last."""

    source: dict[str, Any]
    kind: Literal["expression", "network"]
    spec: dict[str, Any] | None = Field(default=None, description="of a network")
    targets: list[float] | None = Field(default=None, description="of a network's samples")
    step: int
    loss: float | None
    seed: float
    nodes: list[WalkNode]
    groups: list[WalkGroup]
    positions: list[WalkPosition]
    formulas: dict[str, WalkFormula]
    update: WalkUpdate


class WalkPreset(BaseModel):
    name: str
    source: dict[str, Any]


class ExplainedTerm(BaseModel):
    """One summand of a gradient, along one edge: what has arrived at ``element`` times how much
    that changes with the explained one. ``local_element`` is the number which the latter is."""

    element: str
    upstream: float | None
    local: float | None
    contribution: float | None
    local_element: str | None
    sample: int | None = Field(description="of the minibatch, from 0; null: of all samples")


class ExplainedInput(BaseModel):
    """A number that the explained one was computed from, and how much that changes with it."""

    element: str
    value: float | None
    local: float | None
    local_element: str | None
    input: int = Field(description="which input of the op it is part of")


class UpdateTerm(BaseModel):
    name: str
    value: float | None


class LastUpdate(BaseModel):
    """The step that made a parameter what it is: ``before`` + the last of the terms = ``after``."""

    step: int
    before: float | None
    terms: list[UpdateTerm]
    after: float | None


class Explained(BaseModel):
    """A number and where it comes from. Numbers that are not finite are null."""

    session: str
    step: int
    element: str
    of: Question
    role: Role
    value: float | None = Field(description="the number explained")
    number: float | None = Field(description="the element's value, whichever of the two is asked")
    gradient: float | None = Field(description="its gradient; null: it takes none")
    op: str | None = Field(description="what computed it; linear: x W + b")
    activation: str | None = Field(description="of the layer it belongs to")
    formula: str | None = Field(
        description="MathML: of a value z = ..., of a gradient what the local derivatives are"
    )
    samples: int
    rows: list[int] = Field(description="the samples as rows of the data")
    row: int | None = Field(description="the row that was asked for instead of the minibatch")
    terms: list[ExplainedTerm] | None = Field(description="of a gradient, largest first")
    sum: float | None = Field(description="what the terms add up to")
    inputs: list[ExplainedInput] | None = Field(description="of a value")
    update: LastUpdate | None = Field(description="of a parameter's value after step 0")


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


def read_command(message: Mapping[str, Any]) -> Command:
    """The command in ``message``.

    Raises:
        Invalid: there is no such command, or one of its fields is wrong.
    """
    kind = message.get("type")
    model = COMMANDS.get(kind) if isinstance(kind, str) else None
    if model is None:
        raise Invalid(
            f"type must be one of {', '.join(COMMANDS)}.",
            field="type",
            value=kind,
            allowed={"choices": list(COMMANDS)},
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
MESSAGES: dict[str, type[Message]] = {
    "ack": Ack,
    "error": Error,
    "spec": SpecChanged,
    "status": Status,
    "runs": Runs,
}
