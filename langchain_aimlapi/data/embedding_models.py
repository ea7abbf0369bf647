"""What the models of `/embeddings` take.

Parameters and lengths in characters are those of the service's documents. What these leave open
(tokens per text, texts per request) is what the models' own vendors publish.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class EmbeddingFacts:
    """What one embedding model takes.

    Attributes:
        parameters: Parameters of the request beside `model` and `input`.
        tasks: Parameters that tell the model whether a text is a document or a query.
        texts: Texts that one request takes at most.
        tokens: Tokens that one text may have; None where it is not known, or where longer texts
            are cut by the service itself.
        characters: Characters that one text may have; None for no such limit.
        characters_in_list: Characters of a text that is sent together with others. A longer one
            is sent alone.
        batch_tokens: Tokens that all texts of a request may have together.
        known: Whether the model is documented.
    """

    parameters: frozenset[str] = frozenset()
    tasks: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    texts: int = 96
    tokens: int | None = None
    characters: int | None = None
    characters_in_list: int | None = None
    batch_tokens: int | None = None
    known: bool = True


_OPENAI = EmbeddingFacts(
    parameters=frozenset({"encoding_format", "dimensions"}),
    texts=2048,
    tokens=8191,
    batch_tokens=300_000,
)
_GOOGLE = EmbeddingFacts(
    parameters=frozenset({"dimensions", "task_type", "title", "auto_truncate"}),
    tasks={
        "document": {"task_type": "RETRIEVAL_DOCUMENT"},
        "query": {"task_type": "RETRIEVAL_QUERY"},
    },
    texts=250,
    batch_tokens=20_000,
)
_QWEN = EmbeddingFacts(parameters=frozenset({"dimensions"}), texts=10, tokens=8192)
_VOYAGE = EmbeddingFacts(
    parameters=frozenset({"input_type"}),
    # "document" is the only value that is documented, so a query is sent without one.
    tasks={"document": {"input_type": "document"}},
    texts=128,
    characters=8000,
    characters_in_list=800,
)
_PLAIN = EmbeddingFacts()

EMBEDDING_MODELS: Mapping[str, EmbeddingFacts] = {
    "text-embedding-3-small": _OPENAI,
    "text-embedding-3-large": _OPENAI,
    "text-embedding-ada-002": _OPENAI,
    "text-multilingual-embedding-002": _GOOGLE,
    "text-embedding-004": _GOOGLE,
    "textembedding-gecko@001": _GOOGLE,
    "textembedding-gecko@003": _GOOGLE,
    "textembedding-gecko-multilingual@001": _GOOGLE,
    "alibaba/qwen-text-embedding-v3": _QWEN,
    "alibaba/qwen-text-embedding-v4": _QWEN,
    "voyage-2": _VOYAGE,
    "voyage-code-2": _VOYAGE,
    "voyage-finance-2": _VOYAGE,
    "voyage-large-2": _VOYAGE,
    "voyage-large-2-instruct": _VOYAGE,
    "voyage-law-2": _VOYAGE,
    "voyage-multilingual-2": _VOYAGE,
    "BAAI/bge-base-en-v1.5": replace(_PLAIN, tokens=512),
    "BAAI/bge-large-en-v1.5": replace(_PLAIN, tokens=512),
    "togethercomputer/m2-bert-80M-2k-retrieval": replace(_PLAIN, tokens=2048),
    "togethercomputer/m2-bert-80M-8k-retrieval": replace(_PLAIN, tokens=8192),
    "togethercomputer/m2-bert-80M-32k-retrieval": replace(_PLAIN, tokens=32_768),
}

_VENDORS = frozenset({"openai", "google", "anthropic", "alibaba"})
"""Prefixes under which the catalogue lists some of them as well."""


def embedding_facts_for(model: str) -> EmbeddingFacts:
    """Return what is documented about `model`, by its id with or without the vendor in front."""
    vendor, _, name = model.partition("/")
    known = EMBEDDING_MODELS.get(model) or EMBEDDING_MODELS.get(name if vendor in _VENDORS else "")
    return known or EmbeddingFacts(known=False)
