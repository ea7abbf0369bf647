"""A project that uses pytest-recording without our line writes no key."""

from __future__ import annotations

import gzip
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml
from loopback import Answer

if TYPE_CHECKING:
    from loopback import LoopbackServer
    from projects import Project

KEY = "7c1f0b9ad2e84e5fb36ac7d1" + "0e92f5aa"
PERSISTER_OF_ANOTHER_KIT = """
from langchain_tests.conftest import CustomPersister, CustomSerializer

pytest_plugins = ["langchain_aimlapi.testing"]

def pytest_recording_configure(config, vcr):
    vcr.register_persister(CustomPersister())
    vcr.register_serializer("yaml.gz", CustomSerializer())
"""
TEST = """
@pytest.mark.vcr
def test_it():
    ask(f"my key is {os.environ['AIMLAPI_API_KEY']}")
    with httpx.Client() as client:
        client.get(os.environ["OTHER"] + "/x", headers={"X-Theirs": "kept"})
"""


@pytest.fixture
def recorded(
    request: pytest.FixtureRequest,
    project: Project,
    service: LoopbackServer,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """Record without the line, and return what reached the disk."""
    monkeypatch.setenv("AIMLAPI_API_KEY", KEY)
    monkeypatch.setenv("OTHER", service.base_url.replace("/v1", ""))
    echo = '{"id": "1", "choices": [{"message": {"content": "%s"}}], "email": "me@example.com"}'
    service.answers = [Answer((echo % KEY).encode()), Answer(f"{KEY} for all".encode())]
    project.conftest("")
    project.tests(TEST)
    arguments = getattr(request, "param", ())
    result = project.run("--record-mode=rewrite", *arguments)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(['*conftest.py: pytest_plugins = ?"langchain_aimlapi.testing"?*'])
    assert any(KEY.encode() in received.body for received in service.received)
    return (project.path / "cassettes/test_it/test_it.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("recorded", [(), ("-W", "error")], indirect=True)
def test_neither_key_nor_account_is_in_the_cassette(recorded: str) -> None:
    assert KEY not in recorded
    assert "me@example.com" not in recorded
    assert "SCRUBBED" in recorded
    assert "authorization" not in recorded.lower()


def test_what_others_sent_is_kept_but_for_the_key(recorded: str) -> None:
    assert "x-theirs" in recorded.lower()
    assert "SCRUBBED for all" in recorded


def test_it_replays(recorded: str, project: Project, service: LoopbackServer) -> None:
    before = len(service.received)
    project.run().assert_outcomes(passed=1)
    assert len(service.received) == before


def test_cassettes_with_other_services_only_are_not_touched(
    project: Project, server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.conftest("")
    project.tests(
        "@pytest.mark.vcr\n"
        f"def test_it(): httpx.get('{server.base_url}', headers={{'Authorization': 'theirs'}})\n"
    )
    project.run("--record-mode=rewrite").assert_outcomes(passed=1)
    assert "theirs" in project.cassette().with_name("test_it.yaml").read_text(encoding="utf-8")


def test_a_persister_of_the_project_gets_nothing_secret(
    project: Project, service: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIMLAPI_API_KEY", KEY)
    service.answers = [Answer(b'{"id": "1", "choices": [{"message": {"content": "Hello!"}}]}')]
    project.conftest(PERSISTER_OF_ANOTHER_KIT)
    project.tests("""
@pytest.fixture(scope="session")
def vcr_config():
    return {"serializer": "yaml.gz"}

@pytest.mark.vcr
def test_it(): ask(f"my key is {os.environ['AIMLAPI_API_KEY']}")
""")
    project.run("--record-mode=rewrite").assert_outcomes(passed=1)
    (written,) = (project.path / "cassettes").rglob("*.yaml.gz")
    read = str(yaml.safe_load(gzip.decompress(written.read_bytes())))
    assert "my key is SCRUBBED" in read
    assert KEY not in read


def test_the_guard_imports_nothing_of_ours_and_no_client() -> None:
    script = """
import sys, pytest
before = set(sys.modules)
import langchain_aimlapi_guard
new = {name.partition(".")[0] for name in set(sys.modules) - before}
print(sorted(new - {"langchain_aimlapi_guard"}))
"""
    done = subprocess.run(  # noqa: S603 - the script above
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stdout == "[]\n", done.stderr


def test_a_project_that_records_nothing_loads_nothing(project: Project) -> None:
    project.conftest("")
    project.pytester.makepyfile(
        test_it="""
import sys

def test_it():
    heavy = {"vcr", "httpx", "langchain_core", "langchain_aimlapi"}
    assert not heavy & set(sys.modules)
"""
    )
    # Plugins of others that are installed beside this suite load httpx and more.
    others = ("langsmith_plugin", "anyio", "pytest_httpx", "respx", "recording", "pytest_socket")
    options = [option for name in others for option in ("-p", f"no:{name}")]
    result = project.pytester.runpytest_subprocess(*options, "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
