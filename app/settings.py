"""What an operator may set, as ``BACKPROP_LAB_<NAME>`` in the environment."""

import os
import sys
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every limit of the server in one place."""

    model_config = SettingsConfigDict(env_prefix="BACKPROP_LAB_", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535, description="0 takes any free port.")
    hosts: str = Field(
        default="", description="More names it is reached by, with commas; see routes/security.py."
    )
    max_sessions: int = Field(default=200, ge=1, description="Sessions at one time; then 503.")
    max_streams: int = Field(default=500, ge=1, description="Streams at one time; then refused.")
    session_ttl: float = Field(
        default=900.0, gt=0, description="Seconds an unwatched session is kept after its last use."
    )
    max_message_bytes: int = Field(default=65_536, ge=1024, description="A request or a command.")
    max_upload_bytes: int = Field(default=10_000_000, ge=1024, description="A table's file.")
    data: str | None = Field(
        default=None, description="Folder of what is kept; empty: nothing is, all is in memory."
    )
    max_stored_bytes: int = Field(default=2**30, ge=2**20, description="The largest its file is.")
    max_stored_sessions: int = Field(default=2000, ge=1, description="The longest unused go first.")
    keep_days: float = Field(default=60.0, gt=0, description="An unused session is kept so long.")
    stall_seconds: float = Field(
        default=4.0, gt=0, description="Who takes nothing that is sent for so long is dropped."
    )

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
