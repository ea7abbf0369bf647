"""Content blocks as people write them, by the fields that count."""

from __future__ import annotations

import base64
from typing import Any

PNG = "iVBORw0KGgoAAAANSUhEUg=="
GIF = base64.b64encode(b"GIF89a" + bytes(30)).decode()
PDF = "JVBERi0xLjQKJSVFT0Y="
WAV = base64.b64encode(b"RIFF\x24\x00\x00\x00WAVEfmt ").decode()
URL = "https://x.io/a"


def image(**fields: Any) -> dict[str, Any]:
    return {"type": "image", **fields}


def file(**fields: Any) -> dict[str, Any]:
    return {"type": "file", **fields}


def openai_file(**fields: Any) -> dict[str, Any]:
    return {"type": "file", "file": fields}


def document(source: Any, **fields: Any) -> dict[str, Any]:
    return {"type": "document", "source": source, **fields}


def recording(**fields: Any) -> dict[str, Any]:
    return {"type": "input_audio", "input_audio": fields}


def call(**fields: Any) -> dict[str, Any]:
    return {"type": "tool_call", **fields}
