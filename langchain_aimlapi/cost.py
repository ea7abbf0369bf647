"""What calls cost: totals per model in USD and credits, and a budget that stops further calls.

    from langchain_aimlapi import ChatAIMLAPI
    from langchain_aimlapi.cost import get_cost_callback

    with get_cost_callback(budget_usd=5.0) as cost:
        ChatAIMLAPI(model="openai/gpt-4o").invoke("Hi!")
    print(cost)  # a table: calls, tokens and USD per model
    cost.as_dict()  # the same for JSON

The service reports a cost per answer (`meta.usage`, or headers of a JSON answer); it stands in
`response_metadata["cost"]`. A call without one is counted in `unreported_calls`, never guessed.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import asdict
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, LLMResult
from langchain_core.tracers.context import register_configure_hook
from typing_extensions import override

from langchain_aimlapi._answers.metadata import PROVIDER
from langchain_aimlapi._model.notices import note_started
from langchain_aimlapi._services.cost import (
    ModelCost,
    OpenCall,
    Tally,
    Unreported,
    as_table,
    message_of,
    sum_of,
)
from langchain_aimlapi.errors import BudgetExceededError

__all__ = ["CostCallbackHandler", "ModelCost", "Unreported", "current_tally", "get_cost_callback"]


class CostCallbackHandler(BaseCallbackHandler):
    """Adds up what calls cost; safe to share between threads and tasks.

    Args:
        budget_usd: Once this many US dollars are spent, further calls raise
            `BudgetExceededError` before anything is sent. Calls under way end as usual, so the
            total may exceed the budget by what they cost.

    Example:
        ```python
        from langchain_aimlapi import ChatAIMLAPI
        from langchain_aimlapi.cost import CostCallbackHandler

        cost = CostCallbackHandler(budget_usd=1.0)
        ChatAIMLAPI(model="openai/gpt-4o").invoke("Hi!", config={"callbacks": [cost]})
        cost.usd
        ```
    """

    raise_error = True  # else LangChain logs the exceeded budget and goes on
    run_inline = True  # in async code: the budget is checked before the call, in its order

    def __init__(self, budget_usd: float | None = None) -> None:
        self.budget_usd = budget_usd
        self._outer: CostCallbackHandler | None = None
        self._tally = Tally()

    @property
    def models(self) -> dict[str, ModelCost]:
        """Cost per model, under the id of the one that answered: of a router, that which it chose.

        A copy.
        """
        return self._tally.models()

    @property
    def usd(self) -> float:
        """US dollars in total."""
        return sum_of(self.models.values()).usd

    @property
    def credits(self) -> int:
        """Credits of the service in total."""
        return sum_of(self.models.values()).credits

    @property
    def calls(self) -> int:
        """Calls in total."""
        return sum_of(self.models.values()).calls

    @property
    def unreported_calls(self) -> int:
        """Calls whose cost is not known: answers without one, closed streams, cancelled calls."""
        return sum_of(self.models.values()).unreported_calls

    @property
    def unreported(self) -> tuple[Unreported, ...]:
        """These calls, oldest first, with the ids to look them up by in `account.logs()`."""
        return self._tally.unreported()

    # --- shown ---

    @override
    def __repr__(self) -> str:
        total = sum_of(self.models.values())
        return (
            f"{type(self).__name__}(usd={total.usd:.6f}, credits={total.credits}, "
            f"calls={total.calls}, unreported_calls={total.unreported_calls})"
        )

    @override
    def __str__(self) -> str:
        return as_table(self.models)

    def as_dict(self) -> dict[str, Any]:
        """Return the totals, the costs per model and the unreported calls, ready for JSON.

        Example:
            ```python
            import json

            json.dumps(cost.as_dict())  # {"usd": 0.06, ..., "models": {...}, "unreported": [...]}
            ```
        """
        models = self.models
        return {
            **asdict(sum_of(models.values())),
            "models": {name: asdict(cost) for name, cost in models.items()},
            "unreported": [asdict(call) for call in self.unreported],
        }

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
        for tally in self._tallies():
            tally.add(Unreported(model, inference_id), cost, tokens)

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
        for call in self._start(run_id, kwargs.get("invocation_params")):
            note_started(run_id, call, alone=kwargs.get("batch_size", 1) == 1)

    @override
    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        self._end(run_id, message_of(response))

    @override
    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        # As much as came is a chunk; the metadata of the error itself come as a generation.
        self._end(run_id, message_of(kwargs.get("response"), ChatGenerationChunk), error)

    # To callbacks, LangChain's decision models are chains of the run type "llm".

    @override
    def on_chain_start(
        self, serialized: dict[str, Any], inputs: Any, *, run_id: UUID, **kwargs: Any
    ) -> None:
        metadata = kwargs.get("metadata") or {}
        if kwargs.get("run_type") == "llm" and metadata.get("ls_provider") == PROVIDER:
            self._start(run_id, {"model": metadata.get("ls_model_name")})

    @override
    def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        self._end(run_id, outputs)

    @override
    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        self._end(run_id, None, error)

    def _start(self, run_id: UUID, params: Mapping[str, Any] | None) -> list[OpenCall]:
        self.check_budget()
        return [tally.start(run_id, params) for tally in self._tallies()]

    def _end(self, run_id: UUID, message: Any, error: BaseException | None = None) -> None:
        for tally in self._tallies():
            tally.end(run_id, message, error)

    def _tallies(self) -> Iterator[Tally]:
        # LangChain may have attached the outer tally to the same call already: whoever comes
        # first counts it there, the other is ignored.
        yield self._tally
        if self._outer is not None:
            yield from self._outer._tallies()  # noqa: SLF001  # our own


class _Quiet(logging.Filter):
    """Keeps LangChain from logging a budget that is spent, call by call: the call raises it."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        return BudgetExceededError.__name__ not in record.getMessage()


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
        from langchain_aimlapi import ChatAIMLAPI
        from langchain_aimlapi.cost import get_cost_callback

        with get_cost_callback(budget_usd=0.5) as cost:
            ChatAIMLAPI(model="openai/gpt-4o").invoke("Hi!")
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
