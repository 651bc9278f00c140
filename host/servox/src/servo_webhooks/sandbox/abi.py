"""Values between Python and a component, through wasmtime's C interface.

The package `wasmtime` looks every type up anew for every value, which costs ten times
what the call itself costs. Here a type is looked at once, when a component is loaded; a
value is written as the C interface lays it out (`wasmtime/component/val.h`). The layout
is checked against the package's own declarations at import.

Records are named tuples, variants and results are pairs of tag and payload, options are
`None` or the value, enums are strings.
"""

from __future__ import annotations

import ctypes
import functools
import struct
from collections.abc import Callable
from typing import Any

from wasmtime import Store, WasmtimeError, _ffi
from wasmtime.component import (
    U8,
    U16,
    U32,
    U64,
    Bool,
    EnumType,
    Func,
    FuncType,
    ListType,
    OptionType,
    RecordType,
    ResultType,
    String,
    ValType,
    VariantType,
)

from .records import RECORDS

_VALUE = struct.Struct("<QQQQ")
_ENTRY = 16 + _VALUE.size

if (
    ctypes.sizeof(_ffi.wasmtime_component_val_t) != _VALUE.size
    or ctypes.sizeof(_ffi.wasmtime_component_valrecord_entry) != _ENTRY
    or _ffi.wasmtime_component_val.of.offset != 8
    or struct.pack("<Q", 1) != struct.pack("=Q", 1)
):  # pragma: no cover
    raise ImportError("this build of wasmtime lays values out in another way than expected")

_KINDS: dict[type[ValType], int] = {
    Bool: _ffi.WASMTIME_COMPONENT_BOOL.value,
    U8: _ffi.WASMTIME_COMPONENT_U8.value,
    U16: _ffi.WASMTIME_COMPONENT_U16.value,
    U32: _ffi.WASMTIME_COMPONENT_U32.value,
    U64: _ffi.WASMTIME_COMPONENT_U64.value,
}
_BITS: dict[type[ValType], int] = {Bool: 8, U8: 8, U16: 16, U32: 32, U64: 64}
_STRING = _ffi.WASMTIME_COMPONENT_STRING.value
_LIST = _ffi.WASMTIME_COMPONENT_LIST.value
_RECORD = _ffi.WASMTIME_COMPONENT_RECORD.value
_VARIANT = _ffi.WASMTIME_COMPONENT_VARIANT.value
_ENUM = _ffi.WASMTIME_COMPONENT_ENUM.value
_OPTION = _ffi.WASMTIME_COMPONENT_OPTION.value
_RESULT = _ffi.WASMTIME_COMPONENT_RESULT.value

Words = tuple[int, int, int, int]
Lower = Callable[[Any, list[Any]], Words]
"""Writes a value; what it points to is added to the list, which must outlive the call."""
Lift = Callable[[int, int, int], Any]
"""Reads a value from the three words that follow its kind."""


class UnknownType(Exception):
    """A type that the interface does not have."""


Codec = tuple[tuple[str, ...], list[Lower], Lift]
"""Names and writers of a function's parameters, and the reader of its result."""


def codec(of: FuncType) -> Codec:
    """Reads the type of a function.

    Raises:
        UnknownType: If it uses a type that the interface does not have.
    """
    if of.result is None:
        raise UnknownType("nothing as a result")
    parameters = of.params
    names = tuple(name for name, _ in parameters)
    return names, [lowering(kind) for _, kind in parameters], lifting(of.result)


def call(store: Store, func: Func, of: Codec, arguments: tuple[Any, ...], *, locked: bool) -> Any:
    """Calls a function, with the interpreter's lock or without it.

    Raises:
        WasmtimeError: If it traps or is stopped.
    """
    _, lower, lift = of
    keep: list[Any] = []
    parameters = b"".join([_VALUE.pack(*to(value, keep)) for to, value in zip(lower, arguments, strict=True)])
    result = ctypes.create_string_buffer(_VALUE.size)
    run = _call_locked if locked else _call
    _check(run(ctypes.byref(func._func), store._context(), parameters, len(arguments), result, 1))
    try:
        _, a, b, c = _VALUE.unpack(result.raw)
        return lift(a, b, c)
    finally:
        _delete(result)


def limit(store: Store, ticks: int, fuel: int) -> None:
    """Stops what runs in a store when it has seen so many epochs more, or has taken so
    many instructions."""
    context = store._context()
    _set_epoch_deadline(context, ticks)
    _check(_set_fuel(context, fuel))


def _check(error: int | None) -> None:
    if error:
        raise WasmtimeError._from_ptr(ctypes.cast(error, ctypes.POINTER(_ffi.wasmtime_error_t)))


def _address(name: str) -> int:
    return ctypes.cast(getattr(_ffi.dll, name), ctypes.c_void_p).value or 0


# A guest that may take long runs without the interpreter's lock, or nobody could stop it. What is
# short keeps it: whoever lets go of it waits until another thread does.
_CALL = (
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_char_p,
    ctypes.c_size_t,
    ctypes.c_void_p,
    ctypes.c_size_t,
)
_call = ctypes.CFUNCTYPE(*_CALL)(_address("wasmtime_component_func_call"))
_call_locked = ctypes.PYFUNCTYPE(*_CALL)(_address("wasmtime_component_func_call"))
_delete = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)(_address("wasmtime_component_val_delete"))
_set_epoch_deadline = ctypes.PYFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint64)(
    _address("wasmtime_context_set_epoch_deadline")
)
_set_fuel = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint64)(_address("wasmtime_context_set_fuel"))


_address_of = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object)(("PyBytes_AsString", ctypes.pythonapi))
"""Of the content of a `bytes`: what `ctypes.cast` says too, in a third of its time."""


def _bytes_at(address: int, count: int) -> bytes:
    return ctypes.string_at(address, count) if count else b""


def _text_at(size: int, address: int) -> str:
    return _bytes_at(address, size).decode()


def _pointer(data: bytes, keep: list[Any]) -> int:
    keep.append(data)
    address: int = _address_of(data)
    return address


def _snake(name: str) -> str:
    return name.replace("-", "_")


def lowering(of: ValType) -> Lower:
    """How a value of a type is written."""
    if isinstance(of, String):
        return _lower_text
    if (kind := _KINDS.get(type(of))) is not None:
        return lambda value, keep: (kind, int(value), 0, 0)
    if isinstance(of, ListType):
        return _lower_list(of)
    if isinstance(of, RecordType):
        return _lower_record(of)
    if isinstance(of, OptionType):
        inner = lowering(of.payload)

        def option(value: Any, keep: list[Any]) -> Words:
            if value is None:
                return (_OPTION, 0, 0, 0)
            return (_OPTION, _pointer(_VALUE.pack(*inner(value, keep)), keep), 0, 0)

        return option
    if isinstance(of, VariantType):
        return _lower_variant(of)
    if isinstance(of, EnumType):
        names = {name: name.encode() for name in of.names}
        return lambda value, keep: (_ENUM, len(names[value]), _pointer(names[value], keep), 0)
    raise UnknownType(type(of).__name__)


def _lower_text(value: str, keep: list[Any]) -> Words:
    data = value.encode()
    return (_STRING, len(data), _pointer(data, keep), 0)


def _lower_list(of: ListType) -> Lower:
    inner = lowering(of.element)
    octets = isinstance(of.element, U8)

    def lower(value: Any, keep: list[Any]) -> Words:
        if octets:
            kind = _KINDS[U8]
            table = b"".join([_VALUE.pack(kind, octet, 0, 0) for octet in value])
        else:
            table = b"".join([_VALUE.pack(*inner(item, keep)) for item in value])
        return (_LIST, len(value), _pointer(table, keep), 0)

    return lower


def _lower_record(of: RecordType) -> Lower:
    record_of(of)
    fields = [(_head(name), lowering(field)) for name, field in of.fields]

    def lower(value: Any, keep: list[Any]) -> Words:
        parts = []
        for (head, field), item in zip(fields, value, strict=True):
            parts.append(head)
            parts.append(_VALUE.pack(*field(item, keep)))
        return (_RECORD, len(fields), _pointer(b"".join(parts), keep), 0)

    return lower


_NAMES: list[Any] = []


@functools.cache
def _head(name: str) -> bytes:
    """A name as an entry of a record begins with it; it is kept for ever."""
    data = name.encode()
    return struct.pack("<QQ", len(data), _pointer(data, _NAMES))


def _lower_variant(of: VariantType) -> Lower:
    cases = {name: (name.encode(), lowering(case) if case else None) for name, case in of.cases}

    def lower(value: Any, keep: list[Any]) -> Words:
        tag, payload = value
        name, inner = cases[tag]
        packed = _pointer(_VALUE.pack(*inner(payload, keep)), keep) if inner else 0
        return (_VARIANT, len(name), _pointer(name, keep), packed)

    return lower


def record_of(of: RecordType) -> type[Any]:
    """The named tuple of a record, found by the names of its fields."""
    names = tuple(_snake(name) for name, _ in of.fields)
    try:
        return RECORDS[names]
    except KeyError:
        raise UnknownType(f"a record of {', '.join(names)}") from None


def lifting(of: ValType) -> Lift:
    """How a value of a type is read."""
    if isinstance(of, String):
        return lambda a, b, c: _text_at(a, b)
    if isinstance(of, Bool):
        return lambda a, b, c: bool(a & 0xFF)
    if (bits := _BITS.get(type(of))) is not None:
        mask = (1 << bits) - 1
        return lambda a, b, c: a & mask
    if isinstance(of, ListType):
        element = lifting(of.element)

        def items(a: int, b: int, c: int) -> list[Any]:
            table = _bytes_at(b, a * _VALUE.size)
            return [element(x, y, z) for _, x, y, z in _VALUE.iter_unpack(table)]

        return items
    if isinstance(of, RecordType):
        kind = record_of(of)
        # One from before a field was there leaves it out.
        make = kind._make if len(kind._fields) == len(of.fields) else lambda items: kind(*items)
        fields = [lifting(field) for _, field in of.fields]

        def record(a: int, b: int, c: int) -> Any:
            table = _bytes_at(b, a * _ENTRY)
            return make(
                field(*_VALUE.unpack_from(table, at)[1:])
                for field, at in zip(fields, range(16, a * _ENTRY, _ENTRY), strict=True)
            )

        return record
    if isinstance(of, OptionType):
        some = lifting(of.payload)
        return lambda a, b, c: _lift_at(some, a) if a else None
    if isinstance(of, VariantType):
        cases = {name: lifting(case) if case else None for name, case in of.cases}

        def variant(a: int, b: int, c: int) -> tuple[str, Any]:
            tag = _text_at(a, b)
            case = cases[tag]
            return tag, _lift_at(case, c) if case and c else None

        return variant
    if isinstance(of, EnumType):
        return lambda a, b, c: _text_at(a, b)
    if isinstance(of, ResultType):
        ok = lifting(of.ok) if of.ok else None
        err = lifting(of.err) if of.err else None

        def result(a: int, b: int, c: int) -> tuple[str, Any]:
            tag, case = ("ok", ok) if a & 0xFF else ("err", err)
            return tag, _lift_at(case, b) if case and b else None

        return result
    raise UnknownType(type(of).__name__)


def _lift_at(lift: Lift, address: int) -> Any:
    _, a, b, c = _VALUE.unpack(_bytes_at(address, _VALUE.size))
    return lift(a, b, c)
