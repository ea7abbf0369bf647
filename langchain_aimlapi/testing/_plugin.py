"""The pytest side: fixtures and settings on top of pytest-recording.

Settings, in `pytest.ini` or under `[tool.pytest.ini_options]`:

- `aimlapi_cassette_dir`: the folder for cassettes, relative to the project; `cassettes`.
- `aimlapi_unused_interactions`: `error` fails a passing test that left recorded interactions
  unplayed; `ignore` is the default.

Environment, read only while recording:

- `AIMLAPI_RECORD_FROM`: `live` (the default), or the base URL of another server that stands in
  for the service.
- `AIMLAPI_RECORD_LABEL`: what the `source:` line calls that other server.

PYTEST_DONT_REWRITE, for the reason given in the package.
"""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import pytest
from vcr.record_mode import RecordMode  # type: ignore[import-untyped]  # vcrpy has no type hints

from langchain_aimlapi.testing._cassette import RecordingSource, configure, environment_key
from langchain_aimlapi.testing._handover import Handover
from langchain_aimlapi.testing._match import MATCH_ON
from langchain_aimlapi.testing._scrub import REPLAY_KEY

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

_SOURCE = pytest.StashKey[RecordingSource]()
_PASSED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the settings."""
    parser.addini(
        "aimlapi_cassette_dir",
        "folder for the cassettes of langchain_aimlapi.testing, relative to the project",
        default="cassettes",
    )
    parser.addini(
        "aimlapi_unused_interactions",
        "'error': a passing test fails if it leaves recorded interactions unplayed; or 'ignore'",
        default="ignore",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Say what is missing, if it is."""
    if not config.pluginmanager.hasplugin("recording"):
        raise pytest.UsageError(
            "langchain_aimlapi.testing needs pytest-recording:"
            ' pip install "langchain-aimlapi[testing]"',
        )


@pytest.hookimpl(optionalhook=True)
def pytest_recording_configure(config: pytest.Config, vcr: Any) -> None:
    """Give pytest-recording this package's format, matching and scrubbing."""
    configure(vcr, config.stash.get(_SOURCE, None))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember whether the test itself passed."""
    report = yield
    if call.when == "call":
        item.stash[_PASSED] = report.passed
    return report


@pytest.fixture
def vcr_config(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What pytest-recording passes to vcrpy; without a record mode, so the command line rules."""
    return {
        "match_on": list(MATCH_ON),
        # A benchmark runs the same exchange many times over. Everywhere else a repeated request
        # is a finding: a retry, or a call too many.
        "allow_playback_repeats": "benchmark" in request.fixturenames,
    }


@pytest.fixture(scope="module")
def vcr_cassette_dir(request: pytest.FixtureRequest) -> str:
    """Return the folder of a test module: `tests/unit/test_a.py` has `cassettes/unit/test_a`."""
    root = request.config.rootpath
    module = request.path.with_suffix("")
    inside = module.relative_to(root) if module.is_relative_to(root) else PurePath(module.name)
    test_folders = {"tests", *request.config.getini("testpaths")}
    for folder in sorted(test_folders, key=len, reverse=True):
        if inside.is_relative_to(folder):
            inside = inside.relative_to(folder)
            break
    return str(Path(root, request.config.getini("aimlapi_cassette_dir"), inside))


@pytest.fixture(scope="session")
def recording_source() -> RecordingSource:
    """Where to record from; a project may override it to start a server of its own."""
    return RecordingSource.from_environment()


@pytest.fixture(scope="session", autouse=True)
def _known_source(request: pytest.FixtureRequest, record_mode: str) -> None:
    """Hand the source to the hook above, which cannot ask for fixtures; only when recording."""
    if record_mode != "none":
        request.config.stash[_SOURCE] = request.getfixturevalue("recording_source")


@pytest.fixture(autouse=True)
def aimlapi_cassette(
    request: pytest.FixtureRequest,
    vcr: Any,
    vcr_markers: list[pytest.Mark],
) -> Iterator[Any]:
    """The cassette of a test marked `vcr`, else `None`.

    While the test runs streams arrive event by event, `AIMLAPI_API_KEY` is set if it was not, and
    nothing is sent unless `--record-mode` or the test's own marker asks for it. Afterwards a
    passing test fails if it swallowed a mismatch.
    """
    if vcr is None:
        yield None
        return
    asked = request.config.getoption("--record-mode") is not None
    if not asked and not any("record_mode" in mark.kwargs for mark in vcr_markers):
        # A `vcr_config` copied from elsewhere may say "once", which records in silence.
        vcr.record_mode = RecordMode.NONE
    recording = vcr.record_mode != RecordMode.NONE
    source = request.config.stash.get(_SOURCE, None) if recording else None
    handover = Handover(vcr, source.redirect if source else None)
    with environment_key(_key(source, recording=recording)), handover.installed():
        yield vcr
    if not request.node.stash.get(_PASSED, False):
        return
    if handover.mismatches:
        pytest.fail(f"The test caught this, but must not: {handover.mismatches[0]}", pytrace=False)
    strict = request.config.getini("aimlapi_unused_interactions") == "error"
    if strict and not recording and handover.unused():
        pytest.fail("Recorded but not played:\n" + "\n".join(handover.unused()), pytrace=False)


def _key(source: RecordingSource | None, *, recording: bool) -> str | None:
    """Return the key for a test that has none: for the live service there is no stand-in."""
    if not recording:
        return REPLAY_KEY
    return source.api_key if source else None
