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
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextvars import copy_context
from difflib import get_close_matches
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Literal, overload

from langchain_core.embeddings import Embeddings
from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from typing_extensions import Self, override

from langchain_aimlapi._model.arguments import argument_names, construct, refuse_unknown
from langchain_aimlapi._model.clients import Clients, acurrent_key, current_key
from langchain_aimlapi._model.field_types import (
    APIKey,
    BaseURL,
    Headers,
    MaxRetries,
    Proxy,
    Seconds,
    UserAsyncClient,
    UserClient,
    default_base_url,
)
from langchain_aimlapi._model.hints import did_you_mean, hint_of_parameters
from langchain_aimlapi._model.request import encode
from langchain_aimlapi._services import embeddings as service
from langchain_aimlapi.cost import current_tally
from langchain_aimlapi.errors import AIMLAPIError, InvalidRequestError, NotFoundError
from langchain_aimlapi.profiles import facts_for

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from langchain_aimlapi._http.redaction import Secret
    from langchain_aimlapi._http.requests import Reply
    from langchain_aimlapi._model.field_types import EmbeddingsArguments
    from langchain_aimlapi._services.embeddings import (
        CollectedVectors,
        EmbeddingFacts,
        Purpose,
        TextBatch,
        Vectors,
    )

__all__ = ["AIMLAPIEmbeddings"]

_SENT = ("dimensions", "encoding_format", "task_type", "title", "auto_truncate", "input_type")
"""Fields that become parameters of the body, under their own names, when they are set."""


class AIMLAPIEmbeddings(BaseModel, Embeddings):
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

    model_config = ConfigDict(
        extra="forbid",
        arbitrary_types_allowed=True,
        # An error of validation would otherwise show what it refuses: keys and headers.
        hide_input_in_errors=True,
        protected_namespaces=(),
    )

    # --- which model, where, with which key ---
    model: str = Field(
        min_length=1,
        validation_alias=AliasChoices("model", "model_name"),
        examples=["text-embedding-3-small"],
        description='Model id, such as `"text-embedding-3-small"` (alias `model_name`). Required.',
    )
    api_key: APIKey = Field(default=None, validate_default=True)  # the validator replaces None
    base_url: BaseURL = Field(default_factory=default_base_url)

    # --- what is asked for ---
    dimensions: int | None = Field(
        default=None, gt=0, description="Numbers per vector, for models that can shorten theirs."
    )
    encoding_format: Literal["float", "base64"] | None = Field(
        default=None,
        description=(
            'How vectors are sent: `"base64"` or `"float"`. Unless it is set, base64 where the '
            "model documents it. What you get is the same: lists of floats."
        ),
    )
    task_type: str | None = Field(
        default=None,
        description=(
            "Task of Google's models. Unless it is set, `RETRIEVAL_DOCUMENT` for documents and "
            "`RETRIEVAL_QUERY` for queries."
        ),
    )
    title: str | None = Field(
        default=None, description="Title of the documents, for Google's models."
    )
    auto_truncate: bool | None = Field(
        default=None, description="Whether Google's models cut texts that are too long."
    )
    input_type: str | None = Field(
        default=None,
        description=(
            'Kind of text of Voyage\'s models. Unless it is set, `"document"` for documents; '
            "queries are sent without it."
        ),
    )
    extra_body: dict[str, Any] | None = Field(
        default=None, description="Merged into the body last, as it is."
    )

    # --- how texts are sent ---
    chunk_size: int | None = Field(
        default=None,
        gt=0,
        description="Texts per request at most. Unless it is set, what the model documents.",
    )
    max_concurrency: int = Field(
        default=8, gt=0, description="Requests of one call that are under way at the same time."
    )
    on_progress: Callable[[int, int], None] | None = Field(
        default=None,
        exclude=True,
        description="Called with the number of texts that are done and of all texts.",
    )

    # --- transport ---
    timeout: Seconds = Field(
        default=60.0,
        description=(
            "Seconds, or an `httpx.Timeout`. As a number it bounds the whole of one attempt. "
            "`None` switches it off."
        ),
    )
    max_retries: MaxRetries = Field(default=2)
    default_headers: Headers = Field(
        default=None,
        description=(
            "Headers added to every request. Values may be secrets, so they are left out of "
            "`repr` and dumps."
        ),
    )
    proxy: Proxy = Field(
        default=None,
        description=(
            "URL of a proxy; without it `HTTPS_PROXY` and kin of the environment count. It may "
            "hold a password, so it is left out of `repr` and dumps."
        ),
    )
    http_client: UserClient = Field(default=None)
    http_async_client: UserAsyncClient = Field(default=None)

    if TYPE_CHECKING:

        @overload
        def __init__(self, model: str, /, **settings: Unpack[EmbeddingsArguments]) -> None: ...
        @overload
        def __init__(self, *, model: str, **settings: Unpack[EmbeddingsArguments]) -> None: ...
        @overload
        def __init__(self, *, model_name: str, **settings: Unpack[EmbeddingsArguments]) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            """Make a model; see the fields. The model id may stand first, without its name."""
    else:

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            """Make a model; see the fields. The model id may stand first, without its name."""
            refuse_unknown(kwargs, argument_names(type(self)), type(self).__name__)
            construct(super().__init__, type(self), args, kwargs)

    @cached_property
    def _clients(self) -> Clients:
        return Clients(streams=False)

    @override
    def __copy__(self) -> Self:
        copied = super().__copy__()
        copied.__dict__.pop("_clients", None)
        return copied

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

    def close(self) -> None:
        """Close the sync connections, unless another model shares them."""
        self._clients.close()

    async def aclose(self) -> None:
        """Close the sync connections and the async ones of the running event loop."""
        await self._clients.aclose()

    # --- requests ---
    def _embed(self, given: Any, purpose: Purpose) -> list[list[float]]:
        batches, collected = self._begin(given, purpose)
        if not batches:
            return []
        key = current_key(self.api_key)

        def ask(batch: TextBatch) -> Vectors | None:
            if collected.error is not None:
                return None
            try:
                return self._ask(batch, purpose, key)
            except AIMLAPIError as error:
                collected.error = collected.error or error
                return None

        if len(batches) == 1:  # needs no thread
            collected.add(batches[0], ask(batches[0]))
            return collected.vectors()
        with ThreadPoolExecutor(min(self.max_concurrency, len(batches))) as pool:
            running = {pool.submit(copy_context().run, ask, batch): batch for batch in batches}
            try:
                for future in as_completed(running):
                    collected.add(running[future], future.result())
            finally:  # where the callback for progress raises, nothing more is sent
                pool.shutdown(cancel_futures=True)
        return collected.vectors()

    async def _aembed(self, given: Any, purpose: Purpose) -> list[list[float]]:
        batches, collected = self._begin(given, purpose)
        if not batches:
            return []
        key = await acurrent_key(self.api_key)
        waiting = iter(batches)

        async def work() -> None:
            for batch in waiting:
                if collected.error is not None:
                    return
                try:
                    collected.add(batch, await self._aask(batch, purpose, key))
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
        texts = service.checked_texts(given, purpose)
        batches = service.in_batches(texts, self._facts, self.model, self.chunk_size)
        tally = current_tally()
        if batches and tally is not None:
            tally.check_budget()

        def count(found: Vectors) -> None:
            if tally is not None:
                model, tokens = found.model or self.model, (found.tokens, 0)
                tally.add(model, found.cost, tokens=tokens, inference_id=found.inference_id)

        return batches, service.CollectedVectors(len(texts), count, self.on_progress)

    def _ask(self, batch: TextBatch, purpose: Purpose, key: Secret) -> Vectors:
        body, read, settings = self._request(batch, purpose, key)
        return self._clients.sync(self).fetch("POST", service.PATH, body, read, **settings)

    async def _aask(self, batch: TextBatch, purpose: Purpose, key: Secret) -> Vectors:
        body, read, settings = self._request(batch, purpose, key)
        client = self._clients.asynchronous(self)
        return await client.fetch("POST", service.PATH, body, read, **settings)

    def _request(
        self, batch: TextBatch, purpose: Purpose, key: Secret
    ) -> tuple[bytes, Callable[[Reply], Vectors], dict[str, Any]]:
        """Return the body, what reads its answer, and how it is sent."""
        given = {name: value for name in _SENT if (value := getattr(self, name)) is not None}
        given |= self.extra_body or {}
        body = encode(service.request_body(batch.texts, self.model, purpose, self._facts, given))

        def read(reply: Reply) -> Vectors:
            count = len(batch.texts)
            return service.read_vectors(reply.body, count, reply.headers, secrets=(key,))

        hint = partial(self._hint, body)
        return body, read, {"api_key": key, "client_request_id": None, "hint": hint}

    @property
    def _facts(self) -> EmbeddingFacts:
        return service.embedding_facts_for(self.model)

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
        near = get_close_matches(self.model.lower(), sorted(service.EMBEDDING_MODELS), n=3)
        return did_you_mean(self.model, near)


AimlapiEmbeddings = AIMLAPIEmbeddings
"""The spelling of 0.1, for those who migrate."""
