"""What the fuzz tests of all endpoints share: mutations of bytes, and all that a model shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from langchain_tests.utils.stream_lifecycle import assert_valid_event_stream

from langchain_aimlapi.errors import AIMLAPIError

if TYPE_CHECKING:
    from langchain_aimlapi import ChatAIMLAPI

Mutations = list[tuple[float, int, bytes]]

quick = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,  # the same examples in every run
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
WORDS = [
    b"\n", b"\r", b"\n\n", b"data: ", b"null", b'"', b"{", b"}", b"[", b"]", b"\\", b"\xff",
    b"\\ud800", b"\xe2\x80\xa8", b"NaN", b"-1", b"1e999", b"9" * 5000, b"event: error\n",
    b'"error":{"code":429},', b"[DONE]", b"\0", b":",
]  # fmt: skip
"""What is put into the bytes of any endpoint."""


def mutations(*words: bytes) -> st.SearchStrategy[Mutations]:
    """Return mutations: where, how many bytes are cut there, and what is put in their place."""
    put = st.one_of(st.binary(max_size=3), st.sampled_from([*WORDS, *words]))
    return st.lists(st.tuples(st.floats(0, 1), st.integers(0, 8), put), min_size=1, max_size=4)


def mutated(data: bytes, changes: Mutations) -> bytes:
    """Return `data` after mutations."""
    for where, cut, put in changes:
        at = int(where * len(data))
        data = data[:at] + put + data[at + cut :]
    return data


def streamed_by(model: ChatAIMLAPI) -> Any:
    """Return all that a stream shows, merged and as events, or the typed error that it raises."""
    try:
        chunks: list[Any] = list(model.stream("Hi"))
        shown = [list(chunk.content_blocks) for chunk in chunks]
        emitted: Any = list(model.stream_events("Hi", version="v3"))
    except AIMLAPIError as error:
        return type(error), str(error)
    assert_valid_event_stream(emitted)
    first, *rest = chunks
    one = first + rest if rest else first
    return one.model_dump(exclude={"id"}), one.content_blocks, shown


def invoke_or_fail(model: ChatAIMLAPI) -> None:
    """Invoke a model; the answer has standard blocks, or there is a typed error."""
    try:
        answer = model.invoke("Hi")
    except AIMLAPIError:
        return
    assert isinstance(answer.content_blocks, list)
