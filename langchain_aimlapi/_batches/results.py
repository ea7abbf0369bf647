"""What a batch says: its state while it runs, then one result per line, in any order."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import from_json, to_json

from langchain_aimlapi._endpoints.chat_completions.answer import parse_completion
from langchain_aimlapi._http.error_bodies import error_from_payload
from langchain_aimlapi._http.tracebacks import bare
from langchain_aimlapi.errors import AIMLAPIError, BatchItemError, MalformedResponseError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from langchain_core.messages import AIMessage

    from langchain_aimlapi._http.redaction import Secret

_ENDED = "ended"
_STATUS_OF_CANCEL = {"cancelled": "canceling", "canceled": "canceling"}
"""The answer to a cancel is documented with a `status` instead of `processing_status`; requests
that are under way are finished first, so the batch has not ended yet."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch and how far it is.

    Attributes:
        id: The id to ask about it by.
        status: `"in_progress"`, `"canceling"` or `"ended"`, or another word of the service.
        counts: Requests by what became of them: `"processing"`, `"succeeded"`, `"errored"`,
            `"canceled"`, `"expired"`; empty in the documented answer to a cancel.
        created_at: Time, as the service writes it.
        expires_at: The same, of when it is given up.
        ended_at: The same, of its end.
        raw: The state as sent; empty where results came instead.
    """

    id: str
    status: str
    counts: Mapping[str, int] = field(default_factory=dict, hash=False)
    created_at: str | None = None
    expires_at: str | None = None
    ended_at: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def ended(self) -> bool:
        """Whether its results can be fetched."""
        return self.status == _ENDED

    @property
    def total(self) -> int:
        """How many requests it has."""
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        """How many of them are not under way any more."""
        return self.total - self.counts.get("processing", 0)


def read_batch(body: bytes, batch_id: str = "") -> Batch:
    """Read the state of a batch. Results instead of a state mean that it has ended.

    Raises:
        MalformedResponseError: The body is neither.
    """
    first = next(_lines(body), None)
    if first is not None and "custom_id" in first:
        kinds = [_kind_of(line) for line in _lines(body)]
        ends = {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}
        return Batch(batch_id, _ENDED, ends)
    if first is None or not isinstance(first.get("id"), str):
        raise MalformedResponseError("The service did not say which batch this is.")
    said = first.get("processing_status") or first.get("status")
    if not isinstance(said, str):
        raise MalformedResponseError(f"The service did not say how far batch {first['id']} is.")
    counts = first.get("request_counts")
    numbers = counts.items() if isinstance(counts, dict) else ()
    return Batch(
        id=first["id"],
        status=_STATUS_OF_CANCEL.get(said, said),
        counts={k: n for k, n in numbers if isinstance(n, int)},
        created_at=first.get("created_at"),
        expires_at=first.get("expires_at"),
        ended_at=first.get("ended_at"),
        raw=first,
    )


def read_results(
    body: bytes, *, secrets: Sequence[Secret] = ()
) -> dict[str, AIMessage | AIMLAPIError] | None:
    """Read the results of a batch by custom id, or None while it runs.

    Args:
        body: The answer to a question about the batch.
        secrets: Texts that no error may show.

    Raises:
        MalformedResponseError: The body is neither results nor the state of a batch, or the batch
            has ended and its results did not come.
    """
    if not read_batch(body).ended:
        return None
    found = {
        str(line["custom_id"]): _result(line, secrets)
        for line in _lines(body)
        if "custom_id" in line
    }
    if not found:
        raise MalformedResponseError("The batch has ended, but its results did not come.")
    return found


def _lines(body: bytes) -> Iterator[dict[str, Any]]:
    """Yield the objects of a body: a single one, on as many lines as it likes, or one per line.

    An object that cannot be read ends it all with an error: results are never lost in silence.
    """
    try:
        whole = from_json(body)  # fails after the first line if there are more
    except ValueError:
        pass
    else:
        yield from (whole,) if isinstance(whole, dict) else ()
        return
    for number, line in enumerate(body.splitlines(), 1):
        if not line.strip():
            continue
        try:
            value = from_json(line)
        except ValueError as error:
            said = f"Line {number} of the answer cannot be read: {error}."
            raise MalformedResponseError(said) from None
        if isinstance(value, dict):
            yield value


def _kind_of(line: Mapping[str, Any]) -> str:
    result = line.get("result")
    return str(result.get("type")) if isinstance(result, dict) else "errored"


_UNANSWERED = {
    "canceled": "The batch was cancelled before this request was answered.",
    "expired": "The batch expired before this request was answered. Ask it again.",
}


def _result(line: Mapping[str, Any], secrets: Sequence[Secret]) -> AIMessage | AIMLAPIError:
    """Return the answer of one request, or the error that it ended in: none is lost or raised."""
    kind, result = _kind_of(line), line.get("result")
    if kind in _UNANSWERED:
        return BatchItemError(_UNANSWERED[kind])
    try:
        if kind == "succeeded" and isinstance(result, dict):
            return _answer(result.get("message"))
        error = result.get("error") if isinstance(result, dict) else result
        return error_from_payload({"error": _innermost(error)}, {}, secrets=secrets)
    except AIMLAPIError as error:
        return bare(error)  # its frames hold the answer


def _innermost(error: Any) -> Any:
    while isinstance(error, dict) and isinstance(error.get("error"), dict):
        error = error["error"]
    return error


def _answer(message: Any) -> AIMessage:
    """Return an answer in Claude's own form as any other answer of the model is returned.

    Raises:
        MalformedResponseError: It is in no such form.
    """
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(content, list):
        raise MalformedResponseError("A result of the batch holds no message.")
    blocks = [block for block in content if isinstance(block, dict)]
    calls = [_call(block) for block in blocks if block.get("type") == "tool_use"]
    rest = [_block(block) for block in blocks if block.get("type") != "tool_use"]
    said = {"role": "assistant", "content": rest, **({"tool_calls": calls} if calls else {})}
    usage = message.get("usage")
    completion = {
        "id": message.get("id"),
        "model": message.get("model"),
        "choices": [{"index": 0, "message": said, "finish_reason": message.get("stop_reason")}],
        "usage": _usage(usage),
        "service_tier": usage.get("service_tier") if isinstance(usage, dict) else None,
    }
    made = parse_completion(to_json(completion)).generations[0].message
    return cast("AIMessage", made)


def _block(block: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a block; citations of a text become annotations, which is what they are elsewhere."""
    citations = block.get("citations")
    if block.get("type") != "text" or not isinstance(citations, list):
        return block
    cited = [_annotation(each) for each in citations if isinstance(each, dict)]
    return {**block, "annotations": cited}


def _annotation(citation: Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(citation.get("url"), str):
        return citation
    return {"type": "url_citation", "url_citation": citation}


def _call(block: Mapping[str, Any]) -> dict[str, Any]:
    arguments = json.dumps(block.get("input") or {}, ensure_ascii=False)
    function = {"name": block.get("name"), "arguments": arguments}
    return {"id": block.get("id"), "type": "function", "function": function}


def _usage(usage: Any) -> dict[str, Any] | None:
    """Return Claude's counts, whose `input_tokens` leave out what the cache covers, as a whole."""
    if not isinstance(usage, dict):
        return None
    parts = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    sent, written, read = (n if isinstance(n := usage.get(part), int) else 0 for part in parts)
    return {
        "prompt_tokens": sent + written + read,
        "completion_tokens": usage.get("output_tokens"),
        "prompt_tokens_details": {"cached_tokens": read, "cache_write_tokens": written},
    }
