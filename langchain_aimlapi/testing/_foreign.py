"""Scrubs what others record of the service: pytest-recording alone, or a persister of a project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vcr.request import Request  # type: ignore[import-untyped]  # vcrpy has no type hints

from langchain_aimlapi.testing._persister import as_bytes, scrubbed, scrubber_for
from langchain_aimlapi.testing._traffic import is_services

if TYPE_CHECKING:
    from langchain_aimlapi.testing._persister import Pair
    from langchain_aimlapi.testing._scrub import Scrubber


class ScrubbingPersister:
    """Hands interactions to another persister without the secrets of those with the service.

    What else stands in the cassette loses the same secrets, and is left alone otherwise.
    """

    def __init__(self, theirs: Any) -> None:
        """Wrap a persister of vcrpy."""
        self.theirs = theirs

    def load_cassette(self, cassette_path: Any, serializer: Any) -> Any:
        """Read as the other one does."""
        return self.theirs.load_cassette(cassette_path, serializer)

    def save_cassette(
        self, cassette_path: Any, cassette_dict: dict[str, Any], serializer: Any
    ) -> None:
        """Scrub, and write as the other one does."""
        pairs = list(zip(cassette_dict["requests"], cassette_dict["responses"], strict=True))
        ours = [pair for pair in pairs if is_services(pair[0].uri, pair[0].headers)]
        if ours:
            scrubber = scrubber_for(ours)
            pairs = [
                _scrubbed(pair, scrubber)
                if is_services(pair[0].uri, pair[0].headers)
                else _without_known(pair, scrubber)
                for pair in pairs
            ]
            cassette_dict = {
                **cassette_dict,
                "requests": [request for request, _ in pairs],
                "responses": [response for _, response in pairs],
            }
        self.theirs.save_cassette(cassette_path, cassette_dict, serializer)


def _scrubbed(pair: Pair, scrubber: Scrubber) -> Pair:
    (clean,) = scrubbed([pair], scrubber)
    return Request(**clean["request"]), clean["response"]


def _without_known(pair: Pair, scrubber: Scrubber) -> Pair:
    request, response = pair
    known = scrubber.known

    def clean(body: Any) -> bytes:
        return known(as_bytes(body).decode("latin-1")).encode("latin-1")

    headers = {name: known(str(value)) for name, value in request.headers.items()}
    return (
        Request(request.method, known(request.uri), clean(request.body), headers),
        {
            **response,
            "headers": {
                name: [known(value) for value in values]
                for name, values in response["headers"].items()
            },
            "body": {"string": clean(response["body"]["string"])},
        },
    )
