"""`ChatAIMLAPI`: the chat model. The only room that knows both LangChain and HTTP."""

from __future__ import annotations

import inspect
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ConfigDict
from typing_extensions import override

from langchain_aimlapi._answers.metadata import PROVIDER, combine_outputs
from langchain_aimlapi._answers.translator import register
from langchain_aimlapi._messages.tools import normalise_tool_choice, normalise_tools
from langchain_aimlapi._model.identity import ModelIdentity
from langchain_aimlapi._model.plan import OPTION_FIELDS, Call, Plan, plan_call
from langchain_aimlapi.errors import APIConnectionError, APIStatusError, APITimeoutError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence

    from langchain_core.callbacks import (
        AsyncCallbackManagerForLLMRun,
        CallbackManagerForLLMRun,
    )
    from langchain_core.language_models.base import LanguageModelInput
    from langchain_core.messages import AIMessage, BaseMessage
    from langchain_core.outputs import ChatGenerationChunk, ChatResult
    from langchain_core.runnables import Runnable
    from langchain_core.tools import BaseTool
    from langchain_protocol.protocol import MessagesData
    from pydantic import BaseModel

    from langchain_aimlapi._endpoints import StreamReader
    from langchain_aimlapi._http.requests import Reply
    from langchain_aimlapi._model.structured import Method
    from langchain_aimlapi.errors import AIMLAPIError

register(PROVIDER)

_Hook = TypeVar("_Hook", bound="Callable[..., Any]")


def _with_signature(hook: _Hook) -> _Hook:
    """Keep the signature of a hook: LangChain asks for it in each call, which takes 12 us."""
    hook.__signature__ = inspect.signature(hook)  # type: ignore[attr-defined]  # inspect's own
    return hook


class ChatAIMLAPI(ModelIdentity):
    """Chat models of every vendor through the AI/ML API gateway.

    Setup:
        Install `langchain-aimlapi` and set the environment variable `AIMLAPI_API_KEY`.

    Instantiate:
        ```python
        from langchain_aimlapi import ChatAIMLAPI

        model = ChatAIMLAPI(model="anthropic/claude-sonnet-4", temperature=0.2, max_tokens=1024)
        ```

    Invoke:
        ```python
        answer = model.invoke("Hi!")
        answer.text
        answer.usage_metadata  # tokens: {"input_tokens": ..., "output_tokens": ..., ...}
        answer.response_metadata["cost"]  # {"usd": ..., "credits": ...}, where reported
        ```

    Stream:
        ```python
        for chunk in model.stream("Hi!"):
            print(chunk.text, end="", flush=True)
        ```

    Async:
        ```python
        answer = await model.ainvoke("Hi!")
        async for chunk in model.astream("Hi!"):
            ...
        ```

    Every field is documented where it is defined, in `AIMLAPISettings`; none is sent unless it
    is set, and the arguments of a call win over fields: `model.invoke("Hi!", temperature=0)`.

    Raises:
        MissingAPIKeyError: There is no key, neither given nor in the environment.
        ConfigurationError: The key, a header, the base URL or a request id cannot be sent.
    """

    model_config = ConfigDict(defer_build=False)

    # --- one call ---

    def _build_call(
        self,
        messages: Sequence[BaseMessage],
        stop: Sequence[str] | None,
        kwargs: dict[str, Any],
        *,
        stream: bool,
    ) -> Call:
        return self._plan(stop, kwargs, stream=stream).call(messages)

    def _plan(self, stop: Sequence[str] | None, kwargs: dict[str, Any], *, stream: bool) -> Plan:
        # Calls without arguments of their own, as agents and chains make, share one plan.
        plain = not (kwargs or stop or self.model_kwargs)
        plan = self._prepared.plans.get(stream) if plain else None
        if plan is None:
            plan = plan_call(self._call_fields(), stop, kwargs, stream=stream)
            if plain:
                self._prepared.plans[stream] = plan
        return plan

    def _call_fields(self) -> dict[str, Any]:
        fields = self._prepared.fields
        if fields is None:
            options = {name: getattr(self, name) for name in OPTION_FIELDS}
            fields = {"model": self.model, **options, **self._set_fields()}
            self._prepared.fields = fields
        return {**fields, **self.model_kwargs}

    def _stream_reader(self, call: Call, headers: Any, key: str) -> StreamReader:
        return call.endpoint.StreamReader(
            headers,
            include_headers=call.include_headers,
            include_usage=call.include_usage,
            several=call.several,
            secrets=(key,),
        )

    @override
    @_with_signature
    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        call = self._build_call(messages, stop, kwargs, stream=False)
        key = self._key()
        return self._sync(call.transport).fetch(
            "POST", call.endpoint.path, call.body, _reader(call, key), **call.sending(key)
        )

    @override
    @_with_signature
    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        call = self._build_call(messages, stop, kwargs, stream=False)
        key = await self._akey()
        return await self._async(call.transport).fetch(
            "POST", call.endpoint.path, call.body, _reader(call, key), **call.sending(key)
        )

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
        call = self._build_call(messages, stop, kwargs, stream=True)
        key = self._key()
        with self._sync(call.transport).stream(
            call.endpoint.path, call.body, **call.sending(key)
        ) as events:
            reader = self._stream_reader(call, events.headers, key)
            try:
                for batch in events:
                    for event in batch:
                        for chunk in reader.feed(event):
                            if run_manager is not None:
                                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                            yield chunk
                    if reader.done:
                        break
            except (APIConnectionError, APITimeoutError) as error:
                if not _came_too_late(error, reader):
                    raise
            for chunk in reader.close():
                yield chunk

    @override
    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncGenerator[ChatGenerationChunk, None]:
        call = self._build_call(messages, stop, kwargs, stream=True)
        key = await self._akey()
        async with self._async(call.transport).stream(
            call.endpoint.path, call.body, **call.sending(key)
        ) as events:
            reader = self._stream_reader(call, events.headers, key)
            try:
                async for batch in events:
                    for event in batch:
                        for chunk in reader.feed(event):
                            if run_manager is not None:
                                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                            yield chunk
                    if reader.done:
                        break
            except (APIConnectionError, APITimeoutError) as error:
                if not _came_too_late(error, reader):
                    raise
            for chunk in reader.close():
                yield chunk

    def _stream_chat_model_events(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[MessagesData]:
        """Yield LangChain's protocol events, for `stream_events(version="v3")`."""
        from langchain_aimlapi._answers.events import EventBuilder  # noqa: PLC0415  # on need

        builder = EventBuilder()
        for chunk in self._stream(messages, stop, run_manager, **kwargs):
            yield from builder.feed(chunk)
        yield from builder.close()

    async def _astream_chat_model_events(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[MessagesData]:
        """Yield LangChain's protocol events, for `astream_events(version="v3")`."""
        from langchain_aimlapi._answers.events import EventBuilder  # noqa: PLC0415  # on need

        builder = EventBuilder()
        # Closing an async generator leaves the one it reads from to the garbage collector.
        async with aclosing(self._astream(messages, stop, run_manager, **kwargs)) as chunks:
            async for chunk in chunks:
                for event in builder.feed(chunk):
                    yield event
        for event in builder.close():
            yield event

    @override
    def _combine_llm_outputs(self, llm_outputs: list[dict[str, Any] | None], /) -> dict[str, Any]:
        return combine_outputs(llm_outputs)

    # --- tools and structured output ---

    @override
    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: dict[str, Any] | str | bool | None = None,
        strict: bool | None = None,
        parallel_tool_calls: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind tools, kept independent of a request schema until the call's model is known.

        Args:
            tools: Functions, Pydantic classes, `TypedDict` classes, LangChain tools, tool dicts
                in OpenAI's or Anthropic's form, or server tools by `type`.
            tool_choice: `"auto"`, `"any"` or `"required"`, `"none"`, the name of a tool, `True`
                (the one tool bound), or a dict in OpenAI's or Anthropic's form. `None` leaves it
                to the service.
            strict: Whether arguments must match the schema exactly. Sent only if set.
            parallel_tool_calls: Whether several calls per answer are allowed. Sent only if set.
            **kwargs: Bound as well: parameters of the call, such as `temperature`.

        Returns:
            A runnable that answers with an `AIMessage`.

        Raises:
            ConfigurationError: A tool or the choice has no form that the service knows.
        """
        bound = normalise_tools(tools, strict=strict)
        choice = normalise_tool_choice(tool_choice, bound)
        given = {"tool_choice": choice, "parallel_tool_calls": parallel_tool_calls}
        set_ = {name: value for name, value in given.items() if value is not None}
        return self.bind(tools=bound, **set_, **kwargs)

    @override
    def with_structured_output(
        self,
        schema: dict[str, Any] | type,
        *,
        method: Method | None = None,
        include_raw: bool = False,
        strict: bool | None = None,
        tools: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, dict[str, Any] | BaseModel]:
        """Answer in the shape of a schema.

        Args:
            schema: A Pydantic class, a `TypedDict` class, a JSON schema or an OpenAI function.
            method: `"json_schema"`, `"function_calling"`, `"json_mode"`, or `None`: JSON schema
                where the model documents it, function calling elsewhere.
            include_raw: Whether to return `{"raw", "parsed", "parsing_error"}`.
            strict: Whether the service must hold the schema exactly. Sent only if set.
            tools: Further tools that the model may call.
            **kwargs: Bound as well: parameters of the call.

        Returns:
            A runnable whose output is an instance of a Pydantic `schema`, else a dict.

        Raises:
            ConfigurationError: The schema or the method is not one of these.
        """
        from langchain_aimlapi._model.structured import structured_output  # noqa: PLC0415  # on need

        return structured_output(
            self,
            schema,
            method=method,
            include_raw=include_raw,
            strict=strict,
            tools=tools,
            **kwargs,
        )


def _reader(call: Call, key: str) -> Callable[[Reply], ChatResult]:
    def read(reply: Reply) -> ChatResult:
        return call.endpoint.read_answer(
            reply.body, reply.headers, include_headers=call.include_headers, secrets=(key,)
        )

    return read


def _came_too_late(error: AIMLAPIError, reader: StreamReader) -> bool:
    """Return whether a stream broke off after its answer was complete: nothing is lost then."""
    return reader.complete and not isinstance(error, APIStatusError)
