"""The pytest side: fixtures, marks and settings on top of pytest-recording.

They are described in the package's docstring.

PYTEST_DONT_REWRITE, for the reason given there.
"""

from __future__ import annotations

import contextlib
import copy
import hashlib
import os
import shlex
import uuid
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import pytest

from langchain_aimlapi.testing._extra import needed

with needed():
    from vcr import VCR  # type: ignore[import-untyped]  # vcrpy has no type hints
    from vcr.record_mode import RecordMode  # type: ignore[import-untyped]  # vcrpy has no type hints

from langchain_aimlapi.testing._contexts import configure
from langchain_aimlapi.testing._foreign import ScrubbingPersister
from langchain_aimlapi.testing._gate import Gate
from langchain_aimlapi.testing._handover import Handover
from langchain_aimlapi.testing._match import MATCH_ON
from langchain_aimlapi.testing._persister import CassetteNotWrittenError, CassettePersister
from langchain_aimlapi.testing._scrub import REPLAY_KEY
from langchain_aimlapi.testing._source import RecordingSource, environment_key
from langchain_aimlapi.testing._traffic import Traffic

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

_GATE = pytest.StashKey[Gate]()
_RUN = pytest.StashKey[str]()
_PASSED = pytest.StashKey[bool]()
_PERSISTER = pytest.StashKey[CassettePersister]()
_HANDOVER = pytest.StashKey[Handover]()

_ALLOW = "aimlapi_allow_network"
_EXPECT = "aimlapi_expect_status"
_HOSTS = "aimlapi_record_hosts"
_LONGEST_NAME = 255


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
    parser.addini(
        _ALLOW,
        "let tests without a cassette reach the service",
        type="bool",
        default=False,
    )
    parser.addini(
        _HOSTS,
        "hosts whose requests are recorded and played, besides those to the service; '*' for all",
        type="args",
        default=[],
    )


def pytest_configure(config: pytest.Config) -> None:
    """Add the marks, close the gate, and say what is missing, if it is."""
    if not config.pluginmanager.hasplugin("recording"):
        raise pytest.UsageError(
            "langchain_aimlapi.testing needs pytest-recording:"
            ' pip install "langchain-aimlapi[testing]"',
        )
    for mark in (
        f"{_ALLOW}: the test may reach the service outside of any cassette.",
        f"{_EXPECT}(*codes): error statuses that are meant to be recorded.",
    ):
        config.addinivalue_line("markers", mark)
    worker = getattr(config, "workerinput", {})  # of pytest-xdist: all workers are one run
    config.stash[_RUN] = worker.get("testrunuid") or uuid.uuid4().hex
    gate = config.stash[_GATE] = Gate()
    watch = contextlib.ExitStack()
    watch.enter_context(gate.installed())
    config.add_cleanup(watch.close)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let through what the settings of the test let through."""
    gate = item.config.stash[_GATE]
    unrecorded = item.config.getoption("--disable-recording") and item.get_closest_marker("vcr")
    let = item.config.getini(_ALLOW) or item.get_closest_marker(_ALLOW) or unrecorded
    with gate.during(item.nodeid, is_open=bool(let)):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember whether the test itself passed; show a mismatch that is behind its failure."""
    report = yield
    if call.when == "call":
        item.stash[_PASSED] = report.passed
        handover = item.stash.get(_HANDOVER, None)
        if handover is not None and report.failed:
            shown = str(report.longrepr)
            for text in filter(lambda text: text not in shown, _faults(handover, item)[:1]):
                report.sections.append(("Cassette", text))
    return report


@pytest.fixture
def vcr_config(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What is passed to vcrpy; without a record mode, so the command line rules."""
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


@pytest.fixture(autouse=True)
def vcr(
    request: pytest.FixtureRequest,
    vcr_markers: list[pytest.Mark],
    vcr_cassette_dir: str,
    disable_recording: bool,  # noqa: FBT001 - a fixture of pytest-recording
) -> Iterator[Any]:
    """The cassette of a test marked `vcr`, else `None`: pytest-recording's fixture, made safe.

    That one deletes a cassette before it is recorded again.
    """
    if disable_recording or not vcr_markers:
        yield None
        return
    config = request.config
    settings = copy.deepcopy(request.getfixturevalue("vcr_config"))
    marked: dict[str, Any] = {}
    for mark in reversed(vcr_markers):
        marked.update(mark.kwargs)
    # A `vcr_config` copied from elsewhere may say "once", which records in silence: it is not
    # asked. What a mark says goes for its test alone, so it was meant.
    mode = marked.get("record_mode") or config.getoption("--record-mode") or RecordMode.NONE
    rewrite = mode == "rewrite"
    settings |= {**marked, "record_mode": RecordMode.NEW_EPISODES if rewrite else RecordMode(mode)}
    source = None
    if mode != RecordMode.NONE:
        source = request.getfixturevalue("recording_source")
    suffix = f".{settings.get('serializer', 'yaml')}"
    recorder = VCR(
        path_transformer=VCR.ensure_suffix(suffix),
        cassette_library_dir=vcr_cassette_dir,
    )
    configure(
        recorder,
        source,
        rewrite=rewrite,
        run=config.stash[_RUN],
        traffic=Traffic(
            frozenset(map(str.lower, config.getini(_HOSTS))),
            more=f"{_HOSTS} = {{host}} in pytest's settings",
        ),
    )
    persister: CassettePersister = recorder.persister
    persister.extra_paths = tuple(
        os.path.join(vcr_cassette_dir, path)  # noqa: PTH118 - vcrpy takes texts
        for mark in vcr_markers
        for path in mark.args
    )
    persister.approved = False
    persister.defers = True
    request.node.stash[_PERSISTER] = persister
    config.hook.pytest_recording_configure(config=config, vcr=recorder)
    if recorder.persister is not persister:
        recorder.register_persister(ScrubbingPersister(recorder.persister))
    name = _file_name(request.getfixturevalue("default_cassette_name"), suffix)
    with (
        config.stash[_GATE].opened(if_so=source is not None),
        recorder.use_cassette(name, **settings) as cassette,
    ):
        yield cassette
    if persister.failure is not None:
        pytest.fail(str(persister.failure), pytrace=False)


@pytest.fixture(autouse=True)
def aimlapi_cassette(
    request: pytest.FixtureRequest,
    vcr: Any,
) -> Iterator[Any]:
    """The cassette of a test marked `vcr`, else `None`.

    While the test runs streams arrive event by event, `AIMLAPI_API_KEY` is set if it was not, and
    nothing is sent unless `--record-mode` or the test's own marker asks for it. Afterwards a
    passing test fails if it swallowed a mismatch or a refused request.
    """
    node = request.node
    if vcr is None:
        yield None
        refused = request.config.stash[_GATE].refused
        if refused and node.stash.get(_PASSED, False):
            pytest.fail(f"The test caught this, but must not: {refused[0]}", pytrace=False)
        return
    recording = vcr.record_mode != RecordMode.NONE
    source = request.getfixturevalue("recording_source") if recording else RecordingSource()
    again = shlex.join(["pytest", _name_of(node), "--record-mode=rewrite"])
    handover = node.stash[_HANDOVER] = Handover(vcr, source.base_url, again)
    key = source.api_key if recording else REPLAY_KEY
    with environment_key(key), handover.installed():
        yield vcr
    if not node.stash.get(_PASSED, False):
        return
    faults = _faults(handover, node)
    if faults:
        pytest.fail(f"The test caught this, but must not: {faults[0]}", pytrace=False)
    if recording:
        _approve(node, handover)
    elif request.config.getini("aimlapi_unused_interactions") == "error" and handover.unused():
        pytest.fail("Recorded but not played:\n" + "\n".join(handover.unused()), pytrace=False)


def _approve(node: pytest.Item, handover: Handover) -> None:
    """Let the recording of a test that has passed replace what was there."""
    persister = node.stash[_PERSISTER]
    meant = persister.statuses_before()
    for mark in node.iter_markers(_EXPECT):
        meant.update(mark.args)
    try:
        handover.check_recording(meant, f"@pytest.mark.{_EXPECT}({{codes}})")
    except CassetteNotWrittenError as error:
        pytest.fail(str(error), pytrace=False)
    persister.bases = handover.bases
    persister.approved = True


def _faults(handover: Handover, node: pytest.Item) -> list[str]:
    return [*map(str, handover.mismatches), *node.stash[_PERSISTER].traffic.refused]


def _name_of(node: pytest.Item) -> str:
    """Return how to name a test on the command line."""
    _, colons, rest = node.nodeid.partition("::")
    return f"{os.path.relpath(node.path)}{colons}{rest}"


def _file_name(name: str, suffix: str) -> str:
    """Return a name that a file can have; pytest-recording shortens long ones in the same way."""
    if len(name) + len(suffix) <= _LONGEST_NAME:
        return name
    digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
    return f"{name[: _LONGEST_NAME - len(suffix) - len(digest) - 3]}...{digest}"
