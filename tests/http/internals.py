"""What thinks about bytes and waits, and cannot be tried at every cut and delay through a model."""

from __future__ import annotations

from langchain_aimlapi._http.async_client import AsyncClient
from langchain_aimlapi._http.client import SyncClient
from langchain_aimlapi._http.error_bodies import retry_after_seconds
from langchain_aimlapi._http.redaction import Hidden, Secret, hidden
from langchain_aimlapi._http.retry import (
    FailedAttempt,
    RetryPolicy,
    is_retryable,
    should_retry_header,
)
from langchain_aimlapi._http.sse import DOCUMENT, BodyDecoder, Event, EventDecoder

__all__ = [
    "DOCUMENT",
    "AsyncClient",
    "BodyDecoder",
    "Event",
    "EventDecoder",
    "FailedAttempt",
    "Hidden",
    "RetryPolicy",
    "Secret",
    "SyncClient",
    "hidden",
    "is_retryable",
    "retry_after_seconds",
    "should_retry_header",
]
