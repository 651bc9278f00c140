"""Writes the list of webhooks as the JSON that the connector reads.

Every reference and every literal secret becomes `{"handle": N}`; whatever JSON cannot
express becomes a problem, and the rest is written all the same, so that all problems are
found at once.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto
from typing import Any, NamedTuple

from ..secret import Secret
from .placeholder import has_line_end, instead
from .problem import MOST, Problem, label, readable


class Place(Enum):
    """Where a value is, as far as it matters for references. The host knows only these fields;
    the connector knows what the rest means."""

    LIST = auto()
    WEBHOOK = auto()
    URL = auto()
    SECRET = auto()
    SECRET_ITEM = auto()
    HEADERS = auto()
    HEADER_ITEM = auto()
    HEADER_VALUE = auto()
    OTHER = auto()

    @property
    def takes_reference(self) -> bool:
        """Whether a mapping here is a reference."""
        return self in (Place.URL, Place.SECRET, Place.SECRET_ITEM, Place.HEADER_VALUE)

    @property
    def is_secret(self) -> bool:
        """Whether a string here is a secret."""
        return self in (Place.SECRET, Place.SECRET_ITEM)

    @property
    def item(self) -> Place:
        """The place of an item of a list here."""
        items = {Place.LIST: Place.WEBHOOK, Place.SECRET: Place.SECRET_ITEM, Place.HEADERS: Place.HEADER_ITEM}
        return items.get(self, Place.OTHER)

    def entry(self, key: str) -> Place:
        """The place of the value at a key of a mapping here."""
        if self is Place.WEBHOOK:
            return {"url": Place.URL, "secret": Place.SECRET, "headers": Place.HEADERS}.get(key, Place.OTHER)
        if self is Place.HEADERS or (self is Place.HEADER_ITEM and key == "value"):
            return Place.HEADER_VALUE
        return Place.OTHER


class Reference(NamedTuple):
    """Refers to a variable or a file."""

    kind: str
    """`env` or `file`."""
    name: str


class Handle(NamedTuple):
    """What a handle stands for, and where. No target: a problem that was reported."""

    target: Secret | Reference | None
    path: str
    is_key: bool
    """It is a secret to sign with."""


class Document:
    """The list as JSON, and what was taken out of it."""

    def __init__(self, webhooks: Any) -> None:
        self.handles: list[Handle] = []
        self.problems: list[Problem] = []
        self._firsts: list[int] = []
        self._steps: list[str | int] = []
        self._around: set[int] = set()
        self.json = json.dumps(self._write(webhooks, Place.LIST), ensure_ascii=False)

    def handles_of(self, index: int) -> range:
        """The handles that were issued for one webhook."""
        ends = [*self._firsts[1:], len(self.handles)]
        return range(self._firsts[index], ends[index]) if index < len(self._firsts) else range(0)

    def _write(self, value: Any, place: Place) -> Any:
        if isinstance(value, list | tuple | dict):
            with self._inside(value) as again:
                if again:
                    self._report("it contains itself")
                    return None
                if isinstance(value, dict):
                    return self._reference(value, place) if place.takes_reference else self._mapping(value, place)
                return self._list(value, place)
        return self._scalar(value, place)

    @contextmanager
    def _inside(self, value: Any) -> Iterator[bool]:
        """YAML's anchors can make a value that contains itself."""
        again = id(value) in self._around or len(self._around) > 50
        self._around.add(id(value))
        try:
            yield again
        finally:
            if not again:
                self._around.discard(id(value))

    def _list(self, items: list[Any] | tuple[Any, ...], place: Place) -> list[Any]:
        if place is Place.SECRET_ITEM:
            # Refused by the connector; what it holds could be secret, and stays here.
            return []
        written = []
        for index, item in enumerate(items):
            if place is Place.LIST:
                self._firsts.append(len(self.handles))
            self._steps.append(index)
            written.append(self._write(item, place.item))
            self._steps.pop()
        return written

    def _mapping(self, entries: dict[Any, Any], place: Place) -> dict[str, Any]:
        written = {}
        for key, value in entries.items():
            if not isinstance(key, str):
                what = "null" if key is None else "a boolean" if isinstance(key, bool) else "not a string"
                self._report(f"this key is {what}: put it in quotes")
                continue
            self._steps.append(key)
            written[key] = self._write(value, place.entry(key))
            self._steps.pop()
        return written

    def _scalar(self, value: Any, place: Place) -> Any:
        if isinstance(value, str):
            if not _is_unicode(value):
                self._report("it holds half of a surrogate pair, which is not valid text")
                return self._handle(None, place) if place.takes_reference else None
            if not place.is_secret:
                return value
            if not value:
                self._report("the secret is empty; write {env: NAME} or {file: PATH}")
                return self._handle(None, place)
            self._check_secret(value)
            return self._handle(Secret(value), place)
        if isinstance(value, bool):
            return False if place.is_secret else value
        if isinstance(value, int | float):
            if place.is_secret:
                # Enough to refuse it, not enough to read it.
                return 0
            if math.isfinite(value):
                return value
            self._report("infinity and NaN are not allowed: write a finite number")
        elif value is not None:
            what = type(value).__name__
            if what in ("date", "datetime"):
                self._report("YAML reads this as a date: put it in quotes")
            else:
                self._report(f"a value of the type {label(what)} is not allowed here: write a string")
        return self._handle(None, place) if value is not None and place.takes_reference else None

    def _check_secret(self, text: str) -> None:
        if (write := instead(text)) is not None:
            self._report(
                f"looks like a placeholder, which is not expanded; write {write} "
                "(if the secret really is this text, put it into a variable or a file)"
            )
        elif has_line_end(text):
            self._report(
                "holds a line end, which is part of the secret; write it on one line, or begin the block with |-",
                "warning",
            )

    def _reference(self, entries: dict[Any, Any], place: Place) -> dict[str, int]:
        if len(entries) == 1:
            ((kind, name),) = entries.items()
            if kind in ("env", "file") and isinstance(name, str) and name:
                return self._handle(Reference(kind, name), place)
        self._report("must be {env: NAME} or {file: PATH}, with nothing else in it")
        return self._handle(None, place)

    def _handle(self, target: Secret | Reference | None, place: Place) -> dict[str, int]:
        self.handles.append(Handle(target, readable(self._steps), place.is_secret))
        return {"handle": len(self.handles) - 1}

    def _report(self, message: str, severity: str = "error") -> None:
        if len(self.problems) < MOST:
            self.problems.append(Problem(severity, readable(self._steps), message))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
