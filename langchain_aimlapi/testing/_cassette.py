"""Cassettes on disk, and using them without pytest."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from vcr import VCR  # type: ignore[import-untyped]  # vcrpy has no type hints
from vcr.persisters.filesystem import (  # type: ignore[import-untyped]  # as above
    CassetteNotFoundError,
)
from vcr.request import Request  # type: ignore[import-untyped]  # as above

from langchain_aimlapi.testing import _format, _scrub
from langchain_aimlapi.testing._handover import Handover
from langchain_aimlapi.testing._ids import steady_body
from langchain_aimlapi.testing._match import MATCH_ON, MATCHERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PUBLIC_BASE_URL = "https://api.aimlapi.com/v1"
_KEY_VARIABLE = "AIMLAPI_API_KEY"


@dataclass(frozen=True, slots=True)
class RecordingSource:
    """Where cassettes are recorded from.

    Attributes:
        label: What the `source:` line of a new cassette says.
        base_url: The server to record from. Requests to `replaces` go there instead and stand in
            the cassette as if they had gone to `replaces`; `None` leaves them alone.
        replaces: The base URL that models name.
        api_key: The key for models made while recording, if the environment has none.
    """

    label: str
    base_url: str | None = None
    replaces: str = PUBLIC_BASE_URL
    api_key: str | None = None

    @classmethod
    def live(cls) -> RecordingSource:
        """Return the service itself, as of today."""
        today = dt.datetime.now(dt.timezone.utc).date()
        return cls(f"recorded from the live service on {today.isoformat()}")

    @classmethod
    def from_environment(cls) -> RecordingSource:
        """Return what `AIMLAPI_RECORD_FROM` names: `live`, the default, or a base URL.

        For a base URL the `source:` line names what `AIMLAPI_RECORD_LABEL` says.

        Raises:
            ValueError: It names neither.
        """
        place = os.environ.get("AIMLAPI_RECORD_FROM") or "live"
        if place == "live":
            return cls.live()
        if not place.startswith(("http://", "https://")):
            raise ValueError(
                f"AIMLAPI_RECORD_FROM is {place!r}; it must be 'live' or the base URL of a server",
            )
        label = os.environ.get("AIMLAPI_RECORD_LABEL") or "a server that stands in for the service"
        return cls(
            f"recorded from {label}",
            base_url=place,
            api_key=_scrub.REPLAY_KEY,
        )

    @property
    def redirect(self) -> tuple[str, str] | None:
        """The base URL that models name and the one to use instead, if there is one."""
        return None if self.base_url is None else (self.replaces, self.base_url)


class ReadableYAML:
    """The serializer to register with vcrpy under the name `yaml`.

    vcrpy's persisters hand bodies over as text where they can; this writes and reads them in the
    format of this package, without scrubbing. `CassettePersister` scrubs.
    """

    @staticmethod
    def serialize(data: dict[str, Any]) -> str:
        """Return the text of a cassette."""
        return _format.dumps(data["interactions"], data.get("source", ""))

    @staticmethod
    def deserialize(text: str) -> dict[str, Any]:
        """Return what vcrpy makes requests and responses of."""
        return _format.loads(text)


class CassettePersister:
    """Reads cassettes, and writes them only scrubbed.

    Scrubbing happens here, in the one place every recording passes on its way to the disk, and
    not in vcrpy's `before_record_...` settings, which a project may replace.
    """

    def __init__(self, source: RecordingSource, extra_paths: Sequence[str] = ()) -> None:
        """Make a persister.

        Args:
            source: Where new cassettes are recorded from.
            extra_paths: Cassettes to play besides the main one; never written.
        """
        self.source = source
        self.extra_paths = tuple(extra_paths)

    def load_cassette(
        self,
        cassette_path: str | os.PathLike[str],
        serializer: Any,
    ) -> tuple[list[Any], list[Any]]:
        """Return the requests and the responses of the cassette and of the extra ones.

        Raises:
            CassetteFormatError: A file is there but cannot be read.
            CassetteNotFoundError: There is no such file; vcrpy takes it as an empty cassette.
        """
        requests: list[Any] = []
        responses: list[Any] = []
        for path in dict.fromkeys([str(cassette_path), *self.extra_paths]):
            for interaction in _read(path, serializer):
                requests.append(Request(**interaction["request"]))
                responses.append(interaction["response"])
        if not requests:
            raise CassetteNotFoundError(f"No cassette at {cassette_path}")
        return requests, responses

    def save_cassette(
        self,
        cassette_path: str | os.PathLike[str],
        cassette_dict: dict[str, list[Any]],
        serializer: Any,
    ) -> None:
        """Scrub the interactions and write them."""
        path = Path(cassette_path)
        pairs = list(zip(cassette_dict["requests"], cassette_dict["responses"], strict=True))
        data = {"source": self._source_line(path), "interactions": scrubbed(pairs)}
        path.parent.mkdir(parents=True, exist_ok=True)
        # Whole or not at all: an interrupted recording leaves no half cassette.
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".recording-") as folder:
            draft = Path(folder, path.name)
            draft.write_text(serializer.serialize(data), encoding="utf-8", newline="\n")
            draft.replace(path)

    def _source_line(self, path: Path) -> str:
        try:
            before = _format.loads(path.read_text(encoding="utf-8"))["source"]
        except (OSError, _format.CassetteFormatError):
            before = ""
        if not before or self.source.label in before:
            return before or self.source.label
        return f"{before}; later ones {self.source.label}"


def scrubbed(pairs: Sequence[tuple[Any, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return interactions as they may be written, without secrets.

    Args:
        pairs: vcrpy's requests with their responses, as sent and received. A key that one of
            them carries is removed from all of them.

    Raises:
        httpx.DecodingError: A compressed body cannot be decoded, and so not be searched.
    """
    decoded = [(request, _decoded(response)) for request, response in pairs]
    secrets = _scrub.secrets_in_environment()
    for request, response in decoded:
        secrets |= _scrub.secrets_in_request(request.uri, request.headers)
        secrets |= _scrub.secrets_in_response(response["headers"])
    scrubber = _scrub.Scrubber(secrets)
    answered = " ".join(r["body"]["string"].decode("latin-1") for _, r in decoded)
    return [
        {
            "request": {
                "method": request.method,
                "uri": scrubber.uri(request.uri),
                "headers": scrubber.request_headers(request.headers),
                "body": steady_body(scrubber.body(request.body or b""), keep=answered),
            },
            "response": {
                "status": response["status"],
                "headers": scrubber.response_headers(response["headers"]),
                "body": {
                    "string": scrubber.body(
                        response["body"]["string"],
                        status=response["status"]["code"],
                    ),
                },
            },
        }
        for request, response in decoded
    ]


def configure(vcr: Any, source: RecordingSource | None = None) -> Any:
    """Make a `vcr.VCR` object read, match and write this package's cassettes.

    Args:
        vcr: The object to set up.
        source: Where it records from; the live service by default.

    Returns:
        The same object.
    """
    vcr.register_serializer("yaml", ReadableYAML())
    for name, matcher in MATCHERS.items():
        vcr.register_matcher(name, matcher)
    vcr.match_on = MATCH_ON
    extra_paths = getattr(vcr.persister, "extra_paths", ())
    vcr.register_persister(CassettePersister(source or RecordingSource.live(), extra_paths))
    return vcr


@contextlib.contextmanager
def replay(path: str | os.PathLike[str], *, repeat: bool = False) -> Iterator[Any]:
    """Answer every request from a cassette while the context lasts; nothing is sent.

    For scripts and notebooks; in tests use `@pytest.mark.vcr`. Streams arrive event by event.
    Works in synchronous and in asynchronous code, for every httpx client made by anyone. Where
    `AIMLAPI_API_KEY` is not set it is `"replay"` meanwhile, so that models can be made.

    Args:
        path: The cassette file.
        repeat: Whether a recorded answer may be played more than once.

    Yields:
        The `vcr.cassette.Cassette`.

    Raises:
        FileNotFoundError: There is no such file.
        CassetteFormatError: The file is not a cassette.
        CassetteMismatchError: In the code inside, for a request the cassette does not hold.

    Example:
        ```python
        from langchain_aimlapi import ChatAIMLAPI
        from langchain_aimlapi.testing import replay

        with replay("cassettes/published/answer.yaml"):
            print(ChatAIMLAPI(model="anthropic/claude-sonnet-4").invoke("Hello").text)
        ```
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"No cassette at {os.fspath(path)}")
    vcr = configure(VCR(record_mode="none"))
    with (
        environment_key(_scrub.REPLAY_KEY),
        vcr.use_cassette(str(path), allow_playback_repeats=repeat) as cassette,
        Handover(cassette).installed(),
    ):
        yield cassette


@contextlib.contextmanager
def record(
    path: str | os.PathLike[str],
    source: RecordingSource | None = None,
) -> Iterator[Any]:
    """Send every request of the context and write the exchange to a cassette, scrubbed.

    An older cassette at the same place is replaced.

    Args:
        path: The cassette file to write.
        source: Where to record from; the live service by default.

    Yields:
        The `vcr.cassette.Cassette`.
    """
    source = source or RecordingSource.live()
    Path(path).unlink(missing_ok=True)
    vcr = configure(VCR(record_mode="new_episodes"), source)
    with (
        environment_key(source.api_key),
        vcr.use_cassette(str(path)) as cassette,
        Handover(cassette, source.redirect).installed(),
    ):
        yield cassette


@contextlib.contextmanager
def environment_key(key: str | None) -> Iterator[None]:
    """Set `AIMLAPI_API_KEY` while the context lasts, unless it is set or there is no key."""
    if key is None or os.environ.get(_KEY_VARIABLE):
        yield
        return
    before = os.environ.get(_KEY_VARIABLE)
    os.environ[_KEY_VARIABLE] = key
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(_KEY_VARIABLE, None)
        else:
            os.environ[_KEY_VARIABLE] = before


def _read(path: str, serializer: Any) -> list[dict[str, Any]]:
    try:
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    try:
        interactions: list[dict[str, Any]] = serializer.deserialize(text)["interactions"]
    except _format.CassetteFormatError as error:
        raise _format.CassetteFormatError(f"{path}: {error}") from error
    return interactions


def _decoded(response: dict[str, Any]) -> dict[str, Any]:
    """Undo content encodings: a secret cannot be found in a compressed body."""
    body = response["body"]["string"] or b""
    body = body.encode() if isinstance(body, str) else body
    pairs = [(name, value) for name, values in response["headers"].items() for value in values]
    if not any(name.lower() == "content-encoding" for name, _ in pairs):
        return {**response, "body": {"string": body}}
    content = httpx.Response(response["status"]["code"], headers=pairs, content=body).content
    return {**response, "body": {"string": content}}
