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
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, LLMResult
from langchain_core.tracers.context import register_configure_hook
from typing_extensions import Unpack, override

from langchain_aimlapi._http.redaction import hide_key
from langchain_aimlapi._model.access import AccessSettings
from langchain_aimlapi._model.notices import note_started
from langchain_aimlapi._services.cost import (
    ModelCost,
    OpenCalls,
    Reconciled,
    Tally,
    Unreported,
    as_text,
    message_of,
)
from langchain_aimlapi.account import LogEntry, Patience, aread_log, log_of, read_log
from langchain_aimlapi.errors import BudgetExceededError

__all__ = [
    "CostCallbackHandler",
    "ModelCost",
    "Reconciled",
    "Unreported",
    "current_tally",
    "get_cost_callback",
]

_FIRST_PAUSE = 1.0
"""Seconds before the log is asked again; twice as long each time."""
_MAX_PAUSE = 10.0
"""Seconds."""


class CostCallbackHandler(BaseCallbackHandler):
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
        """Count from zero."""
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
        """Calls whose cost is not known: answers without one, closed streams, cancelled calls."""
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
        return as_text(self.models)

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
        found, pause, waited = 0, _FIRST_PAUSE, 0.0
        while self._tally.unreported():
            log, patience = log_of(period), Patience(wait - waited)
            found += self._fill(read_log(log, patience, settings))
            waited += patience.waited
            pause = min(pause, wait - waited)
            if not self._tally.unreported() or pause <= 0:
                break
            time.sleep(pause)
            waited, pause = waited + pause, min(pause * 2, _MAX_PAUSE)
        return Reconciled(found, self._tally.unreported())

    async def areconcile(
        self, *, wait: float = 30.0, period: str = "24h", **settings: Unpack[AccessSettings]
    ) -> Reconciled:
        """Look up the cost of unreported calls; the async form of `reconcile`.

        Raises:
            AIMLAPIError: The service refuses, or cannot be reached or read.
        """
        hide_key(settings)
        found, pause, waited = 0, _FIRST_PAUSE, 0.0
        while self._tally.unreported():
            log, patience = log_of(period), Patience(wait - waited)
            found += self._fill(await aread_log(log, patience, settings))
            waited += patience.waited
            pause = min(pause, wait - waited)
            if not self._tally.unreported() or pause <= 0:
                break
            await asyncio.sleep(pause)
            waited, pause = waited + pause, min(pause * 2, _MAX_PAUSE)
        return Reconciled(found, self._tally.unreported())

    def _fill(self, entries: list[LogEntry]) -> int:
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
        self.check_budget()
        for calls in self._all_calls():
            call = calls.start(run_id, kwargs.get("invocation_params"))
            note_started(run_id, call, alone=kwargs.get("batch_size", 1) == 1)

    @override
    def on_llm_start(
        self, serialized: dict[str, Any], prompts: list[str], *, run_id: UUID, **kwargs: Any
    ) -> None:
        self.check_budget()
        for calls in self._all_calls():
            calls.start(run_id, kwargs.get("invocation_params"))

    @override
    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        for calls in self._all_calls():
            calls.end(run_id, message_of(response))

    @override
    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        # As much as came is a chunk; the metadata of the error itself come as a generation.
        message = message_of(kwargs.get("response"), ChatGenerationChunk)
        for calls in self._all_calls():
            calls.fail(run_id, error, message)

    def _all_calls(self) -> Iterator[OpenCalls]:
        # LangChain may have attached the outer tally to the same call already: whoever comes
        # first counts it there, the other is ignored.
        yield self._calls
        if self._outer is not None:
            yield from self._outer._all_calls()  # noqa: SLF001  # our own


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
