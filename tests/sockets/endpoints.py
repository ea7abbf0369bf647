"""The endpoints: what each answers, and the faults that each must come through alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import wire

from langchain_aimlapi.errors import RateLimitError, StreamInterruptedError
from sockets.fault import ECHO, Answers, Fails, Fault, always, streamed
from sockets.scripts import HELLO, answers, completion, first, streams, streams_until_closed

if TYPE_CHECKING:
    from sockets.server import Exchange

BLOCK = {"type": "text", "text": ""}


@dataclass(frozen=True)
class Endpoint:
    """One endpoint that answers `Hello`.

    Attributes:
        path: Of the endpoint.
        settings: Of a model that asks there.
        body: A good answer.
        parts: The parts of a good stream.
        begun: The number of parts that bring the first piece of text.
        piece: That piece.
    """

    path: str
    settings: dict[str, Any]
    body: dict[str, Any]
    parts: tuple[bytes, ...] = ()
    begun: int = 0
    piece: str = ""

    async def answer(self, exchange: Exchange) -> None:
        """Answer well, streamed or not."""
        script = streams(*self.parts) if exchange.request.streams else answers(200, self.body)
        await script(exchange)

    def faults(self) -> tuple[Fault, ...]:
        """Return the rows of this endpoint."""
        begun = self.parts[: self.begun]
        error = wire.sse([{"type": "error", "error": {"message": ECHO, "code": 429}}])
        cut = Fails(StreamInterruptedError, says=("inf-7",), after=self.piece)
        rows = (
            always("a good answer", self.answer, Answers()),
            streamed("a reset midway", streams(*begun, then="reset"), cut),
            streamed("an end of the connection midway", streams(*begun, then="finish"), cut),
            streamed("an end of the body midway", streams(*begun), cut),
            streamed("an end of a stream without a length", streams_until_closed(*begun), cut),
            streamed("an end inside an event", streams(*begun, b'data: {"\xc3'), cut),
            streamed("an error midway", streams(*begun, error), Fails(
                RateLimitError, 429, ("Not ***", "inf-7"), after=self.piece)),
            streamed("an error first, once", first(streams(error), self.answer), Answers(), 2),
            streamed("held open after the end", streams(*self.parts, then="hold"), Answers()),
        )  # fmt: skip
        return tuple(row.of(self.path, self.settings) for row in rows)


def _parts(events: list[dict[str, Any]]) -> tuple[bytes, ...]:
    return tuple(wire.sse([event]) for event in events)


CHAT = Endpoint(
    "chat/completions", {"model": "openai/gpt-4o"}, completion(), HELLO, begun=1, piece="Hel"
)
MESSAGES = Endpoint(
    "messages",
    {"model": "anthropic/claude-sonnet-5", "endpoint": "messages"},
    wire.claude({**BLOCK, "text": "Hello"}),
    _parts(
        wire.claude_events(
            (BLOCK, [{**BLOCK, "type": "text_delta", "text": t} for t in ("Hel", "lo")])
        )
    ),
    begun=3,
    piece="Hel",
)
_RESPONSE = wire.response(wire.message_item("Hello"))
RESPONSES = Endpoint(
    "responses",
    {"model": "openai/gpt-5-4"},
    _RESPONSE,
    _parts(wire.response_events(_RESPONSE)),
    begun=5,
    piece="Hello",
)
ENDPOINTS = (CHAT, MESSAGES, RESPONSES)
