"""Keeps keys out of cassettes of projects that use pytest-recording without our testing kit.

pytest loads this module wherever the package is installed, so it imports nothing, and does
nothing until a test records a cassette. What was recorded of the service is then written without
keys, cookies and account data, and a warning names the line that brings in the rest:

    pytest_plugins = ["langchain_aimlapi.testing"]
"""

from __future__ import annotations

import os
import warnings
from typing import Any

import pytest

_KIT = "langchain_aimlapi.testing._plugin"
_MISSING = (
    "A cassette with requests to the AI/ML API was recorded without langchain_aimlapi.testing. It"
    " was written without keys, but nothing else of the kit was used. Add to the top-level"
    ' conftest.py: pytest_plugins = ["langchain_aimlapi.testing"]'
)
_not_shown: list[str] = []


@pytest.hookimpl(optionalhook=True, trylast=True)
def pytest_recording_configure(config: pytest.Config, vcr: Any) -> None:
    """Put the guard before whatever writes the cassettes of this test."""
    if config.pluginmanager.hasplugin(_KIT):
        return
    merged = vcr.get_merged_config

    def get_merged_config(**kwargs: Any) -> dict[str, Any]:
        settings: dict[str, Any] = merged(**kwargs)
        return {**settings, "persister": _Guard(settings["persister"])}

    vcr.get_merged_config = get_merged_config


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Show the warning where warnings are errors: raised, it would disturb the writing."""
    for text in dict.fromkeys(_not_shown):
        terminalreporter.write_line(text)
    _not_shown.clear()


class _Guard:
    """A persister of vcrpy that scrubs what concerns us, and hands everything to another one."""

    def __init__(self, theirs: Any) -> None:
        self.theirs = theirs

    def load_cassette(self, cassette_path: Any, serializer: Any) -> Any:
        return self.theirs.load_cassette(cassette_path, serializer)

    def save_cassette(
        self, cassette_path: Any, cassette_dict: dict[str, Any], serializer: Any
    ) -> None:
        concerned = any(map(_concerns_us, cassette_dict["requests"]))
        theirs = self.theirs
        if concerned:
            from langchain_aimlapi.testing._foreign import (  # noqa: PLC0415 - not before it is needed
                ScrubbingPersister,
            )

            theirs = ScrubbingPersister(theirs)
        theirs.save_cassette(cassette_path, cassette_dict, serializer)
        if concerned:
            try:
                warnings.warn(_MISSING, stacklevel=2)
            except UserWarning:
                _not_shown.append(_MISSING)


def _concerns_us(request: Any) -> bool:
    """Return whether a request may be one to the service; the exact answer takes an import."""
    own = os.environ.get("AIMLAPI_API_BASE")
    agents = [value for name, value in request.headers.items() if name.lower() == "user-agent"]
    return (
        "aimlapi.com" in request.uri
        or bool(own and request.uri.startswith(own))
        or "langchain-aimlapi/" in str(agents)
    )
