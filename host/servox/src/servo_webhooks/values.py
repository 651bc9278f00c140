"""Values of the servo as JSON, as its own models encode them: all fields, durations as
seconds, times in ISO 8601, numbers with their digits.

Whatever a value is, it fails no event. What JSON cannot hold is replaced: a number by `null`,
an exception by `{"error": CLASS, "message": TEXT}`, anything else unknown by `null`. Each
replacement is reported. The code of a value runs only where everything it raises is caught,
and what a value says of its own class is not believed.
"""

from __future__ import annotations

import dataclasses
import decimal
import types
from collections import deque
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

import pydantic
import simplejson
from pydantic.json import ENCODERS_BY_TYPE

MOST = 1 << 20
"""Characters that an event may have."""

_MESSAGE = 4096
"""Characters of an exception's message that are sent."""

_NAME = 80
"""Characters of a class's name that are sent and logged."""

_DEEPEST = 100
"""Levels of nesting that are sent."""

_REPORTED = 10
"""Different replacements that are reported for one value."""

_LONG = 1 << 8192
"""Python refuses to write integers of more than 4,300 digits."""

_UNKNOWN = object()
"""Not a value of JSON, nor one step away from it."""

_EXCEPTION = object()
"""To be sent as class and message."""


class TooLarge(Exception):
    """A value larger than an event may be. It is not cut: a part must not pass for the whole."""


class Encoded(NamedTuple):
    """A value as JSON."""

    json: str
    replaced: tuple[str, ...]
    """What JSON could not hold and what is sent instead, for people."""


def encode(value: Any, most: int = MOST) -> Encoded:
    """Writes a value as JSON.

    Raises:
        TooLarge: If it has more than so many characters.
    """
    encoder = _Encoder(most)
    text = _dumps(encoder.plain(value))
    try:
        text.encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair is not text and cannot be sent as such.
        text = text.encode(errors="replace").decode()
        encoder.report('half of a surrogate pair is sent as "?"')
    return Encoded(text, tuple(encoder.replaced))


def is_a(value: Any, kind: type) -> bool:
    """Whether a value is of a class, by its type alone: `isinstance` would run its code."""
    return any(base is kind for base in _bases(type(value)))


class _Encoder:
    """Reduces values to the builtin types that JSON has."""

    def __init__(self, most: int) -> None:
        # One less comma than values.
        self._left = most + 1
        self._around: set[int] = set()
        self.replaced: dict[str, None] = {}

    def report(self, what: str) -> None:
        """Records a replacement."""
        if len(self.replaced) < _REPORTED:
            self.replaced[what] = None

    def plain(self, value: Any) -> Any:
        """A value and everything in it, reduced to builtin types."""
        kind = type(value)
        if kind is str:
            return self._spend(len(value) + 2, value)
        if value is None or kind is bool:
            return self._spend(4, value)
        if kind is int:
            return self._integer(value)
        if kind is float:
            return self._spend(1, value) if value - value == 0 else self._null(f"the number {value}")
        if kind is Decimal:
            return self._spend(1, value) if value.is_finite() else self._null(f"the number {value!s}")
        if id(value) in self._around:
            return self._null("a value that contains itself")
        if len(self._around) >= _DEEPEST:
            return self._null(f"what is nested more than {_DEEPEST} levels deep")
        self._around.add(id(value))
        try:
            if kind is dict:
                return self._object(value)
            if kind is list or kind is tuple:
                self._spend(1, value)
                return [self.plain(item) for item in value]
            return self._other(value)
        finally:
            self._around.discard(id(value))

    def _spend(self, characters: int, value: Any) -> Any:
        """Counts the least that a value takes in JSON, with a comma."""
        self._left -= characters + 1
        if self._left < 0:
            raise TooLarge
        return value

    def _null(self, what: str) -> Any:
        self.report(f"{what} is sent as null")
        return self._spend(4, None)

    def _integer(self, value: int) -> Any:
        if -_LONG < value < _LONG:
            return self._spend(1, value)
        self._spend(value.bit_length() * 3 // 10, value)
        return _decimal(value)

    def _object(self, value: dict[Any, Any]) -> dict[str, Any]:
        # A copy: another thread may change it meanwhile.
        entries = list(value.items())
        found = {}
        for key, item in entries:
            text = key if type(key) is str else self._key(key)
            self._spend(len(text) + 2, text)
            found[text] = self.plain(item)
        if len(found) < len(entries):
            self.report("of several keys that are one in JSON, the last is sent")
        return found

    def _key(self, key: Any) -> str:
        """A key that is not text, as its JSON text, or else as Python writes it."""
        if key is None or type(key) in (bool, int, float, Decimal):
            return _dumps(self.plain(key))
        simple = self._guarded(key, _simpler)
        if simple is None or type(simple) in (bool, int, float, Decimal):
            return _dumps(self.plain(simple))
        if type(simple) is not str:
            simple = self._guarded(key, _text)
        return _name(type(key)) if simple is _UNKNOWN else str(simple)

    def _other(self, value: Any) -> Any:
        """A value of none of JSON's own types."""
        simple = self._guarded(value, _simpler)
        if simple is _EXCEPTION:
            name = _name(type(value))
            self.report(f'the exception {name} is sent as {{"error", "message"}}')
            message = self._guarded(value, _text)
            return self.plain({"error": name, "message": "" if message is _UNKNOWN else message[:_MESSAGE]})
        return self._null(f"a value of the type {_name(type(value))}") if simple is _UNKNOWN else self.plain(simple)

    def _guarded(self, value: Any, call: Callable[[Any], Any]) -> Any:
        """Runs the code of a value, and catches everything that it raises."""
        try:
            return call(value)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self.report(f"a value of the type {_name(type(value))} raised {_name(type(error))}")
            return _UNKNOWN


def _simpler(value: Any) -> Any:
    """A value one step closer to JSON. Runs its code."""
    kind = type(value)
    for base in _bases(kind):
        if (simplify := _SIMPLER.get(base)) is not None:
            return simplify(value)
    if dataclasses.is_dataclass(kind):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(kind)}
    # Numbers and arrays of numpy and the like.
    if callable(getattr(kind, "tolist", None)):
        return value.tolist()
    return value.__index__() if hasattr(kind, "__index__") else _UNKNOWN


def _model(model: pydantic.BaseModel) -> Any:
    """The fields of a model as `dict` gives them, which would use up generators in them."""
    kind = type(model)
    is_plain = kind.dict is pydantic.BaseModel.dict and kind._iter is pydantic.BaseModel._iter
    if is_plain and not kind.__exclude_fields__ and not kind.__include_fields__:
        fields = model.__dict__
    else:
        fields = model.dict()
    return fields.get("__root__", fields)


_SIMPLER: dict[type, Callable[[Any], Any]] = {
    **ENCODERS_BY_TYPE,
    # The values of subclasses, without their code.
    str: str.__str__,
    int: int.__int__,
    float: float.__float__,
    Decimal: Decimal,
    dict: lambda value: dict(dict.items(value)),
    list: lambda value: list(list.__iter__(value)),
    tuple: lambda value: list(tuple.__iter__(value)),
    set: lambda value: list(set.__iter__(value)),
    frozenset: lambda value: list(frozenset.__iter__(value)),
    deque: lambda value: list(deque.__iter__(value)),
    bytes: lambda value: bytes.decode(value),
    # It is another's to use, and may have no end.
    types.GeneratorType: lambda value: _UNKNOWN,
    BaseException: lambda value: _EXCEPTION,
    Enum: lambda value: value.value,
    pydantic.BaseModel: _model,
}


def _text(value: Any) -> str:
    return str.__str__(str(value))


def _bases(kind: type) -> tuple[type, ...]:
    # A metaclass can give any other answer to `kind.__mro__`.
    bases: tuple[type, ...] = type.__dict__["__mro__"].__get__(kind)
    return bases


def _name(kind: type) -> str:
    name: str = type.__dict__["__name__"].__get__(kind)
    return name[:_NAME]


def _dumps(value: Any) -> str:
    text: str = simplejson.dumps(
        value, ensure_ascii=False, allow_nan=False, use_decimal=True, check_circular=False, separators=(",", ":")
    )
    return text


def _decimal(value: int) -> Decimal:
    """An integer of any length. Halving it takes far less time than Python's own conversion."""
    with decimal.localcontext(_EXACT):
        magnitude = _halved(abs(value), value.bit_length())
        return -magnitude if value < 0 else magnitude


_EXACT = decimal.Context(prec=decimal.MAX_PREC, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN, traps=[decimal.Inexact])


def _halved(value: int, bits: int) -> Decimal:
    if bits <= 4096:
        return Decimal(value)
    low = bits >> 1
    high = value >> low
    return _halved(value - (high << low), low) + _halved(high, bits - low) * Decimal(2) ** low
