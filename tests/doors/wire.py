"""What thinks about bytes and touches no socket: errors, secrets, retries."""

from __future__ import annotations

# Pure, so every cut, status and spelling is tried; on sockets only a few of them can be.
from langchain_aimlapi._http.error_bodies import (
    error_from_payload,
    error_from_response,
    excerpt,
    is_error_payload,
    retry_after_seconds,
)
from langchain_aimlapi._http.failures import (
    LateError,
    OversizeError,
    Situation,
    UndecodableError,
    failure_of,
    without_password,
)
from langchain_aimlapi._http.redaction import Hidden, Redactor, Secret, hidden
from langchain_aimlapi._http.retry import (
    FailedAttempt,
    RetryPolicy,
    is_retryable,
    should_retry_header,
)

__all__ = [
    "FailedAttempt",
    "Hidden",
    "LateError",
    "OversizeError",
    "Redactor",
    "RetryPolicy",
    "Secret",
    "Situation",
    "UndecodableError",
    "error_from_payload",
    "error_from_response",
    "excerpt",
    "failure_of",
    "hidden",
    "is_error_payload",
    "is_retryable",
    "retry_after_seconds",
    "should_retry_header",
    "without_password",
]
