"""Every cassette of the project is as the kit would write it, says where it is from, is clean."""

from __future__ import annotations

from pathlib import Path

import pytest

# The rules of what may stand in a cassette, applied to those of the project.
from doors.cassettes import cassette_from, scrub, text_of_cassette

ROOT = Path(__file__).parents[2]
CASSETTES = sorted(
    [*ROOT.glob("cassettes/**/*.yaml"), *ROOT.glob("examples/**/cassettes/**/*.yaml")]
)


def test_there_are_cassettes() -> None:
    assert len(CASSETTES) > 3


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_cassette_is_canonical_clean_and_says_its_source(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    cassette = cassette_from(text)
    assert cassette["source"].startswith(("published by the service", "recorded from the "))
    assert text_of_cassette(cassette["interactions"], cassette["source"]) == text
    scrubber = scrub.Scrubber()
    for interaction in cassette["interactions"]:
        request, response = interaction["request"], interaction["response"]
        assert request["uri"].startswith("https://api.aimlapi.com/")  # metrics are beside /v1
        assert scrubber.uri(request["uri"]) == request["uri"]
        assert set(request["headers"]) <= scrub.REQUEST_HEADERS
        assert scrubber.response_headers(response["headers"]) == response["headers"]
        for body in (request["body"], response["body"]["string"]):
            assert scrubber.body(body, status=response["status"]["code"]) == body
