"""LangChain's suite on a Claude model: in Claude's schema of chat/completions."""

from __future__ import annotations

import pytest
from standard_suite import ClaudeSuite

pytestmark = [
    pytest.mark.vcr,
    # The schema has no response_format: json_mode and json_schema become a tool, with a warning.
    pytest.mark.filterwarnings("ignore:method='json_.*' needs response_format"),
]


class TestClaude(ClaudeSuite):
    model_override_value = "claude-haiku-4-5"
