"""What calls cost: totals per model in USD and credits, and a budget that stops further calls.

    from langchain_aimlapi.cost import get_cost_callback

    with get_cost_callback(budget_usd=5.0) as cost:
        agent.invoke(...)
    print(cost)              # a table: calls, tokens and USD per model
    cost.reconcile()         # looks up what was not reported in the service's log

The service reports a cost per answer (`meta.usage`, or headers of a JSON answer); it stands in
`response_metadata["cost"]`. A call without one is counted in `unreported_calls`, never guessed.
"""

import asyncio
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, LLMResult
from langchain_core.tracers.context import register_configure_hook
from typing_extensions import Unpack, override

from langchain_aimlapi._http.redaction import hide_key
from langchain_aimlapi._model import tally
from langchain_aimlapi._model.access import AccessSettings
from langchain_aimlapi._model.left import Watcher, note_started, when_cancelled
from langchain_aimlapi._model.open_calls import OpenCalls, came_from_a_cache, message_of
from langchain_aimlapi._model.tally import ModelCost, Reconciled, Tally, Unreported
from langchain_aimlapi.account import Patience, aread_log, log_of, read_log
from langchain_aimlapi.errors import (
    AIMLAPIError,
    APIStatusError,
    BudgetExceededError,
    StreamChunkTimeoutError,
    StreamInterruptedError,
)

if TYPE_CHECKING:
    from langchain_protocol.protocol import MessagesData
else:
    MessagesData = Any  # annotations are resolved at runtime; this one needs no import for that

__all__ = [
    "CostCallbackHandler",
    "ModelCost",
    "Reconciled",
    "Unreported",
    "current_tally",
    "get_cost_callback",
]

_PAUSE = 1.0
"""Seconds before the log is asked again; twice as long each time."""
_LONGEST_PAUSE = 10.0


class CostCallbackHandler(BaseCallbackHandler, Watcher):
    """Adds up what calls cost; safe to share between threads and tasks.

    Args:
        budget_usd: Once this many US dollars are spent, further calls raise
            `BudgetExceededError` before anything is sent. Calls under way end as usual, so the
            total may exceed the budget by what they cost.

    Example:
        ```python
        from langchain_aimlapi.cost import CostCallbackHandler

        cost = CostCallbackHandler(budget_usd=1.0)
        model.invoke("Hi!", config={"callbacks": [cost]})
        cost.usd
        ```
    """

    raise_error = True  # else LangChain logs the exceeded budget and goes on
    run_inline = True  # in async code: the budget is checked before the call, in its order

    def __init__(self, budget_usd: float | None = None) -> None:
        """Start at zero."""
        self.budget_usd = budget_usd
        self._outer: CostCallbackHandler | None = None
        self._tally = Tally()
        self._calls = OpenCalls(self._tally)

    @property
    def models(self) -> dict[str, ModelCost]:
        """Cost per model, under the name that the service answered with. A copy."""
        return self._tally.models()

    @property
    def usd(self) -> float:
        """US dollars in total."""
        return sum(cost.usd for cost in self.models.values())

    @property
    def credits(self) -> int:
        """Credits of the service in total."""
        return sum(cost.credits for cost in self.models.values())

    @property
    def calls(self) -> int:
        """Calls in total."""
        return sum(cost.calls for cost in self.models.values())

    @property
    def unreported_calls(self) -> int:
        """Calls whose cost is not known: answers without one, streams not read on, cancelled ones.

        A stream counts from its first chunk or event until it ends.
        """
        return sum(cost.unreported_calls for cost in self.models.values())

    # --- shown ---

    @override
    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(usd={self.usd:.6f}, credits={self.credits}, "
            f"calls={self.calls}, unreported_calls={self.unreported_calls})"
        )

    @override
    def __str__(self) -> str:
        return tally.as_text(self.models)

    def _repr_html_(self) -> str:
        """Return the table as notebooks show it."""
        return tally.as_html(self.models)

    def to_pandas(self) -> Any:
        """Return a `pandas.DataFrame` with a row per model.

        Raises:
            ImportError: pandas is not installed.
        """
        try:
            import pandas as pd  # type: ignore[import-untyped]  # noqa: PLC0415  # no dependency
        except ImportError:
            raise ImportError("to_pandas() needs pandas: pip install pandas") from None
        names = ModelCost.__dataclass_fields__
        found = [
            {"model": model, **{name: getattr(cost, name) for name in names}}
            for model, cost in self.models.items()
        ]
        return pd.DataFrame(found, columns=["model", *names])

    # --- what was not reported ---

    def reconcile(
        self, *, wait: float = 30.0, period: str = "24h", **settings: Unpack[AccessSettings]
    ) -> Reconciled:
        """Look up the cost of unreported calls in the service's log, and count it.

        A call is found by its inference id, else by its client request id, if no other call has
        the same. The log lags behind: what it does not have yet is asked for again.

        Args:
            wait: Seconds to wait for the log at most.
            period: How far back the calls may be, such as `"24h"` or `"7d"`.
            **settings: Key and place of the service, as for `langchain_aimlapi.account.logs`.

        Returns:
            How many were found, and which were not.

        Raises:
            AIMLAPIError: The service refuses, or cannot be reached or read.
        """
        hide_key(settings)
        found, pause, waited = 0, _PAUSE, 0.0
        while self._tally.unreported():
            log, patience = log_of(period), Patience(wait - waited)
            found += self._fill(read_log(log, patience, settings))
            waited += patience.waited
            pause = min(pause, wait - waited)
            if not self._tally.unreported() or pause <= 0:
                break
            time.sleep(pause)
            waited, pause = waited + pause, min(pause * 2, _LONGEST_PAUSE)
        return Reconciled(found, self._tally.unreported())

    async def areconcile(
        self, *, wait: float = 30.0, period: str = "24h", **settings: Unpack[AccessSettings]
    ) -> Reconciled:
        """Look up the cost of unreported calls; the async form of `reconcile`.

        Raises:
            AIMLAPIError: The service refuses, or cannot be reached or read.
        """
        hide_key(settings)
        found, pause, waited = 0, _PAUSE, 0.0
        while self._tally.unreported():
            log, patience = log_of(period), Patience(wait - waited)
            found += self._fill(await aread_log(log, patience, settings))
            waited += patience.waited
            pause = min(pause, wait - waited)
            if not self._tally.unreported() or pause <= 0:
                break
            await asyncio.sleep(pause)
            waited, pause = waited + pause, min(pause * 2, _LONGEST_PAUSE)
        return Reconciled(found, self._tally.unreported())

    def _fill(self, entries: list[Any]) -> int:
        if self._outer is not None:
            self._outer._fill(entries)  # noqa: SLF001  # our own
        return self._tally.fill(entries)

    # --- calls that LangChain's callbacks do not see ---

    def check_budget(self) -> None:
        """Do nothing as long as the budget is not spent.

        Raises:
            BudgetExceededError: It is.
        """
        if self.budget_usd is not None and (spent := self.usd) >= self.budget_usd:
            raise BudgetExceededError(
                f"The budget of {self.budget_usd} USD is spent ({spent:.6f} USD). "
                "Nothing was sent; raise budget_usd to go on.",
            )
        if self._outer is not None:
            self._outer.check_budget()

    def add(
        self,
        model: str,
        cost: Mapping[str, Any] | None = None,
        *,
        tokens: tuple[int, int] = (0, 0),
        inference_id: str | None = None,
    ) -> None:
        """Count a call, such as one for embeddings.

        Args:
            model: Model id.
            cost: `{"usd": float, "credits": int}` with what is known; None if nothing is.
            tokens: Tokens sent and received.
            inference_id: `X-Inference-ID` of the answer.
        """
        if self._outer is not None:
            self._outer.add(model, cost, tokens=tokens, inference_id=inference_id)
        self._tally.add(Unreported(model, inference_id), cost, tokens)

    # --- LangChain's callbacks ---

    @override
    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        **kwargs: Any,
    ) -> None:
        self._start(run_id, kwargs.get("invocation_params"))
        # Of several conversations at once nobody says which one is answered when.
        note_started(self, run_id if kwargs.get("batch_size", 1) == 1 else None)
        when_cancelled(partial(self._end, run_id, None))

    @override
    def on_llm_start(
        self, serialized: dict[str, Any], prompts: list[str], *, run_id: UUID, **kwargs: Any
    ) -> None:
        self._start(run_id, kwargs.get("invocation_params"))

    @override
    def on_response(self, run_id: UUID, inference_id: str | None) -> None:
        """Note the id of a response that has begun: it is known even if the call is cancelled."""
        for calls in self._all_calls():
            calls.respond(run_id, inference_id)

    @override
    def on_llm_new_token(
        self, token: str | list[str | dict[str, Any]], *, run_id: UUID, **kwargs: Any
    ) -> None:
        for calls in self._all_calls():
            calls.flow(run_id)

    @override
    def on_stream_event(self, event: MessagesData, *, run_id: UUID, **kwargs: Any) -> None:
        for calls in self._all_calls():
            calls.flow(run_id)

    @override
    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        message = message_of(response)
        if message is None or came_from_a_cache(message):
            for calls in self._all_calls():
                calls.forget(run_id)
        else:
            self._end(run_id, message)

    @override
    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        # As much as came is a chunk; the metadata of the error itself come as a generation.
        message = message_of(kwargs.get("response"), ChatGenerationChunk)
        if message is not None or _may_be_paid(error):
            self._end(run_id, message, error)
        else:
            for calls in self._all_calls():
                calls.refused(run_id, error)

    @override
    def on_left(self, run_id: UUID) -> None:
        """Let go of a stream of protocol events that nobody reads on; it is counted already."""
        for calls in self._all_calls():
            calls.left(run_id)

    def _all_calls(self) -> Iterator[OpenCalls]:
        # LangChain may have attached the outer tally to the same call already: whoever comes
        # first counts it there, the other is ignored.
        yield self._calls
        if self._outer is not None:
            yield from self._outer._all_calls()  # noqa: SLF001  # our own

    def _start(self, run_id: UUID, params: Mapping[str, Any] | None) -> None:
        self.check_budget()
        for calls in self._all_calls():
            calls.start(run_id, params)

    def _end(
        self, run_id: UUID, message: AIMessage | None, error: BaseException | None = None
    ) -> None:
        for calls in self._all_calls():
            calls.end(run_id, message, error)


def _may_be_paid(error: BaseException) -> bool:
    """Return whether a call that failed may be paid: its answer had begun, or it was left."""
    if not isinstance(error, AIMLAPIError):
        return not isinstance(error, Exception)
    answered = error.inference_id is not None and not isinstance(error, APIStatusError)
    return answered or isinstance(error, (StreamInterruptedError, StreamChunkTimeoutError))


class _Quiet(logging.Filter):
    """Keeps LangChain from logging a budget that is spent, call by call: the call raises it."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        arguments = record.args if isinstance(record.args, tuple) else ()
        ours = (CostCallbackHandler.__name__, BudgetExceededError.__name__)
        return not (
            len(arguments) == 3  # noqa: PLR2004  # handler, event and error
            and arguments[0] == ours[0]
            and str(arguments[2]).startswith(ours[1])
        )


logging.getLogger("langchain_core.callbacks.manager").addFilter(_Quiet())

_current: ContextVar[CostCallbackHandler | None] = ContextVar("aimlapi_cost", default=None)
register_configure_hook(_current, inheritable=True)


def current_tally() -> CostCallbackHandler | None:
    """Return the tally of the innermost `get_cost_callback` block, None outside of one."""
    return _current.get()


@contextmanager
def get_cost_callback(budget_usd: float | None = None) -> Iterator[CostCallbackHandler]:
    """Add up what all calls inside the block cost, sync and async.

    Blocks may be nested: an inner one reports to the outer one as well, and the budget of either
    holds. LangChain's own threads and tasks (`batch`, `abatch`, graphs) are included; a plain
    `threading.Thread` starts without context, so pass the handler as a callback there. Do the same
    in a sync generator that a web server streams, because each of its steps may run in another
    context: `model.stream("Hi!", config={"callbacks": [cost]})`.

    Args:
        budget_usd: US dollars after which further calls raise; `None` sets no limit.

    Yields:
        The tally; it can be read at any time.

    Raises:
        BudgetExceededError: From the calls inside, once the budget is spent.

    Example:
        ```python
        from langchain_aimlapi.cost import get_cost_callback

        with get_cost_callback(budget_usd=0.5) as cost:
            model.invoke("Hi!")
        print(cost.usd)
        ```
    """
    handler = CostCallbackHandler(budget_usd)
    handler._outer = _current.get()  # noqa: SLF001  # our own
    token = _current.set(handler)
    try:
        yield handler
    finally:
        # A generator that holds the block may be stepped or closed in another context: servers
        # run each step of a sync one in some thread, event loops close what was left. What was
        # set in the first context cannot be taken back from there.
        with suppress(ValueError):
            _current.reset(token)
