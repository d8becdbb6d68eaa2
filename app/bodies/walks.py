"""A walk: one training step gone through slowly; null where a number is not finite."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field


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


WalkPosition = Annotated[
    WalkInputs | WalkForward | WalkSeed | WalkBackward | WalkGradients | WalkChange | WalkNext,
    Field(discriminator="phase"),
]


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


class WalkBody(BaseModel):
    """The whole of it: ``source`` asks for the same again. Nodes are in an order of computation,
    the loss last."""

    source: dict[str, Any]
    kind: Literal["expression", "network"]
    spec: dict[str, Any] | None = Field(default=None, description="of a network")
    targets: list[float] | None = Field(default=None, description="of a network's samples")
    rows: list[int] | None = Field(
        default=None, description="of the data set: the samples of the network's whole minibatch"
    )
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
