"""The errors that calls raise, on LangChain's own tree.

```
AIMLAPIError (ModelError)
├── APIStatusError                     an error status, or an error in a 200 body or a stream
│   ├── InvalidRequestError            400, 413, 422 and other 4xx   (ModelInvalidRequestError)
│   │   ├── ContextLengthError         too many tokens               (ContextOverflowError)
│   │   └── RedirectError              3xx: redirects are not followed
│   ├── AuthenticationError            401                           (ModelAuthenticationError)
│   ├── PermissionDeniedError          403                           (ModelPermissionDeniedError)
│   │   └── InsufficientCreditsError   no credits left
│   ├── NotFoundError                  404: no such path or model, or retired
│   ├── StatusTimeoutError             408                           (APITimeoutError)
│   ├── RateLimitError                 425, 429                      (ModelRateLimitError)
│   └── ServerError                    409, 5xx, unknown             (ModelAPIError)
├── APIConnectionError                 no connection, or it broke    (ModelConnectionError)
│   └── StreamInterruptedError         a stream ended early
├── APITimeoutError                    a deadline passed             (ModelTimeoutError)
│   └── StreamChunkTimeoutError        no chunk for too long
├── MalformedResponseError             a 200 that cannot be read     (ModelAPIError)
├── MissingAPIKeyError                 no key at construction        (ModelAuthenticationError)
├── ConfigurationError                 a setting that cannot be sent (ModelInvalidRequestError)
├── UnsupportedContentError            a message that the model's schema cannot express
├── BatchItemError                     a request of a batch was cancelled, or expired
├── EmbeddingsIncompleteError          some texts have no vector; those of the others are in it
└── BudgetExceededError                the budget of a cost callback is spent
```

All of them are plain and picklable: no request object hangs on them, because it holds the key.
`ModelRetirementWarning` is no error: it says which models will end, or have ended.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelError,
    ModelInvalidRequestError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
    ModelTimeoutError,
)
from typing_extensions import override

from langchain_aimlapi._text import printable, printable_line


class ErrorResponse(NamedTuple):
    """What LangChain's tracer reads of a failed response; plain data, without secrets.

    Attributes:
        status_code: HTTP status.
        headers: Response headers that identify the call.
        text: An excerpt of the body, at most 300 characters.
    """

    status_code: int | None
    headers: dict[str, str]
    text: str

    def json(self) -> Any:
        """Return the excerpt as JSON.

        Raises:
            ValueError: It is none.
        """
        return json.loads(self.text)


@dataclass(eq=False, repr=False, kw_only=True)
class AIMLAPIError(ModelError):
    """Base of all errors of this package.

    Attributes:
        message: What happened, in the service's words where there are any.
        status_code: HTTP status, or the status that an error inside a 200 answer names.
        request_id: The service's id of the request, of the body or the headers.
        inference_id: `X-Inference-ID` of the response.
        client_request_id: `X-Client-Request-ID`, as sent by you.
        retry_after: Seconds that the service asks to wait.
        body_excerpt: The start of the body, at most 300 characters.
        hint: What to do next.
        where: Method and URL of the request, without its query.
        chunks_received: Chunks of the stream that were delivered before the error.
    """

    _shows_body = False  # the message already holds the text of the service

    message: str = field(kw_only=False)
    status_code: int | None = None
    request_id: str | None = None
    inference_id: str | None = None
    client_request_id: str | None = None
    retry_after: float | None = None
    body_excerpt: str | None = None
    hint: str | None = None
    where: str | None = None
    chunks_received: int = 0

    def __post_init__(self) -> None:
        """Make the message that of the exception."""
        super().__init__(self.message)

    @property
    def response(self) -> ErrorResponse | None:
        """The failed response as LangChain's tracer reads it; None when there was none."""
        if self.status_code is None and self.body_excerpt is None:
            return None
        ids = {
            "x-request-id": self.request_id,
            "x-inference-id": self.inference_id,
            "x-client-request-id": self.client_request_id,
        }
        headers = {name: value for name, value in ids.items() if value}
        return ErrorResponse(self.status_code, headers, self.body_excerpt or "")

    def __str__(self) -> str:
        """Say what happened, where, with which ids, and what to do next."""
        facts = [
            ("HTTP", self.status_code),
            ("request", self.request_id),
            ("inference", self.inference_id),
            ("client request", self.client_request_id),
            ("retry after", f"{self.retry_after:g} s" if self.retry_after else None),
            ("chunks received", self.chunks_received or None),
            ("at", self.where),
        ]
        listed = ", ".join(f"{name} {value}" for name, value in facts if value)
        text = f"{self.message} [{listed}]" if listed else self.message
        if self._shows_body and self.body_excerpt and self.body_excerpt not in self.message:
            text = f"{text} It reads: {self.body_excerpt}"
        return f"{text} {self.hint}" if self.hint else text

    @override
    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute; texts may be the service's, so no control character stays in them."""
        if isinstance(value, str):
            value = (printable if name in _MAY_HAVE_LINES else printable_line)(value)
        super().__setattr__(name, value)


_MAY_HAVE_LINES = frozenset({"message", "body_excerpt", "hint"})


class APIStatusError(AIMLAPIError):
    """The service answered with an error."""


class InvalidRequestError(APIStatusError, ModelInvalidRequestError):
    """The service refuses the request (400, 413, 422 and other 4xx)."""


class ContextLengthError(InvalidRequestError, ContextOverflowError):
    """The conversation is longer than the model's context window."""


class RedirectError(InvalidRequestError):
    """The service answered with a redirect. It is not followed: prompt and key would go along."""


class AuthenticationError(APIStatusError, ModelAuthenticationError):
    """The key is not accepted (401)."""


class PermissionDeniedError(APIStatusError, ModelPermissionDeniedError):
    """The key is not allowed to do this (403)."""


class InsufficientCreditsError(PermissionDeniedError):
    """The account has no credits left (the service says 403)."""


class NotFoundError(APIStatusError, ModelNotFoundError):
    """The path or the model does not exist, or the model is retired (404)."""


class APITimeoutError(AIMLAPIError, ModelTimeoutError):
    """A deadline passed."""


class StatusTimeoutError(APIStatusError, APITimeoutError):
    """The service gave up waiting (408)."""


class RateLimitError(APIStatusError, ModelRateLimitError):
    """Too many requests (425, 429)."""


class ServerError(APIStatusError, ModelAPIError):
    """The service or its upstream failed (409, 5xx, or an error of no known code)."""


class APIConnectionError(AIMLAPIError, ModelConnectionError):
    """The service cannot be reached, or the connection broke."""


class StreamInterruptedError(APIConnectionError):
    """A stream ended before its answer did; what came before was delivered."""


class StreamChunkTimeoutError(APITimeoutError):
    """A stream gave no chunk for longer than `stream_chunk_timeout` seconds."""


class MalformedResponseError(AIMLAPIError, ModelAPIError):
    """The service answered 200 with a body that cannot be read."""

    _shows_body = True


class MissingAPIKeyError(AIMLAPIError, ModelAuthenticationError):
    """There is no key."""


class ConfigurationError(AIMLAPIError, ModelInvalidRequestError):
    """A setting cannot be used. Nothing was sent."""


class UnsupportedContentError(AIMLAPIError, ModelInvalidRequestError, ValueError):
    """A message holds what the model's request schema cannot express. Nothing was sent.

    Attributes:
        block: Index of the message, and a fingerprint of the block in it; None where no single
            block is refused.
    """

    block: tuple[int, int] | None = None


class BatchItemError(AIMLAPIError):
    """A request of a batch was cancelled or expired before it was answered."""


@dataclass(eq=False, repr=False, kw_only=True)
class EmbeddingsIncompleteError(AIMLAPIError):
    """Some of many texts could not be embedded; nothing that was received is lost.

    Attributes:
        vectors: One vector per text, None where there is none.
        missing: Places of the texts without one.
    """

    vectors: list[list[float] | None] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)


class BudgetExceededError(AIMLAPIError):
    """The budget of a cost callback is spent. Nothing was sent."""


class ModelRetirementWarning(FutureWarning):
    """A model is documented as deprecated or no longer served; once per process and model.

    Python shows a `FutureWarning` to everyone, a `DeprecationWarning` to developers only.
    """
