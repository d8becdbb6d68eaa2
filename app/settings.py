"""What an operator may set, as ``BACKPROP_LAB_<NAME>`` in the environment."""

import os
import re
import sys
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_EMBEDDER = re.compile(r"'self'|https?://(\*\.)?[A-Za-z0-9.\-]+(:\d{1,5})?")


class Settings(BaseSettings):
    """Every limit of the server in one place."""

    model_config = SettingsConfigDict(env_prefix="BACKPROP_LAB_", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535, description="0 takes any free port.")
    hosts: str = Field(
        default="", description="More names it is reached by, with commas; see routes/security.py."
    )
    teacher_key: SecretStr | None = Field(
        default=None, min_length=8, description="Without one, a server on a network makes one."
    )
    embed: str = Field(
        default="", description="Sites that may frame the pages, an LMS for example, with blanks."
    )
    log: Literal["quiet", "text", "json"] = Field(
        default="quiet", description="Warnings only; everything, as text or as lines of JSON."
    )

    # --- ceilings: of one address and in total; a whole class may share an address ---
    max_sessions: int = Field(default=200, ge=1, description="Sessions at one time; then 503.")
    max_sessions_per_client: int = Field(default=150, ge=1, description="Of one address; then 429.")
    max_races: int = Field(default=40, ge=1, description="Races of nets at one time; then 503.")
    max_streams: int = Field(default=500, ge=1, description="Streams at one time; then refused.")
    max_streams_per_client: int = Field(default=400, ge=1, description="Of one address.")
    session_ttl: float = Field(
        default=900.0, gt=0, description="Seconds an unwatched session is kept after its last use."
    )
    max_message_bytes: int = Field(default=65_536, ge=1024, description="A request or a command.")
    max_upload_bytes: int = Field(default=10_000_000, ge=1024, description="A table's file.")

    # --- rates: so many a second, after a burst of so many at once; a rate of 0 is no limit ---
    request_rate: float = Field(default=500, ge=0, description="Requests of one address.")
    request_burst: int = Field(default=10_000, ge=1)
    work_rate: float = Field(default=120, ge=0, description="Of those that compute something.")
    work_burst: int = Field(default=1000, ge=1)
    making_rate: float = Field(default=10, ge=0, description="New sessions of one address.")
    making_burst: int = Field(default=40, ge=1)
    upload_rate: float = Field(default=1, ge=0, description="Files of one address.")
    upload_burst: int = Field(default=60, ge=1)
    joining_rate: float = Field(default=50, ge=0, description="Streams begun by one address.")
    joining_burst: int = Field(default=800, ge=1)
    brief_rate: float = Field(
        default=5, ge=0, description="Streams of one address that end within a second."
    )
    brief_burst: int = Field(default=5, ge=1)
    command_rate: float = Field(default=300, ge=0, description="Messages on one stream.")
    command_burst: int = Field(default=3000, ge=1)
    commands_rate: float = Field(default=2000, ge=0, description="On all streams of one address.")
    commands_burst: int = Field(default=8000, ge=1)
    key_rate: float = Field(default=0.1, ge=0, description="Wrong teacher keys of one address.")
    key_burst: int = Field(default=8, ge=1)

    # --- what is kept ---
    data: str | None = Field(
        default=None, description="Folder of what is kept; empty: nothing is, all is in memory."
    )
    max_stored_bytes: int = Field(default=2**30, ge=2**20, description="The largest its file is.")
    max_stored_sessions: int = Field(default=2000, ge=1, description="The longest unused go first.")
    keep_days: float = Field(default=60.0, gt=0, description="An unused session is kept so long.")
    stall_seconds: float = Field(
        default=4.0, gt=0, description="Who takes nothing that is sent for so long is dropped."
    )

    @field_validator("embed")
    @classmethod
    def _sites(cls, value: str) -> str:
        """Origins only: the text becomes part of a header."""
        for site in value.split():
            if not _EMBEDDER.fullmatch(site):
                raise ValueError(f"{site} is no origin like https://lms.school.example")
        return value

    @property
    def folder(self) -> Path | None:
        """Where sessions are kept, None for nowhere."""
        if self.data is None:
            return user_folder()
        return Path(self.data).expanduser() if self.data else None


def user_folder() -> Path:
    """Where programs of this system keep what is a user's own."""
    if sys.platform == "win32":
        root = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        root = "~/Library/Application Support"
    else:
        root = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(root).expanduser() / "backprop-lab"
