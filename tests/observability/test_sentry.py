"""Sentry with its default settings, which export the variables of every frame."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import sentry_sdk
from sentry_sdk.transport import Transport

from langchain_aimlapi.errors import AuthenticationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_aimlapi import ChatAIMLAPI


class Kept(Transport):
    """Keeps what would be sent."""

    def __init__(self, options: Any = None) -> None:
        super().__init__(options)
        self.sent: list[str] = []

    def capture_envelope(self, envelope: Any) -> None:
        self.sent += [json.dumps(item.get_event(), default=str) for item in envelope.items]


@pytest.fixture
def kept() -> Iterator[Kept]:
    transport = Kept()
    sentry_sdk.init("http://public@127.0.0.1/1", transport=transport, traces_sample_rate=1.0)
    yield transport
    sentry_sdk.init()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_sentry_gets_the_error_and_no_key(kept: Kept, model: ChatAIMLAPI) -> None:
    wrong = model.model_copy(update={"api_key": lambda: "wrong-key-that-nobody-may-see-0123"})
    with pytest.raises(AuthenticationError) as caught:
        wrong.invoke("Name a colour.")
    sentry_sdk.capture_exception(caught.value)
    sentry_sdk.flush()
    event = next(event for event in kept.sent if "AuthenticationError" in event)
    assert "Unauthorized" in event
    assert "nobody-may-see" not in "".join(kept.sent)
