"""Runs that were saved under a name or are shared, as REST tells of them."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

NAME = Field(min_length=1, max_length=64)


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Save(Strict):
    """Keep the run that a session is in, all of it, under a name."""

    session: str = Field(max_length=64)
    name: str = NAME


class Rename(Strict):
    name: str = NAME


class Open(Strict):
    """Where a saved run is to be opened: as another run of a session, or in a new one."""

    session: str | None = Field(default=None, max_length=64)


class OpenLink(Strict):
    """A run from a link: the text in it, or the id of what the server keeps for it."""

    link: str | None = Field(default=None, max_length=60_000)
    shared: str | None = Field(default=None, max_length=64)


class SavedBody(BaseModel):
    """A saved run: where it was saved, and how well the net did there; null where a loss is not
    finite."""

    id: str
    name: str
    made: float = Field(description="Seconds since 1970")
    spec: dict[str, Any]
    step: int
    head: int
    train_loss: float | None
    test_loss: float | None
    mine: bool = Field(description="Whether you may rename it and let it go")


class SavedList(BaseModel):
    """All saved runs of this server, the latest first."""

    runs: list[SavedBody]


class ShareBody(BaseModel):
    """The state of a session for a link: as text where it is short enough, else as the id of what
    this server keeps for it."""

    step: int
    link: str | None
    shared: str | None
