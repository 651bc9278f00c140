"""Values of the servo as JSON, as its own models encode them: all fields, durations as
seconds, times in ISO 8601, numbers with their digits.

What JSON cannot hold does not fail an event: a number that is none is `null`, an exception
is `{"error": CLASS, "message": TEXT}`, anything else unknown is `null`, and what was
replaced is said.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pydantic
import simplejson
from pydantic.json import pydantic_encoder

_MESSAGE = 4096
"""Characters of an exception's message that are sent."""


class Encoded(NamedTuple):
    """A value as JSON."""

    json: str
    replaced: tuple[str, ...]
    """What JSON could not hold, for people."""


def encode(value: Any) -> Encoded:
    """Writes a value as JSON."""
    encoder = _Encoder()
    try:
        text = encoder.dumps(value, strict=True)
    except (ValueError, TypeError, RecursionError):
        text = encoder.forgiving(value)
    return Encoded(text, tuple(dict.fromkeys(encoder.replaced)))


class _Encoder:
    def __init__(self) -> None:
        self.replaced: list[str] = []

    def dumps(self, value: Any, *, strict: bool) -> str:
        text: str = simplejson.dumps(
            value,
            default=self._default,
            ensure_ascii=False,
            allow_nan=not strict,
            ignore_nan=not strict,
            use_decimal=True,
            namedtuple_as_object=False,
            separators=(",", ":"),
        )
        # Half of a surrogate pair is no text, and cannot be sent as such.
        text.encode()
        return text

    def forgiving(self, value: Any) -> str:
        """Whatever it is, in JSON."""
        self.replaced.clear()
        try:
            return self.dumps(self._plain(value, ()), strict=True)
        except (ValueError, TypeError, RecursionError) as error:
            self.replaced.append(f"a value that cannot be written ({type(error).__name__})")
            return "null"

    def _default(self, value: Any) -> Any:
        if isinstance(value, pydantic.BaseModel):
            fields = value.dict()
            return fields.get("__root__", fields)
        if isinstance(value, BaseException):
            return self._error(value)
        try:
            return pydantic_encoder(value)
        except Exception:
            self.replaced.append(f"a value of the type {type(value).__name__}")
            return None

    def _error(self, error: BaseException) -> dict[str, str]:
        self.replaced.append(f"an exception of the type {type(error).__name__}")
        return {"error": type(error).__name__, "message": str(error)[:_MESSAGE]}

    def _plain(self, value: Any, around: tuple[int, ...]) -> Any:
        """The same of what JSON has, with the rest replaced."""
        if isinstance(value, str):
            return self._text(str(value))
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, float) or hasattr(value, "is_finite"):
            return self._number(value)
        if id(value) in around or len(around) > 100:
            self.replaced.append("a value that holds itself, or is nested too deeply")
            return None
        around = (*around, id(value))
        if isinstance(value, dict):
            return {self._key(key): self._plain(item, around) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._plain(item, around) for item in value]
        return self._plain(self._default(value), around)

    def _number(self, value: Any) -> Any:
        if value == value and abs(value) != float("inf"):
            return value
        self.replaced.append(f"the number {value}")
        return None

    def _key(self, key: Any) -> str:
        if isinstance(key, str):
            return self._text(str(key))
        if key is None or isinstance(key, bool):
            return {None: "null", True: "true", False: "false"}[key]
        return self._text(str(key))

    def _text(self, text: str) -> str:
        try:
            text.encode()
        except UnicodeEncodeError:
            self.replaced.append("half of a surrogate pair")
            return text.encode(errors="replace").decode()
        return text
