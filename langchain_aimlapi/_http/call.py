"""What is asked of the service: one request, and how its answer is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from langchain_aimlapi._http.requests import Reply
    from langchain_aimlapi.errors import AIMLAPIError

_T = TypeVar("_T")


@dataclass(slots=True)  # not frozen, which takes three times as long to make
class Call(Generic[_T]):
    """One request. With a body it is a POST.

    Attributes:
        path: Path below the base URL.
        read: Reads the answer, if it comes as a whole. An `AIMLAPIError` that it raises is
            completed with the ids and the URL, and the call retried if its status says that it
            may pass.
        body: JSON.
        overrides: Transport settings of the model that are others for this call alone.
        client_request_id: Value of `X-Client-Request-Id`, if any: the same on all attempts.
        hint: Says what to do about an error of the service.
        if_none_match: What is known already: the answer to it, 304, is a success.
    """

    path: str
    read: Callable[[Reply], _T]
    body: bytes = b""
    overrides: Mapping[str, Any] = field(default_factory=dict)
    client_request_id: str | None = None
    hint: Callable[[AIMLAPIError], str | None] | None = None
    if_none_match: str | None = None
