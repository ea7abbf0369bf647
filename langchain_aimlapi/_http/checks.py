"""What can be sent: checked when a model is constructed, the refused value never shown."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from langchain_aimlapi._warning import warn
from langchain_aimlapi.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_BASE_URL = "https://api.aimlapi.com/v1"

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:\-]{1,128}")
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # a token of RFC 9110, 5.6.2
_KEY = re.compile(r"[\x21-\x7e]*")  # of a header value what no key goes without
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")  # RFC 9110, 5.5, without obsolete text


def validate_api_key(key: SecretStr) -> SecretStr:
    """Return `key` without surrounding white space.

    Raises:
        ConfigurationError: It holds characters that a header cannot carry.
    """
    key = SecretStr(key.get_secret_value().strip())
    if not _KEY.fullmatch(key.get_secret_value()):
        raise ConfigurationError(
            "The API key holds characters that no key has (a line break, a space or a non-ASCII "
            "letter). Copy it again; it is not shown here."
        )
    return key


def validate_headers(headers: Mapping[str, Any], argument: str) -> None:
    """Check names and values of an argument; a value that is a text comes as a `SecretStr`.

    Raises:
        ConfigurationError: A name or a value cannot be sent.
    """
    for name, value in headers.items():
        if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
            raise ConfigurationError(f"{argument}: {name!r} is not a header name.")
        if not isinstance(value, SecretStr) or not _HEADER_VALUE.fullmatch(
            value.get_secret_value()
        ):
            raise ConfigurationError(
                f"{argument}: the value of {name} holds a line break or a non-ASCII "
                "character, which a header cannot carry. It is not shown here."
            )


def validate_client_request_id(value: object) -> str:
    """Return `value`, a client request id.

    The service drops an id outside its alphabet in silence, so it is refused here.

    Raises:
        ConfigurationError: It is not 1 to 128 characters of `A-Z a-z 0-9 . _ : -`.
    """
    if not isinstance(value, str) or not _REQUEST_ID.fullmatch(value):
        raise ConfigurationError(
            "client_request_id must be 1 to 128 characters of A-Z a-z 0-9 . _ : - "
            "(it is not shown here)."
        )
    return value


def validate_base_url(value: str) -> str:
    """Return `value` without trailing slashes.

    Raises:
        ConfigurationError: It is no absolute http or https URL, or it holds a password, a query
            or a fragment.
    """
    value = value.strip()
    try:
        url = urlsplit(value)
        _ = url.port  # looked at only here
    except ValueError as error:
        raise ConfigurationError(f"base_url is not a URL: {error}") from None
    if not value.isprintable() or " " in value:
        raise ConfigurationError("base_url is not a URL: it holds a space or a line break.")
    if url.scheme not in {"http", "https"} or not url.hostname:
        scheme = f"the scheme {url.scheme!r}" if url.scheme else "no scheme"
        raise ConfigurationError(
            f"base_url has {scheme}; it must be absolute, such as https://api.aimlapi.com/v1."
        )
    if "@" in url.netloc:
        raise ConfigurationError("base_url must not hold a user or password; use default_headers.")
    if "?" in value or "#" in value:
        raise ConfigurationError(
            "base_url must not have a query or a fragment: paths are put behind it. For parameters "
            "of a gateway use default_headers, or an http_client with params=..."
        )
    if url.scheme == "http" and not _is_this_machine(url.hostname):
        _warn_of_plain_text(url.hostname)
    return value.rstrip("/")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


@lru_cache(maxsize=64)  # so that each host is warned of once
def _warn_of_plain_text(host: str) -> None:
    warn(f"base_url is http://{host}: key and prompts go there without encryption. Use https://.")
