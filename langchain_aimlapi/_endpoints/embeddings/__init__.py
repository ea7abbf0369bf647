"""`/embeddings`: texts in batches in, vectors in the order of the texts out."""

from __future__ import annotations

from langchain_aimlapi._endpoints.embeddings.answer import Vectors, read_vectors
from langchain_aimlapi._endpoints.embeddings.batches import Batch, in_batches
from langchain_aimlapi._endpoints.embeddings.models import EmbeddingFacts, facts_for, known_models
from langchain_aimlapi._endpoints.embeddings.request import EmbeddingOptions, Purpose, to_request

PATH = "/embeddings"

__all__ = [
    "PATH",
    "Batch",
    "EmbeddingFacts",
    "EmbeddingOptions",
    "Purpose",
    "Vectors",
    "facts_for",
    "in_batches",
    "known_models",
    "read_vectors",
    "to_request",
]
