"""`/embeddings`: texts in batches in, vectors in the order of the texts out."""

from __future__ import annotations

from langchain_aimlapi._endpoints.embeddings.answer import Vectors, read_vectors
from langchain_aimlapi._endpoints.embeddings.batches import (
    TextBatch,
    checked_query,
    checked_texts,
    in_batches,
)
from langchain_aimlapi._endpoints.embeddings.models import (
    EmbeddingFacts,
    embedding_facts_for,
    known_embedding_models,
)
from langchain_aimlapi._endpoints.embeddings.request import EmbeddingOptions, Purpose, to_request

PATH = "/embeddings"

__all__ = [
    "PATH",
    "EmbeddingFacts",
    "EmbeddingOptions",
    "Purpose",
    "TextBatch",
    "Vectors",
    "checked_query",
    "checked_texts",
    "embedding_facts_for",
    "in_batches",
    "known_embedding_models",
    "read_vectors",
    "to_request",
]
