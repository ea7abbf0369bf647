"""What 0.1 of this package had, and what to do instead."""

from __future__ import annotations

from typing import NoReturn

GONE = {
    "AimlapiLLM": "Use ChatAIMLAPI: the service's models are chat models.",
    "AimlapiImageModel": "This package has chat models and embeddings only.",
    "AimlapiVideoModel": "This package has chat models and embeddings only.",
    "AIMLAPI_HEADERS": "Set default_headers of ChatAIMLAPI.",
}


def refuse(module: str, name: str) -> NoReturn:
    """Refuse an import of `name` from `module`, which 0.1 may have had.

    Raises:
        ImportError: 0.1 had it; the error says what to do instead.
        AttributeError: It had not.
    """
    if name in GONE:
        raise ImportError(f"{name} of langchain-aimlapi 0.1 is gone. {GONE[name]}")
    raise AttributeError(f"module {module!r} has no attribute {name!r}")
