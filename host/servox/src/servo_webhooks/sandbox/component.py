"""A connector's component file: where it comes from, and whether it is one."""

from __future__ import annotations

import contextlib
import hashlib
import resource
import threading
from importlib import resources

from wasmtime import Config, Engine, WasmtimeError
from wasmtime import component as wasm

_STACK = 1 << 20

INTERFACE = "servo:webhooks/connector@0.1."
FUNCTIONS = {
    "parse-config": ("document", "events", "source"),
    "select": ("listeners", "event"),
    "render": ("shape", "notification"),
    "sign": ("scheme", "secrets", "context", "body"),
    "judge": ("policy", "attempt"),
    "schema": ("shape", "event-type"),
    "sample": ("event-type", "id", "created"),
}
"""The functions of the interface, with the names of their parameters."""


class ComponentError(Exception):
    """Why a component cannot be used."""


def built_in() -> bytes:
    """The component that this package was built with.

    Raises:
        ComponentError: If it is missing, as in a source tree that was not built.
    """
    file = resources.files("servo_webhooks") / "connector.wasm"
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise ComponentError("connector.wasm is missing from the package: install a built wheel") from None


def digest(data: bytes) -> str:
    """SHA-256 in lower-case hex."""
    return hashlib.sha256(data).hexdigest()


def _stack() -> int:
    """Bytes of its thread's stack that a call may use: what it has in the program, for
    expressions that recurse, and no more than half of what threads have. Beyond that the
    process would end instead of the call."""
    limit, _ = resource.getrlimit(resource.RLIMIT_STACK)
    known = [size for size in (limit, threading.stack_size()) if size > 0]
    return min(_STACK, *(size // 2 for size in known)) if known else _STACK


def engine() -> Engine:
    """An engine that stops what runs too long, and keeps what it compiled in wasmtime's
    own cache, since compiling takes seconds."""
    config = Config()
    config.epoch_interruption = True
    config.consume_fuel = True
    config.max_wasm_stack = _stack()
    # Without a folder to keep it in, it is compiled at every start.
    with contextlib.suppress(WasmtimeError):
        config.cache = True
    return Engine(config)


def compile_component(engine: Engine, origin: str, data: bytes) -> wasm.Component:
    """Compiles a component, and checks that it imports nothing.

    Raises:
        ComponentError: Says what else it is.
    """
    head = data[:8]
    if len(head) < 8 and b"\0asm".startswith(head[:4]):
        raise ComponentError(f"component {origin}: truncated: it ends after {len(data)} bytes")
    if not head.startswith(b"\0asm"):
        raise ComponentError(f"component {origin}: not WebAssembly")
    if head[6:8] == b"\0\0":
        raise ComponentError(
            f"component {origin}: a core module, not a component; wrap it with `wasm-tools component new`"
        )
    try:
        component = wasm.Component(engine, data)
    except WasmtimeError as error:
        cause = str(error).strip().splitlines()[-1].strip()
        cut = "unexpected end" in cause or "out of bounds (bound" in cause
        raise ComponentError(f"component {origin}: {'truncated' if cut else 'corrupted'}: {cause}") from None
    imports = component.type.imports(engine)
    if imports:
        raise ComponentError(f"component {origin}: it imports {', '.join(imports)}; a connector imports nothing")
    return component


def interface(engine: Engine, origin: str, component: wasm.Component) -> wasm.ExportIndex:
    """Where the component exports the connector's interface.

    Raises:
        ComponentError: If it does not.
    """
    exports = component.type.exports(engine)
    name = next((name for name in exports if name.startswith(INTERFACE)), None)
    index = component.get_export_index(name) if name else None
    if index is None:
        raise wrong_world(origin, f"it exports {', '.join(exports) or 'nothing'}")
    return index


def wrong_world(origin: str, why: str) -> ComponentError:
    """An error for a component of another world."""
    return ComponentError(f"component {origin}: it is not of the world servo:webhooks/webhook-connector@0.1.0: {why}")
