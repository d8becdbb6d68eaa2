"""What the server tells a teacher of itself."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.bodies.service import LoopLag, StorageState
from app.messages import State


class Key(BaseModel):
    """The teacher key, as the terminal shows it."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    key: str = Field(max_length=200)


class Seat(BaseModel):
    """Who is asking."""

    teacher: bool
    keyless: bool = Field(description="Whoever sits at the server's machine is the teacher")


class Readiness(BaseModel):
    ready: bool
    reason: Literal["ending", "full"] | None = Field(description="null when it is ready")


class SessionRow(BaseModel):
    """A session that is in memory now."""

    id: str
    client: str = Field(description="The address it was made or woken from")
    data: str
    layers: list[int] = Field(description="Neurons of each layer")
    state: State
    step: int
    run: int
    viewers: int
    idle: float = Field(description="Seconds since somebody last looked at it; 0 while one does")


class Latency(BaseModel):
    """Of all since the start, the bound below which so many were, in seconds; null before the
    first."""

    count: int
    median: float | None
    p99: float | None


class StatusBody(BaseModel):
    """The server now. What is counted is counted from the start on: rates come from two of these
    and their `uptime`."""

    version: str
    uptime: float = Field(description="Seconds")
    sessions: list[SessionRow]
    resting: int | None = Field(description="Sessions on disk only; null where nothing is kept")
    max_sessions: int
    streams: int
    max_streams: int
    training: int = Field(description="Sessions that train now")
    steps: int = Field(description="Of training, in all sessions")
    frames: int
    frames_dropped: int = Field(description="Due to viewers that had not taken those before")
    frame_latency: Latency
    commands: int
    command_latency: Latency
    refused: dict[str, int] = Field(description="Requests and messages beyond a limit, by kind")
    loop_lag: LoopLag | None = Field(description="null before anybody has connected")
    memory: int | None = Field(description="Bytes; null where the system does not say")
    storage: StorageState
