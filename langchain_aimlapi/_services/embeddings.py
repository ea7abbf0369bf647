"""`/embeddings`: what models take, texts in batches in, vectors in the order of the texts out.

What the models take stands in `data.embedding_models`.
"""

from __future__ import annotations

import sys
from array import array
from base64 import b64decode
from collections.abc import Iterable, Mapping
from math import inf, isfinite
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from langchain_aimlapi._answers.coerce import dict_of
from langchain_aimlapi._http.json import UnreadableError
from langchain_aimlapi.errors import (
    AIMLAPIError,
    ConfigurationError,
    ContextLengthError,
    EmbeddingsIncompleteError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from langchain_aimlapi.data.embedding_models import EmbeddingFacts

Purpose = Literal["document", "query"]


# --- requests -----------------------------------------------------------------------------------
_MIN_CHARACTERS_PER_TOKEN = 2
"""Where the sum of a request must surely not be too large."""
_MAX_CHARACTERS_PER_TOKEN = 6
"""Texts have fewer characters per token in every language, so that only a text that is surely too
long is refused here."""


class TextBatch(NamedTuple):
    """The texts of one request, and the position of the first one among all texts."""

    start: int
    texts: list[str]


def checked_texts(given: Any, purpose: Purpose) -> list[str]:
    """Return the texts that `embed_documents` or `embed_query` was given.

    Raises:
        ConfigurationError: These are one text where several are expected (its letters would be
            embedded singly), or several where one is.
    """
    several = isinstance(given, Iterable) and not isinstance(given, (str, bytes, Mapping))
    if several is (purpose == "query"):
        kind = type(given).__name__
        raise ConfigurationError(
            f"embed_query takes one text and embed_documents a list of them; this is a {kind}."
        )
    return list(given) if several else [given]


def in_batches(
    texts: Sequence[str], facts: EmbeddingFacts, model: str, max_texts: int | None = None
) -> Iterator[TextBatch]:
    """Yield the requests that `texts` make, of `max_texts` at most if it is given.

    Raises:
        ConfigurationError: A text is no string, or empty, which no model takes.
        ContextLengthError: A text is longer than the model takes. Nothing was sent.
    """
    for position, text in enumerate(texts):
        _check(position, text, facts, model)
    most = max_texts or facts.texts
    max_size = (facts.batch_tokens or inf) * _MIN_CHARACTERS_PER_TOKEN
    batch, size, full = TextBatch(0, []), 0, False
    for position, text in enumerate(texts):
        alone = len(text) > (facts.characters_in_list or inf)
        full = full or alone or len(batch.texts) >= most or size + len(text) > max_size
        if batch.texts and full:
            yield batch
            batch, size = TextBatch(position, []), 0
        batch.texts.append(text)
        size += len(text)
        full = alone
    if batch.texts:
        yield batch


def _check(position: int, text: str, facts: EmbeddingFacts, model: str) -> None:
    if not isinstance(text, str):
        kind = type(text).__name__
        raise ConfigurationError(f"Text {position} is not a string but of type {kind}.")
    if not text:
        raise ConfigurationError(f"Text {position} is empty: no model embeds it. Leave it out.")
    limit, unit, size = facts.characters, "characters", len(text)
    if limit is None:
        limit, unit, size = facts.tokens, "tokens", len(text) // _MAX_CHARACTERS_PER_TOKEN
    if limit is not None and size > limit:
        raise ContextLengthError(
            f"Text {position} has {len(text)} characters, and {model} takes {limit} {unit}. "
            "Nothing was sent.",
            hint="Split it first, with RecursiveCharacterTextSplitter of langchain-text-splitters, "
            "say.",
        )


# --- answers ------------------------------------------------------------------------------------
def vectors_of(rows: Any, count: int) -> list[list[float]]:
    """Return the vectors in the order of the texts; `UnreadableError` unless each text has one."""
    if not isinstance(rows, list) or len(rows) != count:
        found = len(rows) if isinstance(rows, list) else "no"
        raise UnreadableError(f"it holds {found} vectors for {count} texts")
    by_index = {str(index): index for index in range(count)}
    vectors: dict[int, list[float]] = {}
    for position, row in enumerate(map(dict_of, rows)):
        # Without an index the order decides; one that is sent as a text counts as well.
        sent = row.get("index")
        index = by_index.get(str(position if sent is None else sent))
        if index is None or index in vectors:
            raise UnreadableError(f"vector {position} has no place of its own")
        vectors[index] = _vector(row.get("embedding"))
        # A single NaN spoils every distance to the vector, without a word.
        if not vectors[index] or not isfinite(sum(vectors[index])):
            raise UnreadableError(f"vector {position} is no list of finite numbers")
    return [vectors[index] for index in range(count)]


def _vector(value: Any) -> list[float]:
    """Return the numbers of a list, or of base64 of little-endian float32; none of any other."""
    try:
        if not isinstance(value, str):
            return array("d", value).tolist() if isinstance(value, list) else []
        numbers = array("f", b64decode(value))
    except (TypeError, ValueError, OverflowError):
        return []
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tolist()


def tokens_of(usage: Any) -> int:
    """Return the tokens of all texts; Voyage reports `total_tokens` alone."""
    counts = dict_of(usage)
    names = ("prompt_tokens", "input_tokens", "total_tokens")
    found = (counts[name] for name in names if type(counts.get(name)) is int)
    return next((count for count in found if count >= 0), 0)


# --- the batches of one call --------------------------------------------------------------------
class CollectedVectors:
    """The vectors of one call while its batches are answered, in any order.

    Args:
        count: How many texts the call has.
        on_progress: Called with the texts that are done and all texts.

    Attributes:
        error: The first error, after which no further batch is begun.
    """

    def __init__(self, count: int, on_progress: Callable[[int, int], None] | None) -> None:
        self.error: AIMLAPIError | None = None
        self._vectors: list[list[float] | None] = [None] * count
        self._done = 0
        self._on_progress = on_progress

    def add(self, batch: TextBatch, vectors: list[list[float]]) -> None:
        """Add the vectors of a batch; none if it failed or was not begun."""
        if not vectors:
            return
        self._vectors[batch.start : batch.start + len(vectors)] = vectors
        self._done += len(vectors)
        if self._on_progress is not None:
            self._on_progress(self._done, len(self._vectors))

    def vectors(self) -> list[list[float]]:
        """Return all vectors.

        Raises:
            EmbeddingsIncompleteError: Some are missing.
            AIMLAPIError: All are: the first error.
        """
        found = [vector for vector in self._vectors if vector is not None]
        if self.error is None:
            return found
        if not found:
            raise self.error
        missing = [at for at, vector in enumerate(self._vectors) if vector is None]
        raise EmbeddingsIncompleteError(
            f"{len(missing)} of {len(self._vectors)} texts have no vector: {self.error.message}",
            status_code=self.error.status_code,
            retry_after=self.error.retry_after,
            hint="The other vectors are in `vectors` of this error; embed those of `missing`.",
            vectors=self._vectors,
            missing=missing,
        ) from self.error
