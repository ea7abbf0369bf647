"""The pytest plugin: pytest-recording's marks and options, with cassettes that hold no key.

    pytest_plugins = ["langchain_aimlapi.testing.plugin"]

It has no options of its own.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from langchain_aimlapi.testing._replay import INSTALL, KEY_VARIABLE, MADE_UP_KEY, extra_needed

with extra_needed():
    from langchain_aimlapi.testing._cassettes import PUBLIC_ROOT, configure


def pytest_configure(config: pytest.Config) -> None:
    """Say what is missing, if it is."""
    if not config.pluginmanager.hasplugin("recording"):
        raise pytest.UsageError(
            f"langchain_aimlapi.testing.plugin needs pytest-recording: {INSTALL}"
        )


@pytest.hookimpl(optionalhook=True, trylast=True)
def pytest_recording_configure(vcr: Any) -> None:
    """Set up the cassette of a test, after the hooks of the project."""
    configure(vcr)


@pytest.fixture(autouse=True)
def aimlapi_key_while_playing(vcr: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give models a made-up key in a test that plays a cassette of the service, or has none yet."""
    if vcr is None or vcr.record_mode != "none" or os.environ.get(KEY_VARIABLE):
        return
    uris = [request.uri for request in vcr.requests]
    if not uris or any(uri.startswith(PUBLIC_ROOT) for uri in uris):
        monkeypatch.setenv(KEY_VARIABLE, MADE_UP_KEY)
