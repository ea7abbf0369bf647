"""Calls that a tally saw begin, until it sees how they end."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, LLMResult

from langchain_aimlapi._model.tally import Counted, Unreported

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from langchain_aimlapi._model.tally import Tally


class OpenCalls:
    """Counts each call once, however often its end is reported.

    A stream counts as unreported from its first chunk or event on, and by what it cost once it
    ends: of one that is left LangChain says nothing, or only once the garbage collector comes.

    Args:
        tally: Where they are counted.
    """

    def __init__(self, tally: Tally) -> None:
        """Start without calls."""
        self._tally = tally
        self._lock = threading.Lock()
        self._asked: dict[UUID, Unreported] = {}
        self._flowing: dict[UUID, Counted] = {}

    def start(self, run_id: UUID, params: Mapping[str, Any] | None) -> None:
        """Note that a call begins, with these parameters."""
        given = params or {}
        model, sent = given.get("model"), given.get("client_request_id")
        asked = Unreported(
            model=model if isinstance(model, str) else "unknown",
            client_request_id=sent if isinstance(sent, str) else None,
        )
        with self._lock:
            self._asked[run_id] = asked

    def respond(self, run_id: UUID, inference_id: str | None) -> None:
        """Note the id under which a call is being answered."""
        with self._lock:
            asked = self._asked.get(run_id)
            if asked is not None:
                self._asked[run_id] = replace(asked, inference_id=inference_id)

    def flow(self, run_id: UUID) -> None:
        """Note that chunks or events of a call come."""
        if run_id in self._flowing:
            return
        with self._lock:
            asked = self._asked.get(run_id)
            if asked is not None and run_id not in self._flowing:
                self._flowing[run_id] = self._tally.add(asked)

    def end(
        self, run_id: UUID, message: AIMessage | None, error: BaseException | None = None
    ) -> None:
        """Count a call that ended, with what it answered or how it failed."""
        with self._lock:
            asked, counted = self._asked.pop(run_id, None), self._flowing.pop(run_id, None)
        if asked is None:
            return
        metadata = {} if message is None else message.response_metadata
        call = Unreported(
            model=metadata.get("model_name") or asked.model,
            # Also a cancellation between the headers and the first chunk has the id.
            inference_id=metadata.get("inference_id")
            or getattr(error, "inference_id", None)
            or asked.inference_id,
            client_request_id=metadata.get("client_request_id")
            or getattr(error, "client_request_id", None)
            or asked.client_request_id,
        )
        if counted is not None and not self._tally.take_back(counted):
            # The log had it meanwhile: its cost is counted.
            self._tally.add_tokens(counted.call.model, _tokens_of(message))
            return
        self._tally.add(call, metadata.get("cost"), _tokens_of(message))

    def refused(self, run_id: UUID, error: BaseException) -> None:
        """Note that a call failed; it costs nothing, unless something came before."""
        if run_id in self._flowing:
            self.end(run_id, None, error)
        else:
            self.forget(run_id)

    def forget(self, run_id: UUID) -> None:
        """Count a call that cost nothing no longer."""
        with self._lock:
            self._asked.pop(run_id, None)
            counted = self._flowing.pop(run_id, None)
        if counted is not None:
            self._tally.take_back(counted)

    def left(self, run_id: UUID) -> None:
        """Let go of a call whose events nobody reads on; it is counted already.

        Takes no lock: the garbage collector comes here, at any moment, in any thread.
        """
        self._asked.pop(run_id, None)
        self._flowing.pop(run_id, None)


def message_of(response: Any, kind: type[ChatGeneration] = ChatGeneration) -> AIMessage | None:
    """Return the answer of a result, if it is of the class `kind`."""
    if not isinstance(response, LLMResult):
        return None
    generation = next((row[0] for row in response.generations if row), None)
    message = generation.message if isinstance(generation, kind) else None
    return message if isinstance(message, AIMessage) else None


def came_from_a_cache(message: AIMessage) -> bool:
    """Return whether LangChain's cache answered.

    It marks such an answer with a total cost of zero; the cost that the first call reported is
    still in the metadata and was paid only once.
    """
    usage = message.usage_metadata
    return usage is not None and usage.get("total_cost") == 0


def _tokens_of(message: AIMessage | None) -> tuple[int, int]:
    usage = None if message is None else message.usage_metadata
    return (0, 0) if usage is None else (usage["input_tokens"], usage["output_tokens"])
