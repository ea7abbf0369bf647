"""Every fault of the table, in every mode that it concerns, on real sockets."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from langchain_core.exceptions import ModelError

from sockets.deadlines import DEADLINES
from sockets.fault import HEADER, KEY, SECRETS, TIMEOUT, TOKEN, Answers, Fault, Outcome
from sockets.frames import shown_by_frames
from sockets.modes import Result, call
from sockets.rows import ROWS

if TYPE_CHECKING:
    from langchain_aimlapi.errors import AIMLAPIError
    from sockets.modes import Asking


def ways(fault: Fault) -> list[tuple[str, Outcome]]:
    """Return the modes that a fault concerns, blocking and not, with what it comes to there."""
    outcomes = {"invoke": fault.invoke, "stream": fault.stream}
    return [(way, o) for mode, o in outcomes.items() if o for way in (mode, f"a{mode}")]


@pytest.mark.parametrize("fault", ROWS, ids=lambda row: row.name)
def test_fault(asking: Asking, fault: Fault) -> None:
    for way, outcome in ways(fault):
        service, model = asking(fault.script, **SECRETS, **fault.settings)
        check(f"{fault.name}-{way}", call(way, model), outcome)
        assert len(service.requests) == fault.requests, way
        assert {r.headers["x-client-request-id"] for r in service.requests} == {"call-7"}
        model.close()
        service.wait_until_closed()


def test_slow_servers_hold_no_call_up(asking: Asking) -> None:
    """All at once, as each of them takes its time."""
    rows = [(fault, way, outcome) for fault in DEADLINES for way, outcome in ways(fault)]
    models = [asking(fault.script, **SECRETS, **fault.settings)[1] for fault, _, _ in rows]
    with ThreadPoolExecutor(len(rows)) as pool:
        results = list(pool.map(call, (way for _, way, _ in rows), models))
    for (fault, way, outcome), result in zip(rows, results, strict=True):
        check(f"{fault.name}-{way}", result, outcome)


def check(name: str, result: Result, outcome: Outcome) -> None:
    assert result.seconds < TIMEOUT, name  # else it is what ended the call
    error = result.error
    if isinstance(outcome, Answers):
        assert (name, error, result.text) == (name, None, outcome.text)
        return
    assert (name, type(error)) == (name, outcome.kind)
    assert isinstance(error, ModelError)
    assert (error.status_code, error.client_request_id) == (outcome.status, "call-7")
    for words in outcome.says:
        assert words in str(error)
    assert len(str(error)) < 1000
    assert (result.text, bool(error.chunks_received)) == (outcome.after, bool(outcome.after))
    _check_secrecy(error)


def _check_secrecy(error: AIMLAPIError) -> None:
    """No secret is anywhere, not in the frames either, nor is the request, which holds the key."""
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301  # its own
    assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))
    shown = shown_by_frames(error) + str(pickle.dumps(error))
    for secret in (KEY, HEADER, TOKEN):
        assert secret not in shown
    cause: BaseException | None = error
    while cause is not None:
        assert not type(cause).__module__.startswith(("httpx", "httpcore"))
        cause = cause.__cause__ or cause.__context__
