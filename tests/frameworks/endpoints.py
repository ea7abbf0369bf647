"""Every endpoint and every request schema, by the fields of a model that is asked there."""

from __future__ import annotations

from typing import Any

import pytest

ENDPOINTS: dict[str, dict[str, Any]] = {
    "chat-openai": {"model": "openai/gpt-4o"},
    "chat-claude": {"model": "anthropic/claude-sonnet-4"},
    "responses": {"model": "openai/gpt-5-4"},
    "messages": {"model": "anthropic/claude-sonnet-5", "endpoint": "messages"},
    "messages-thinking": {
        "model": "anthropic/claude-sonnet-5",
        "endpoint": "messages",
        "thinking": {"type": "adaptive"},
    },
}
every_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=ENDPOINTS)
