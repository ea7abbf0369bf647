"""Cassettes without pytest: `replay` and `record` for a `with` block."""

from __future__ import annotations

import contextlib
import os
from collections.abc import (  # of signatures, which tools resolve
    Collection,  # noqa: TC003  # of signatures, which tools resolve
    Iterator,  # noqa: TC003  # of signatures, which tools resolve
)
from pathlib import Path
from typing import Any

from vcr import VCR  # type: ignore[import-untyped]  # vcrpy has no type hints

from langchain_aimlapi.testing._handover import Handover
from langchain_aimlapi.testing._match import MATCH_ON, MATCHERS
from langchain_aimlapi.testing._persister import CassettePersister, ReadableYAML
from langchain_aimlapi.testing._scrub import REPLAY_KEY
from langchain_aimlapi.testing._source import RecordingSource, environment_key
from langchain_aimlapi.testing._traffic import Traffic


def configure(
    vcr: Any,
    source: RecordingSource | None = None,
    *,
    rewrite: bool = False,
    run: str | None = None,
    traffic: Traffic | None = None,
) -> Any:
    """Make a `vcr.VCR` object read, match and write this package's cassettes.

    Args:
        vcr: The object to set up.
        source: Where it records from; whatever the models name by default.
        rewrite: Whether all is recorded again. The older cassette stays until that is done.
        run: What the recordings of one run have in common; see `CassettePersister`.
        traffic: What is played and recorded; requests to the service by default.

    Returns:
        The same object.
    """
    vcr.register_serializer("yaml", ReadableYAML())
    for name, matcher in MATCHERS.items():
        vcr.register_matcher(name, matcher)
    vcr.match_on = MATCH_ON
    persister = CassettePersister(
        source or RecordingSource.live(),
        getattr(vcr.persister, "extra_paths", ()),
        rewrite=rewrite,
        run=run,
        traffic=traffic,
    )
    vcr.register_persister(persister)
    merged = vcr.get_merged_config

    def get_merged_config(**kwargs: Any) -> dict[str, Any]:
        # Behind the project's own filter, wherever it is set.
        config: dict[str, Any] = merged(**kwargs)
        filtered = persister.traffic.filter(config["before_record_request"])
        return {**config, "before_record_request": filtered}

    vcr.get_merged_config = get_merged_config
    return vcr


@contextlib.contextmanager
def replay(
    path: str | os.PathLike[str],
    *,
    repeat: bool = False,
    hosts: Collection[str] = (),
) -> Iterator[Any]:
    """Answer every request to the service from a cassette while the context lasts.

    For scripts and notebooks; in tests use `@pytest.mark.vcr`. Streams arrive event by event.
    Works in synchronous and in asynchronous code, whatever base URL the models name. Where
    `AIMLAPI_API_KEY` is not set it is `"replay"` meanwhile, so that models can be made.

    Nothing leaves this machine: requests to other hosts are played if the cassette holds some of
    theirs, pass if they go to this machine, and are refused otherwise.

    Args:
        path: The cassette file.
        repeat: Whether a recorded answer may be played more than once.
        hosts: Host names whose requests are played as well; `"*"` for all.

    Yields:
        The `vcr.cassette.Cassette`.

    Raises:
        FileNotFoundError: There is no such file.
        CassetteFormatError: The file is not a cassette.
        CassetteMismatchError: In the code inside, for a request the cassette does not hold.
        NetworkRefusedError: In the code inside, for a request that is not played.

    Example:
        ```python
        from langchain_aimlapi import ChatAIMLAPI
        from langchain_aimlapi.testing import replay

        with replay("cassettes/published/answer.yaml"):
            print(ChatAIMLAPI(model="anthropic/claude-sonnet-4").invoke("Hello").text)
        ```
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"No cassette at {os.fspath(path)}")
    vcr = configure(VCR(record_mode="none"), traffic=Traffic(frozenset(hosts)))
    with (
        environment_key(REPLAY_KEY),
        vcr.use_cassette(str(path), allow_playback_repeats=repeat) as cassette,
        Handover(cassette, again=f"with record({os.fspath(path)!r}): ...").installed(),
    ):
        yield cassette


@contextlib.contextmanager
def record(
    path: str | os.PathLike[str],
    source: RecordingSource | None = None,
    *,
    hosts: Collection[str] = (),
    expect_status: Collection[int] = (),
) -> Iterator[Any]:
    """Send every request of the context and write the exchange to a cassette, scrubbed.

    An older cassette at the same place is replaced at the end, by one that is whole. It stays as
    it is if the block raises or is killed, or if what was recorded is not what a cassette should
    hold: an error status that was not expected, a request without an answer.

    Args:
        path: The cassette file to write.
        source: Where to record from; whatever the models name by default.
        hosts: Host names whose requests are recorded as well; `"*"` for all. Requests to other
            hosts pass if they go to this machine, and are refused otherwise.
        expect_status: Error statuses that are meant to be recorded. Those in the older cassette
            are.

    Yields:
        The `vcr.cassette.Cassette`.

    Raises:
        CassetteNotWrittenError: What was recorded is not what a cassette should hold.
        NetworkRefusedError: In the code inside, for a request that is not recorded.
    """
    source = source or RecordingSource.live()
    vcr = configure(
        VCR(record_mode="new_episodes", record_on_exception=False),
        source,
        rewrite=True,
        traffic=Traffic(frozenset(hosts)),
    )
    persister: CassettePersister = vcr.persister
    persister.defers = True
    with (
        environment_key(source.api_key),
        vcr.use_cassette(str(path)) as cassette,
    ):
        handover = Handover(cassette, source.base_url)
        with handover.installed():
            yield cassette
        meant = {*expect_status, *persister.statuses_before()}
        handover.check_recording(meant, "record(..., expect_status=[{codes}])")
        persister.bases = handover.bases
    if persister.failure is not None:
        raise persister.failure
