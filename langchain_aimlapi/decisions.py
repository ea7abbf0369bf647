"""`AIMLAPIDecisions`: typed answers with probabilities, for routing and guarding agents.

    from langchain_core.decisions import Choice, Noul
    from langchain_aimlapi import AIMLAPIDecisions

    decisions = AIMLAPIDecisions(model="typesafe/jev")
    urgent = Noul(instructions="Does this need an answer today?")
    team = Choice(
        instructions="Which team should handle this?",
        criteria={"billing": "Payments, refunds", "technical": "Bugs, outages"},
    )
    answer = decisions.invoke(
        {"state": "My payments keep failing!", "questions": {"urgent": urgent, "team": team}}
    )
    answer.nouls["urgent"].noul  # the probability of yes
    answer.choices["team"].choice

It needs langchain-core 1.8 or newer. The form of requests and answers is that of the service's
document of `POST /v1/decisions`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ToolMessage,
    UsageMetadata,
    is_data_content_block,
)
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from typing_extensions import override

from langchain_aimlapi._answers.metadata import PROVIDER, Metadata
from langchain_aimlapi._http.call import Call
from langchain_aimlapi._http.json import UnreadableError
from langchain_aimlapi._model.connection import ConnectedModel, ConnectionArguments
from langchain_aimlapi._model.field_types import Seconds
from langchain_aimlapi._model.hints import hint_of_parameters
from langchain_aimlapi._model.request import encode
from langchain_aimlapi._services.reading import read_answer
from langchain_aimlapi.errors import (
    AIMLAPIError,
    ConfigurationError,
    InvalidRequestError,
    NotFoundError,
)

try:
    from langchain_core.decisions import (
        BaseDecisionModel,
        Box,
        ChoiceAnswer,
        ClassifierResponse,
        Question,
        State,
    )
except ImportError:
    raise ImportError(
        "AIMLAPIDecisions needs langchain-core 1.8 or newer, which needs Python 3.11 or newer: "
        'pip install "langchain-core>=1.8".'
    ) from None

if TYPE_CHECKING:
    from langchain_core.decisions import ClassifierRequest
    from langchain_core.runnables import RunnableConfig
    from typing_extensions import Unpack

    from langchain_aimlapi._http.requests import Reply

__all__ = ["AIMLAPIClassifierResponse", "AIMLAPIDecisions"]

DECISION_MODELS = ("typesafe/jev", "liquid/d1")
"""Those that are documented."""
_TEXT_ONLY = "typesafe/"
_PATH = "/decisions"


class AIMLAPIClassifierResponse(ClassifierResponse):
    """The answers, as every decision model of LangChain gives them, and what they cost.

    `request_id` is the `inference_id` of the service.

    Attributes:
        response_metadata: The same keys as in an answer of `ChatAIMLAPI`: `model_name`, `cost`,
            `inference_id`, `token_usage`, ... where they are known.
    """

    response_metadata: dict[str, Any] = Field(default_factory=dict)

    @property
    def usage_metadata(self) -> UsageMetadata | None:
        """The usage, by the name that it has in a message."""
        return self.usage


class AIMLAPIDecisions(ConnectedModel, BaseDecisionModel):
    """Decision models through the AI/ML API gateway.

    Messages in the state become their role, text and tool calls. Images and other media are
    refused for `typesafe/jev`, which reads text only, and sent as they are to other models.

    Example:
        ```python
        from langchain_core.decisions import Noul
        from langchain_aimlapi import AIMLAPIDecisions

        decisions = AIMLAPIDecisions(model="typesafe/jev")
        urgent = Noul(instructions="Does this need an answer today?")
        answer = decisions.invoke({"state": "It is broken!", "questions": {"urgent": urgent}})
        answer.nouls["urgent"].noul
        answer.response_metadata.get("cost")
        ```

    Raises:
        MissingAPIKeyError: There is no key, neither given nor in the environment.
        ConfigurationError: A setting is missing, wrong or cannot be sent; of a call: the state or
            a question cannot be sent. Nothing was sent.
        AIMLAPIError: Of a call: the service refuses, or cannot be reached or read.
    """

    model_config = ConfigDict(extra="forbid", defer_build=False, use_attribute_docstrings=True)

    timeout: Seconds = 120.0
    """Seconds, or an `httpx.Timeout`. As a number it bounds the whole of one attempt. `None`
    switches it off. The pages of the service measured `liquid/d1` at 27 to 41 seconds.
    """

    if TYPE_CHECKING:

        def __init__(self, model: str = ..., **settings: Unpack[ConnectionArguments]) -> None:
            """Make a model; see the fields. The model id may stand first, without its name."""

        @override
        def invoke(
            self, input: ClassifierRequest, config: RunnableConfig | None = None, **_: Any
        ) -> AIMLAPIClassifierResponse: ...
        @override
        async def ainvoke(
            self, input: ClassifierRequest, config: RunnableConfig | None = None, **_: Any
        ) -> AIMLAPIClassifierResponse: ...

    # --- LangChain's hooks ---
    @property
    def _provider(self) -> str:
        return PROVIDER

    @override
    def _classify(self, state: State, questions: dict[str, Question]) -> AIMLAPIClassifierResponse:
        return self._fetch(self._call(state, questions))

    @override
    async def _aclassify(
        self, state: State, questions: dict[str, Question]
    ) -> AIMLAPIClassifierResponse:
        return await self._afetch(self._call(state, questions))

    def _call(self, state: State, given: Mapping[str, Any]) -> Call[AIMLAPIClassifierResponse]:
        questions = _checked_questions(given)
        plain = partial(_plain, model=self.model)
        fields = {
            "model": self.model,
            "state": plain(state),
            "questions": {name: _written(asked, plain) for name, asked in questions.items()},
        }
        body = encode({**fields, **(self.extra_body or {})})
        return Call(_PATH, partial(_read, questions), body, hint=partial(self._hint, body))

    def _hint(self, body: bytes, error: AIMLAPIError) -> str | None:
        refused = isinstance(error, (InvalidRequestError, NotFoundError))
        if refused and "model" in error.message.lower() and self.model not in DECISION_MODELS:
            documented = " and ".join(DECISION_MODELS)
            return f"Decision models are {documented}; chat models are asked with ChatAIMLAPI."
        return hint_of_parameters(error, body, per_call=False)


# --- requests -----------------------------------------------------------------------------------
_QUESTIONS = TypeAdapter(dict[str, Question])
_ROLES = {"human": "user", "ai": "assistant"}
_APART = frozenset({"reasoning", "tool_call"})
"""Blocks of a message that are no content: calls have a field, thoughts are left out."""


def _checked_questions(given: Mapping[str, Any]) -> dict[str, Question]:
    """Return the questions, also where they are dicts in the documented form.

    Raises:
        ConfigurationError: There are none, or one is none that the service takes.
    """
    if not given:
        raise ConfigurationError("There are no questions.")
    try:
        questions = _QUESTIONS.validate_python(given)
    except ValidationError as error:
        problem = _first_of(error)
    else:
        boxes = [name for name, asked in questions.items() if isinstance(asked, Box)]
        if not boxes:
            return questions
        problem = f"{boxes[0]}: the service documents no Box questions"
    raise ConfigurationError(f"Question {problem}.")


def _first_of(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


def _written(question: Any, plain: Callable[[Any], Any]) -> dict[str, Any]:
    """Return a question as the service documents it: its criteria are texts."""

    def text(criterion: Any, default: str) -> str:
        if isinstance(criterion, str):
            return criterion
        return default if criterion is None else json.dumps(plain(criterion), ensure_ascii=False)

    given = question.criteria
    if isinstance(given, BaseModel):  # of a Noul
        given = given.model_dump(exclude_none=True)
    criteria: Any = [text(level, "") for level in given or ()]
    if isinstance(given, Mapping):
        criteria = {name: text(described, name) for name, described in given.items()}
    written = {"type": question.type, "instructions": plain(question.instructions)}
    return {**written, "criteria": criteria} if criteria else written


def _plain(value: Any, model: str) -> Any:
    """Return a value as JSON has it, with its messages as dicts.

    Raises:
        ConfigurationError: It holds media, and the model takes text only.
    """
    if isinstance(value, BaseMessage):
        value = _message(value)
    if isinstance(value, Mapping):
        if model.startswith(_TEXT_ONLY) and _is_media(value):
            raise ConfigurationError(
                f"{model} takes text only; the state or a question holds a block of type "
                f"{value['type']}. Leave it out, or ask liquid/d1."
            )
        return {name: _plain(inner, model) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [_plain(inner, model) for inner in value]
    return value


def _is_media(block: Mapping[str, Any]) -> bool:
    if block.get("type") in {"image_url", "input_audio"}:
        return True
    return "text" not in block and is_data_content_block(dict(block))


def _message(message: BaseMessage) -> dict[str, Any]:
    blocks: list[Any] = [block for block in message.content_blocks if block["type"] not in _APART]
    texts = [block["text"] for block in blocks if block["type"] == "text"]
    fields: dict[str, Any] = {
        "role": getattr(message, "role", _ROLES.get(message.type, message.type)),
        "content": "".join(texts) if len(texts) == len(blocks) else blocks,
    }
    if message.name:
        fields["name"] = message.name
    if isinstance(message, AIMessage) and message.tool_calls:
        fields["tool_calls"] = message.tool_calls
    if isinstance(message, ToolMessage):
        fields |= {"tool_call_id": message.tool_call_id, "status": message.status}
    return fields


# --- answers ------------------------------------------------------------------------------------
def _read(questions: Mapping[str, Any], reply: Reply) -> AIMLAPIClassifierResponse:
    """Read the answer to `questions`.

    Raises:
        APIStatusError: The body is an error.
        MalformedResponseError: It cannot be read, or does not answer each question.
    """

    def response(payload: dict[str, Any]) -> AIMLAPIClassifierResponse:
        found = _response(payload, reply.headers)
        for name, asked in questions.items():
            answer = found.answers.get(name)
            if answer is None or answer.type != asked.type:
                raise UnreadableError(f"it holds no {asked.type} for the question {name!r}")
            if isinstance(answer, ChoiceAnswer) and answer.choice not in asked.criteria:
                raise UnreadableError(f"it chooses no option of the question {name!r}")
        return found

    return read_answer(reply, response)


def _response(payload: dict[str, Any], headers: Mapping[str, str]) -> AIMLAPIClassifierResponse:
    metadata = Metadata(headers)
    metadata.cost_headers = headers
    metadata.note(payload)
    usage = metadata.usage()
    fields = {
        "model": payload.get("model"),
        "answers": payload.get("answers"),
        "usage": usage,
        "request_id": headers.get("x-inference-id"),
        "response_metadata": metadata.as_dict(usage, has_calls=False),
    }
    try:
        return AIMLAPIClassifierResponse.model_validate(fields)
    except ValidationError as error:
        raise UnreadableError(_first_of(error)) from None
