"""Cassettes are played by vcrpy 9 here; langchain-tests keeps it out of the suite's environment."""

from __future__ import annotations

import vcr


def test_this_environment_has_vcrpy_9() -> None:
    assert int(vcr.__version__.partition(".")[0]) >= 9
