"""The service's batches for Claude models: up to half the price, done within the hour.

    from langchain_aimlapi.batches import batch_create, batch_wait

    batch = batch_create(model, {"one": "Hi!", "two": [HumanMessage("Hello!")]})
    results = batch_wait(model, batch.id)  # {"one": AIMessage(...), "two": AIMessage(...)}

A request that failed does not fail the others: its result is a typed error. Every function has an
async twin: `abatch_create` and so on.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from pydantic_core import from_json

from langchain_aimlapi._batch_results import Batch, read_batch, read_results
from langchain_aimlapi._call import encode
from langchain_aimlapi.errors import AIMLAPIError, APITimeoutError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.language_models.base import LanguageModelInput
    from langchain_core.messages import AIMessage

    from langchain_aimlapi._requests import Reply
    from langchain_aimlapi.chat_models import ChatAIMLAPI

    Results = dict[str, AIMessage | AIMLAPIError]

__all__ = [
    "Batch",
    "abatch_cancel",
    "abatch_create",
    "abatch_results",
    "abatch_status",
    "abatch_wait",
    "batch_cancel",
    "batch_create",
    "batch_results",
    "batch_status",
    "batch_wait",
]

_T = TypeVar("_T")

MOST_REQUESTS = 100_000
_CUSTOM_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ONCE = {"max_retries": 0}
"""A batch that was taken in, but whose answer was lost, would be paid twice if sent again."""

Inputs = Mapping[str, "LanguageModelInput"] | Sequence["LanguageModelInput"]
Progress = bool | Callable[[Batch], None]


def batch_create(
    model: ChatAIMLAPI, inputs: Inputs, *, stop: list[str] | None = None, **kwargs: Any
) -> Batch:
    """Hand requests in, to be answered later.

    Args:
        model: A Claude model; its fields are those of the requests.
        inputs: Prompts by custom id (1 to 64 of `A-Z a-z 0-9 _ -`), or a list of prompts, whose
            ids are their places in it: `"0"`, `"1"` ... At most 100,000.
        stop: Stop sequences.
        **kwargs: Arguments of the calls, as `invoke` takes them; `tools=[...]` as `bind_tools`.

    Raises:
        ConfigurationError: There is no request, or there are too many; an id cannot be sent; the
            model is none of Claude's own request schema.
        UnsupportedContentError: The model cannot take a message.
        AIMLAPIError: The service refuses the batch, or cannot be reached. The request is sent
            once: a batch that was taken in although no answer came would be paid twice.
    """
    body = _body(model, inputs, stop, kwargs)
    return _send(model, "/batches", _read_batch, body=body, settings=_ONCE)


async def abatch_create(
    model: ChatAIMLAPI, inputs: Inputs, *, stop: list[str] | None = None, **kwargs: Any
) -> Batch:
    """Hand requests in; the async twin of `batch_create`, with the same errors."""
    body = _body(model, inputs, stop, kwargs)
    return await _asend(model, "/batches", _read_batch, body=body, settings=_ONCE)


def batch_status(model: ChatAIMLAPI, batch_id: str) -> Batch:
    """Return how far a batch is.

    Raises:
        NotFoundError: There is no such batch.
        AIMLAPIError: The service cannot be reached or read.
    """
    return _send(model, _path(batch_id), _reader_of_state(batch_id))


async def abatch_status(model: ChatAIMLAPI, batch_id: str) -> Batch:
    """Return how far a batch is; the async twin of `batch_status`, with the same errors."""
    return await _asend(model, _path(batch_id), _reader_of_state(batch_id))


def batch_results(model: ChatAIMLAPI, batch_id: str) -> Results:
    """Return the results of a batch that has ended, by custom id.

    Returns:
        For each request its answer, or the error it ended in: `BatchItemError` where it was
        cancelled or expired, the errors of `invoke` otherwise.

    Raises:
        ConfigurationError: The batch still runs.
        NotFoundError: There is no such batch.
        AIMLAPIError: The service cannot be reached or read.
    """
    return _ended(_send(model, _path(batch_id), _read_results), batch_id)


async def abatch_results(model: ChatAIMLAPI, batch_id: str) -> Results:
    """Return the results of a batch; the async twin of `batch_results`, with the same errors."""
    return _ended(await _asend(model, _path(batch_id), _read_results), batch_id)


def batch_cancel(model: ChatAIMLAPI, batch_id: str) -> Batch:
    """Cancel a batch. What is answered already stays answered.

    Raises:
        InvalidRequestError: It has ended.
        NotFoundError: There is no such batch.
        AIMLAPIError: The service cannot be reached or read.
    """
    return _send(model, _path_to_cancel(batch_id), _read_batch, body=b"{}")


async def abatch_cancel(model: ChatAIMLAPI, batch_id: str) -> Batch:
    """Cancel a batch; the async twin of `batch_cancel`, with the same errors."""
    return await _asend(model, _path_to_cancel(batch_id), _read_batch, body=b"{}")


def batch_wait(
    model: ChatAIMLAPI,
    batch_id: str,
    *,
    poll_interval: float = 30.0,
    timeout: float | None = 7200.0,
    progress: Progress = True,
) -> Results:
    """Wait until a batch has ended, and return its results.

    Args:
        model: The model that it was created with.
        batch_id: Its id.
        poll_interval: Seconds between questions.
        timeout: Seconds to wait at most; None for no limit.
        progress: Whether to show it: a bar on a terminal where tqdm is installed, a line per
            change otherwise, on stderr. Or a function that is called with each state.

    Raises:
        APITimeoutError: It still runs. Wait again, or cancel it.
        NotFoundError: There is no such batch.
        AIMLAPIError: The service cannot be reached or read.
    """
    deadline = _deadline(timeout)
    with _shown(progress) as show:
        while not (batch := batch_status(model, batch_id)).ended:
            show(batch)
            time.sleep(_pause(poll_interval, deadline, batch))
        show(batch)
    return batch_results(model, batch_id)


async def abatch_wait(
    model: ChatAIMLAPI,
    batch_id: str,
    *,
    poll_interval: float = 30.0,
    timeout: float | None = 7200.0,  # seconds, as in `batch_wait`
    progress: Progress = True,
) -> Results:
    """Wait until a batch has ended; the async twin of `batch_wait`, with the same errors."""
    deadline = _deadline(timeout)
    with _shown(progress) as show:
        while not (batch := await abatch_status(model, batch_id)).ended:
            show(batch)
            await asyncio.sleep(_pause(poll_interval, deadline, batch))
        show(batch)
    return await abatch_results(model, batch_id)


# --- requests and answers -----------------------------------------------------------------------
def _body(
    model: ChatAIMLAPI, inputs: Inputs, stop: list[str] | None, kwargs: dict[str, Any]
) -> bytes:
    named = inputs if isinstance(inputs, Mapping) else {str(n): x for n, x in enumerate(inputs)}
    if not 1 <= len(named) <= MOST_REQUESTS:
        raise ConfigurationError(f"A batch takes 1 to {MOST_REQUESTS} requests, not {len(named)}.")
    requests = [
        {"custom_id": _checked(name), "params": _params(model, given, stop, kwargs)}
        for name, given in named.items()
    ]
    return encode({"requests": requests})


def _checked(name: str) -> str:
    if not isinstance(name, str) or not _CUSTOM_ID.fullmatch(name):
        raise ConfigurationError(f"A custom id is 1 to 64 of A-Z a-z 0-9 _ -, not {name!r:.80}.")
    return name


def _params(
    model: ChatAIMLAPI, given: LanguageModelInput, stop: list[str] | None, kwargs: dict[str, Any]
) -> dict[str, Any]:
    from langchain_aimlapi._schemas import REQUEST_SCHEMAS  # noqa: PLC0415  # slow to import

    messages = model._convert_input(given).to_messages()
    plan = model._plan(stop, kwargs, stream=False)
    if plan.to_request is not REQUEST_SCHEMAS["anthropic"]:
        raise ConfigurationError(
            f"The service batches Claude models in their own request schema; {plan.options.model} "
            "has another one. Use abatch() of the model."
        )
    params: dict[str, Any] = from_json(plan.call(messages).body)
    return params


def _send(
    model: ChatAIMLAPI,
    path: str,
    read: Callable[[Reply], _T],
    *,
    body: bytes = b"",
    settings: Mapping[str, Any] = MappingProxyType({}),
) -> _T:
    """Send one request with the model's key, clients and settings."""
    call = {"api_key": model._key(), "client_request_id": None}
    return model._sync(settings).fetch("POST" if body else "GET", path, body, read, **call)


async def _asend(
    model: ChatAIMLAPI,
    path: str,
    read: Callable[[Reply], _T],
    *,
    body: bytes = b"",
    settings: Mapping[str, Any] = MappingProxyType({}),
) -> _T:
    call = {"api_key": await model._akey(), "client_request_id": None}
    return await model._async(settings).fetch("POST" if body else "GET", path, body, read, **call)


def _path(batch_id: str) -> str:
    return f"/batches?batch_id={quote(batch_id, safe='')}"


def _path_to_cancel(batch_id: str) -> str:
    return f"/batches/cancel/{quote(batch_id, safe='')}"


def _read_batch(reply: Reply) -> Batch:
    return read_batch(reply.body)


def _reader_of_state(batch_id: str) -> Callable[[Reply], Batch]:
    return lambda reply: read_batch(reply.body, batch_id)


def _read_results(reply: Reply) -> Results | None:
    return read_results(reply.body)


def _ended(results: Results | None, batch_id: str) -> Results:
    if results is None:
        raise ConfigurationError(f"Batch {batch_id} still runs: batch_wait() waits for its end.")
    return results


# --- waiting ------------------------------------------------------------------------------------
def _deadline(timeout: float | None) -> float | None:
    return None if timeout is None else time.monotonic() + timeout


def _pause(poll_interval: float, deadline: float | None, batch: Batch) -> float:
    """Return the seconds until the next question, the last one being at the deadline."""
    if deadline is None:
        return poll_interval
    left = deadline - time.monotonic()
    if left <= 0:
        raise APITimeoutError(
            f"Batch {batch.id} still runs: {batch.done} of {batch.total} requests are done.",
            hint="Wait again with batch_wait(), or end it with batch_cancel().",
        )
    return min(poll_interval, left)


@contextmanager
def _shown(progress: Progress) -> Iterator[Callable[[Batch], None]]:
    if callable(progress):
        yield progress
    elif not progress:
        yield lambda _: None
    elif (bar := _bar()) is not None:
        with bar:
            yield lambda batch: _advance(bar, batch)
    else:
        yield _Lines().show


def _bar() -> Any:
    if not sys.stderr.isatty():
        return None
    try:
        from tqdm import tqdm  # type: ignore[import-untyped]  # noqa: PLC0415  # where there is one
    except ImportError:
        return None
    return tqdm(unit=" requests", desc="batch")


def _advance(bar: Any, batch: Batch) -> None:
    bar.total = batch.total
    bar.update(batch.done - bar.n)


class _Lines:
    """A line on stderr whenever something changed."""

    def __init__(self) -> None:
        self._last = ""

    def show(self, batch: Batch) -> None:
        line = f"batch {batch.id}: {batch.status}, {batch.done} of {batch.total} requests done"
        if line != self._last:
            sys.stderr.write(line + "\n")
            sys.stderr.flush()
        self._last = line
