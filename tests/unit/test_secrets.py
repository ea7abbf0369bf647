"""What is secret is shown nowhere, however a body writes it."""

from __future__ import annotations

import pytest
from doors.answers import read_answer

from langchain_aimlapi.errors import InvalidRequestError


@pytest.mark.parametrize(
    ("text", "secrets", "shown"),
    [
        ("key sk-123456 is wrong", ["sk-123456"], "key *** is wrong"),
        ("sk-123456sk-123456", ["sk-123456"], "******"),
        ("sk-123456-long", ["sk-123456", "sk-123456-long"], "***"),
        ("sk-123456-long", ["sk-123456-long", "sk-123456"], "***"),
        (r"a\/b\/cdef as JSON", ["a/b/cdef"], "*** as JSON"),
        (r"say \"hi\" as JSON", ['say "hi"'], "*** as JSON"),
        ("?key=a%2Fb%3Dcd", ["a/b=cd"], "?key=***"),
        ("the abc of it", ["abc"], "the abc of it"),
        ("nothing", [], "nothing"),
        ("nothing", [""], "nothing"),
    ],
)
def test_secrets_are_masked(text: str, secrets: list[str], shown: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        read_answer({"error": {"message": text, "code": 400}}, secrets=secrets)
    assert caught.value.message == shown
