"""What an operator may set, as ``BACKPROP_LAB_<NAME>`` in the environment."""

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
    stall_seconds: float = Field(
        default=4.0, gt=0, description="Who takes nothing that is sent for so long is dropped."
    )
