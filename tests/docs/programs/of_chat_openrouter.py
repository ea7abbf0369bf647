"""A program of `ChatOpenRouter`: its imports and its model ids are all that changed."""
# pyright: standard

import asyncio

from langchain.agents import create_agent
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import HumanMessage
from typing_extensions import TypedDict

# before: `from langchain_openrouter import ChatOpenRouter`
from langchain_aimlapi import ChatAIMLAPI as ChatOpenRouter

# before: `from openrouter.errors import BadRequestResponseError`
from langchain_aimlapi.errors import InvalidRequestError as BadRequestResponseError

# before: `model = ChatOpenRouter(model="deepseek/deepseek-v4-flash", ...)`
model = ChatOpenRouter(
    model="deepseek/deepseek-v4-flash",
    temperature=0,
    max_tokens=1024,
    max_retries=2,
    top_p=0.9,
    reasoning={"effort": "high"},
    streaming=False,
)


class Ticket(TypedDict):
    """A ticket of the support desk."""

    title: str
    urgent: bool


def weather(city: str) -> str:
    """Return today's weather in a city."""
    return f"Sunny in {city}."


async def chat_and_stream() -> tuple[str, str]:
    """Ask without waiting for the whole."""
    answer = await model.ainvoke("Name a flower.")
    parts = [chunk.text async for chunk in model.astream("Tell me about bees.")]
    return answer.text, "".join(parts)


chat, streamed = asyncio.run(chat_and_stream())

# --- tools, in an agent
agent = create_agent(model, tools=[weather])
state = agent.invoke({"messages": [HumanMessage("What is the weather in Lisbon?")]})
answered: str = state["messages"][-1].text

# --- structured output
problem = ""
title = ""
try:
    ticket = model.with_structured_output(Ticket, method="function_calling").invoke("It burns!")
    title = ticket["title"]
except OutputParserException as error:
    problem = str(error)

# --- errors
missing = ""
try:
    ChatOpenRouter(model="deepseek/no-such-model").invoke("Hi!")
except BadRequestResponseError as error:
    missing = str(error.status_code)
