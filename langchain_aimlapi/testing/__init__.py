"""Replay chains, agents and graphs that use `ChatAIMLAPI`, without network, key or cost.

In a project's top-level `conftest.py`:

    pytest_plugins = ["langchain_aimlapi.testing"]

Then a test marked `@pytest.mark.vcr` plays its answers from `cassettes/`, and
`pytest --record-mode=rewrite` records them. Nothing is loaded, and nothing is patched, without
that line. In scripts, `replay(path)` does the same for a `with` block.

Needs the extra: `pip install "langchain-aimlapi[testing]"`.

PYTEST_DONT_REWRITE: there is no assert in here, and without this word pytest warns about a
`conftest.py` that imports a name from here besides listing the plugin.
"""

from __future__ import annotations

try:
    from langchain_aimlapi.testing._cassette import (
        CassettePersister,
        ReadableYAML,
        RecordingSource,
        configure,
        record,
        replay,
    )
    from langchain_aimlapi.testing._format import CassetteFormatError
    from langchain_aimlapi.testing._match import CassetteMismatchError
    from langchain_aimlapi.testing._scrub import REPLAY_KEY, SCRUBBED
except ModuleNotFoundError as error:  # pragma: no cover - the extra is installed where tests run
    if error.name in {"vcr", "yaml"}:
        raise ModuleNotFoundError(
            f"langchain_aimlapi.testing needs {error.name}:"
            ' pip install "langchain-aimlapi[testing]"',
            name=error.name,
        ) from error
    raise

# pytest follows this name from the plugin a project lists to the one with the fixtures, so that
# scripts can import this package where pytest is not installed.
pytest_plugins = ("langchain_aimlapi.testing._plugin",)

__all__ = [
    "REPLAY_KEY",
    "SCRUBBED",
    "CassetteFormatError",
    "CassetteMismatchError",
    "CassettePersister",
    "ReadableYAML",
    "RecordingSource",
    "configure",
    "record",
    "replay",
]
