"""A module of 0.1, kept so that importing from it says what to do instead."""

from typing import Any

from langchain_aimlapi._gone import refuse


def __getattr__(name: str) -> Any:
    return refuse(__name__, name)
