"""Whose request is this, and where may it go?

Our clients name their base URL in an extension of each httpx request. By it their requests are
known from those of other code, whatever server they go to, and stand in a cassette under the
service's own base URL, whatever base URL they were sent to.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from langchain_aimlapi._http.attempts import BASE_URL
from langchain_aimlapi._http.checks import DEFAULT_BASE_URL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import httpx

PUBLIC_BASE_URL = DEFAULT_BASE_URL
_EVERY_HOST = "*"
_VERSION = "/v1"
_OUR_AGENT = "langchain-aimlapi/"


class NetworkRefusedError(RuntimeError):
    """A test, or a replayed block, would have sent a request that nothing allows it to send."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What is known of the httpx request under way.

    Attributes:
        base: The base URL that it was made for; `None` if it is not one of ours.
        stays: Whether its transport never leaves this process.
    """

    base: str | None
    stays: bool


_under_way: ContextVar[Sent | None] = ContextVar("_under_way", default=None)


@contextlib.contextmanager
def under_way(sent: Sent) -> Iterator[None]:
    """Let the functions below know the httpx request that is being handled."""
    token = _under_way.set(sent)
    try:
        yield
    finally:
        _under_way.reset(token)


def base_of(request: httpx.Request) -> str | None:
    """Return the base URL that a request was made for, `None` if it does not go to the service.

    Requests that others make to the service count as well: another vendor's client, plain httpx.
    """
    named = request.extensions.get(BASE_URL)
    if isinstance(named, str):
        return named.rstrip("/")
    return _known_base(str(request.url))


def _known_base(url: str) -> str | None:
    for known in (PUBLIC_BASE_URL, os.environ.get("AIMLAPI_API_BASE")):
        base = (known or "").rstrip("/")
        if base and is_below(url, base):
            return base
    return None


def is_below(url: str, base: str) -> bool:
    """Return whether a URL is a base URL or lies below it."""
    return url.startswith(base) and url[len(base) : len(base) + 1] in {"", "/", "?", "#"}


def moved(url: str, old: str | None, new: str) -> str:
    """Return a URL below another base URL; as it is if it is not below the old one.

    The account is served beside the version of the API: its URLs are moved from root to root.
    """
    if old is None:
        return url
    new = new.rstrip("/")
    for before, after in ((old, new), (old.removesuffix(_VERSION), new.removesuffix(_VERSION))):
        if is_below(url, before):
            return after + url[len(before) :]
    return url


def is_loopback(host: str | None) -> bool:
    """Return whether a host name or address is this machine."""
    name = (host or "").strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


@dataclass(slots=True)
class Traffic:
    """What of the traffic of a cassette is played and recorded, and what becomes of the rest.

    Attributes:
        hosts: Host names whose requests are played and recorded, besides those to the service;
            `"*"` for all.
        in_cassette: Where requests of the cassette went: those that stand there are played.
        more: How to have more recorded, for the message of a refused request.
        refused: What was refused.
    """

    hosts: frozenset[str] = frozenset()
    in_cassette: set[str] = field(default_factory=set)
    more: str = 'hosts=["{host}"]'
    refused: list[str] = field(default_factory=list)

    def know(self, uris: Iterable[str]) -> None:
        """Note where the requests of a cassette went."""
        self.in_cassette.update(map(_origin, uris))

    def filter(self, theirs: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Return vcrpy's `before_record_request`: what it returns is matched and recorded.

        Args:
            theirs: The filter of the project, which runs first.
        """

        def before_record_request(request: Any) -> Any:
            __tracebackhide__ = True
            request = theirs(request)
            if request is None or not self._is_recorded(request.uri):
                return None
            sent = _under_way.get()
            base = sent.base if sent else _known_base(request.uri)
            request.uri = moved(request.uri, base, PUBLIC_BASE_URL)
            return request

        return before_record_request

    def _is_recorded(self, uri: str) -> bool:
        """Return whether a request concerns the cassette; if not, it may pass.

        Raises:
            NetworkRefusedError: It must not.
        """
        __tracebackhide__ = True
        sent = _under_way.get()
        base = sent.base if sent else _known_base(uri)
        host = (urlsplit(uri).hostname or "").lower()
        if base is not None or not self.hosts.isdisjoint({host, _EVERY_HOST}):
            return True
        if _origin(uri) in self.in_cassette:
            return True
        if is_loopback(host) or (sent is not None and sent.stays):
            return False
        text = (
            f"A request to {host} was refused: only requests to the service are recorded and"
            " played, and nothing else leaves this machine meanwhile. To record and play it as"
            f" well: {self.more.format(host=host)}"
        )
        self.refused.append(text)
        raise NetworkRefusedError(text)


def base_under_way() -> str | None:
    """Return the base URL of the httpx request under way, if it is one of ours."""
    sent = _under_way.get()
    return sent.base if sent else None


def _origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()


def is_services(uri: str, headers: Mapping[str, Any]) -> bool:
    """Return whether a recorded request went to the service, or was sent by our clients."""
    agent = next((value for name, value in headers.items() if name.lower() == "user-agent"), "")
    return _known_base(uri) is not None or str(agent).startswith(_OUR_AGENT)
