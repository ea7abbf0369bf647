"""What every test of the suite lives with: no network, no settings of the machine, cassettes."""

from __future__ import annotations

import gc
import hashlib
import os
import socket
from typing import TYPE_CHECKING, Any

import pytest
from emulator.server import Emulator, serve
from private import announce_again, set_retirement_warnings

from langchain_aimlapi import ChatAIMLAPI

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytest_plugins = ("langchain_aimlapi.testing.plugin", "pytester")

_RECORD_FROM = "AIMLAPI_RECORD_FROM"
# Settings of the machine that change what a model sends, where it sends it or who else gets it.
_FOREIGN_SETTINGS = ("AIMLAPI_", "LANGSMITH_", "LANGCHAIN_")
_PROXY_SETTINGS = {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}


def pytest_collection_finish() -> None:
    """Let the collector pass over what is imported: it stays, and there is a lot of it."""
    gc.collect()
    gc.freeze()


def pytest_configure(config: pytest.Config) -> None:
    gc.set_threshold(20_000)
    if _is_recording(config):
        return
    for name in list(os.environ):
        if name.startswith(_FOREIGN_SETTINGS) or name.lower() in _PROXY_SETTINGS:
            del os.environ[name]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin each test as if it were the only one: a fixture would cost more than its work."""
    announce_again()
    if os.environ.get(_RECORD_FROM) == "emulator":  # which caches what was sent with a key
        name = hashlib.sha256(item.nodeid.encode()).hexdigest()
        os.environ["AIMLAPI_API_KEY"] = f"sk-emulator-{name}"


@pytest.fixture(scope="session", autouse=True)
def _recording_from_emulator() -> Iterator[None]:
    """`AIMLAPI_RECORD_FROM=emulator` records from the emulator beside these tests."""
    if os.environ.get(_RECORD_FROM) != "emulator":
        yield
        return
    with serve() as emulator, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIMLAPI_API_BASE", emulator.base_url)
        patch.setenv("AIMLAPI_API_KEY", "sk-emulator")
        yield


@pytest.fixture(scope="module")
def vcr_cassette_dir(request: pytest.FixtureRequest) -> str:
    """The folder of a module: `tests/standard/test_a.py` has `cassettes/standard/test_a`."""
    root = request.config.rootpath
    return str(root / "cassettes" / request.path.relative_to(root / "tests").with_suffix(""))


@pytest.fixture
def vcr_config(request: pytest.FixtureRequest) -> dict[str, Any]:
    """A benchmark runs the same exchange many times over."""
    return {"allow_playback_repeats": "benchmark" in request.fixturenames}


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """One emulated service for the whole run of a process.

    Workers of xdist do not share it: tests read the requests that it received, and turn its knobs.
    """
    with serve() as running:
        yield running


@pytest.fixture
def model_of(emulator: Emulator) -> Callable[..., ChatAIMLAPI]:
    """Make models that ask the emulator."""

    def make(model: str, **fields: Any) -> ChatAIMLAPI:
        base = {"api_key": "sk-emulator", "base_url": emulator.base_url}
        return ChatAIMLAPI(**{"model": model, **base, **fields})

    return make


@pytest.fixture(scope="session", autouse=True)
def _loopback_only(pytestconfig: pytest.Config) -> Iterator[None]:
    """Refuse every connection and every name look-up beyond this machine."""
    if _is_recording(pytestconfig) and os.environ.get(_RECORD_FROM) != "emulator":
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        patch.setattr(socket, "getaddrinfo", _guarded_lookup(socket.getaddrinfo))
        yield


@pytest.fixture(autouse=True, scope="session")
def _retirements_were_told() -> Iterator[None]:
    """Most tests ask older models; what is said of retired ones comes once per process."""
    with pytest.MonkeyPatch.context() as patch:
        set_retirement_warnings(patch, given=True)
        yield


def _is_recording(config: pytest.Config) -> bool:
    return config.getoption("--record-mode", None) not in {None, "none"}


def _guarded(connect: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            _refuse_unless_local(address[0])
        return connect(self, address)

    return guarded


def _guarded_lookup(getaddrinfo: Any) -> Any:
    def guarded(host: Any, *args: Any, **kwargs: Any) -> Any:
        if str(host).endswith(".invalid"):  # never resolves, RFC 6761; no need to ask
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        _refuse_unless_local(host)
        return getaddrinfo(host, *args, **kwargs)

    return guarded


def _refuse_unless_local(host: Any) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name is not None and name not in {"localhost", "::1", ""} and not name.startswith("127."):
        raise AssertionError(f"a test tried to reach {name}")
