"""Every way the app says no. Each refusal states the fact, the value and what is allowed, and
becomes the same body over HTTP (``app.routes.answers``) and WebSocket (``app.sessions.session``).

    Refusal                code              HTTP
    ├── Invalid            invalid            422   a value of the wrong type or out of bounds
    ├── Malformed          malformed          422   not JSON, or not a JSON object
    ├── TooLarge           too_large          413
    ├── TooMany            too_many           429   more than a client may ask for in its time
    ├── TeacherOnly        teacher_only       401   the teacher key is missing, or another one
    ├── Forbidden          forbidden          403   another site's page, or another's name
    ├── NotYours           not_yours          403   somebody else saved this run
    ├── UnknownSession     unknown_session    404
    ├── UnknownRace        unknown_race       404   a race of nets, or a saved race
    ├── UnknownTable       unknown_table      404
    ├── UnknownPreset      unknown_preset     404
    ├── UnknownRun         unknown_run        404   a saved or shared run
    ├── Full               full               503   no room for another session
    ├── NotKept            not_kept           503   nothing can be written at the moment
    ├── Diverged           diverged           409   the net overflowed: rewind or reset first
    ├── Watched            watched            409   somebody looks at the session
    ├── Interrupted        interrupted        409   steps were asked for and something came first
    └── Internal           internal           500   a fault of ours
"""

import json
import math
from typing import Any

from engine.fields import SpecError, show

_LONGEST_VALUE = 200  # characters of a refused value that are sent back
_LONGEST_SHOWN = 60  # within a sentence


class Refusal(Exception):
    """A request or command that is not carried out; nothing has changed."""

    status = 400
    code = "refused"

    def __init__(
        self, message: str, *, field: str | None = None, value: Any = None, allowed: Any = None
    ) -> None:
        super().__init__(message)
        self.message, self.field, self.value, self.allowed = message, field, value, allowed

    def body(self) -> dict[str, Any]:
        """The five keys of an error, ready for JSON."""
        return {
            "code": self.code,
            "message": self.message,
            "field": None if self.field is None else _cut(self.field, _LONGEST_VALUE),
            "value": presentable(self.value),
            "allowed": self.allowed,
        }


class Invalid(Refusal):
    status, code = 422, "invalid"

    @classmethod
    def from_spec(cls, error: SpecError) -> "Invalid":
        """The engine shows a value as Python writes it; who sent JSON is shown JSON."""
        sentence = str(error).removesuffix(show(error.value)) + as_json(error.value, _LONGEST_SHOWN)
        field = _cut(error.field, _LONGEST_SHOWN)
        sentence = sentence.replace(error.field, field, 1)
        return cls(sentence, field=field, value=error.value, allowed=error.allowed)


class Malformed(Refusal):
    status, code = 422, "malformed"


class TooLarge(Refusal):
    status, code = 413, "too_large"


class TooMany(Refusal):
    """``seconds`` from now there is room for one more."""

    status, code = 429, "too_many"

    def __init__(self, what: str, seconds: float, maximum: float) -> None:
        super().__init__(
            f"Too many {what}. There is room for more in {max(1, math.ceil(seconds))} s.",
            field=what,
            allowed={"maximum": maximum},
        )
        self.seconds = max(1, math.ceil(seconds))


class TeacherOnly(Refusal):
    status, code = 401, "teacher_only"

    def __init__(self, message: str = "This is for the teacher; the key is needed.") -> None:
        super().__init__(message, field="key")


class Forbidden(Refusal):
    status, code = 403, "forbidden"


class NotYours(Refusal):
    status, code = 403, "not_yours"

    def __init__(self, run_id: str) -> None:
        super().__init__(
            "Who saved this run, or the teacher, may do that.", field="id", value=run_id
        )


class UnknownSession(Refusal):
    status, code = 404, "unknown_session"

    def __init__(self, session_id: str) -> None:
        super().__init__("There is no such session (any more).", field="id", value=session_id)


class UnknownRace(Refusal):
    status, code = 404, "unknown_race"

    def __init__(self, race_id: str) -> None:
        super().__init__("There is no such race (any more).", field="id", value=race_id)


class UnknownTable(Refusal):
    status, code = 404, "unknown_table"

    def __init__(self, table_id: str) -> None:
        super().__init__("This table is not on this server (any more).", field="id", value=table_id)


class UnknownPreset(Refusal):
    status, code = 404, "unknown_preset"

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(
            "There is no such preset.", field="name", value=name, allowed={"choices": known}
        )


class UnknownRun(Refusal):
    status, code = 404, "unknown_run"

    def __init__(self, run_id: str) -> None:
        super().__init__("This run is not kept here (any more).", field="id", value=run_id)


class NotKept(Refusal):
    status, code = 503, "not_kept"

    def __init__(self, reason: str) -> None:
        super().__init__("This server cannot keep anything now.", field="storage", value=reason)


class Full(Refusal):
    status, code = 503, "full"


class Diverged(Refusal):
    status, code = 409, "diverged"


class Watched(Refusal):
    status, code = 409, "watched"

    def __init__(self, session_id: str) -> None:
        super().__init__("Somebody looks at this session.", field="id", value=session_id)


class Interrupted(Refusal):
    status, code = 409, "interrupted"


class Internal(Refusal):
    status, code = 500, "internal"

    def __init__(self) -> None:
        super().__init__("Something went wrong on the server; its log says what.")


def presentable(value: Any) -> Any:
    """``value`` as something JSON can carry and a person can read: NaN becomes "NaN", long things
    are cut. What is refused may be anything at all, so this never fails."""
    if isinstance(value, float) and not math.isfinite(value):
        return as_json(value)
    if isinstance(value, int) and abs(value) >= 2**53:
        return "a very large number"
    if isinstance(value, str):
        return _cut(value, _LONGEST_VALUE)
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (TypeError, ValueError, RecursionError):
        return as_json(value)
    return value if len(text) <= _LONGEST_VALUE else _cut(text, _LONGEST_VALUE)


def as_json(value: Any, longest: int = _LONGEST_VALUE) -> str:
    """``value`` as text, the way it is written in JSON (where NaN and infinities are tolerated)."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=repr)
    except RecursionError:
        return "something deeply nested"
    except ValueError:  # an integer of thousands of digits
        return "a very large number"
    return _cut(text, longest)


def _cut(text: str, longest: int) -> str:
    text = text if len(text) <= longest else text[: longest - 1] + "…"
    return text.encode(errors="backslashreplace").decode()  # half a character cannot be sent
