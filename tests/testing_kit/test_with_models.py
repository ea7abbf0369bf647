"""Models replay with whatever client they have, and a changed mapping is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from langchain_aimlapi import ChatAIMLAPI

# What hands a stream over, to watch that it comes piece by piece.
from langchain_aimlapi.testing import CassetteMismatchError, _handover, replay

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODEL = "anthropic/claude-sonnet-4"
QUESTION = "Hi! What do you think about mankind?"
EVENTS = 75


@pytest.fixture
def published(pytestconfig: pytest.Config) -> Path:
    return pytestconfig.rootpath / "cassettes" / "published"


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What has been read of a replayed stream so far."""
    pieces: list[bytes] = []

    class Watched(_handover.EventByEvent):
        def __iter__(self) -> Iterator[bytes]:
            for piece in super().__iter__():
                pieces.append(piece)
                yield piece

        async def __aiter__(self) -> Any:
            async for piece in super().__aiter__():
                pieces.append(piece)
                yield piece

    monkeypatch.setattr(_handover, "EventByEvent", Watched)
    return pieces


def test_a_chunk_is_there_before_the_next_event_is_read(published: Path, read: list[bytes]) -> None:
    with replay(published / "stream.yaml"):
        stream = ChatAIMLAPI(model=MODEL).stream(QUESTION)
        next(stream)
        assert len(read) < 5
        list(stream)
    assert len(read) == EVENTS


async def test_a_chunk_is_there_before_the_next_event_is_read_async(
    published: Path, read: list[bytes]
) -> None:
    with replay(published / "stream.yaml"):
        stream = ChatAIMLAPI(model=MODEL).astream(QUESTION)
        await anext(stream)
        assert len(read) < 5
        assert len([chunk async for chunk in stream]) > 60
    assert len(read) == EVENTS


async def test_a_users_own_client_replays_too(published: Path, read: list[bytes]) -> None:
    with httpx.Client() as client, replay(published / "stream.yaml"):
        assert len(list(ChatAIMLAPI(model=MODEL, http_client=client).stream(QUESTION))) > 60
    assert len(read) == EVENTS
    async with httpx.AsyncClient() as async_client:
        model = ChatAIMLAPI(model=MODEL, api_key="replay", http_async_client=async_client)
        with replay(published / "answer.yaml"):
            answer = await model.ainvoke("Hello")
        assert answer.response_metadata["id"] == "msg_011MNbgezv2p5BBE9RvnsZV9"


@pytest.mark.parametrize(
    ("settings", "messages", "difference"),
    [
        (
            {"max_tokens": 5},
            [HumanMessage("Hello")],
            "max_tokens: not in the cassette, 5 sent",
        ),
        (
            {},
            [HumanMessage("Goodbye")],
            "messages[0].content: 'Hello' in the cassette, 'Goodbye' sent",
        ),
        (
            {},
            [SystemMessage("Be brief."), HumanMessage("Hello")],
            "system: not in the cassette, 'Be brief.' sent",
        ),
    ],
)
def test_what_a_model_sends_differently_is_named(
    published: Path, settings: dict[str, Any], messages: list[Any], difference: str
) -> None:
    with replay(published / "answer.yaml"), pytest.raises(CassetteMismatchError) as caught:
        ChatAIMLAPI(model=MODEL, **settings).invoke(messages)
    assert difference in str(caught.value)


def test_a_second_try_is_not_hidden(published: Path) -> None:
    model = ChatAIMLAPI(model=MODEL, api_key="replay")
    with replay(published / "answer.yaml"):
        model.invoke("Hello")
        with pytest.raises(CassetteMismatchError, match="has been played already"):
            model.invoke("Hello")
