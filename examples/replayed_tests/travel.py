"""An agent with two tools, and a chain that reads a booking out of a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain.agents import create_agent
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.tools import tool
from pydantic import BaseModel, Field

from langchain_aimlapi import ChatAIMLAPI

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

WEATHER = {"Paris": "18 degrees and sunny", "Bergen": "9 degrees and rain"}


class Booking(BaseModel):
    """A table that was asked for."""

    place: str = Field(description="The city")
    guests: int = Field(description="How many people come")


@tool
def get_weather(city: str) -> str:
    """Return today's weather of a city."""
    return f"{WEATHER[city]} in {city}"


@tool
def find_trains(destination: str) -> str:
    """Return the trains of today to a destination."""
    return f"08:12 and 14:40 to {destination}"


def travel_agent(model: str = "anthropic/claude-sonnet-4.5") -> Any:
    """Return an agent that looks up weather and trains."""
    return create_agent(
        ChatAIMLAPI(model=model),
        tools=[get_weather, find_trains],
        system_prompt="You help travellers. Use the tools.",
    )


def booking_chain(model: str = "gpt-4o-mini") -> Runnable[dict[str, str], Any]:
    """Return a chain from `{"wish": ...}` to a `Booking`."""
    prompt = ChatPromptTemplate.from_messages(
        [("system", "Read the booking."), ("human", "{wish}")],
    )
    return prompt | ChatAIMLAPI(model=model, temperature=0).with_structured_output(Booking)
