"""Replay chains, agents and graphs that use `ChatAIMLAPI`, without network, key or cost.

In a project's top-level `conftest.py`:

    pytest_plugins = ["langchain_aimlapi.testing"]

Then a test marked `@pytest.mark.vcr` plays its answers from `cassettes/`, and
`pytest --record-mode=rewrite` records them. A cassette is replaced only when its test has passed.
In scripts, `replay(path)` and `record(path)` do the same for a `with` block.

A cassette holds the requests to the service, whatever base URL they go to, and no others: those
to this machine pass, all else is refused. A test without the mark that would reach the service
fails.

Marks:

- `vcr`: play the cassette of the test. All that pytest-recording documents goes for it.
- `aimlapi_expect_status(401, ...)`: error statuses that are meant to be recorded. With others, a
  new recording is not written.
- `aimlapi_allow_network`: the test may reach the service outside of any cassette.

Settings, in `pytest.ini` or under `[tool.pytest.ini_options]`:

- `aimlapi_cassette_dir`: the folder for cassettes, relative to the project; `cassettes`.
- `aimlapi_unused_interactions`: `error` fails a passing test that left recorded interactions
  unplayed; `ignore` is the default.
- `aimlapi_record_hosts`: hosts whose requests are recorded and played as well; `*` for all.
- `aimlapi_allow_network`: `true` lets all tests without a cassette reach the service.

Environment, read only while recording:

- `AIMLAPI_API_BASE`: the base URL to record from, as models read it; cassettes of one base URL
  replay with any other.
- `AIMLAPI_RECORD_FROM`: `live` (the default), or the base URL of a server to which all requests
  go instead, without a key.

Where the package is installed but the plugin is not listed, one thing happens: what
pytest-recording records of the service is written without keys, with a warning.

These need the extra: `pip install "langchain-aimlapi[testing]"`. `answers([...])` needs none: it
answers by script, for unit tests without a cassette, through the model's own mapping.

PYTEST_DONT_REWRITE: there is no assert in here, and without this word pytest warns about a
`conftest.py` that imports a name from here besides listing the plugin.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from langchain_aimlapi.testing._extra import needed
from langchain_aimlapi.testing._script import Script, ScriptEndedError, answers
from langchain_aimlapi.testing._script_wire import Answer, Failure

if TYPE_CHECKING:
    from langchain_aimlapi.testing._contexts import configure, record, replay
    from langchain_aimlapi.testing._format import CassetteFormatError
    from langchain_aimlapi.testing._match import CassetteMismatchError
    from langchain_aimlapi.testing._persister import (
        CassetteNotWrittenError,
        CassettePersister,
        ReadableYAML,
    )
    from langchain_aimlapi.testing._scrub import REPLAY_KEY, SCRUBBED
    from langchain_aimlapi.testing._source import RecordingSource
    from langchain_aimlapi.testing._traffic import NetworkRefusedError

# pytest follows this name from the plugin a project lists to the one with the fixtures, so that
# scripts can import this package where pytest is not installed.
pytest_plugins = ("langchain_aimlapi.testing._plugin",)

__all__ = [
    "REPLAY_KEY",
    "SCRUBBED",
    "Answer",
    "CassetteFormatError",
    "CassetteMismatchError",
    "CassetteNotWrittenError",
    "CassettePersister",
    "Failure",
    "NetworkRefusedError",
    "ReadableYAML",
    "RecordingSource",
    "Script",
    "ScriptEndedError",
    "answers",
    "configure",
    "record",
    "replay",
]

_OF_CASSETTES = {
    "REPLAY_KEY": "_scrub",
    "SCRUBBED": "_scrub",
    "CassetteFormatError": "_format",
    "CassetteMismatchError": "_match",
    "CassetteNotWrittenError": "_persister",
    "CassettePersister": "_persister",
    "NetworkRefusedError": "_traffic",
    "ReadableYAML": "_persister",
    "RecordingSource": "_source",
    "configure": "_contexts",
    "record": "_contexts",
    "replay": "_contexts",
}
"""Where these names are; imported when first asked for, as only they need the extra."""


def __getattr__(name: str) -> Any:
    if name not in _OF_CASSETTES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with needed():
        return getattr(import_module(f"{__name__}.{_OF_CASSETTES[name]}"), name)
