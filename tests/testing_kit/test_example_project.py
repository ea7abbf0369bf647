"""`examples/replayed_tests` is a user's project; its own suite runs here, offline."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from langchain_aimlapi.testing import RecordingSource


# The mark lets `make record`, which selects by it, come by here as well.
@pytest.mark.vcr
def test_the_example_project_passes_from_its_cassettes(
    pytestconfig: pytest.Config, request: pytest.FixtureRequest, record_mode: str
) -> None:
    arguments = ["--block-network"]
    settings: dict[str, str] = {}
    if record_mode != "none":
        source: RecordingSource = request.getfixturevalue("recording_source")
        arguments = [f"--record-mode={record_mode}"]
        settings["AIMLAPI_RECORD_FROM"] = source.base_url or "live"
        if source.api_key:
            settings["AIMLAPI_API_KEY"] = source.api_key
    project = pytestconfig.rootpath / "examples" / "replayed_tests"
    done = subprocess.run(  # noqa: S603 - our own example
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=project,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    if record_mode != "none" and source.label:
        # The project knows the emulator by its address only, which is another one every time.
        for cassette in project.glob("cassettes/**/*.yaml"):
            _, _, rest = cassette.read_text(encoding="utf-8").partition("\n")
            cassette.write_text(f"source: {source.label}\n{rest}", encoding="utf-8")
    *_, summary = done.stdout.strip().splitlines()
    assert " 5 passed in " in summary
    assert "skipped" not in summary
