"""Why a call of the connector failed."""

from __future__ import annotations

import re

from wasmtime import WasmtimeError

from .call_limits import CallLimits

_TRAP = re.compile(r"wasm trap: (.*)")


_STARVED = re.compile(r"os error (?:11|12)\b|cannot allocate memory", re.IGNORECASE)


class CallError(Exception):
    """A call that failed. It harms that call alone.

    The message names the function and what happened, and holds no secret.
    """

    @classmethod
    def of(cls, limits: CallLimits, error: WasmtimeError) -> CallError:
        """Explains a trap, or a limit that was exceeded."""
        text = str(error)
        if _STARVED.search(text):
            return Starved(limits.function)
        if trap := _TRAP.search(text):
            if trap[1].startswith("interrupt"):
                return cls(f"the connector's {limits.function} ran longer than {limits.time * 1000:.0f} ms")
            if trap[1].startswith("all fuel"):
                return cls(f"the connector's {limits.function} took more than {limits.fuel:,} instructions")
            if trap[1].startswith("call stack"):
                return cls(f"the connector's {limits.function} recursed deeper than its stack")
            return cls(f"the connector's {limits.function} trapped: {trap[1].strip()}")
        cause = text.strip().splitlines()[-1].strip() if text.strip() else "no reason was given"
        if "memory" in text and ("limit" in text or "exceed" in text):
            return cls(f"the connector's {limits.function} wanted more than {limits.memory >> 20} MiB of memory")
        return cls.unusable(limits.function, cause)

    @classmethod
    def unusable(cls, function: str, what: str) -> CallError:
        """A value that a host cannot accept, such as a header that it has no right to."""
        return cls(f"the connector's {function} gave something unusable: {what}")


class Starved(CallError):
    """The machine lacks memory for a call, which can be repeated."""

    def __init__(self, function: str) -> None:
        super().__init__(f"this machine lacks memory for the connector's {function}")
