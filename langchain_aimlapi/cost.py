"""What calls cost: totals per model in USD and credits, and a budget that stops further calls.

    from langchain_aimlapi.cost import get_cost_callback

    with get_cost_callback(budget_usd=5.0) as cost:
        agent.invoke(...)
    print(cost.usd, cost.credits, cost.models, cost.unreported_calls)

The service reports a cost per answer (`meta.usage`, or headers of a JSON answer); it stands in
`response_metadata["cost"]`. An answer without one is counted in `unreported_calls`, never guessed.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult
from langchain_core.tracers.context import register_configure_hook
from typing_extensions import override

from langchain_aimlapi.errors import BudgetExceededError


@dataclass(slots=True)
class ModelCost:
    """What one model cost.

    Attributes:
        usd: US dollars, of the calls that reported them.
        credits: Credits of the service, of the calls that reported them.
        calls: All answers.
        unreported_calls: Answers that came without a cost; `usd` and `credits` lack them.
    """

    usd: float = 0.0
    credits: int = 0
    calls: int = 0
    unreported_calls: int = 0


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
        """Start at zero."""
        self.budget_usd = budget_usd
        self._outer: CostCallbackHandler | None = None
        self._lock = threading.Lock()
        self._models: dict[str, ModelCost] = {}
        # Calls under way. An inner tally reports to the outer one, which LangChain may have
        # attached to the same call already: whoever comes first counts it, the other is ignored.
        self._open: set[UUID] = set()

    @property
    def models(self) -> dict[str, ModelCost]:
        """Cost per model, under the name that the service answered with. A copy."""
        with self._lock:
            return {name: replace(cost) for name, cost in self._models.items()}

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
        """Answers in total."""
        return sum(cost.calls for cost in self.models.values())

    @property
    def unreported_calls(self) -> int:
        """Answers that came without a cost."""
        return sum(cost.unreported_calls for cost in self.models.values())

    @override
    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(usd={self.usd:.6f}, credits={self.credits}, "
            f"calls={self.calls}, unreported_calls={self.unreported_calls})"
        )

    @override
    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        **kwargs: Any,
    ) -> None:
        self._start(run_id)

    @override
    def on_llm_start(
        self, serialized: dict[str, Any], prompts: list[str], *, run_id: UUID, **kwargs: Any
    ) -> None:
        self._start(run_id)

    @override
    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        generation = next((row[0] for row in response.generations if row), None)
        message = generation.message if isinstance(generation, ChatGeneration) else None
        if isinstance(message, AIMessage) and not _came_from_a_cache(message):
            self._end(run_id, message)
        else:
            self._forget(run_id)

    @override
    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        self._forget(run_id)

    def _start(self, run_id: UUID) -> None:
        if self.budget_usd is not None and (spent := self.usd) >= self.budget_usd:
            raise BudgetExceededError(
                f"The budget of {self.budget_usd} USD is spent ({spent:.6f} USD). "
                "Nothing was sent; raise budget_usd to go on.",
            )
        if self._outer is not None:
            self._outer._start(run_id)  # noqa: SLF001  # our own
        with self._lock:
            self._open.add(run_id)

    def _end(self, run_id: UUID, message: AIMessage) -> None:
        if self._outer is not None:
            self._outer._end(run_id, message)  # noqa: SLF001  # our own
        metadata = message.response_metadata
        cost = metadata.get("cost") or {}
        with self._lock:
            if run_id not in self._open:
                return
            self._open.remove(run_id)
            total = self._models.setdefault(metadata.get("model_name") or "unknown", ModelCost())
            total.calls += 1
            total.usd += cost.get("usd", 0.0)
            total.credits += cost.get("credits", 0)
            total.unreported_calls += not cost

    def _forget(self, run_id: UUID) -> None:
        if self._outer is not None:
            self._outer._forget(run_id)  # noqa: SLF001  # our own
        with self._lock:
            self._open.discard(run_id)


def _came_from_a_cache(message: AIMessage) -> bool:
    # LangChain marks an answer of its cache with a total cost of zero; the cost that the first
    # call reported is still in the metadata and was paid only once.
    usage = message.usage_metadata
    return usage is not None and usage.get("total_cost") == 0


_current: ContextVar[CostCallbackHandler | None] = ContextVar("aimlapi_cost", default=None)
register_configure_hook(_current, inheritable=True)


@contextmanager
def get_cost_callback(budget_usd: float | None = None) -> Iterator[CostCallbackHandler]:
    """Add up what all calls inside the block cost, sync and async.

    Blocks may be nested: an inner one reports to the outer one as well, and the budget of either
    holds. LangChain's own threads and tasks (`batch`, `abatch`, graphs) are included; a plain
    `threading.Thread` starts without context, so pass the handler as a callback there.

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
        _current.reset(token)
