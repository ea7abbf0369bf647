"""Keys of MCP servers, which stand inside tools and parameters: sent as they are, shown nowhere.

OpenAI's tools of type `mcp` have `authorization` and `headers`
(platform.openai.com/docs/guides/tools-connectors-mcp), Claude's `mcp_servers` have an
`authorization_token` (docs.claude.com/en/docs/agents-and-tools/mcp-connector).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from pydantic import SecretStr

from langchain_aimlapi._http.redaction import hidden, revealed

_LISTS = ("tools", "mcp_servers")
_TYPES = ("mcp", "url")
_KEYS = ("authorization", "authorization_token", "headers")
_BODIES = ("extra_body", "model_kwargs")
"""Arguments that hold parameters of the body."""


def change_mcp_keys(arguments: Mapping[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    """Return arguments with `change` applied to each key of an MCP server in them.

    Lists and mappings without such a key stay the same objects: a user may fill them later.
    """
    changed = dict(arguments)
    for name in _LISTS:
        servers = arguments.get(name)
        if isinstance(servers, (list, tuple)) and any(map(_has_keys, servers)):
            changed[name] = [_changed(server, change) for server in servers]
    for name in _BODIES:
        body = arguments.get(name)
        if isinstance(body, Mapping) and (inner := change_mcp_keys(body, change)) != body:
            changed[name] = inner
    return changed


def _has_keys(server: Any) -> bool:
    is_server = isinstance(server, Mapping) and server.get("type") in _TYPES
    return is_server and any(key in server for key in _KEYS)


def _changed(server: Any, change: Callable[[Any], Any]) -> Any:
    if not _has_keys(server):
        return server
    found = {key: server[key] for key in _KEYS if key in server}
    for key, value in found.items():
        is_headers = isinstance(value, Mapping)
        found[key] = {n: change(v) for n, v in value.items()} if is_headers else change(value)
    return {**server, **found}


def hide_mcp_keys(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments whose keys of MCP servers do not show themselves."""
    return change_mcp_keys(arguments, hidden)


def reveal_mcp_keys(arguments: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[SecretStr, ...]]:
    """Return arguments as they are sent, and the keys in them, which no error may show."""
    found: list[SecretStr] = []

    def reveal(key: Any) -> Any:
        text = revealed(key)
        if isinstance(text, str):
            found.append(SecretStr(text))
        return text

    return change_mcp_keys(arguments, reveal), tuple(found)


def digest_mcp_keys(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments as a cache tells them apart: answers for one key are none for another."""

    def digest(key: Any) -> Any:
        text = revealed(key)
        return sha256(text.encode()).hexdigest() if isinstance(text, str) else text

    return change_mcp_keys(arguments, digest)
