"""Cassettes on disk: read as they are, written only scrubbed, and only in place of nothing good.

Scrubbing happens here, in the one place every recording passes on its way to the disk, and not in
vcrpy's `before_record_...` settings, which a project may replace.
"""

from __future__ import annotations

import os  # noqa: TC003  # of a signature, which tools resolve
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from vcr.persisters.filesystem import (  # type: ignore[import-untyped]  # vcrpy has no type hints
    CassetteNotFoundError,
)
from vcr.request import Request  # type: ignore[import-untyped]  # vcrpy has no type hints

from langchain_aimlapi.testing import _files, _format, _scrub
from langchain_aimlapi.testing._ids import ids_in, steady_body
from langchain_aimlapi.testing._traffic import Traffic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_aimlapi.testing._source import RecordingSource

_FIRST_ERROR_STATUS = 400


class CassetteNotWrittenError(RuntimeError):
    """A recording was not written: it is not what was asked for. An older cassette is untouched."""


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

    Attributes:
        approved: Whether what is saved is written. A test's recording is approved when the test
            has passed.
        bases: The base URLs that were asked while recording.
        traffic: What is recorded and played.
        defers: Whether a failure to write is kept as `failure` instead of raised: vcrpy leaves
            its patches in place where saving raises.
    """

    def __init__(
        self,
        source: RecordingSource,
        extra_paths: Sequence[str] = (),
        *,
        rewrite: bool = False,
        run: str | None = None,
        traffic: Traffic | None = None,
    ) -> None:
        """Make a persister.

        Args:
            source: Where new cassettes are recorded from.
            extra_paths: Cassettes to play besides the main one; never written.
            rewrite: Whether to record all again; the older cassette stays until that is done.
            run: What recordings of one run have in common: in a cassette that several tests
                share, each keeps what those of the same run wrote.
            traffic: What is recorded and played; requests to the service by default.
        """
        self.source = source
        self.extra_paths = tuple(extra_paths)
        self.approved = True
        self.bases: set[str] = set()
        self.traffic = traffic or Traffic()
        self.defers = False
        self.failure: Exception | None = None
        self._path: Path | None = None
        self._rewrite = rewrite
        self._run = run or uuid.uuid4().hex
        self._loaded: list[_Key] = []
        self._text_before: str | None = None

    def load_cassette(
        self,
        cassette_path: str | os.PathLike[str],
        serializer: Any,
    ) -> tuple[list[Any], list[Any]]:
        """Return the requests and the responses of the cassette and of the extra ones.

        Raises:
            CassetteFormatError: A file is there but cannot be read.
            CassetteNotFoundError: There is no such file, or all is recorded again; vcrpy takes it
                as an empty cassette.
        """
        requests: list[Any] = []
        responses: list[Any] = []
        self._path = Path(cassette_path)
        self._text_before = _text(self._path, or_none=self._rewrite)
        main = [] if self._rewrite else [str(cassette_path)]
        for path in dict.fromkeys([*main, *self.extra_paths]):
            for request, response in _pairs(Path(path), serializer):
                requests.append(request)
                responses.append(response)
        if not requests:
            raise CassetteNotFoundError(f"No cassette at {cassette_path}")
        self.traffic.know(request.uri for request in requests)
        self._loaded = [_key(request) for request in requests]
        return requests, responses

    def statuses_before(self) -> set[int]:
        """Return the error statuses of the cassette that stands there, which are meant to be."""
        try:
            pairs = [] if self._path is None else _pairs(self._path, ReadableYAML)
        except _format.CassetteFormatError:
            return set()
        codes = {response["status"]["code"] for _, response in pairs}
        return {code for code in codes if code >= _FIRST_ERROR_STATUS}

    def save_cassette(
        self,
        cassette_path: str | os.PathLike[str],
        cassette_dict: dict[str, list[Any]],
        serializer: Any,
    ) -> None:
        """Scrub the interactions and write them, if they are approved.

        Raises:
            CassetteNotWrittenError: A secret cannot be taken out, or another process has changed
                the cassette in a way that this one would undo.
        """
        if not self.approved:
            return
        try:
            self._save(Path(cassette_path), cassette_dict, serializer)
        except Exception as error:
            if not self.defers:
                raise
            self.failure = error

    def _save(self, path: Path, cassette_dict: dict[str, list[Any]], serializer: Any) -> None:
        pairs = list(zip(cassette_dict["requests"], cassette_dict["responses"], strict=True))
        with _files.claimed(path) as claim:
            # What has been written since this recording began, by another test or process.
            known = self._loaded
            only_added = [_key(request) for request, _ in pairs[: len(known)]] == known
            if only_added and not (self._rewrite and claim.read_note() != self._run):
                pairs = [*_pairs(path, serializer), *pairs[len(known) :]]
            elif only_added:
                pairs = pairs[len(known) :]
            elif _text(path, or_none=True) != self._text_before:
                raise CassetteNotWrittenError(
                    f"{path} was written by another test or process meanwhile, and record mode"
                    " 'all' would undo that; nothing was written. Record with"
                    " --record-mode=rewrite, or one test at a time.",
                )
            _files.replace(path, self._finished(path, pairs, serializer))
            claim.leave_note(self._run)

    def _finished(self, path: Path, pairs: list[Pair], serializer: Any) -> str:
        """Return the text of a cassette, which holds no known secret."""
        scrubber = scrubber_for(pairs)
        data = {
            "source": self._source_line(path, scrubber),
            "interactions": scrubbed(pairs, scrubber),
        }
        text: str = serializer.serialize(data)
        # Whatever way a secret took that the parts did not show, it must not reach the disk.
        clean = scrubber.known(text)
        if clean == text:
            return text
        try:
            intact = len(serializer.deserialize(clean)["interactions"]) == len(pairs)
        except _format.CassetteFormatError:
            intact = False
        if not intact:
            raise CassetteNotWrittenError(
                f"{path} was not written: it would hold a key, or a cookie, in a place from which"
                " it cannot be taken out.",
            )
        return clean

    def _source_line(self, path: Path, scrubber: _scrub.Scrubber) -> str:
        label = self.source.line(self.bases, scrubber)
        try:
            before = _format.loads(_text(path, or_none=True) or "")["source"]
        except _format.CassetteFormatError:
            before = ""
        if self._rewrite or not before or label in before:
            return label if self._rewrite else before or label
        return f"{before}; later ones {label}"


Pair = tuple[Any, dict[str, Any]]
_Key = tuple[str, str, bytes]


def _key(request: Any) -> _Key:
    """Return what tells requests apart, whatever base URL they name."""
    return request.method, request.uri.rpartition("/")[2], as_bytes(request.body)


def _text(path: Path, *, or_none: bool = False) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        if or_none:  # it will be replaced
            return None
        raise _format.CassetteFormatError(f"{path}: not UTF-8, byte {error.start + 1}") from None


def _pairs(path: Path, serializer: Any) -> list[Pair]:
    text = _text(path)
    if text is None:
        return []
    try:
        interactions = serializer.deserialize(text)["interactions"]
    except _format.CassetteFormatError as error:
        raise _format.CassetteFormatError(f"{path}: {error}") from error
    return [(Request(**i["request"]), i["response"]) for i in interactions]


def scrubber_for(pairs: Sequence[Pair]) -> _scrub.Scrubber:
    """Return what takes out all secrets that any of the interactions carries."""
    secrets = _scrub.secrets_in_environment()
    for request, response in pairs:
        secrets |= _scrub.secrets_in_request(request.uri, request.headers)
        secrets |= _scrub.secrets_in_response(response["headers"])
    return _scrub.Scrubber(secrets)


def scrubbed(pairs: Sequence[Pair], scrubber: _scrub.Scrubber) -> list[dict[str, Any]]:
    """Return interactions as they may be written, without secrets.

    Args:
        pairs: vcrpy's requests with their responses, as sent and received.
        scrubber: That of these interactions, and of what stands beside them in a cassette.

    Raises:
        httpx.DecodingError: A compressed body cannot be decoded, and so not be searched.
    """
    decoded = [(request, _decoded(response)) for request, response in pairs]
    answered = ids_in(" ".join(r["body"]["string"].decode("latin-1") for _, r in decoded))
    return [
        {
            "request": {
                "method": request.method,
                "uri": scrubber.uri(request.uri),
                "headers": scrubber.request_headers(request.headers),
                "body": steady_body(scrubber.body(as_bytes(request.body)), keep=answered),
            },
            "response": {
                "status": _format.status(response["status"]["code"]),
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


def as_bytes(body: Any) -> bytes:
    """Return a body of vcrpy, which may be text, bytes, a file or a list."""
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, bytes | bytearray) else b"".join(body or ())


def _decoded(response: dict[str, Any]) -> dict[str, Any]:
    """Undo content encodings: a secret cannot be found in a compressed body."""
    body = as_bytes(response["body"]["string"])
    pairs = [(name, value) for name, values in response["headers"].items() for value in values]
    if not any(name.lower() == "content-encoding" for name, _ in pairs):
        return {**response, "body": {"string": body}}
    content = httpx.Response(response["status"]["code"], headers=pairs, content=body).content
    return {**response, "body": {"string": content}}
