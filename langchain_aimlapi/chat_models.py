"""`ChatAIMLAPI`: the chat model. LangChain's hooks over the fields of the model."""

import math
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models.base import LangSmithParams, LanguageModelInput
from langchain_core.load import dumpd
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult, LLMResult
from typing_extensions import override

from langchain_aimlapi._answers.chunks import message_id
from langchain_aimlapi._answers.events import astream_events, stream_events
from langchain_aimlapi._answers.metadata import PROVIDER, combine_outputs
from langchain_aimlapi._answers.translator import register
from langchain_aimlapi._http.failures import without_traceback
from langchain_aimlapi._model.bindable import BindableModel
from langchain_aimlapi._model.clients import DerivedCache, acurrent_key, current_key
from langchain_aimlapi._model.field_types import hide_secrets
from langchain_aimlapi._model.fields import AIMLAPISettings, described
from langchain_aimlapi._model.hints import warn_of_retirement
from langchain_aimlapi._model.mcp_keys import digest_mcp_keys
from langchain_aimlapi._model.notices import (
    note_response,
    note_sent,
    notify_abandoned,
    notify_on_cancel,
)
from langchain_aimlapi._model.request import (
    NOT_IN_CACHE_KEY,
    Request,
    endpoint_of,
    is_whole,
    make_request,
    parameters_of,
    settings_of,
)
from langchain_aimlapi._warning import calls_from_here
from langchain_aimlapi.errors import AIMLAPIError
from langchain_aimlapi.profiles import facts_for

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool
    from langchain_protocol.protocol import MessagesData
    from typing_extensions import Unpack

    from langchain_aimlapi._http.sse import Event
    from langchain_aimlapi._model.fields import ChatArguments
else:
    # LangChain's fallbacks resolve annotations at runtime; these names need no import for that.
    BaseTool = MessagesData = Any

register(PROVIDER)

_CHARACTERS_PER_TOKEN = 4
"""LangChain's estimate."""


class ChatAIMLAPI(BindableModel, AIMLAPISettings):
    """Chat models of every vendor through the AI/ML API gateway.

    ```python
    from langchain_aimlapi import ChatAIMLAPI  # reads the key from AIMLAPI_API_KEY

    model = ChatAIMLAPI(model="anthropic/claude-sonnet-4.5", temperature=0.2, max_tokens=900)

    answer = model.invoke("Hi!")
    answer.usage_metadata  # tokens: {"input_tokens": ..., "output_tokens": ..., ...}
    answer.response_metadata.get("cost")  # {"usd": ..., "credits": ...}, where reported

    for chunk in model.stream("Hi!"):
        print(chunk.text, end="", flush=True)

    answer = await model.ainvoke("Hi!")
    async for chunk in model.astream("Hi!"):
        ...
    ```

    No field is sent unless it is set, and the arguments of a call win over fields:
    `model.invoke("Hi!", temperature=0)`.

    Raises:
        MissingAPIKeyError: There is no key, neither given nor in the environment.
        ConfigurationError: A setting is missing, wrong or cannot be sent.
    """

    if TYPE_CHECKING:  # `AIMLAPISettings` has what runs

        def __init__(self, model: str = ..., **settings: Unpack[ChatArguments]) -> None:
            """Make a model; see the fields. The model id may stand first, without its name."""

    # --- what it has besides its fields; a copy or a pickle starts without ---
    @cached_property
    def _dumped(self) -> DerivedCache[dict[str, Any]]:
        fields = type(self).model_fields.items()  # those that are excluded hold secrets or traces
        return DerivedCache([name for name, field in fields if not field.exclude], dumpd)

    # --- what LangChain asks for traces and caches ---
    @property
    def _llm_type(self) -> str:
        return "aimlapi-chat"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {**parameters_of(self), "base_url": self.base_url}

    @property
    def _serialized(self) -> dict[str, Any]:  # LangChain's own stays as it was first
        return self._dumped.get(self)

    @override
    def _get_invocation_params(
        self, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        kwargs = hide_secrets(kwargs)
        params = {**self._identifying_params, "_type": self._llm_type, **kwargs}
        params["stop"] = stop or self.stop
        if isinstance(self.client_request_id, str):  # a tally names an unreported call by it
            params.setdefault("client_request_id", self.client_request_id)
        model = kwargs.get("model") or kwargs.get("model_name") or self.model
        params["endpoint"] = endpoint_of({**settings_of(self), **kwargs}, facts_for(str(model)))
        return params

    @override
    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        # The base reads model, temperature and max_tokens from the call, then from the fields.
        params = super()._get_ls_params(stop=stop or self.stop, **kwargs)
        params["ls_provider"] = PROVIDER
        return params

    @override
    def _get_llm_string(self, stop: list[str] | None = None, **kwargs: Any) -> str:
        fields = type(self).model_fields
        defaults = {name: fields[name].default for name in NOT_IN_CACHE_KEY if name in fields}
        bodies = {"model_kwargs": self.model_kwargs, "extra_body": self.extra_body}
        copied = self.model_copy(update={**defaults, **digest_mcp_keys(bodies)})
        kwargs = {name: value for name, value in kwargs.items() if name not in NOT_IN_CACHE_KEY}
        kwargs = digest_mcp_keys(kwargs)
        return super(ChatAIMLAPI, copied)._get_llm_string(stop=stop, **kwargs)

    # --- tokens ---
    @override
    def get_num_tokens(self, text: str) -> int:
        """Return about how many tokens `text` has: an estimate, offline, four characters a token.

        No one tokenizer fits models of every vendor; `custom_get_token_ids` counts exactly.
        """
        if self.custom_get_token_ids is not None:
            return len(self.custom_get_token_ids(text))
        return math.ceil(len(text) / _CHARACTERS_PER_TOKEN)

    @override
    def get_num_tokens_from_messages(
        self,
        messages: list[BaseMessage],
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool] | None = None,
    ) -> int:
        """Return about how many tokens a conversation has, images and `tools` included.

        An estimate, offline; so `trim_messages(token_counter=model)` works with every model.
        """
        if self.custom_get_token_ids is not None:
            return super().get_num_tokens_from_messages(messages, tools)
        from langchain_aimlapi._model.token_counts import approximate_message_tokens  # noqa: PLC0415  # slow to import

        return approximate_message_tokens(messages, tools)

    # --- one call ---
    def _request(
        self, stop: Sequence[str] | None, kwargs: dict[str, Any], *, stream: bool = False
    ) -> Request:
        request = make_request(self, stop, kwargs, stream=stream)
        warn_of_retirement(request.facts)
        return request

    @override
    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return self._fetch(self._request(stop, kwargs).with_messages(messages).call)

    @override
    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        request = self._request(stop, kwargs).with_messages(messages)
        note_sent()
        return await self._afetch(request.call)

    @override
    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        # LangChain's stream() tells the callbacks itself and passes no run manager; one is here
        # only when the protocol events or a user drive this hook.
        request = self._request(stop, kwargs, stream=True).with_messages(messages)
        key = current_key(self.api_key)
        with self._clients.sync(self, request.transport).stream(request.call, key) as events:
            note_response(events.headers.get("x-inference-id"))
            reader = request.reader(events.headers, events.secrets)
            id_ = message_id(run_manager)
            batch: list[Event] = []
            event: Event | None = None
            try:
                for batch in events:
                    for event in batch:
                        for chunk in reader.feed(event):
                            if run_manager is not None:
                                chunk.message.id = id_
                                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                            yield chunk
                    if reader.done:
                        break
            except AIMLAPIError as error:
                if not is_whole(reader, error):
                    raise without_traceback(error)  # noqa: B904  # itself, without the frames of the reader
            finally:
                batch, event = [], None  # may quote the key, and tracebacks show variables
            for chunk in reader.close():
                chunk.message.id = id_
                yield chunk

    @override
    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncGenerator[ChatGenerationChunk, None]:
        request = self._request(stop, kwargs, stream=True).with_messages(messages)
        key = await acurrent_key(self.api_key)
        note_sent()
        client = self._clients.asynchronous(self, request.transport)
        async with client.stream(request.call, key) as events:
            note_response(events.headers.get("x-inference-id"))
            reader = request.reader(events.headers, events.secrets)
            id_ = message_id(run_manager)
            batch: list[Event] = []
            event: Event | None = None
            try:
                async for batch in events:
                    for event in batch:
                        for chunk in reader.feed(event):
                            if run_manager is not None:
                                chunk.message.id = id_
                                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                            yield chunk
                    if reader.done:
                        break
            except AIMLAPIError as error:
                if not is_whole(reader, error):
                    raise without_traceback(error)  # noqa: B904  # itself, without the frames of the reader
            finally:
                batch, event = [], None  # may quote the key, and tracebacks show variables
            for chunk in reader.close():
                chunk.message.id = id_
                yield chunk

    # LangChain answers in tasks and threads, which do not know who started them; a warning has to.

    @override
    async def agenerate(
        self, messages: list[list[BaseMessage]], *args: Any, **kwargs: Any
    ) -> LLMResult:
        with calls_from_here(), notify_on_cancel():
            return await super().agenerate(messages, *args, **kwargs)

    @override
    def batch(self, inputs: list[LanguageModelInput], *args: Any, **kwargs: Any) -> list[AIMessage]:
        with calls_from_here():
            return super().batch(inputs, *args, **kwargs)

    @override
    async def abatch(
        self, inputs: list[LanguageModelInput], *args: Any, **kwargs: Any
    ) -> list[AIMessage]:
        with calls_from_here():
            return await super().abatch(inputs, *args, **kwargs)

    def _stream_chat_model_events(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> Iterator[MessagesData]:
        """Yield LangChain's protocol events, for `stream_events(version="v3")`."""
        chunks = self._stream(messages, *args, **kwargs)
        return notify_abandoned(stream_events(chunks), kwargs.get("run_manager"))

    def _astream_chat_model_events(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> AsyncIterator[MessagesData]:
        """Yield LangChain's protocol events, for `astream_events(version="v3")`."""
        return astream_events(self._astream(messages, *args, **kwargs))

    @override
    def _combine_llm_outputs(self, llm_outputs: list[dict[str, Any] | None], /) -> dict[str, Any]:
        return combine_outputs(llm_outputs)


ChatAIMLAPI.__doc__ = f"{ChatAIMLAPI.__doc__}\n    Fields:\n{described(ChatAIMLAPI)}\n"

ChatAimlapi = ChatAIMLAPI
"""The spelling of 0.1, for those who migrate."""
