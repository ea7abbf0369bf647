"""From texts to the body of a request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from langchain_aimlapi._services.embeddings.models import EmbeddingFacts, embedding_facts_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Purpose = Literal["document", "query"]


@dataclass(frozen=True, slots=True)
class EmbeddingOptions:
    """What is sent beside the texts.

    Attributes:
        model: Model id.
        settings: Parameters that the user set, by their names on the wire.
        extra_body: Merged into the body last, as it is.
    """

    model: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    extra_body: Mapping[str, Any] = field(default_factory=dict)


def to_request(
    texts: Sequence[str],
    options: EmbeddingOptions,
    purpose: Purpose,
    facts: EmbeddingFacts | None = None,
) -> dict[str, Any]:
    """Return the body that asks for the vectors of `texts`.

    A single text is sent as a string: some models take longer texts that way than in a list.
    Vectors are asked for as base64 where the model documents it: a quarter of the bytes of a list
    of numbers. A setting of the user's is sent as it is, also where it is not documented.

    Args:
        texts: At least one text.
        options: Everything else that was set.
        purpose: Whether the texts are to be found, or what is looked for.
        facts: What is documented about the model; looked up by its id unless given.
    """
    facts = embedding_facts_for(options.model) if facts is None else facts
    task = facts.query if purpose == "query" else facts.document
    body: dict[str, Any] = {
        "model": options.model,
        "input": texts[0] if len(texts) == 1 else list(texts),
        **task,
    }
    if facts.known and facts.takes("encoding_format"):
        body["encoding_format"] = "base64"
    body.update(options.settings)
    body.update(options.extra_body)
    return body
