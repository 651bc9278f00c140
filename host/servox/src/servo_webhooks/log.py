"""What the connector logs goes where the servo logs."""

from __future__ import annotations

import loguru

logger = loguru.logger.bind(component="webhooks")
