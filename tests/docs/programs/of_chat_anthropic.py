"""A program of `ChatAnthropic`: its imports and its model ids are all that changed."""
# pyright: standard

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage, ToolMessage
from pydantic import BaseModel, SecretStr

# before: `from langchain_anthropic import ChatAnthropic`
from langchain_aimlapi import ChatAIMLAPI as ChatAnthropic

# before: `from anthropic import BadRequestError`
from langchain_aimlapi.errors import InvalidRequestError as BadRequestError

# before: `llm = ChatAnthropic(model_name="claude-sonnet-5", ...)`
llm = ChatAnthropic(
    model_name="anthropic/claude-sonnet-5",
    max_tokens_to_sample=2000,
    timeout=60.0,
    max_retries=2,
    stop_sequences=["END"],
    api_key=SecretStr("sk-emulator-of-anthropic"),
)
thinker = ChatAnthropic(
    model="anthropic/claude-sonnet-5",
    max_tokens=4000,
    thinking={"type": "adaptive"},
    default_headers={"x-team": "bees"},
)


class Ticket(BaseModel):
    """A ticket of the support desk."""

    title: str
    urgent: bool


def weather(city: str) -> str:
    """Return today's weather in a city."""
    return f"Sunny in {city}."


# --- chat, with a cached prompt
system = SystemMessage(
    [{"type": "text", "text": "You are brief. " * 500, "cache_control": {"type": "ephemeral"}}]
)
chat = llm.invoke([system, HumanMessage([{"type": "text", "text": "Name a flower."}])])
tokens = chat.usage_metadata["input_tokens"] if chat.usage_metadata else 0
model_name: str = chat.response_metadata["model_name"]

# --- stream
streamed = ""
for chunk in llm.stream("Tell me about bees."):
    streamed += chunk.text

# --- tools, while it thinks
messages: list[BaseMessage] = [HumanMessage("What is the weather in Lisbon?")]
with_tools = thinker.bind_tools([weather])
asked = with_tools.invoke(messages)
messages.append(asked)
messages += [
    ToolMessage(weather(**call["args"]), tool_call_id=call["id"]) for call in asked.tool_calls
]
answered = with_tools.invoke(messages)
thoughts = [block for block in asked.content_blocks if block["type"] == "reasoning"]
search = {"type": "web_search_20250305", "name": "web_search", "max_uses": 3}
searched = thinker.bind_tools([search]).invoke("Search the news about bees.")

# --- structured output
ticket = llm.with_structured_output(Ticket).invoke("It burns!")
assert isinstance(ticket, Ticket)
raw = llm.with_structured_output(Ticket, include_raw=True).invoke("It burns!")
assert isinstance(raw, dict)
parsed = raw["parsed"]

# --- errors
refused = ""
try:
    llm.invoke("Hi!", max_tokens=0)
except BadRequestError as problem:
    refused = str(problem.status_code)
