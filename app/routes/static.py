"""The page's own files, under an address that names their content.

``/static/<hash>/js/main.js`` may be kept for ever: another content has another address, and modules
that import each other by relative paths stay within one version. Files are read into memory once,
so a request is a look-up in a dict and no path leads outside.
"""

import gzip
import hashlib
import json
import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from time import monotonic

import rcssmin
import rjsmin
from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from app.routes.answers import accepts_gzip

_RECHECK = 0.5  # seconds between two looks at whether a file has been edited
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
_COMPRESSED = {".css", ".js", ".json", ".svg"}


def folder(name: str) -> Path:
    """``static`` or ``templates``: inside this package in a wheel, beside it in a checkout."""
    package = Path(__file__).parent.parent
    inside = package / name
    return inside if inside.is_dir() else package.parent / name


# Comments and indentation are for readers of the source: a quarter of what would travel.
_SMALLER: dict[str, Callable[[str], str]] = {
    ".css": rcssmin.cssmin,
    ".js": rjsmin.jsmin,
    ".json": lambda text: json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":")),
}


class File:
    """One file's content; made smaller and compressed when somebody first asks."""

    def __init__(self, path: Path) -> None:
        self.content = path.read_bytes()
        self.type = _TYPES.get(path.suffix, "application/octet-stream")
        self.compressible = path.suffix in _COMPRESSED
        self._smaller = _SMALLER.get(path.suffix)

    @cached_property
    def compressed(self) -> bytes:
        content = self.content
        if self._smaller is not None:
            content = self._smaller(content.decode()).encode()
        return gzip.compress(content, 9, mtime=0)


class StaticFiles:
    """All files below a folder, read again when one of them changes."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self._checked = -_RECHECK
        self._stamp: list[tuple[str, int, int]] = []
        self._files: dict[str, File] = {}
        self._version = ""

    @property
    def version(self) -> str:
        """The hash of all names and contents."""
        if monotonic() - self._checked >= _RECHECK:
            self._checked = monotonic()
            self._reread_if_edited()
        return self._version

    def get(self, path: str) -> File | None:
        return self._files.get(path)

    def __getitem__(self, path: str) -> bytes:
        """The content of a file that must exist."""
        assert self.version
        return self._files[path].content

    def _reread_if_edited(self) -> None:
        stamp = []
        for where, folders, names in os.walk(self.top):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(name for name in names if not name.startswith(".")):
                path = os.path.join(where, name)
                status = os.stat(path)
                stamp.append((path, status.st_mtime_ns, status.st_size))
        if stamp == self._stamp:
            return
        paths = [Path(path) for path, _, _ in stamp]
        self._files = {path.relative_to(self.top).as_posix(): File(path) for path in paths}
        self._stamp = stamp
        content = hashlib.sha256()
        for name, file in self._files.items():
            content.update(f"{name}\0{len(file.content)}\0".encode() + file.content)
        self._version = content.hexdigest()[:12]


def routes(files: StaticFiles) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.api_route("/static/{version}/{path:path}", methods=["GET", "HEAD"])
    async def static(version: str, path: str, request: Request) -> Response:
        # A page from before an edit gets what there is now, but must not keep it under that name.
        current = version == files.version
        file = files.get(path)
        if file is None:
            raise HTTPException(404, f"There is no file {path[:100]}.")
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable" if current else "no-store",
            "Vary": "Accept-Encoding",
        }
        if file.compressible and accepts_gzip(request):
            headers["Content-Encoding"] = "gzip"
            return Response(file.compressed, headers=headers, media_type=file.type)
        return Response(file.content, headers=headers, media_type=file.type)

    return router
