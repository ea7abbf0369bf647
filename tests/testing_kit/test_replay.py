"""Scripts replay with `replay` and record with `record`, chunk by chunk, sync and async."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from doors.cassettes import cassette_from, text_of_cassette
from loopback import Answer

from langchain_aimlapi.testing import (
    CassetteFormatError,
    CassetteMismatchError,
    CassetteNotWrittenError,
    RecordingSource,
    record,
    replay,
)

if TYPE_CHECKING:
    from pathlib import Path

    from loopback import LoopbackServer

PUBLIC = "https://api.aimlapi.com/v1/chat/completions"
EVENTS = [b'data: {"n":%d}\n\n' % n for n in range(5)]


class OwnTransport(httpx.HTTPTransport):
    """A transport with a setting of its own, like the one the models use."""


class OwnAsyncTransport(httpx.AsyncHTTPTransport):
    pass


def write(path: Path, *exchanges: tuple[bytes, bytes]) -> Path:
    """Write a cassette of request and response bodies."""
    interactions = [
        {
            "request": {"method": "POST", "uri": PUBLIC, "headers": {}, "body": request},
            "response": {
                "status": {"code": 200, "message": "OK"},
                "headers": {"content-type": ["text/event-stream"]},
                "body": {"string": response},
            },
        }
        for request, response in exchanges
    ]
    path.write_text(text_of_cassette(interactions, "a test"), encoding="utf-8")
    return path


@pytest.fixture
def cassette(tmp_path: Path) -> Path:
    return write(tmp_path / "a.yaml", (b'{"q": 1}', b"".join(EVENTS)))


@pytest.mark.parametrize("transport", [httpx.HTTPTransport, OwnTransport])
def test_a_stream_arrives_event_by_event(
    cassette: Path, transport: type[httpx.HTTPTransport]
) -> None:
    with (
        replay(cassette),
        httpx.Client(transport=transport()) as client,
        client.stream("POST", PUBLIC, json={"q": 1}) as response,
    ):
        assert list(response.iter_bytes()) == EVENTS


@pytest.mark.parametrize("transport", [httpx.AsyncHTTPTransport, OwnAsyncTransport])
async def test_a_stream_arrives_event_by_event_async(
    cassette: Path, transport: type[httpx.AsyncHTTPTransport]
) -> None:
    with replay(cassette):
        async with (
            httpx.AsyncClient(transport=transport()) as client,
            client.stream("POST", PUBLIC, json={"q": 1}) as response,
        ):
            assert [piece async for piece in response.aiter_bytes()] == EVENTS


async def test_two_replayed_streams_take_turns(tmp_path: Path) -> None:
    body = b"".join(EVENTS)
    path = write(tmp_path / "a.yaml", (b'{"q": 1}', body), (b'{"q": 2}', body))
    order: list[int] = []

    async def read(client: httpx.AsyncClient, number: int) -> None:
        async with client.stream("POST", PUBLIC, json={"q": number}) as response:
            async for _ in response.aiter_bytes():
                order.append(number)  # noqa: PERF401 - the order of the awaits is the point

    with replay(path):
        async with httpx.AsyncClient() as client:
            await asyncio.gather(read(client, 1), read(client, 2))
    assert order[:4] in ([1, 2, 1, 2], [2, 1, 2, 1])


@pytest.mark.parametrize(
    ("body", "pieces"),
    [
        (b"data: 1\r\n\r\ndata: 2\r\n\r\n", [b"data: 1\r\n\r\n", b"data: 2\r\n\r\n"]),
        (b"data: 1\r\rdata: 2", [b"data: 1\r\r", b"data: 2"]),
        (b": ping\n\n\n\ndata: 1\n", [b": ping\n\n", b"\n\ndata: 1\n"]),
        (b"one document", [b"one document"]),
    ],
)
def test_a_body_is_cut_behind_each_blank_line(
    tmp_path: Path, body: bytes, pieces: list[bytes]
) -> None:
    path = write(tmp_path / "a.yaml", (b'{"q": 1}', body))
    with (
        replay(path),
        httpx.Client() as client,
        client.stream("POST", PUBLIC, json={"q": 1}) as response,
    ):
        assert list(response.iter_bytes()) == pieces


def test_a_request_that_is_not_recorded_is_explained_and_not_sent(cassette: Path) -> None:
    with (
        replay(cassette),
        httpx.Client() as client,
        pytest.raises(CassetteMismatchError, match="q: 1 in the cassette, 2 sent"),
    ):
        client.post(PUBLIC, json={"q": 2})


async def test_a_request_that_is_not_recorded_is_explained_async(cassette: Path) -> None:
    with replay(cassette):
        async with httpx.AsyncClient() as client:
            with pytest.raises(CassetteMismatchError, match=r"uri: .*completions in the cassette"):
                await client.post(f"{PUBLIC}/x", json={"q": 1})


def test_an_answer_is_played_once_unless_repeats_are_asked_for(cassette: Path) -> None:
    with replay(cassette), httpx.Client() as client:
        client.post(PUBLIC, json={"q": 1})
        with pytest.raises(CassetteMismatchError, match="has been played already"):
            client.post(PUBLIC, json={"q": 1})
    with replay(cassette, repeat=True), httpx.Client() as client:
        assert client.post(PUBLIC, json={"q": 1}) is not client.post(PUBLIC, json={"q": 1})


def test_a_missing_or_broken_file_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "missing.yaml"
    with pytest.raises(FileNotFoundError, match=r"missing\.yaml"), replay(missing):
        pass
    broken = tmp_path / "broken.yaml"
    broken.write_text("interactions: 5", encoding="utf-8")
    with pytest.raises(CassetteFormatError, match=r"broken\.yaml: not a cassette"), replay(broken):
        pass


def test_everything_is_as_before_afterwards(cassette: Path) -> None:
    before = httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request
    with replay(cassette):
        assert os.environ["AIMLAPI_API_KEY"] == "replay"
    after = httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request
    assert after == before
    assert "AIMLAPI_API_KEY" not in os.environ


def test_a_key_that_is_set_stays(cassette: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIMLAPI_API_KEY", "mine")
    with replay(cassette):
        assert os.environ["AIMLAPI_API_KEY"] == "mine"


def recorded_bodies(path: Path) -> list[bytes]:
    read = cassette_from(path.read_text(encoding="utf-8"))
    return [b"".join(i["request"]["body"].split()) for i in read["interactions"]]


def from_server(server: LoopbackServer) -> RecordingSource:
    return RecordingSource("recorded from a test server", base_url=server.base_url)


def test_a_recording_from_another_server_replays_as_the_service(
    tmp_path: Path, server: LoopbackServer
) -> None:
    path = tmp_path / "folder" / "a.yaml"
    with record(path, from_server(server)), httpx.Client() as client:
        first = client.post(PUBLIC, json={"q": 1})
    assert str(first.request.url) == PUBLIC
    assert server.received[0].headers["Host"] in server.base_url
    text = path.read_text(encoding="utf-8")
    assert text.startswith("source: recorded from a test server\n")
    assert "127.0.0.1" not in text
    with replay(path), httpx.Client() as client:
        assert client.post(PUBLIC, json={"q": 1}).json() == first.json() == {"answer": 42}
    assert len(server.received) == 1


def test_recording_again_changes_nothing(tmp_path: Path, server: LoopbackServer) -> None:
    path = tmp_path / "a.yaml"
    texts = []
    for _ in range(2):
        with record(path, from_server(server)), httpx.Client() as client:
            for number in (1, 2):
                client.post(PUBLIC, json={"q": number})
        texts.append(path.read_text(encoding="utf-8"))
    assert texts[0] == texts[1]
    assert recorded_bodies(path) == [b'{"q":1}', b'{"q":2}']


def test_random_ids_in_requests_are_written_the_same_every_time(
    tmp_path: Path, server: LoopbackServer
) -> None:
    path = tmp_path / "a.yaml"
    ids = [str(uuid.uuid4()) for _ in range(2)]
    server.answers = [Answer(b'{"id": "%s"}' % ids[1].encode())]
    with record(path, from_server(server)), httpx.Client() as client:
        client.post(PUBLIC, json={"tool_calls": [{"id": f"call_{ids[0]}"}, {"id": ids[1]}]})
    # The second is the server's: replayed, it will come again as it is.
    assert recorded_bodies(path) == [
        b'{"tool_calls":[{"id":"call_00000000-0000-4000-8000-000000000000"},{"id":"%s"}]}'
        % ids[1].encode()
    ]
    with replay(path), httpx.Client() as client:
        client.post(PUBLIC, json={"tool_calls": [{"id": f"call_{uuid.uuid4()}"}, {"id": ids[1]}]})


def test_requests_of_worker_threads_are_written_in_a_fixed_order(
    tmp_path: Path, server: LoopbackServer
) -> None:
    path = tmp_path / "a.yaml"
    with record(path, from_server(server)), httpx.Client() as client:

        def post(question: Any) -> None:
            client.post(PUBLIC, json={"q": question})

        post("the first")
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(post, ["longest", "long", "lo", "longer"]))
        post(0)
    by_threads = [b'{"q":"lo"}', b'{"q":"long"}', b'{"q":"longer"}', b'{"q":"longest"}']
    assert recorded_bodies(path) == [b'{"q":"thefirst"}', *by_threads, b'{"q":0}']


async def test_requests_at_the_same_time_are_written_in_the_order_they_were_sent(
    tmp_path: Path, server: LoopbackServer
) -> None:
    path = tmp_path / "a.yaml"
    with record(path, from_server(server)):
        async with httpx.AsyncClient() as client:
            await asyncio.gather(*(client.post(PUBLIC, json={"q": n}) for n in (3, 1, 2)))
    assert recorded_bodies(path) == [b'{"q":3}', b'{"q":1}', b'{"q":2}']


def test_a_recorded_error_of_a_megabyte_is_written_in_seconds(
    tmp_path: Path, server: LoopbackServer
) -> None:
    path = tmp_path / "a.yaml"
    server.answers = [Answer(b'{"detail": "%s"}' % (b"A" * 1_000_000), status=422)]
    started = time.monotonic()
    with record(path, from_server(server), expect_status=[422]), httpx.Client() as client:
        client.post(PUBLIC, json={"q": 1})
    assert path.stat().st_size > 1_000_000
    assert time.monotonic() - started < 30


def test_the_phrase_of_a_status_is_not_written(tmp_path: Path) -> None:
    key = "a-key-of-some-length"
    path = tmp_path / "a.yaml"
    answer = httpx.Response(200, json={}, extensions={"reason_phrase": f"OK {key}".encode()})
    mock = httpx.MockTransport(lambda _: answer)
    with record(path), httpx.Client(transport=mock) as client:
        client.post(PUBLIC, json={"q": 1}, headers={"Authorization": f"Bearer {key}"})
    assert key not in path.read_text(encoding="utf-8")
    with replay(path), httpx.Client() as client:
        assert client.post(PUBLIC, json={"q": 1}).reason_phrase == "OK"


def test_a_secret_that_cannot_be_taken_out_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    mock = httpx.MockTransport(lambda _: httpx.Response(200, json={}))
    with (
        pytest.raises(CassetteNotWrittenError, match="it would hold a key"),
        record(path),
        httpx.Client(transport=mock) as client,
    ):
        # A key like this one would be replaced in what makes the file a cassette.
        client.post(PUBLIC, json={"q": 1}, headers={"Authorization": "Bearer interactions"})
    assert not path.exists()
