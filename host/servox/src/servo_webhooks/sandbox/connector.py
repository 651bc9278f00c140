"""The connector's functions, called with limits on time and memory.

Instances of the built-in connector are kept, each for one purpose: what signs is never
what runs expressions. What such an instance keeps depends on the text of expressions
alone, never on an event. One that trapped, ran over its limits or was called a thousand
times is thrown away. Another connector gets a fresh instance for each call.
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Any, NamedTuple

from wasmtime import Store, WasmtimeError
from wasmtime import component as wasm

from . import abi, call_limits, records
from .call_limits import CallLimits
from .component import FUNCTIONS, ComponentError, built_in, compile_component, digest, engine, interface, wrong_world
from .errors import CallError, Starved
from .ticker import Ticker

_MOST_CALLS = 1000
"""Calls of one kept instance."""


class Shape(NamedTuple):
    """How a body is made: a token of the connector's."""

    token: str
    warm: bool
    """It has expressions, which are compiled in an instance that is kept."""


class _Instance:
    """A component, instantiated in a store of its own."""

    __slots__ = ("calls", "functions", "instance", "memory", "store")

    def __init__(self, store: Store, instance: wasm.Instance) -> None:
        self.store = store
        self.instance = instance
        self.functions: dict[str, wasm.Func] = {}
        self.calls = 0
        self.memory = 0
        """Bytes that it may have, as was set last."""


class Connector:
    """A connector, checked and compiled, ready to be called from any thread."""

    def __init__(self, origin: str, data: bytes, *, keep_instances: bool = False) -> None:
        """Loads a component.

        Args:
            origin: Where it came from, for messages.
            data: The file.
            keep_instances: It is known to keep nothing of an event.

        Raises:
            ComponentError: If it is none, imports anything, or is of another world.
        """
        self.origin = origin
        self.digest = digest(data)
        self._trusted = keep_instances
        self._engine = engine()
        self._component = compile_component(self._engine, origin, data)
        self._linker = wasm.Linker(self._engine)
        self._ticker = Ticker(self._engine)
        self._kept: defaultdict[str, deque[_Instance]] = defaultdict(deque)
        index = interface(self._engine, origin, self._component)
        self._exports: dict[str, wasm.ExportIndex] = {}
        self._codecs: dict[str, abi.Codec] = {}
        self._check(index)

    @classmethod
    def built_in(cls) -> Connector:
        """The connector that this package was built with.

        Raises:
            ComponentError: If the installation is damaged.
        """
        return cls("built-in", built_in(), keep_instances=True)

    @property
    def is_built_in(self) -> bool:
        """Whether it is the one that this package was built with."""
        return self._trusted

    def _check(self, index: wasm.ExportIndex) -> None:
        for name in FUNCTIONS:
            found = self._component.get_export_index(name, index)
            if found is None:
                raise wrong_world(self.origin, f"its interface has no function {name}")
            self._exports[name] = found
        try:
            instance = self._instantiate(call_limits.for_people("instantiation"))
            for name, parameters in FUNCTIONS.items():
                codec = abi.codec(self._function(instance, name).type(instance.store))
                if codec[0] != parameters:
                    raise wrong_world(self.origin, f"{name} takes {', '.join(codec[0]) or 'nothing'}")
                self._codecs[name] = codec
        except CallError as error:
            raise ComponentError(f"component {self.origin}: {error}") from None
        except abi.UnknownType as error:
            raise wrong_world(self.origin, f"it has {error}, which this host does not know") from None

    def parse_config(self, document: str, events: list[str], source: str) -> records.Configuration:
        """See `parse-config` in the WIT; so for the others.

        Raises:
            CallError: If the guest traps or runs over its limits; so for the others.
        """
        limits = call_limits.for_configuration(len(document))
        found: records.Configuration = self._call(limits, None, document, events, source)
        return found

    def select(self, listeners: list[list[str]], event: str) -> list[int]:
        """The places of the listeners that an event concerns."""
        size = sum(16 + 32 * len(names) for names in listeners)
        found: list[int] = self._call(call_limits.for_selection(size), "judge", listeners, event)
        return found

    def render(self, shape: Shape, notification: records.Notification, size: int) -> tuple[str, Any]:
        """What a shape makes of a notification of so many bytes: `ok` and a rendering, or `err`."""
        if shape.warm:
            limits, purpose = call_limits.for_expressions(size), "expressions"
        else:
            limits, purpose = call_limits.for_event("render", size), "render"
        rendered: tuple[str, Any] = self._call(limits, purpose, shape.token, notification)
        return rendered

    def sign(
        self, scheme: str, secrets: list[str], context: records.SigningContext, body: records.Content
    ) -> tuple[str, Any]:
        """The headers that change with each attempt: `ok` and a list, or `err` and a secret's error."""
        limits = call_limits.for_signing(len(secrets), len(body[1]))
        tag, found = self._call(limits, "sign", scheme, secrets, context, body)
        if tag == "err" and not self._trusted:
            # Whoever sees keys could say them.
            found = found._replace(message="this connector cannot sign with it")
        return tag, found

    def judge(self, policy: str, attempt: records.Attempt) -> records.Ruling:
        """What the outcome of an attempt means."""
        tag, outcome = attempt.outcome
        size = len(outcome.body.text) if tag == "answer" and outcome.body else 0
        ruling: records.Ruling = self._call(call_limits.for_event("judge", size), "judge", policy, attempt)
        return ruling

    def schema(self, shape: str, event_type: records.EventType) -> tuple[str, Any]:
        """`ok` and content type and JSON Schema of a body, or `err` and why there are none."""
        described: tuple[str, Any] = self._call(call_limits.for_people("schema"), None, shape, event_type)
        return described

    def sample(self, event_type: records.EventType, id: str, created: str) -> tuple[str, Any]:
        """`ok` and a plausible event, or `err` and why there is none."""
        made: tuple[str, Any] = self._call(call_limits.for_people("sample"), None, event_type, id, created)
        return made

    def _call(self, limits: CallLimits, purpose: str | None, *arguments: Any) -> Any:
        keep = purpose if self._trusted else None
        if not self._trusted:
            # It is not known how long an instruction may take.
            limits = limits._replace(fuel=call_limits.UNLIMITED)
        try:
            instance = self._take(limits, keep)
            if limits.locked:
                value = self._run(instance, limits, arguments)
            else:
                with self._ticker:
                    value = self._run(instance, limits, arguments)
        except MemoryError:
            raise Starved(limits.function) from None
        instance.calls += 1
        if keep and instance.calls < _MOST_CALLS:
            self._kept[keep].append(instance)
        return value

    def _run(self, instance: _Instance, limits: CallLimits, arguments: tuple[Any, ...]) -> Any:
        function = self._function(instance, limits.function)
        abi.limit(instance.store, Ticker.ticks(limits.time), limits.fuel)
        codec = self._codecs[limits.function]
        try:
            return abi.call(instance.store, function, codec, arguments, locked=limits.locked)
        except WasmtimeError as error:
            raise CallError.of(limits, error) from None
        except UnicodeError:
            raise CallError.unusable(limits.function, "a string that is not Unicode") from None

    def _take(self, limits: CallLimits, purpose: str | None) -> _Instance:
        if purpose:
            try:
                instance = self._kept[purpose].pop()
            except IndexError:
                pass
            else:
                if instance.memory != limits.memory:
                    self._limit(instance.store, limits)
                    instance.memory = limits.memory
                return instance
        return self._instantiate(limits)

    def _instantiate(self, limits: CallLimits) -> _Instance:
        store = Store(self._engine)
        self._limit(store, limits)
        abi.limit(store, Ticker.ticks(limits.time), call_limits.UNLIMITED)
        try:
            with self._ticker:
                return _Instance(store, self._linker.instantiate(store, self._component))
        except WasmtimeError as error:
            raise CallError.of(limits, error) from None

    @staticmethod
    def _limit(store: Store, limits: CallLimits) -> None:
        store.set_limits(memory_size=limits.memory, table_elements=1 << 16, instances=4, tables=4, memories=1)

    def _function(self, instance: _Instance, name: str) -> wasm.Func:
        function = instance.functions.get(name)
        if function is None:
            function = instance.instance.get_func(instance.store, self._exports[name])
            if function is None:
                raise wrong_world(self.origin, f"{name} is not a function")
            instance.functions[name] = function
        return function
