"""What each hand-made fast path saves: it is switched off in place, and the same work timed again.

usage: python -m tests.benchmarks.shortcuts [--rounds N] [--json PATH]

A fast path costs clarity, so one that saves less than 3 % of its row is to go. The rounds
alternate; shown is the median of the ratios. Answers come from memory.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import process_time
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import httpx

from langchain_aimlapi import ChatAIMLAPI

# The fast paths themselves, which no public name switches off.
from langchain_aimlapi._answers import assembler, chunks
from langchain_aimlapi._dialects.chat_completions import stream as chat_stream
from langchain_aimlapi._dialects.claude import stream as claude_stream
from langchain_aimlapi._messages import openai_turns, plain_turns, tools
from langchain_aimlapi._model import encoding

from .histories import TOOLS, conversation
from .server import BODIES, BODY, events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

RESULTS = Path(__file__).parents[2] / ".benchmarks" / "shortcuts.json"
LEAST = 0.03
"""The share of its row that a fast path has to save."""
CHUNKS = 1000


class _Memory(httpx.BaseTransport):
    """Answers from memory."""

    def __init__(self, kind: str) -> None:
        body = BODIES.get(kind, BODY)
        self._answer = (body, {"content-type": "application/json"})
        read = list(events(kind, CHUNKS))
        self._stream = (b"".join(read), {"content-type": "text/event-stream"})

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        streamed = b'"stream":true' in request.read()
        content, headers = self._stream if streamed else self._answer
        return httpx.Response(200, content=content, headers=headers)


def _model(kind: str = "text", **settings: Any) -> ChatAIMLAPI:
    client = httpx.Client(transport=_Memory(kind))
    if kind != "text":
        settings["endpoint"] = kind
    return ChatAIMLAPI(model="bench/model", api_key="k", http_client=client, **settings)


# --- work ---------------------------------------------------------------------------------------
def _invokes(length: int, kind: str = "text", *, tools: bool = False) -> Callable[[], object]:
    model: Any = _model(kind)
    if tools:
        model = model.bind_tools(TOOLS)
    messages = conversation(length)
    times = max(1, 200 // length)

    def run() -> None:
        for _ in range(times):
            model.invoke(messages)

    return run


def _streams(kind: str = "text") -> Callable[[], object]:
    model = _model(kind)
    return lambda: [None for _ in model.stream("Hello")]


# --- switches -----------------------------------------------------------------------------------
def _validated() -> AbstractContextManager[Any]:
    return patch.object(chunks, "_make", chunks._validate)


@contextmanager
def _no_plain_delta() -> Iterator[None]:
    def never(*_: Any) -> None:
        return None

    with ExitStack() as stack:
        stack.enter_context(patch.object(chat_stream.StreamReader, "_sole_delta", never))
        stack.enter_context(patch.object(claude_stream, "_text_of", lambda *_: ""))
        yield


@contextmanager
def _no_signatures() -> Iterator[None]:
    hooks: list[Any] = [ChatAIMLAPI._generate, ChatAIMLAPI._agenerate]
    kept = [vars(hook).pop("__signature__") for hook in hooks]
    try:
        yield
    finally:
        for hook, signature in zip(hooks, kept, strict=True):
            hook.__signature__ = signature


def _no_fast_turns() -> AbstractContextManager[Any]:
    return patch.object(openai_turns, "_fast_paths", lambda *_: {})


def _no_kept_calls() -> AbstractContextManager[Any]:
    def written(calls: Any) -> Any:
        return list(map(plain_turns._call, calls)) if plain_turns.are_sound(calls) else None

    return patch.object(plain_turns, "_calls", written)


def _no_kept_tools() -> AbstractContextManager[Any]:
    return patch.object(tools, "_kept", lambda _: None)


def _one_encoder() -> AbstractContextManager[Any]:
    return patch.object(encoding, "_turns", encoding._strict)


def _whole_by_chunks() -> AbstractContextManager[Any]:
    return patch.object(assembler.Piece, "is_more_than_text", property(lambda _: True))


@dataclass(frozen=True)
class Shortcut:
    """A fast path.

    Attributes:
        title: What it is.
        row: The work that is timed.
        work: Makes what does that work.
        off: Switches it off.
    """

    title: str
    row: str
    work: Callable[..., Callable[[], object]]
    off: Callable[[], AbstractContextManager[Any]]


SHORTCUTS = (
    Shortcut("chunks made without validation", "stream", _streams, _validated),
    Shortcut("the plain delta", "stream", _streams, _no_plain_delta),
    Shortcut(
        "the plain delta", "stream on `/messages`", lambda: _streams("messages"), _no_plain_delta
    ),
    Shortcut("signatures of hooks kept", "invoke", lambda: _invokes(4), _no_signatures),
    Shortcut("turns of plain text", "1,000 messages", lambda: _invokes(1000), _no_fast_turns),
    Shortcut("calls of tools kept", "1,000 messages", lambda: _invokes(1000), _no_kept_calls),
    Shortcut("compiled encoder of turns", "1,000 messages", lambda: _invokes(1000), _one_encoder),
    Shortcut(
        "tools kept as bytes",
        "100 messages, 30 tools",
        lambda: _invokes(100, tools=True),
        _no_kept_tools,
    ),
    Shortcut(
        "answers of one text",
        "invoke on `/responses`",
        lambda: _invokes(4, "responses"),
        _whole_by_chunks,
    ),
)


def _timed(run: Callable[[], object]) -> float:
    start = process_time()
    run()
    return process_time() - start


def gain(shortcut: Shortcut, rounds: int) -> float:
    """Return how much more time the work takes without the fast path: 0.1 is a tenth more."""
    run = shortcut.work()
    run()
    ratios = []
    for _ in range(rounds):
        on = _timed(run)
        with shortcut.off():
            ratios.append(_timed(run) / on)
    return median(ratios) - 1


def measure(rounds: int) -> dict[str, Any]:
    """Measure all; print each as it is known."""
    rows = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for shortcut in SHORTCUTS:
            found = gain(shortcut, rounds)
            rows.append({"title": shortcut.title, "row": shortcut.row, "gain": found})
            verdict = "" if found >= LEAST else "  <- saves too little"
            line = f"{shortcut.title}, {shortcut.row}: without it {found:+.1%}{verdict}\n"
            sys.stdout.write(line)
            sys.stdout.flush()
    return {"least": LEAST, "rows": rows}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.shortcuts")
    parser.add_argument("--rounds", type=int, default=31, help="of each")
    parser.add_argument("--json", type=Path, default=RESULTS, help="default: %(default)s")
    options = parser.parse_args()
    report = measure(options.rounds)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
