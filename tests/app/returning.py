"""A client of a session that is there already, as a page that comes back."""

from typing import Any

from tests.client.backprop_client import BackpropClient


class Reconnected(BackpropClient):
    """It neither makes the session nor ends it."""

    def __init__(self, url: str, session_id: str) -> None:
        self._wanted = session_id
        super().__init__(url)

    def _request(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        if method == "POST":
            return {"id": self._wanted}
        return None if method == "DELETE" else super()._request(method, path, body)
