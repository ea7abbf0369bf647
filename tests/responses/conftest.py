"""Fixtures of the tests of the Responses endpoint."""

from __future__ import annotations

from emulator.fixtures import emulator

__all__ = ["emulator"]
