"""Every fault of the table, in every mode that it concerns, on real sockets."""

from __future__ import annotations

import pickle
import traceback
from typing import TYPE_CHECKING

import pytest
from langchain_core.exceptions import ModelError

from sockets.bodies import BODIES
from sockets.deadlines import DEADLINES
from sockets.fault import WITHIN, Answers, Fails, Fault, Outcome
from sockets.frames import shown_by_frames
from sockets.interruptions import INTERRUPTIONS
from sockets.messages import MESSAGES
from sockets.modes import call
from sockets.responses import RESPONSES
from sockets.statuses import KEY, STATUSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_aimlapi import ChatAIMLAPI
    from langchain_aimlapi.errors import AIMLAPIError
    from sockets.server import FaultServer

HUSH = "hush-hush-0123456789abcdef"
FAULTS = (*STATUSES, *BODIES, *INTERRUPTIONS, *DEADLINES, *MESSAGES, *RESPONSES)


CASES = [
    pytest.param(fault, mode, outcome, id=f"{fault.name}-{mode}")
    for fault in FAULTS
    for mode, outcome in (("invoke", fault.invoke), ("stream", fault.stream))
    if outcome is not None
]


@pytest.mark.parametrize(("fault", "mode", "outcome"), CASES)
def test_fault(
    server: FaultServer,
    model_of: Callable[..., ChatAIMLAPI],
    fault: Fault,
    mode: str,
    outcome: Outcome,
) -> None:
    for way in (mode, f"a{mode}"):
        service = server.serving(fault.script)
        settings = {"default_headers": {"X-Gateway-Key": HUSH}, **fault.settings}
        model = model_of(service, **settings)
        result = call(way, model)
        if isinstance(outcome, Answers):
            assert result.error is None
            assert result.text == outcome.text
        else:
            assert result.error is not None, f"no error, but {result.text[:100]!r}"
            _check(result.error, outcome)
            assert result.text == outcome.after
            assert bool(result.error.chunks_received) == bool(outcome.after)
        assert result.seconds < WITHIN
        assert len(service.requests) == fault.requests
        assert {r.headers["x-client-request-id"] for r in service.requests} == {"call-7"}
        model.close()
        service.wait_until_closed()


def _check(error: AIMLAPIError, expected: Fails) -> None:
    assert type(error) is expected.kind
    assert isinstance(error, ModelError)
    assert error.status_code == expected.status
    assert error.client_request_id == "call-7"
    for words in expected.says:
        assert words in str(error)
    assert len(str(error)) < 1000
    assert error.retry_after == expected.retry_after
    if expected.retryable is not None:
        assert error.is_retryable is expected.retryable
    _check_secrecy(error)


def _check_secrecy(error: AIMLAPIError) -> None:
    """The key is nowhere, not in the frames either, nor is the request, which holds it."""
    frames = shown_by_frames(error)
    assert KEY not in frames
    assert HUSH not in frames
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301  # its own
    assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))
    shown = "".join(traceback.format_exception(error))
    assert KEY not in "".join([shown, repr(error), repr(vars(error)), str(pickle.dumps(error))])
    cause: BaseException | None = error
    while cause is not None:
        assert not type(cause).__module__.startswith(("httpx", "httpcore"))
        cause = cause.__cause__ or cause.__context__
