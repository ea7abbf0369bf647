"""A program of `ChatOpenAI`: its imports and its model ids are all that changed."""
# pyright: standard

from typing import Literal

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel, Field, SecretStr

# before: `from langchain_openai import ChatOpenAI`
from langchain_aimlapi import ChatAIMLAPI as ChatOpenAI
from langchain_aimlapi.errors import APIConnectionError

# before: `from openai import APIConnectionError, BadRequestError`
from langchain_aimlapi.errors import InvalidRequestError as BadRequestError

# before: `llm = ChatOpenAI(model="gpt-4o", ...)`
llm = ChatOpenAI(
    model="openai/gpt-4o",
    temperature=0,
    max_tokens=500,
    timeout=None,
    max_retries=2,
    top_p=0.9,
    seed=7,
    frequency_penalty=0.1,
    presence_penalty=0.1,
    stop=["END"],
    stream_usage=True,
    metadata={"team": "bees"},
    tags=["migrated"],
)


class Ticket(BaseModel):
    """A ticket of the support desk."""

    title: str = Field(description="One line")
    urgency: Literal["low", "high"]


@tool
def weather(city: str) -> str:
    """Return today's weather in a city."""
    return f"Sunny in {city}."


# --- chat
chat = llm.invoke([("system", "You are brief."), ("human", "Name a flower.")])
tokens = chat.usage_metadata["total_tokens"] if chat.usage_metadata else 0
finish: str = chat.response_metadata["finish_reason"]
used: int = chat.response_metadata["token_usage"]["total_tokens"]

# --- stream
streamed = "".join(str(chunk.content) for chunk in llm.stream("Tell me about bees."))

# --- tools
messages: list[BaseMessage] = [SystemMessage("Use your tools."), HumanMessage("Lisbon's weather?")]
with_tools = llm.bind_tools([weather], tool_choice="any", parallel_tool_calls=False, strict=True)
asked = with_tools.invoke(messages)
messages.append(asked)
if isinstance(asked, AIMessage):
    for call in asked.tool_calls:
        result = weather.invoke(call["args"])
        messages.append(ToolMessage(content=result, tool_call_id=call["id"]))
answered = llm.bind_tools([weather]).invoke(messages)

# --- structured output
ticket = llm.with_structured_output(Ticket, method="json_schema", strict=True).invoke("It burns!")
assert isinstance(ticket, Ticket)
called = llm.with_structured_output(Ticket, method="function_calling").invoke("It burns!")
raw = llm.with_structured_output(Ticket, include_raw=True).invoke("It burns!")
assert isinstance(raw, dict)
parsed, error = raw["parsed"], raw["parsing_error"]

# --- errors
refused = unreachable = ""
try:
    llm.invoke("Hi!", seed="seven")
except BadRequestError as problem:
    refused = f"{problem.status_code}: {problem.message}"
try:
    ChatOpenAI(
        model="openai/gpt-4o",
        max_retries=0,
        api_key=SecretStr("sk-of-nobody"),
        base_url="http://127.0.0.1:9/v1",  # where nobody listens
    ).invoke("Hi!")
except APIConnectionError as problem:
    unreachable = str(problem)
