"""The four ways to ask a model."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_aimlapi import ChatAIMLAPI

MODES = ["invoke", "ainvoke", "stream", "astream"]


def text_of(model: ChatAIMLAPI, mode: str) -> str:
    """Ask in one of the four ways."""
    if mode == "invoke":
        return model.invoke("Hi!").text
    if mode == "stream":
        return "".join(chunk.text for chunk in model.stream("Hi!"))
    if mode == "ainvoke":
        return asyncio.run(model.ainvoke("Hi!")).text

    async def read() -> str:
        return "".join([chunk.text async for chunk in model.astream("Hi!")])

    return asyncio.run(read())
