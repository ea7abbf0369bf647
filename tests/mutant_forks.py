"""A plugin for pytest that tries mutants, each in a fork of a session whose tests are collected.

`tests.mutants` runs it in `mutants/`, where mutmut has written them. Which mutant is on stands in
the environment, and mutmut's code looks there at each call; so a fork that sets it has the mutant,
but for what ran when the modules were imported. Only tests that reach the mutated function run.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES, FOUND = "MUTANTS_TO_TRY", "MUTANTS_FOUND"
"""Variables of the environment: the file of all names, and the file of those that were found."""
_STATISTICS = Path("mutmut-stats.json")
_LONGEST = 1.0
"""Seconds of a test that is not run: there are enough quick ones."""
_OF_CPU, _OF_WAITING = 120, 900
"""Seconds after which a mutant counts as found, for it made something endless: as a rule it is CPU
time, of which a busy machine leaves the same; what waits for ever takes none.
"""


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Try the mutants instead of running the tests; write down those that were found."""
    statistics = json.loads(_STATISTICS.read_text(encoding="utf-8"))
    seconds: dict[str, float] = statistics["duration_by_test"]
    reaching: dict[str, list[str]] = statistics["tests_by_mangled_function_name"]
    quick = [item for item in session.items if seconds.get(item.nodeid, 0) < _LONGEST]
    quick.sort(key=lambda item: seconds.get(item.nodeid, 0))
    with Path(os.environ[FOUND]).open("w", encoding="utf-8") as found:
        for name in Path(os.environ[NAMES]).read_text(encoding="utf-8").split():
            near = frozenset(reaching.get(name.rpartition("__mutmut_")[0], ()))
            items = [item for item in quick if item.nodeid in near]
            if items and _is_found(name, items):
                found.write(f"{name}\n")
                found.flush()
    return True


def _is_found(name: str, items: list[pytest.Item]) -> bool:
    child = os.fork()
    if not child:
        os.environ["MUTANT_UNDER_TEST"] = name
        resource.setrlimit(resource.RLIMIT_CPU, (_OF_CPU, _OF_CPU))
        os._exit(next(_failures(items), 0))
    end = time.monotonic() + _OF_WAITING
    while time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status != 0
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def _failures(items: list[pytest.Item]) -> Iterator[int]:
    """Run the tests; yield 1 for each that fails, and for whatever else goes wrong."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    watcher = _Watcher()
    items[0].config.pluginmanager.register(watcher)
    try:
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if watcher.failed:
                yield 1
    except BaseException:  # noqa: BLE001  # of the mutant: it must not go on in the parent's place
        yield 1


class _Watcher:
    failed = False

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.failed = self.failed or report.failed
