from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def vcr_cassette_dir(pytestconfig: pytest.Config) -> str:
    """The published exchange: three cassettes that every module here shares."""
    return str(pytestconfig.rootpath / "cassettes" / "published")
