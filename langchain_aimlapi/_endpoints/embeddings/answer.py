"""From the body of an answer to vectors, in the order of the texts."""

from __future__ import annotations

import sys
from array import array
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.usage import read_cost
from langchain_aimlapi._http.error_bodies import error_from_payload, excerpt, is_error_payload
from langchain_aimlapi._http.json import UnreadableError, read_json
from langchain_aimlapi.errors import MalformedResponseError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_aimlapi._http.redaction import Secret

_FLOAT = 4
"""Bytes of a number in base64: little-endian float32."""
_MAX_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Vectors:
    """What one answer holds.

    Attributes:
        vectors: One per text, in their order.
        model: The model that answered, where it is named.
        tokens: Tokens of all texts; None where they are not reported.
        cost: `{"usd": float, "credits": int}` with what is known; None where it is not reported.
        inference_id: `X-Inference-ID` of the answer.
    """

    vectors: list[list[float]]
    model: str | None = None
    tokens: int | None = None
    cost: dict[str, Any] | None = None
    inference_id: str | None = None


def read_vectors(
    body: bytes,
    count: int,
    headers: Mapping[str, str] | None = None,
    *,
    secrets: Sequence[Secret] = (),
) -> Vectors:
    """Read an answer.

    Args:
        body: The body.
        count: How many texts were sent.
        headers: Response headers, lower-case or case-insensitive.
        secrets: What no error may show.

    Raises:
        APIStatusError: The body is an error.
        MalformedResponseError: It cannot be read, or does not hold one vector per text.
    """
    headers = {} if headers is None else headers
    try:
        payload = read_json(body)
    except UnreadableError as error:
        raise _malformed(f"The answer cannot be read: {error}.", body, secrets) from None
    if is_error_payload(payload):
        raise error_from_payload(payload, headers, secrets=secrets)
    rows = payload.get("data") if isinstance(payload, dict) else None
    if not isinstance(rows, list) or len(rows) != count:
        found = len(rows) if isinstance(rows, list) else "no"
        raise _malformed(f"The answer holds {found} vectors for {count} texts.", body, secrets)
    vectors: list[list[float] | None] = [None] * count
    for place, row in enumerate(rows):
        at = _place_of(row, place) if isinstance(row, dict) else None
        if type(at) is not int or not 0 <= at < count or vectors[at] is not None:
            raise _malformed(f"Vector {place} has no place of its own.", body, secrets)
        vector = _vector(row.get("embedding"))
        if not vector:
            raise _malformed(f"Vector {place} cannot be read.", body, secrets)
        vectors[at] = vector
    model = payload.get("model")
    return Vectors(
        vectors=[vector for vector in vectors if vector is not None],
        model=model if isinstance(model, str) and model else None,
        tokens=_tokens(payload.get("usage")),
        cost=read_cost(payload, headers),
        inference_id=headers.get("x-inference-id"),
    )


def _place_of(row: Mapping[str, Any], place: int) -> Any:
    """Return where a row belongs; some hosts say nothing, or say it as a text."""
    index = row.get("index")
    if index is None:
        return place
    is_number = isinstance(index, str) and index.isascii() and index.isdecimal()
    return int(index) if is_number and len(index) <= _MAX_DIGITS else index


def _vector(value: Any) -> list[float] | None:
    try:
        if isinstance(value, str):
            vector = _from_base64(value)
        else:
            vector = array("d", value).tolist() if isinstance(value, list) else None
    except (TypeError, ValueError, OverflowError, Base64Error):
        return None
    # A single NaN spoils every distance to the vector, without a word.
    return vector if vector and isfinite(sum(vector)) else None


def _from_base64(text: str) -> list[float] | None:
    data = b64decode(text)
    if len(data) % _FLOAT:
        return None
    numbers = array("f")
    numbers.frombytes(data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tolist()


def _tokens(usage: Any) -> int | None:
    """Return the tokens of all texts; some vendors report the total alone."""
    if not isinstance(usage, dict):
        return None
    counts = (usage.get(name) for name in ("prompt_tokens", "input_tokens", "total_tokens"))
    return next(
        (n for n in counts if isinstance(n, int) and not isinstance(n, bool) and n >= 0), None
    )


def _malformed(message: str, body: bytes, secrets: Sequence[Secret]) -> MalformedResponseError:
    shown = excerpt(body, secrets=secrets)
    return MalformedResponseError(message, status_code=200, body_excerpt=shown)
