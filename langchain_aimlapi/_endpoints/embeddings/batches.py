"""How many texts go into one request, and which are too long for any."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from langchain_aimlapi.errors import ConfigurationError, ContextLengthError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_aimlapi._endpoints.embeddings.models import EmbeddingFacts

_LEAST = 6
"""Characters a token: texts are shorter per token in every language, so that only a text that is
surely too long is refused here."""
_MOST = 2
"""Characters a token where the sum of a request must surely not be too large."""


class TextBatch(NamedTuple):
    """The texts of one request.

    Attributes:
        start: The place of the first one among all texts.
        texts: The texts.
    """

    start: int
    texts: list[str]


def checked_texts(texts: Any) -> list[str]:
    """Return `texts` as a list; one text is none, since its letters would be embedded one by one.

    Raises:
        ConfigurationError: They are one text, or no texts at all.
    """
    if isinstance(texts, (str, bytes)):
        raise ConfigurationError("embed_documents takes a list of texts; embed_query takes one.")
    if isinstance(texts, Mapping) or not isinstance(texts, Iterable):
        kind = type(texts).__name__
        raise ConfigurationError(f"embed_documents takes a list of texts, not of type {kind}.")
    return list(texts)


def checked_query(text: Any) -> str:
    """Return `text`, one text.

    Raises:
        ConfigurationError: It is none.
    """
    if isinstance(text, str):
        return text
    many = "; embed_documents takes several" if isinstance(text, (list, tuple)) else ""
    raise ConfigurationError(
        f"embed_query takes one text, of type str, not {type(text).__name__}{many}."
    )


def in_batches(
    texts: Sequence[str], facts: EmbeddingFacts, model: str, most: int | None = None
) -> list[TextBatch]:
    """Return the requests that `texts` make, in their order.

    Args:
        texts: The texts.
        facts: What is documented about the model.
        model: Model id, for the error.
        most: Texts per request at most; what is documented unless it is given.

    Raises:
        ConfigurationError: A text is no string, or empty, which no model takes.
        ContextLengthError: A text is longer than the model takes. Nothing was sent.
    """
    for place, text in enumerate(texts):
        _check(place, text, facts, model)
    return list(_batches(texts, facts, facts.texts if most is None else most))


def _batches(texts: Sequence[str], facts: EmbeddingFacts, most: int) -> Iterator[TextBatch]:
    limit = None if facts.batch_tokens is None else facts.batch_tokens * _MOST
    batch, size = TextBatch(0, []), 0
    for place, text in enumerate(texts):
        alone = facts.characters_in_list is not None and len(text) > facts.characters_in_list
        full = len(batch.texts) >= most or (limit is not None and size + len(text) > limit)
        if batch.texts and (alone or full):
            yield batch
            batch, size = TextBatch(place, []), 0
        batch.texts.append(text)
        size += len(text)
        if alone:
            yield batch
            batch, size = TextBatch(place + 1, []), 0
    if batch.texts:
        yield batch


def _check(place: int, text: str, facts: EmbeddingFacts, model: str) -> None:
    if not isinstance(text, str):
        kind = type(text).__name__
        raise ConfigurationError(f"Text {place} is no string but {kind}: embed its text.")
    if not text:
        raise ConfigurationError(f"Text {place} is empty: no model embeds it. Leave it out.")
    limit, unit, size = facts.characters, "characters", len(text)
    if limit is None and facts.tokens is not None:
        limit, unit, size = facts.tokens, "tokens", len(text) // _LEAST
    if limit is not None and size > limit:
        raise ContextLengthError(
            f"Text {place} has {len(text)} characters, and {model} takes {limit} {unit}. "
            "Nothing was sent.",
            hint="Split it first, with RecursiveCharacterTextSplitter of langchain-text-splitters, "
            "say.",
        )
