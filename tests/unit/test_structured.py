"""Structured output: the method by model, what is bound, how answers are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cases.doors import Ways
from cases.reading import body, call, calls
from langchain_core import exceptions
from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

CLAUDE = "anthropic/claude-sonnet-4"
NO_FORMAT = "o1"
UNKNOWN = "vendor/model-of-next-year"


class Answer(BaseModel):
    """An answer."""

    value: int = Field(description="The value.")
    why: str = ""


class AnswerDict(TypedDict):
    """An answer."""

    value: int


JSON_SCHEMA = {
    "title": "Answer",
    "description": "An answer.",
    "type": "object",
    "properties": {"value": {"type": "integer"}},
    "required": ["value"],
}
FUNCTION = {"name": "Answer", "parameters": {"type": "object", "properties": {"value": {}}}}


class Scripted(ChatAIMLAPI):
    """A model that answers by script and remembers what it was asked."""

    model: str = "gpt-4o"
    api_key: Any = "test-key"
    says: list[AIMessageChunk] = Field(default_factory=list)
    asked: dict[str, Any] = Field(default_factory=dict)

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        self.asked.clear()
        self.asked.update(kwargs)
        whole = self.says[0]
        for chunk in self.says[1:]:
            whole = whole + chunk  # type: ignore[assignment]
        message = AIMessage(
            whole.content,
            tool_calls=whole.tool_calls,
            invalid_tool_calls=whole.invalid_tool_calls,
            additional_kwargs=whole.additional_kwargs,
            response_metadata=whole.response_metadata,
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    _agenerate = BaseChatModel._agenerate  # which asks `_generate`
    _astream = BaseChatModel._astream

    def _stream(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in self.says:
            yield ChatGenerationChunk(message=chunk)


def called(*pieces: str, name: str = "Answer") -> list[AIMessageChunk]:
    return [
        AIMessageChunk(
            content="",
            tool_call_chunks=[
                {
                    "name": name if n == 0 else None,
                    "args": piece,
                    "id": "c1" if n == 0 else None,
                    "index": 0,
                }
            ],
        )
        for n, piece in enumerate(pieces)
    ]


def texts(*pieces: str, **more: Any) -> list[AIMessageChunk]:
    return [AIMessageChunk(content=piece, **more) for piece in pieces]


def asked_for(schema: Any = Answer, llm: dict[str, Any] | None = None, **kwargs: Any) -> Any:
    """Return what is bound."""
    chain: Any = Scripted(**(llm or {})).with_structured_output(schema, **kwargs)
    return chain.first.kwargs


class TestMethod:
    @pytest.mark.parametrize(
        ("model", "method"),
        [
            ("gpt-4o", "json_schema"),
            ("anthropic/claude-3-haiku", "json_schema"),  # OpenAI schema, documents the format
            (CLAUDE, "function_calling"),
            ("anthropic/claude-sonnet-5", "function_calling"),
            ("gemini-1.5-pro", "function_calling"),  # documents tools, no response_format
            (UNKNOWN, "function_calling"),
        ],
    )
    def test_method_is_chosen_by_what_is_documented(self, model: str, method: str) -> None:
        bound = asked_for(llm={"model": model})
        assert ("response_format" in bound) == (method == "json_schema")
        assert ("tools" in bound) == (method == "function_calling")
        assert bound["ls_structured_output_format"]["kwargs"]["method"] == method

    def test_the_model_of_the_call_counts(self) -> None:
        assert "tools" in asked_for(model=CLAUDE)
        assert "response_format" in asked_for(llm={"model": CLAUDE}, model="gpt-4o")

    def test_the_schema_the_user_chose_counts(self) -> None:
        assert "tools" in asked_for(llm={"request_schema": "anthropic"})

    @pytest.mark.parametrize("method", ["json_schema", "json_mode"])
    def test_claude_has_no_response_format_so_a_tool_is_used_with_a_warning(
        self, method: Any
    ) -> None:
        with pytest.warns(UserWarning, match=f"method='{method}'.*function calling"):
            bound = asked_for(llm={"model": CLAUDE}, method=method)
        assert "response_format" not in bound
        assert bound["tools"][0]["function"]["name"] == "Answer"

    def test_an_unknown_method_is_refused(self) -> None:
        with pytest.raises(ConfigurationError, match="'magic'"):
            asked_for(method="magic")


class TestBinding:
    def test_function_calling_forces_the_tool(self) -> None:
        bound = asked_for(method="function_calling")
        assert bound["tool_choice"] == {"type": "function", "function": {"name": "Answer"}}
        assert "strict" not in bound["tools"][0]["function"]

    @pytest.mark.parametrize("method", ["function_calling", "json_schema"])
    def test_parallel_tool_calls_is_not_sent_unasked(self, method: Any) -> None:
        assert "parallel_tool_calls" not in asked_for(method=method)
        asked = asked_for(method=method, parallel_tool_calls=False)
        assert asked["parallel_tool_calls"] is False

    def test_json_schema_carries_the_schema(self) -> None:
        assert asked_for(method="json_schema", schema=JSON_SCHEMA)["response_format"] == {
            "type": "json_schema",
            "json_schema": {
                "name": "Answer",
                "description": "An answer.",
                "schema": {
                    "type": "object",
                    "properties": {"value": {"type": "integer"}},
                    "required": ["value"],
                },
            },
        }

    def test_json_mode_asks_for_any_object(self) -> None:
        assert asked_for(method="json_mode")["response_format"] == {"type": "json_object"}

    def test_strict_is_sent_when_asked_for(self) -> None:
        function = asked_for(method="function_calling", strict=True)["tools"][0]["function"]
        assert function["strict"] is True
        json_schema = asked_for(method="json_schema", strict=True)["response_format"]["json_schema"]
        assert json_schema["strict"] is True
        assert json_schema["schema"]["additionalProperties"] is False

    def test_further_tools_are_bound_beside_the_answer(self) -> None:
        def search(query: str) -> str:
            """Search."""
            return query

        by_tool = asked_for(method="function_calling", tools=[search])
        assert [t["function"]["name"] for t in by_tool["tools"]] == ["Answer", "search"]
        assert by_tool["tool_choice"] == "required"
        by_format = asked_for(method="json_schema", tools=[search])
        assert [t["function"]["name"] for t in by_format["tools"]] == ["search"]
        assert "tool_choice" not in by_format

    def test_a_name_that_the_service_refuses_is_mended(self) -> None:
        schema = {**JSON_SCHEMA, "title": "Answer[int] of " + "x" * 80}
        name = asked_for(schema, method="function_calling")["tools"][0]["function"]["name"]
        assert name.startswith("Answer_int__of_")
        assert len(name) == 64

    @pytest.mark.parametrize("schema", [None, 3, {"type": "web_search_20250305"}])
    def test_what_is_no_schema_is_refused(self, schema: Any) -> None:
        with pytest.raises(ConfigurationError):
            asked_for(schema, method="function_calling")

    def test_other_settings_are_bound_too(self) -> None:
        assert asked_for(temperature=0)["temperature"] == 0


class TestThinking:
    @pytest.mark.parametrize(
        "settings",
        [
            {"thinking": {"type": "enabled", "budget_tokens": 1024}},
            {"thinking": {"type": "adaptive"}},
            {"reasoning": {"effort": "high"}},
            {"reasoning_effort": "low"},
            {"model_kwargs": {"enable_thinking": True}},
        ],
    )
    def test_claude_is_not_forced_while_it_thinks(self, settings: dict[str, Any]) -> None:
        bound = asked_for(llm={"model": CLAUDE, **settings})
        assert "tool_choice" not in bound
        assert bound["tools"]

    def test_thinking_asked_for_in_the_call_counts(self) -> None:
        bound = asked_for(llm={"model": CLAUDE}, thinking={"type": "adaptive"})
        assert "tool_choice" not in bound

    @pytest.mark.parametrize(
        "llm",
        [
            {"model": CLAUDE},
            {"model": CLAUDE, "thinking": {"type": "disabled"}},
            {"model": CLAUDE, "reasoning": {"effort": "none"}},
            {"model": "gpt-5", "reasoning_effort": "high"},
        ],
    )
    def test_others_are_forced(self, llm: dict[str, Any]) -> None:
        assert "tool_choice" in asked_for(llm=llm, method="function_calling")

    def test_an_answer_without_the_tool_says_what_to_do(self) -> None:
        llm = Scripted(model=CLAUDE, thinking={"type": "adaptive"}, says=texts("The value is 3."))
        chain = llm.with_structured_output(Answer)
        with pytest.raises(OutputParserException, match=r"without calling 'Answer'.*thinks") as e:
            chain.invoke("?")
        assert e.value.llm_output == "The value is 3."
        with pytest.raises(OutputParserException, match="without calling 'Answer'"):
            list(chain.stream("?"))


SCHEMAS = [
    (Answer, Answer(value=3)),
    (AnswerDict, {"value": 3}),
    (JSON_SCHEMA, {"value": 3}),
    (FUNCTION, {"value": 3}),
    ({"type": "function", "function": FUNCTION}, {"value": 3}),
]


class TestReading:
    @pytest.mark.parametrize(("schema", "answer"), SCHEMAS)
    @pytest.mark.parametrize("method", ["function_calling", "json_schema", "json_mode"])
    def test_every_schema_by_every_method(self, schema: Any, answer: Any, method: Any) -> None:
        name = "AnswerDict" if schema is AnswerDict else "Answer"
        pieces = ('{"val', 'ue": 3}')
        says = called(*pieces, name=name) if method == "function_calling" else texts(*pieces)
        chain = Scripted(says=says).with_structured_output(schema, method=method)
        assert chain.invoke("?") == answer
        assert list(chain.stream("?"))[-1] == answer

    async def test_async_is_the_same(self) -> None:
        llm = Scripted(says=called('{"value"', ": 3}"))
        chain = llm.with_structured_output(Answer, method="function_calling")
        assert await chain.ainvoke("?") == Answer(value=3)
        assert [value async for value in chain.astream("?")][-1] == Answer(value=3)

    @pytest.mark.parametrize("method", ["function_calling", "json_schema"])
    def test_partial_answers_are_streamed(self, method: Any) -> None:
        pieces = ('{"value": 3, ', '"why": "be', 'cause"}')
        says = called(*pieces) if method == "function_calling" else texts(*pieces)
        chain = Scripted(says=says).with_structured_output(JSON_SCHEMA, method=method)
        assert list(chain.stream("?")) == [
            {"value": 3},
            {"value": 3, "why": "be"},
            {"value": 3, "why": "because"},
        ]

    def test_a_fenced_answer_is_read(self) -> None:
        llm = Scripted(says=texts('```json\n{"value": 3}\n```'))
        assert llm.with_structured_output(Answer).invoke("?") == Answer(value=3)

    def test_text_in_blocks_is_read(self) -> None:
        llm = Scripted(says=[AIMessageChunk(content=[{"type": "text", "text": '{"value": 3}'}])])
        assert llm.with_structured_output(Answer).invoke("?") == Answer(value=3)

    @pytest.mark.parametrize("method", ["function_calling", "json_schema"])
    def test_an_answer_that_was_cut_off_is_an_error_not_a_shorter_answer(self, method: Any) -> None:
        piece = '{"value": 3, "why": "becau'
        says = called(piece) if method == "function_calling" else texts(piece)
        says[-1].response_metadata["finish_reason"] = "length"
        chain = Scripted(says=says).with_structured_output(JSON_SCHEMA, method=method)
        with pytest.raises(OutputParserException, match="cut off at max_tokens"):
            list(chain.stream("?"))

    def test_invalid_arguments_are_an_error(self) -> None:
        llm = Ways(body(calls(call("Answer", '{"value": ', id="c1")))).model
        chain = llm.with_structured_output(Answer, method="function_calling")
        with pytest.raises(OutputParserException, match="not valid JSON"):
            chain.invoke("?")

    def test_an_answer_that_does_not_fit_is_an_error(self) -> None:
        chain = Scripted(says=texts('{"value": "three"}')).with_structured_output(Answer)
        with pytest.raises(OutputParserException, match="does not fit Answer"):
            chain.invoke("?")
        with pytest.raises(OutputParserException, match="does not fit Answer"):
            list(chain.stream("?"))

    @pytest.mark.parametrize("method", ["function_calling", "json_schema"])
    def test_a_refusal_is_an_error_with_its_text(self, method: Any) -> None:
        says = texts("", additional_kwargs={"refusal": "I will not."})
        chain = Scripted(says=says).with_structured_output(Answer, method=method)
        refused = getattr(exceptions, "ModelRefusalError", OutputParserException)
        with pytest.raises(refused, match=r"refused.*: I will not"):
            chain.invoke("?")

    @pytest.mark.parametrize("method", ["function_calling", "json_schema"])
    def test_a_call_of_another_tool_is_no_answer_yet(self, method: Any) -> None:
        def search(query: str) -> str:
            """Search."""
            return query

        llm = Scripted(says=called('{"query": "x"}', name="search"))
        chain: Any = llm.with_structured_output(
            Answer, method=method, tools=[search], include_raw=True
        )
        answer = chain.invoke("?")
        assert answer["parsed"] is None
        assert answer["parsing_error"] is None
        assert answer["raw"].tool_calls[0]["name"] == "search"

    def test_include_raw(self) -> None:
        chain: Any = Scripted(says=texts('{"value": 3}')).with_structured_output(
            Answer, include_raw=True
        )
        answer = chain.invoke("?")
        assert answer["raw"].content == '{"value": 3}'
        assert answer["parsed"] == Answer(value=3)
        assert answer["parsing_error"] is None

    def test_include_raw_carries_the_error(self) -> None:
        chain: Any = Scripted(says=texts("no")).with_structured_output(Answer, include_raw=True)
        answer = chain.invoke("?")
        assert answer["parsed"] is None
        assert isinstance(answer["parsing_error"], OutputParserException)

    def test_tracing_metadata_does_not_reach_the_service(self) -> None:
        llm = Scripted(says=texts('{"value": 3}'))
        llm.with_structured_output(Answer).invoke("?")
        assert set(llm.asked) == {"response_format"}
