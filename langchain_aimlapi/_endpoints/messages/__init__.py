"""`/messages`: the Claude-style body, and answers as lists of typed blocks."""

from __future__ import annotations

from langchain_aimlapi._endpoints.messages.answer import read_answer
from langchain_aimlapi._endpoints.messages.body import to_request
from langchain_aimlapi._endpoints.messages.stream import StreamReader

__all__ = ["StreamReader", "read_answer", "to_request"]
