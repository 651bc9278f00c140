"""The configuration: from what servox read to webhooks that are ready."""

from .configuration import Configuration
from .problem import ConfigurationError, Problem

__all__ = ["Configuration", "ConfigurationError", "Problem"]
