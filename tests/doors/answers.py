"""Reads a whole answer, on any endpoint."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

# The reader of answers, the dialect of each endpoint, and the form of what must not be shown.
from langchain_aimlapi._answers.reading import AnswerReader
from langchain_aimlapi._dialects import ENDPOINTS
from langchain_aimlapi._http.redaction import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_core.outputs import ChatResult


def read_answer(
    body: bytes | dict[str, Any],
    headers: Mapping[str, str] | None = None,
    *,
    endpoint: str = "chat/completions",
    secrets: Sequence[str] = (),
    **options: Any,
) -> ChatResult:
    """Return what the body of an answer becomes.

    Args:
        body: As bytes, or what they say.
        headers: Of the answer.
        endpoint: Where the call went.
        secrets: What no error may show.
        **options: `include_headers`.
    """
    data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    dialect = ENDPOINTS[endpoint].Reader
    reader = AnswerReader(dialect, headers, secrets=tuple(map(Secret, secrets)), **options)
    return reader.read(data)
