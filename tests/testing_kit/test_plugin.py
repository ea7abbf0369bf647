"""The pytest plugin, in a project as a user has it."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KEY = "7c1f0b9ad2e84e5fb36ac7d1" + "0e92f5aa"
CONFTEST = 'pytest_plugins = ["langchain_aimlapi.testing.plugin"]\n'
PLUGINS = ("-p", "recording", "-p", "no:cacheprovider", "-p", "no:logging")
TESTS = """
import os
import httpx, pytest
from langchain_aimlapi import ChatAIMLAPI

def service(request):
    assert os.environ["AIMLAPI_API_KEY"] != "replay", "asked while playing"
    text = f"Your key is {os.environ['AIMLAPI_API_KEY']}"
    return httpx.Response(200, json={"choices": [{"message": {"content": text}}]})

def ask(question):
    with httpx.Client(transport=httpx.MockTransport(service)) as client:
        return ChatAIMLAPI(model="openai/gpt-4o", http_client=client).invoke(question).text
"""
ASKING = f"""{TESTS}
@pytest.mark.vcr
def test_it():
    assert ask("Hi").startswith("Your key is ")
"""
LANGCHAINS_SETTINGS = """
import pytest
from langchain_tests.conftest import base_vcr_config

@pytest.fixture(scope="session")
def vcr_config():
    settings = base_vcr_config() | {"filter_headers": [], "record_mode": %r}
    del settings["cassette_library_dir"]
    return settings
"""


@pytest.fixture(autouse=True)
def _quick_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run inside of a test imports its plugins anew, which takes seconds for those of others."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.fixture
def vcr_markers() -> list[pytest.Mark]:
    """Only the runs inside of these tests have cassettes."""
    return []


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.delenv("AIMLAPI_API_KEY", raising=False)
    pytester.makeconftest(CONFTEST)
    pytester.makeini("[pytest]")
    return pytester


@pytest.mark.parametrize("settings", ["", LANGCHAINS_SETTINGS % "none"])
def test_a_marked_test_is_recorded_without_its_key_and_played(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, settings: str
) -> None:
    project.makeconftest(CONFTEST + settings.replace("'none'", "'rewrite'"))
    project.makepyfile(test_it=ASKING)
    with monkeypatch.context() as recording:
        recording.setenv("AIMLAPI_API_KEY", KEY)
        project.runpytest_inprocess(*PLUGINS, "--record-mode=rewrite").assert_outcomes(passed=1)
    (cassette,) = project.path.glob("cassettes/test_it/test_it.yaml")
    assert "Your key is SCRUBBED" in cassette.read_text()
    project.makeconftest(CONFTEST + settings)
    project.runpytest_inprocess(*PLUGINS, "--block-network").assert_outcomes(passed=1)
    project.makepyfile(test_it=ASKING.replace('ask("Hi")', 'ask("Ho")'))
    changed = project.runpytest_inprocess(*PLUGINS)
    changed.assert_outcomes(failed=1)
    changed.stdout.fnmatch_lines("*messages[[]0].content: 'Hi' in the cassette, 'Ho' sent")


def test_without_a_cassette_a_test_fails_and_sends_nothing(project: pytest.Pytester) -> None:
    project.makepyfile(test_it=ASKING)
    result = project.runpytest_inprocess(*PLUGINS)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines("*CannotOverwriteExistingCassetteException*")
    result.stdout.no_fnmatch_line("*asked while playing*")


def test_only_tests_that_play_a_cassette_of_the_service_have_a_made_up_key(
    project: pytest.Pytester,
) -> None:
    for name, host in (("service", "api.aimlapi.com"), ("other", "example.com")):
        folder = project.path / "cassettes" / "test_it"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"test_{name}.yaml").write_text(f"""interactions:
- request: {{method: GET, uri: 'https://{host}/v1/models', body: null, headers: {{}}}}
  response: {{status: {{code: 200, message: OK}}, headers: {{}}, body: {{string: ''}}}}
""")
    project.makepyfile(
        test_it=TESTS
        + """
def key(): return os.environ.get("AIMLAPI_API_KEY")

@pytest.mark.vcr
def test_service(): assert key() == "replay"

@pytest.mark.vcr
def test_other(): assert key() is None

def test_unmarked(): assert key() is None
"""
    )
    project.runpytest_inprocess(*PLUGINS).assert_outcomes(passed=3)


def test_nothing_loads_by_itself() -> None:
    assert not [e.value for e in entry_points(group="pytest11") if "aimlapi" in e.value]


def test_without_pytest_recording_it_says_what_to_install(project: pytest.Pytester) -> None:
    result = project.runpytest_inprocess()
    result.stderr.fnmatch_lines(
        '*needs pytest-recording: pip install pytest-recording "vcrpy>=8.2"'
    )


# The mark lets `make record`, which selects by it, come by here as well.
@pytest.mark.vcr
def test_the_example_project_passes_from_its_cassettes(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, record_mode: str
) -> None:
    mode = "--block-network" if record_mode == "none" else f"--record-mode={record_mode}"
    monkeypatch.chdir(ROOT / "examples" / "replayed_tests")
    pytester.runpytest_inprocess(*PLUGINS, "-p", "asyncio", mode).assert_outcomes(passed=5)
