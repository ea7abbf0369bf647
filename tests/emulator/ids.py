"""Ids, signatures and times: made from a digest, so that the same request gives the same bytes."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import string
from typing import Any

CREATED = 1770995751
"""The Unix time of every answer."""
TIMESTAMP = "2026-02-13T15:15:51.000Z"
"""The time of every error."""

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


_MADE_UP = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""UUIDs, such as clients make up for the ids of calls: another one in every run."""


def digest_of(value: Any) -> str:
    """Return a digest of a JSON value that depends neither on key order nor on UUIDs in it."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    text = _MADE_UP.sub("uuid", text)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def token(digest: str, salt: str, length: int, alphabet: str = _BASE62) -> str:
    """Return `length` characters that look random."""
    number = int(hashlib.sha256(f"{salt}:{digest}".encode()).hexdigest(), 16)
    characters = []
    for _ in range(length):
        number, rest = divmod(number, len(alphabet))
        characters.append(alphabet[rest])
    return "".join(characters)


def uuid(digest: str, salt: str) -> str:
    """Return something in the form of a UUID of version 4."""
    hexes = token(digest, salt, 32, "0123456789abcdef")
    return f"{hexes[:8]}-{hexes[8:12]}-4{hexes[13:16]}-a{hexes[17:20]}-{hexes[20:]}"


_MESSAGE_IDS = {
    "claude": ("msg_01", 22),
    "openai": ("chatcmpl-", 29),
    "gemini": ("", 23),
    "openrouter": (f"gen-{CREATED}-", 20),
}


def message_id(style: str, digest: str) -> str:
    """Return the id of an answer in the form of its vendor."""
    if style not in _MESSAGE_IDS:
        return uuid(digest, "message")
    prefix, length = _MESSAGE_IDS[style]
    return prefix + token(digest, "message", length)


def call_id(style: str, digest: str, index: int) -> str:
    """Return the id of the tool call number `index` in the form of its vendor.

    A T at the end of Claude's or an R at the start of OpenAI's would mark a call that a thought led
    to, so no id has one by chance.
    """
    salt = f"call{index}"
    if style == "gemini":
        # The last digit is the call's place: the first of parallel calls carries the signature.
        return f"function-call-{token(digest, salt, 18, string.digits)}{min(index, 9)}"
    if style == "claude":
        made = token(digest, salt, 22)
        return f"toolu_01{made[:-1]}t" if made.endswith("T") else f"toolu_01{made}"
    made = token(digest, salt, 24)
    return f"call_r{made[1:]}" if made.startswith("R") else f"call_{made}"


def signature(kind: str, of: str) -> str:
    """Return an opaque signature that can be checked when it comes back."""
    raw = hashlib.sha256(f"{kind}:{of}".encode("utf-8", "surrogatepass")).digest()
    return SIGNED[kind] + base64.b64encode(raw * 2).decode()


SIGNED = {"thought": "EmuThought", "block": "EmuBlock"}
"""How the emulator's own signatures begin; others are taken as they are."""


def is_own_signature(kind: str, value: Any) -> bool:
    """Return whether a signature was made here, so that it can be checked."""
    return isinstance(value, str) and value.startswith(SIGNED[kind])
