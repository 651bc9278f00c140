"""Breaks a component: puts other code in the place of its functions, in a file that is as long
as before."""

from __future__ import annotations

UNREACHABLE = bytes([0x00])
LOOP = bytes([0x03, 0x40, 0x0C, 0x00, 0x0B])
"""`loop br 0 end`."""
GROW = bytes([0x03, 0x40, 0x41, 0x01, 0x40, 0x00, 0x1A, 0x0C, 0x00, 0x0B])
"""`loop (drop (memory.grow (i32.const 1))) br 0 end`."""
FAR = bytes([0x41, 0xF0, 0xFF, 0xFF, 0xFF, 0x07, 0x0F])
"""`return (i32.const 0x7ffffff0)`: a result outside of the memory."""


def patched(component: bytes, function: str, code: bytes) -> bytes:
    """The component with other code in one of its functions."""
    data = bytearray(component)
    start, end = _body(component, f"#{function}")
    # No locals; what follows the code is never reached.
    body = bytes([0x00]) + code + UNREACHABLE
    assert len(body) < end - start
    data[start:end] = body + bytes([0x01]) * (end - start - len(body) - 1) + bytes([0x0B])
    return bytes(data)


def _body(component: bytes, name: str) -> tuple[int, int]:
    for kind, start, end in _sections(component, 8, len(component)):
        # A core module inside the component.
        if kind == 1 and (found := _in_module(component, start, end, name.encode())):
            return found
    raise AssertionError(f"no function {name}")


def _in_module(data: bytes, start: int, end: int, name: bytes) -> tuple[int, int] | None:
    index, imported, code = None, 0, 0
    for kind, at, stop in _sections(data, start + 8, end):
        if kind == 2:
            imported = _imported_functions(data, at)
        elif kind == 7:
            index = _exported(data, at, stop, name)
        elif kind == 10:
            code = at
    if index is None:
        return None
    _, at = _number(data, code)
    for _ in range(index - imported):
        size, at = _number(data, at)
        at += size
    size, at = _number(data, at)
    return at, at + size


def _sections(data: bytes, at: int, end: int) -> list[tuple[int, int, int]]:
    found = []
    while at < end:
        kind = data[at]
        size, at = _number(data, at + 1)
        found.append((kind, at, at + size))
        at += size
    return found


def _exported(data: bytes, at: int, end: int, name: bytes) -> int | None:
    count, at = _number(data, at)
    for _ in range(count):
        length, at = _number(data, at)
        found, at = data[at : at + length], at + length
        kind = data[at]
        index, at = _number(data, at + 1)
        if kind == 0 and found.endswith(name) and not found.startswith(b"cabi_post"):
            return index
    return None


def _imported_functions(data: bytes, at: int) -> int:
    count, _ = _number(data, at)
    assert count == 0, "a connector imports nothing"
    return 0


def _number(data: bytes, at: int) -> tuple[int, int]:
    """LEB128, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
