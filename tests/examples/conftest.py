"""The emulated service, for what the examples show."""

from __future__ import annotations

from emulator.fixtures import emulator

__all__ = ["emulator"]
