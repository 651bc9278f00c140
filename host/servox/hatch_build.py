"""Puts the component into the wheel.

`SERVO_WEBHOOKS_COMPONENT` names a ready file. Without it the repository around this folder
builds one, which needs Rust. Says which of the two it does.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VARIABLE = "SERVO_WEBHOOKS_COMPONENT"


class CustomBuildHook(BuildHookInterface[Any]):
    """Writes `connector.wasm` into the package."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Before files are collected."""
        if self.target_name != "wheel":
            return
        file = Path(self.root, "src", "servo_webhooks", "connector.wasm")
        if ready := os.environ.get(VARIABLE):
            self.app.display_info(f"taking the component from {ready}, which {VARIABLE} names")
            shutil.copyfile(ready, file)
        else:
            self._build(file)
        build_data["artifacts"].append("src/servo_webhooks/connector.wasm")

    def _build(self, file: Path) -> None:
        repository = Path(self.root).parents[1]
        if not (repository / "Cargo.toml").is_file():
            raise SystemExit(f"no repository to build the component in: name a ready one with {VARIABLE}")
        command = ["cargo", "run", "-p", "servo-webhooks-cli", "--", "component", "--complete", "--output", str(file)]
        self.app.display_info(f"building the component in {repository}: {' '.join(command)}")
        file.unlink(missing_ok=True)
        try:
            subprocess.run(command, cwd=repository, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise SystemExit(f"the component cannot be built ({error}): name a ready one with {VARIABLE}") from None
