"""Rows that the Responses and the messages endpoint share: both send events with a type."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_aimlapi.errors import (
    AuthenticationError,
    MalformedResponseError,
    StreamInterruptedError,
)
from sockets.fault import Answers, Fails, Fault, always, invoked, streamed
from sockets.scripts import EVENTS, IDS, answers, encoded, first, streams, streams_until_closed

if TYPE_CHECKING:
    from sockets.server import Exchange, Script

CUT = Fails(StreamInterruptedError, says=("inf-7",), after="Hel")


def named(kind: str, data: bytes) -> bytes:
    """Return an event of any data."""
    return b"event: " + kind.encode() + b"\ndata: " + data + b"\n\n"


def event(kind: str, **fields: Any) -> bytes:
    """Return an event whose data names its type."""
    return named(kind, json.dumps({"type": kind, **fields}, ensure_ascii=False).encode())


async def begins_and_resets(exchange: Exchange) -> None:
    await exchange.head(200, {**EVENTS, **IDS, "transfer-encoding": "chunked"})
    exchange.reset()


@dataclass(frozen=True)
class Good:
    """A good answer, `Hello`, of one endpoint.

    Attributes:
        body: As a body.
        parts: As the parts of a stream: the first begins it.
        begun: Number of parts up to the text "Hel"; the next one is the text "lo".
        piece: Type of the events that bring text.
        ping: An event without content.
        unknown: An event of a type that is not documented.
    """

    body: dict[str, Any]
    parts: tuple[bytes, ...]
    begun: int
    piece: str
    ping: bytes
    unknown: bytes

    async def answer(self, exchange: Exchange) -> None:
        """Answer `Hello`, streamed or not."""
        script = streams(*self.parts) if exchange.request.streams else answers(200, self.body)
        await script(exchange)


def whole_answers(good: Good) -> tuple[Fault, ...]:
    """Return the rows about whole answers."""
    body = encoded(good.body)

    def used(usage: Any) -> Script:
        return answers(200, {**good.body, "usage": usage})

    return (
        always("a good answer", good.answer, Answers()),
        streamed("a disconnect, once", first(begins_and_resets, good.answer), Answers(), 2),
        invoked("truncated JSON", answers(200, body[:60]), Fails(
            MalformedResponseError, 200, says=(good.body["id"], "inf-7"))),
        always("HTML", answers(200, b"<html><body><p>Welcome</p></body></html>"), Fails(
            MalformedResponseError, 200, says=("Welcome",))),
        invoked("usage NaN", answers(200, body.replace(b": 3", b": NaN", 1)), Answers()),
        streamed("JSON instead of a stream", answers(200, good.body), Answers()),
    )  # fmt: skip


def broken_streams(good: Good) -> tuple[Fault, ...]:
    """Return the rows about streams that end early, or in an error."""
    begun, lo, last = good.parts[: good.begun], good.parts[good.begun], good.parts[-1]
    bad_key = {"statusCode": "401", "message": "Bad key", "requestId": "r"}
    return (
        streamed("a reset midway", streams(*begun, then="reset"), CUT),
        streamed("an end of the body midway", streams(*begun), CUT),
        streamed("an end of a stream without a length", streams_until_closed(*begun), CUT),
        streamed("an end inside an event", streams(*begun, lo[:40]), CUT),
        streamed("the service's error midway", streams(
            *begun, b"data: " + encoded(bad_key) + b"\n\n"),
                 Fails(AuthenticationError, 401, ("Bad key",), after="Hel")),
        streamed("malformed JSON midway", streams(
            *begun, named(good.piece, b'{"type": ['), lo, last),
                 Fails(MalformedResponseError, 200, ("type",), after="Hel")),
    )  # fmt: skip


def odd_streams(good: Good) -> tuple[Fault, ...]:
    """Return the rows about streams that are read although they are odd."""
    parts, lo, ping = good.parts, good.parts[good.begun], good.ping
    return (
        streamed("no names of events", streams(*(p.partition(b"\n")[2] for p in parts)), Answers()),
        streamed("pings all over", streams(*(part for each in parts for part in (ping, each))),
                 Answers()),
        streamed("events that are not known", streams(parts[0], good.unknown, *parts[1:]),
                 Answers()),
        streamed("text after the end", streams(*parts, lo, lo), Answers()),
        streamed("held open after the end", streams(*parts, then="hold"), Answers()),
    )  # fmt: skip
