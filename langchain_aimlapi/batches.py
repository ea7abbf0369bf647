"""The service's batches for Claude models: up to half the price, done within the hour.

    from langchain_aimlapi import ChatAIMLAPI
    from langchain_aimlapi.batches import batch_create, batch_wait

    model = ChatAIMLAPI(model="anthropic/claude-sonnet-4.5", max_tokens=500)
    batch = batch_create(model, {"one": "Hi!", "two": "Hello!"})
    results = batch_wait(model, batch.id)  # {"one": AIMessage(...), "two": AIMessage(...)}

A request that failed does not fail the others: its result is a typed error. Every function has an
async form: `abatch_create` and so on.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from langchain_core.language_models.base import LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import RunnableBinding
from pydantic_core import to_json
from typing_extensions import TypedDict, Unpack

from langchain_aimlapi._answers.reading import AnswerReader
from langchain_aimlapi._dialects import CHAT_COMPLETIONS, ENDPOINTS
from langchain_aimlapi._http.call import Call
from langchain_aimlapi._model.hints import hint_of_item, suggest_models
from langchain_aimlapi._model.request import Request
from langchain_aimlapi._services.batches import Batch, read_batch, read_result, until_ended
from langchain_aimlapi._services.steps import Sender, blocking, run
from langchain_aimlapi.chat_models import ChatAIMLAPI
from langchain_aimlapi.errors import (
    AIMLAPIError,
    BatchItemError,
    ConfigurationError,
    MalformedResponseError,
)

if TYPE_CHECKING:
    from langchain_aimlapi._http.requests import Reply

Model = ChatAIMLAPI | RunnableBinding[LanguageModelInput, AIMessage]
Results = dict[str, AIMessage | AIMLAPIError]


__all__ = [
    "Batch",
    "Waiting",
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

MAX_REQUESTS = 100_000
_CUSTOM_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
Inputs = Mapping[str, LanguageModelInput] | Sequence[LanguageModelInput]


def batch_create(
    model: Model, inputs: Inputs, *, stop: list[str] | None = None, **kwargs: Any
) -> Batch:
    """Hand requests in, to be answered later.

    Args:
        model: A Claude model, or what its `bind_tools()` or `bind()` returned; its fields are
            those of the requests.
        inputs: Prompts by custom id (1 to 64 of `A-Z a-z 0-9 _ -`), or a list of prompts, whose
            ids are their places in it: `"0"`, `"1"` ... At most 100,000.
        stop: Stop sequences.
        **kwargs: Arguments of the calls, as `invoke` takes them; `tools=[...]` as `bind_tools`.

    Raises:
        ConfigurationError: There is no request, or there are too many; an id cannot be sent; the
            model is none of Claude's own request schema, or no `ChatAIMLAPI` at all.
        UnsupportedContentError: The model cannot take a message.
        AIMLAPIError: The service refuses the batch, or cannot be reached. The request is sent
            once: a batch that was taken in although no answer came would be paid twice.
    """
    return _chat(model)._fetch(_to_create(model, inputs, stop, kwargs))


async def abatch_create(
    model: Model, inputs: Inputs, *, stop: list[str] | None = None, **kwargs: Any
) -> Batch:
    """Hand requests in; the async form of `batch_create`, with the same errors."""
    return await _chat(model)._afetch(_to_create(model, inputs, stop, kwargs))


def batch_status(model: Model, batch_id: str | Batch) -> Batch:
    """Return how far a batch is.

    Raises:
        NotFoundError: There is no such batch.
        AIMLAPIError: The service cannot be reached or read.
    """
    return _chat(model)._fetch(_to_ask(batch_id))


async def abatch_status(model: Model, batch_id: str | Batch) -> Batch:
    """Return how far a batch is; the async form of `batch_status`, with the same errors."""
    return await _chat(model)._afetch(_to_ask(batch_id))


def batch_results(model: Model, batch_id: str | Batch) -> Results:
    """Return the results of a batch that has ended, by custom id.

    Returns:
        For each request its answer, or the error it ended in: `BatchItemError` where it was
        cancelled or expired, the errors of `invoke` otherwise.

    Raises:
        ConfigurationError: The batch still runs.
        NotFoundError: There is no such batch.
        AIMLAPIError: The service cannot be reached or read.
    """
    return _results(_chat(model)._fetch(_to_fetch(model, batch_id)))


async def abatch_results(model: Model, batch_id: str | Batch) -> Results:
    """Return the results of a batch; the async form of `batch_results`, with the same errors."""
    return _results(await _chat(model)._afetch(_to_fetch(model, batch_id)))


def batch_cancel(model: Model, batch_id: str | Batch) -> Batch:
    """Cancel a batch. What is answered already stays answered.

    Raises:
        InvalidRequestError: It has ended.
        NotFoundError: There is no such batch.
        AIMLAPIError: The service cannot be reached or read.
    """
    return _chat(model)._fetch(_to_cancel(batch_id))


async def abatch_cancel(model: Model, batch_id: str | Batch) -> Batch:
    """Cancel a batch; the async form of `batch_cancel`, with the same errors."""
    return await _chat(model)._afetch(_to_cancel(batch_id))


class Waiting(TypedDict, total=False):
    """How to wait for a batch.

    Attributes:
        poll_interval: Seconds between questions, 30 by default.
        timeout: Seconds to wait, 7,200 by default; None for no limit. A question that is under
            way then is not cut short: that is what the timeout of the model is for.
        progress: Called with each state of the batch: to draw a bar, or to print a line.
    """

    poll_interval: float
    timeout: float | None
    progress: Callable[[Batch], None] | None


def batch_wait(model: Model, batch_id: str | Batch, **waiting: Unpack[Waiting]) -> Results:
    """Wait until a batch has ended, and return its results.

    Args:
        model: The model that it was created with.
        batch_id: Its id, or the batch as `batch_create` returned it: its results are compared
            with what was asked for then.
        **waiting: The keys of `Waiting`.

    Raises:
        APITimeoutError: It still runs. Wait again, or cancel it.
        ConfigurationError: The interval or the timeout is no number of seconds.
        NotFoundError: There is no such batch.
        AIMLAPIError: The service cannot be read, or five questions in a row failed for reasons
            that may pass: an hour is enough for most outages.
    """
    sender = blocking(_chat(model)._fetch)
    return run(until_ended(sender, _to_fetch(model, batch_id), **waiting))


async def abatch_wait(model: Model, batch_id: str | Batch, **waiting: Unpack[Waiting]) -> Results:
    """Wait until a batch has ended; the async form of `batch_wait`, with the same errors."""
    sender = Sender(_chat(model)._afetch, asyncio.sleep)
    return await until_ended(sender, _to_fetch(model, batch_id), **waiting)


# --- requests and answers -----------------------------------------------------------------------
def _to_create(
    model: Model, inputs: Inputs, stop: list[str] | None, kwargs: dict[str, Any]
) -> Call[Batch]:
    named = inputs if isinstance(inputs, Mapping) else {str(n): x for n, x in enumerate(inputs)}
    if not 1 <= len(named) <= MAX_REQUESTS:
        raise ConfigurationError(f"A batch takes 1 to {MAX_REQUESTS} requests, not {len(named)}.")
    chat, bound = _unbound(model)
    settings = {**bound, **kwargs, "endpoint": CHAT_COMPLETIONS}
    shared = _in_claude_schema(chat._request(stop, settings))
    requests: list[bytes] = []
    for name, given in named.items():
        call = shared.with_messages(chat._convert_input(given).to_messages())
        requests.append(b'{"custom_id":"%b","params":%b}' % (_checked(name), call.body))
    return Call(
        "/batches",
        lambda reply: replace(read_batch(reply.body)[0], custom_ids=tuple(named)),
        b'{"requests":[%b]}' % b",".join(requests),
        # A batch that was taken in, but whose answer was lost, would be paid twice if sent again.
        {**shared.transport, "max_retries": 0},
        shared.client_request_id,
        call.hint,
    )


def _checked(name: str) -> bytes:
    if not isinstance(name, str) or not _CUSTOM_ID.fullmatch(name):
        raise ConfigurationError(f"A custom id is 1 to 64 of A-Z a-z 0-9 _ -, not {name!r:.80}.")
    return name.encode()


def _in_claude_schema(request: Request) -> Request:
    asked, model = request.options.request_schema, request.options.model
    if (request.facts.request_schema if asked == "auto" else asked) != "anthropic":
        raise ConfigurationError(
            f"The service batches Claude models in their own request schema; {model} "
            "has another one. Use abatch() of the model.",
            hint=suggest_models(model) or None,
        )
    return request._replace(options=request.options._replace(request_schema="anthropic"))


def _unbound(model: Model) -> tuple[ChatAIMLAPI, Mapping[str, Any]]:
    """Return the chat model itself, and the arguments that were bound to it."""
    inner: Any = model
    bound: dict[str, Any] = {}
    while isinstance(inner, RunnableBinding):
        bound = {**inner.kwargs, **bound}
        inner = inner.bound
    if not isinstance(inner, ChatAIMLAPI):
        raise ConfigurationError(f"A batch needs a ChatAIMLAPI, not a {type(inner).__name__}.")
    return inner, bound


def _chat(model: Model) -> ChatAIMLAPI:
    return _unbound(model)[0]


def _known(batch: str | Batch) -> Batch:
    known = batch if isinstance(batch, Batch) else Batch(batch, "")
    if not isinstance(known.id, str) or not known.id.strip("."):
        raise ConfigurationError(f"The id of a batch is a text, not {known.id!r:.80}.")
    return known


def _path_of(batch: Batch) -> str:
    return f"/batches?batch_id={quote(batch.id, safe='')}"


def _to_ask(batch: str | Batch) -> Call[Batch]:
    known = _known(batch)
    return Call(_path_of(known), lambda reply: read_batch(reply.body, known.id)[0])


def _to_cancel(batch: str | Batch) -> Call[Batch]:
    path = f"/batches/cancel/{quote(_known(batch).id, safe='')}"
    return Call(path, lambda reply: read_batch(reply.body)[0], b"{}")


def _to_fetch(model: Model, batch: str | Batch) -> Call[tuple[Batch, Results | None]]:
    """Return the request for state and results at once: results may be large, and come once."""
    chat, bound = _unbound(model)
    model_id = str(bound.get("model", chat.model))
    known = _known(batch)

    def read_message(message: Any) -> AIMessage:
        content = message.get("content") if isinstance(message, dict) else None
        if not isinstance(content, list):
            raise MalformedResponseError("A result of the batch holds no message.")
        # Results are in Claude's own form, wherever the requests went.
        reader = AnswerReader(ENDPOINTS["messages"].Reader)
        made = reader.read(to_json(message)).generations[0].message
        return _with_blocks(made) if chat.output_version == "v1" else cast("AIMessage", made)

    def read(reply: "Reply") -> tuple[Batch, Results | None]:
        state, lines = read_batch(reply.body, known.id)
        if not lines:
            if state.ended:
                raise MalformedResponseError("The batch has ended, but its results did not come.")
            return state, None
        results: Results = {
            name: BatchItemError("The service sent no result for this request.")
            for name in known.custom_ids or ()
        }
        for line in lines:
            result = read_result(line, read_message, reply.secrets)
            if isinstance(result, AIMLAPIError):
                result.hint = result.hint or hint_of_item(result, model_id)
            results[str(line["custom_id"])] = result
        return state, results

    return Call(_path_of(known), read)


def _with_blocks(answer: BaseMessage) -> AIMessage:
    """Return an answer as LangChain's `invoke` returns it for `output_version="v1"`."""
    metadata = {**answer.response_metadata, "output_version": "v1"}
    update = {"content": answer.content_blocks, "response_metadata": metadata}
    return cast("AIMessage", answer.model_copy(update=update))


def _results(read: tuple[Batch, Results | None]) -> Results:
    _, results = read
    if results is None:
        raise ConfigurationError("The batch still runs: batch_wait() waits for its end.")
    return results
