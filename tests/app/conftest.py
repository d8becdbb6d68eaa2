"""The app in this process (``client``), which lets tests ask more than any class would, and in a
process of its own (``server_url``)."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    app = create_app(Settings(request_rate=0, work_rate=0, making_rate=0, upload_rate=0))
    with TestClient(app, "http://localhost:8000", raise_server_exceptions=False) as client:
        yield client
