"""`AIMLAPIEmbeddings`: vectors of texts, for vector stores and retrievers.

    from langchain_aimlapi import AIMLAPIEmbeddings

    embeddings = AIMLAPIEmbeddings(model="text-embedding-3-small")
    vectors = embeddings.embed_documents(["Paris is in France.", "Rome is in Italy."])
    vector = embeddings.embed_query("Where is Rome?")

Models, batches and encodings are those of the service's documents.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from langchain_core.embeddings import Embeddings
from langchain_core.runnables.config import ContextThreadPoolExecutor
from pydantic import ConfigDict, Field
from typing_extensions import override

from langchain_aimlapi._answers.coerce import string_of
from langchain_aimlapi._answers.usage import read_cost
from langchain_aimlapi._http.call import Call
from langchain_aimlapi._model.connection import ConnectedModel, ConnectionArguments
from langchain_aimlapi._model.hints import did_you_mean, hint_of_parameters
from langchain_aimlapi._model.request import encode
from langchain_aimlapi._services.embeddings import (
    CollectedVectors,
    checked_texts,
    in_batches,
    tokens_of,
    vectors_of,
)
from langchain_aimlapi._services.reading import read_answer
from langchain_aimlapi.cost import current_tally
from langchain_aimlapi.data.embedding_models import EMBEDDING_MODELS, embedding_facts_for
from langchain_aimlapi.errors import AIMLAPIError, InvalidRequestError, NotFoundError
from langchain_aimlapi.profiles import facts_for

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from langchain_aimlapi._http.requests import Reply
    from langchain_aimlapi._services.embeddings import Purpose, TextBatch
    from langchain_aimlapi.data.embedding_models import EmbeddingFacts

__all__ = ["AIMLAPIEmbeddings"]

_SENT = ("dimensions", "encoding_format", "task_type", "title", "auto_truncate", "input_type")
"""Fields that become parameters of the body, under their own names, when they are set."""


class AIMLAPIEmbeddings(ConnectedModel, Embeddings):
    """Embedding models of every vendor through the AI/ML API gateway.

    Texts go out in batches of the size that the model documents, several at a time, and vectors
    come back in the order of the texts. Documents and queries are sent as different tasks where the
    model has tasks; vectors come as base64 where the model documents it, a quarter of the bytes.

    Example:
        ```python
        from langchain_aimlapi import AIMLAPIEmbeddings

        embeddings = AIMLAPIEmbeddings(model="text-embedding-3-small")
        vectors = embeddings.embed_documents(["Paris is in France.", "Rome is in Italy."])
        vector = embeddings.embed_query("Where is Rome?")
        ```

    Raises:
        MissingAPIKeyError: There is no key, neither given nor in the environment.
        ConfigurationError: A setting is missing, wrong or cannot be sent.
    """

    model_config = ConfigDict(extra="forbid", defer_build=False, use_attribute_docstrings=True)

    # --- what is asked for ---
    dimensions: int | None = Field(default=None, gt=0)
    """Numbers per vector, for models that can shorten theirs."""
    encoding_format: Literal["float", "base64"] | None = None
    """How vectors are sent: `"base64"` or `"float"`. Unless it is set, base64 where the model
    documents it. What you get is the same: lists of floats.
    """
    task_type: str | None = None
    """Task of Google's models. Unless it is set, `RETRIEVAL_DOCUMENT` for documents and
    `RETRIEVAL_QUERY` for queries.
    """
    title: str | None = None
    """Title of the documents, for Google's models."""
    auto_truncate: bool | None = None
    """Whether Google's models cut texts that are too long."""
    input_type: str | None = None
    """Kind of text of Voyage's models. Unless it is set, `"document"` for documents; queries are
    sent without it.
    """

    # --- how texts are sent ---
    chunk_size: int | None = Field(default=None, gt=0)
    """Texts per request at most. Unless it is set, what the model documents."""
    max_concurrency: int = Field(default=8, gt=0)
    """Requests of one call that are under way at the same time."""
    on_progress: Callable[[int, int], None] | None = Field(default=None, exclude=True)
    """Called with the number of texts that are done and of all texts."""

    if TYPE_CHECKING:

        def __init__(self, model: str = ..., **settings: Unpack[EmbeddingsArguments]) -> None:
            """Make a model; see the fields. The model id may stand first, without its name."""

    # --- LangChain's methods ---
    @override
    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one vector per text, in their order.

        Args:
            texts: Texts that are to be found. No texts are no call.

        Raises:
            ConfigurationError: These are no texts. Nothing was sent.
            ContextLengthError: A text is longer than the model takes. Nothing was sent.
            EmbeddingsIncompleteError: Some batches failed; it holds the vectors of the others.
            AIMLAPIError: No batch succeeded: its error.
        """
        return self._embed(texts, "document")

    @override
    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a query.

        Args:
            text: The query.

        Raises:
            ConfigurationError: It is no text. Nothing was sent.
            ContextLengthError: It is longer than the model takes. Nothing was sent.
            AIMLAPIError: The service refuses, or cannot be reached or read.
        """
        return self._embed(text, "query")[0]

    @override
    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one vector per text; the async form of `embed_documents`, with the same errors."""
        return await self._aembed(texts, "document")

    @override
    async def aembed_query(self, text: str) -> list[float]:
        """Return the vector of a query; the async form of `embed_query`, with the same errors."""
        return (await self._aembed(text, "query"))[0]

    # --- requests ---
    def _embed(self, given: Any, purpose: Purpose) -> list[list[float]]:
        batches, collected = self._begin(given, purpose)

        def ask(batch: TextBatch) -> list[list[float]]:
            if collected.error is None:
                try:
                    return self._fetch(self._call(batch, purpose))
                except AIMLAPIError as error:
                    collected.error = collected.error or error
            return []

        if len(batches) == 1:  # needs no thread
            collected.add(batches[0], ask(batches[0]))
            return collected.vectors()
        with ContextThreadPoolExecutor(self.max_concurrency) as pool:
            # Where the callback for progress raises, those that are not under way are cancelled.
            for batch, vectors in zip(batches, pool.map(ask, batches), strict=True):
                collected.add(batch, vectors)
        return collected.vectors()

    async def _aembed(self, given: Any, purpose: Purpose) -> list[list[float]]:
        batches, collected = self._begin(given, purpose)
        waiting = iter(batches)

        async def work() -> None:
            try:
                for batch in waiting:
                    if collected.error is None:
                        collected.add(batch, await self._afetch(self._call(batch, purpose)))
            except AIMLAPIError as error:
                collected.error = collected.error or error

        workers = min(self.max_concurrency, len(batches))
        tasks = [asyncio.ensure_future(work()) for _ in range(workers)]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
        return collected.vectors()

    def _begin(self, given: Any, purpose: Purpose) -> tuple[list[TextBatch], CollectedVectors]:
        texts = checked_texts(given, purpose)
        batches = list(in_batches(texts, self._facts, self.model, self.chunk_size))
        tally = current_tally()
        if batches and tally is not None:
            tally.check_budget()
        return batches, CollectedVectors(len(texts), self.on_progress)

    def _call(self, batch: TextBatch, purpose: Purpose) -> Call[list[list[float]]]:
        texts, facts, tally = batch.texts, self._facts, current_tally()
        encoded = facts.known and "encoding_format" in facts.parameters
        given = {name: value for name in _SENT if (value := getattr(self, name)) is not None}
        fields = {
            "model": self.model,
            # A single text as a string: Voyage's models take longer texts that way than in a list.
            "input": texts[0] if len(texts) == 1 else texts,
            **facts.tasks.get(purpose, {}),
            **({"encoding_format": "base64"} if encoded else {}),
            **given,
            **(self.extra_body or {}),
        }
        body = encode(fields)

        def read(reply: Reply) -> list[list[float]]:
            def vectors(payload: dict[str, Any]) -> list[list[float]]:
                found = vectors_of(payload.get("data"), len(texts))
                if tally is not None:
                    tally.add(
                        string_of(payload.get("model")) or self.model,
                        read_cost(payload, reply.headers),
                        tokens=(tokens_of(payload.get("usage")), 0),
                        inference_id=reply.headers.get("x-inference-id"),
                    )
                return found

            return read_answer(reply, vectors)

        return Call("/embeddings", read, body, hint=partial(self._hint, body))

    @property
    def _facts(self) -> EmbeddingFacts:
        return embedding_facts_for(self.model)

    def _hint(self, body: bytes, error: AIMLAPIError) -> str | None:
        """Say what to do about a parameter that is refused, or a model that does not embed."""
        if hint := hint_of_parameters(error, body, per_call=False):
            if self.encoding_format is None and "encoding_format" in error.message:
                return 'Set encoding_format="float": unless it is set, base64 is asked for.'
            return hint
        if self._facts.known or not isinstance(error, (InvalidRequestError, NotFoundError)):
            return None
        if facts_for(self.model).known:
            return f"{self.model} is a chat model: use ChatAIMLAPI(model={self.model!r})."
        near = get_close_matches(self.model.lower(), sorted(EMBEDDING_MODELS), n=3)
        return did_you_mean(self.model, near)


class EmbeddingsArguments(ConnectionArguments, total=False):
    """The arguments of `AIMLAPIEmbeddings`, apart from `model`."""

    dimensions: int | None
    encoding_format: Literal["float", "base64"] | None
    task_type: str | None
    title: str | None
    auto_truncate: bool | None
    input_type: str | None
    chunk_size: int | None
    max_concurrency: int
    on_progress: Callable[[int, int], None] | None


AimlapiEmbeddings = AIMLAPIEmbeddings
"""The spelling of 0.1, for those who migrate."""
