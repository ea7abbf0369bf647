"""`/responses`: an answer is a list of items, and so is a conversation."""

from __future__ import annotations

from langchain_aimlapi._endpoints.responses.answer import read_answer
from langchain_aimlapi._endpoints.responses.body import to_request
from langchain_aimlapi._endpoints.responses.stream import StreamReader

__all__ = ["StreamReader", "read_answer", "to_request"]
