"""Whatever a value is, JSON comes of it: what JSON cannot hold is replaced, and said."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import ipaddress
import itertools
import json
import pathlib
import threading
import uuid
from collections import OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pydantic
import pytest
import servo

from servo_webhooks.values import TooLarge, encode


class Color(str, enum.Enum):  # noqa: UP042
    red = "red"


class Plain(enum.Enum):
    one = 1


class Level(enum.IntEnum):
    low = 7

    def __repr__(self) -> str:
        raise RuntimeError

    __str__ = __repr__


class Hostile:
    """Everything that is asked of it raises."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)

    def _raise(self, *_: Any) -> Any:
        raise SystemExit(3)

    __str__ = __repr__ = __iter__ = __len__ = __bool__ = __eq__ = __hash__ = __index__ = __float__ = _raise


class Liar:
    @property  # type: ignore[misc]
    def __class__(self) -> type:
        raise RuntimeError("no class")


class Meta(type):
    def __hash__(cls) -> int:
        raise RuntimeError

    def __eq__(cls, other: object) -> bool:
        raise RuntimeError

    @property
    def __name__(cls) -> str:  # type: ignore[override]
        raise RuntimeError

    @property
    def __mro__(cls) -> Any:
        raise RuntimeError


class Masked(metaclass=Meta):
    pass


class Mute(ValueError):
    def __str__(self) -> str:
        raise RuntimeError("no text")


class Numb(ValueError):
    def __str__(self) -> Any:
        return 5


class Text(str):
    def __str__(self) -> str:
        raise RuntimeError

    __repr__ = __len__ = __getitem__ = encode = __format__ = __str__  # type: ignore[assignment]


class Price(Decimal):
    def __str__(self) -> str:
        return "$2.50"


class Whole(int):
    def __str__(self) -> str:
        return "seven"

    __repr__ = __str__

    def __int__(self) -> int:
        raise RuntimeError


class Real(float):
    def __repr__(self) -> str:
        return "a half"

    __str__ = __repr__
    __float__ = __eq__ = __sub__ = None  # type: ignore[assignment]


class Endless(list):  # type: ignore[type-arg]
    def __iter__(self) -> Iterator[int]:
        return itertools.count()


class Entries(dict):  # type: ignore[type-arg]
    def items(self) -> Any:
        raise RuntimeError


class Model(pydantic.BaseModel):
    size: int = 1
    inner: Any = None

    @pydantic.validator("size")
    @classmethod
    def _small(cls, value: int) -> int:
        raise ValueError("never")


class Broken(pydantic.BaseModel):
    def dict(self, **_: Any) -> Any:
        raise RuntimeError("no fields")


class Hiding(pydantic.BaseModel):
    shown: int = 1
    hidden: int = pydantic.Field(2, exclude=True)


class Root(pydantic.BaseModel):
    __root__: list[Any]


@dataclasses.dataclass
class Point:
    x: Any
    y: Any = None
    unset: dataclasses.InitVar[int] = 0


class Scalar:
    """As numpy has them."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def tolist(self) -> Any:
        return self._value


class Index:
    def __index__(self) -> int:
        return 12


class Unready:
    def tolist(self) -> Any:
        raise SystemExit(3)


Pair = namedtuple("Pair", "left right")

AT = datetime.datetime(2026, 11, 23, 11, 23, 42, tzinfo=datetime.UTC)
PLAIN: list[tuple[Any, Any]] = [
    (Color.red, "red"),
    (Plain.one, 1),
    (Level.low, 7),
    (Text("text"), "text"),
    (Whole(7), 7),
    (Real(0.5), 0.5),
    (Price("2.50"), 2.5),
    (Endless([1, 2]), [1, 2]),
    (Entries(a=1), {"a": 1}),
    (OrderedDict(a=[True, None]), {"a": [True, None]}),
    (defaultdict(int, {"a": 1}), {"a": 1}),
    (Pair(1, {2}), [1, [2]]),
    (frozenset({3}), [3]),
    (deque([1]), [1]),
    (b"bytes", "bytes"),
    (Model.construct(size=-1, inner=[Model.construct()]), {"size": -1, "inner": [{"size": 1, "inner": None}]}),
    (Hiding(), {"shown": 1}),
    (Root(__root__=[Root(__root__=[1])]), [[1]]),
    (Point(1, Point([Point(2)])), {"x": 1, "y": {"x": [{"x": 2, "y": None}], "y": None}}),
    (Scalar(2.5), 2.5),
    (Scalar([[1], [2]]), [[1], [2]]),
    (Index(), 12),
    (AT, "2026-11-23T11:23:42+00:00"),
    (datetime.timedelta(minutes=1), 60.0),
    (servo.Duration("1m"), 60.0),
    (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (pathlib.Path("/a"), "/a"),
    (ipaddress.ip_address("::1"), "::1"),
    (pydantic.SecretStr("hunter2"), "**********"),
    ({1: "a", 2.5: "b", None: "c"}, {"1": "a", "2.5": "b", "null": "c"}),
    ({False: "a"}, {"false": "a"}),
    ({Color.red: 1, Plain.one: 2, AT.date(): 3, Level.low: 4}, {"red": 1, "1": 2, "2026-11-23": 3, "7": 4}),
    ({(1, 2): 3}, {"(1, 2)": 3}),
]


@pytest.mark.parametrize("at", range(len(PLAIN)))
def test_what_json_can_hold_is_sent_as_it_is(at: int) -> None:
    value, expected = PLAIN[at]
    json_, replaced = encode({"value": value, "beside": float("nan")})
    assert json.loads(json_) == {"value": expected, "beside": None}
    assert replaced == ("the number nan is sent as null",)


def cycle() -> Any:
    one: dict[str, Any] = {}
    one["self"] = [one]
    return one


def deep(levels: int) -> Any:
    value: Any = None
    for _ in range(levels):
        value = [value]
    return value


HOSTILE: list[tuple[Any, Any, str]] = [
    (Decimal("sNaN"), None, "the number sNaN is sent as null"),
    (Decimal("-Infinity"), None, "the number -Infinity is sent as null"),
    (Price("NaN"), None, "the number NaN is sent as null"),
    (float("inf"), None, "the number inf is sent as null"),
    (Hostile(), None, "a value of the type Hostile raised RuntimeError; a value of the type Hostile is sent as null"),
    (Liar(), None, "a value of the type Liar is sent as null"),
    (Masked(), None, "a value of the type Masked raised RuntimeError; a value of the type Masked is sent as null"),
    (Masked, None, "a value of the type Meta is sent as null"),
    (Broken(), None, "a value of the type Broken raised RuntimeError; a value of the type Broken is sent as null"),
    (
        Unready(),
        None,
        "a value of the type Unready raised SystemExit; a value of the type Unready is sent as null",
    ),
    (
        Mute("x"),
        {"error": "Mute", "message": ""},
        'the exception Mute is sent as {"error", "message"}; a value of the type Mute raised RuntimeError',
    ),
    (
        Numb("x"),
        {"error": "Numb", "message": ""},
        'the exception Numb is sent as {"error", "message"}; a value of the type Numb raised TypeError',
    ),
    (
        ValueError("no room"),
        {"error": "ValueError", "message": "no room"},
        'the exception ValueError is sent as {"error", "message"}',
    ),
    (
        KeyboardInterrupt(),
        {"error": "KeyboardInterrupt", "message": ""},
        'the exception KeyboardInterrupt is sent as {"error", "message"}',
    ),
    (cycle(), {"self": [None]}, "a value that contains itself is sent as null"),
    ("\ud800", "?", 'half of a surrogate pair is sent as "?"'),
    ({"\udc00": 1}, {"?": 1}, 'half of a surrogate pair is sent as "?"'),
    (b"\xff", None, "a value of the type bytes raised UnicodeDecodeError; a value of the type bytes is sent as null"),
    ({1: "a", "1": "b"}, {"1": "b"}, "of several keys that are one in JSON, the last is sent"),
    ({Hostile: 1}, {"<class 'tests.test_values.Hostile'>": 1}, ""),
    (Fraction(1, 3), None, "a value of the type Fraction is sent as null"),
    (1j, None, "a value of the type complex is sent as null"),
    (threading.Lock(), None, "a value of the type lock is sent as null"),
    (print, None, "a value of the type builtin_function_or_method is sent as null"),
    (itertools.count(), None, "a value of the type count is sent as null"),
]


# By number: pytest itself does not survive all of them as parameters.
@pytest.mark.parametrize("at", range(len(HOSTILE)))
def test_what_json_cannot_hold_is_replaced_and_said(at: int) -> None:
    value, expected, said = HOSTILE[at]
    json_, replaced = encode([value, "beside"])
    assert json.loads(json_) == [expected, "beside"]
    assert "; ".join(replaced) == said
    with_other = encode({"nan": float("nan"), "value": value})
    assert json.loads(with_other.json) == {"nan": None, "value": expected}


def test_a_generator_is_left_to_others() -> None:
    endless = itertools.cycle([1])
    left = (item for item in endless)
    json_, replaced = encode([left, Model.construct(inner=left), {"inner": Point(left)}])
    assert json.loads(json_) == [None, {"size": 1, "inner": None}, {"inner": {"x": None, "y": None}}]
    assert replaced == ("a value of the type generator is sent as null",)
    finite = (item for item in [1, 2])
    encode(finite)
    assert list(finite) == [1, 2]


@pytest.mark.parametrize("digits", [20, 4300, 4301, 50_000])
def test_integers_keep_their_digits(digits: int) -> None:
    text = "7" * digits
    value = int.from_bytes(b"", "big")
    for at in range(0, digits, 1000):
        value = value * 10 ** len(text[at : at + 1000]) + int(text[at : at + 1000])
    assert encode([value, -value]) == (f"[{text},-{text}]", ())


@pytest.mark.parametrize("number", ["2.50", "1E+1000", "-0", "0E-7", "123456789012345678901234567890.10"])
def test_decimals_keep_their_digits(number: str) -> None:
    assert encode({"a": Decimal(number)}).json == f'{{"a":{number}}}'


def test_nesting_has_an_end() -> None:
    json_, replaced = encode(deep(100))
    assert (json.loads(json_), replaced) == (deep(100), ())
    json_, replaced = encode(deep(5000))
    assert json.loads(json_) == deep(100)
    assert replaced == ("what is nested more than 100 levels deep is sent as null",)


def test_what_is_too_large_is_not_cut() -> None:
    """A responder that is asked must not decide upon a part."""
    bomb: Any = "laugh"
    for _ in range(60):
        bomb = [bomb, bomb]
    for large in (
        bomb,
        "x" * (1 << 20),
        [None] * 300_000,
        {"x": 1 << 8_000_000},
        dict.fromkeys(map(str, range(500_000))),
    ):
        with pytest.raises(TooLarge):
            encode(large)
    assert len(encode(["x" * 100] * 100, 10_301).json) == 10_301
    with pytest.raises(TooLarge):
        encode(["x" * 100] * 100, 10_300)


def test_many_replacements_are_few_words() -> None:
    replaced = encode([type(f"Odd{at}", (), {})() for at in range(1000)]).replaced
    assert len(replaced) == 10
