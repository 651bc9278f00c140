"""The connector in its sandbox: every decision is asked for here."""

from .component import ComponentError
from .connector import Connector, Shape
from .errors import CallError, Starved

__all__ = ["CallError", "ComponentError", "Connector", "Shape", "Starved"]
