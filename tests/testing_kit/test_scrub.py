"""What is secret is taken out, and nothing else."""

from __future__ import annotations

import base64
import json
import time

import pytest

# What is taken out of a recording, before any file or request is in play.
from doors.cassettes import scrub

KEY = "a3f9c2d17be84056a1c9"
S = "SCRUBBED"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("https://h/v1/chat?x=1", "https://h/v1/chat?x=1"),
        ("https://h/v1?api_key=1&x=%20&token=2", f"https://h/v1?api_key={S}&x=%20&token={S}"),
        ("https://h/v1?apiKey=1&access-token=2", f"https://h/v1?apiKey={S}&access-token={S}"),
        ("https://h/v1?monkey=1&empty", "https://h/v1?monkey=1&empty"),
        ("https://me:secret@h:8080/v1", "https://h:8080/v1"),
        (f"https://h/{KEY}/v1?q=a{KEY}b#{KEY}", f"https://h/{S}/v1?q=a{S}b#{S}"),
    ],
)
def test_urls(before: str, after: str) -> None:
    scrubber = scrub.Scrubber([KEY])
    assert scrubber.uri(before) == after
    assert scrubber.uri(after) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"the key {KEY}.", f"the key {S}."),
        ("Authorization: Bearer abcdefghijklmnop1234", f"Authorization: Bearer {S}"),
        ("Bearer authentication is needed", "Bearer authentication is needed"),
        ("sk-proj-Ab12_cd34ef56gh78", S),
        ("an sk-shaped thing, a task-oriented one", "an sk-shaped thing, a task-oriented one"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmN", S),
        ("write to me@example.com", "write to me@example.com"),
    ],
)
def test_texts(before: str, after: str) -> None:
    scrubber = scrub.Scrubber([KEY])
    assert scrubber.text(before) == after
    assert scrubber.text(after) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f'{{"input": "{KEY}"}}', f'{{"input":"{S}"}}'),
        ('{"email": "me@example.com", "n": 1}', f'{{"email":"{S}","n":1}}'),
        ('{"m": {"userId": 17, "balance": 2.5}}', f'{{"m":{{"userId":"{S}","balance":"{S}"}}}}'),
        # Another spelling of the same text.
        ('{"input": "k\\u0065y-of-\\/mine"}', f'{{"input":"{S}"}}'),
        # A conversation about such things is the test's own.
        *[
            (same, same)
            for same in (
                '{"messages": [{"content": [{"type": "tool_use", "input": {"email": "a@b.c"}}]}]}',
                '{"choices": [{"message": {"content": "mail a@b.c"}}], "user_id": null}',
                '{"response_format": {"properties": {"email": {"type": "string"}}}}',
                '{"tools": [{"input_schema": {"properties": {"password": true}}}]}',
                '{"choices": [{"logprobs": {"content": [{"token": "a", "key": "b"}]}}]}',
                '{"white":   "space"}',
                '{"twice": 1, "twice": 1}',
            )
        ],
        # Streams: only the line that holds a secret is touched.
        (
            f'data: {{"a":  1}}\r\n\r\ndata: {{"b":  "{KEY}"}}\r\n\r\n',
            f'data: {{"a":  1}}\r\n\r\ndata: {{"b":"{S}"}}\r\n\r\n',
        ),
        (f"data: {{cut off {KEY}", f"data: {{cut off {S}"),
        (f"<html>{KEY}\u2028</html>", f"<html>{S}\u2028</html>"),
    ],
)  # fmt: skip
def test_bodies(before: str, after: str) -> None:
    scrubber = scrub.Scrubber([KEY, "key-of-/mine"])
    assert scrubber.body(before.encode()).decode() == after
    assert scrubber.body(after.encode()).decode() == after


@pytest.mark.parametrize(
    "body",
    [
        f'{{"input": "{KEY}", "input": "harmless"}}',
        f'{{"a": [{{"input": "{KEY}", "input": 1}}], "{KEY}": 1}}',
        f'{{"email": "me@example.com {KEY}", "email": null}}',
        f'data: {{"input": "{KEY}", "input": "harmless"}}\n\ndata: [DONE]\n\n',
    ],
)
def test_a_name_that_stands_twice_hides_nothing(body: str) -> None:
    clean = scrub.Scrubber([KEY]).body(body.encode()).decode()
    assert KEY not in clean
    assert "me@example.com" not in clean
    assert clean != body


@pytest.mark.parametrize(
    "spelling",
    [
        KEY.upper(),
        base64.b64encode(KEY.encode()).decode(),
        base64.b64encode(f"user:{KEY}".encode()).decode(),
    ],
)
@pytest.mark.parametrize("frame", ["%s", '{"message": "%s"}', "<p>%s</p>"])
def test_a_key_in_another_spelling_is_found(spelling: str, frame: str) -> None:
    body = frame % spelling
    clean = scrub.Scrubber([KEY]).body(body.encode(), status=401).decode()
    assert spelling not in clean
    assert S in clean


A_MILLION = {
    "base64": "A" * 1_000_000,
    "no address": "a@" * 500_000,
    "dots": "a." * 500_000,
    "no key": "sk-" * 330_000,
    "no token": "eyJ-" * 250_000,
    "no bearer": "bearer " * 140_000,
    "stars": "*" * 1_000_000,
    "lines": "\n" * 1_000_000,
    "brackets": "[" * 1_000_000,
    "objects": "{\n" * 500_000,
}


@pytest.mark.parametrize("text", A_MILLION.values(), ids=A_MILLION)
def test_a_megabyte_of_an_error_is_scrubbed_in_seconds(text: str) -> None:
    started = time.monotonic()
    for body in (text, f'{{"detail": "{text}"}}'):
        assert len(scrub.Scrubber([KEY]).body(body.encode(), status=422)) > 0
    assert time.monotonic() - started < 30


def test_bodies_that_are_not_text() -> None:
    assert scrub.Scrubber([KEY]).body(b"\xff" + KEY.encode() + b"\x00") == b"\xffSCRUBBED\x00"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"message": "no credits: me@example.com"}, {"message": f"no credits: {S}"}),
        ({"message": "wrong key a3f9****a1c9"}, {"message": f"wrong key {S}"}),
        ({"message": "x", "meta": {"email": "e"}}, {"message": "x", "meta": {"email": S}}),
    ],
)
def test_error_bodies_are_searched_more_widely(before: object, after: object) -> None:
    body = json.dumps(before).encode()
    assert json.loads(scrub.Scrubber([KEY]).body(body, status=401)) == after


def test_headers_pass_by_an_allow_list() -> None:
    scrubber = scrub.Scrubber([KEY])
    sent = {
        "Authorization": f"Bearer {KEY}",
        "Cookie": "a=b",
        "Content-Type": "application/json",
        "Host": "h",
        "User-Agent": "u",
        "X-Client-Request-Id": f"id-{KEY}",
    }
    assert scrubber.request_headers(sent) == {
        "content-type": "application/json",
        "x-client-request-id": f"id-{S}",
    }
    received = {
        "Content-Type": ["application/json"],
        "Date": ["today"],
        "Location": [f"https://h/?key=1&v={KEY}"],
        "Set-Cookie": ["a=b"],
        "X-AIMLAPI-Account-Id": ["17"],
        "X-AIMLAPI-Credits-Used": ["12"],
        "X-Inference-Id": ["i"],
    }
    assert scrubber.response_headers(received) == {
        "content-type": ["application/json"],
        "location": [f"https://h/?key={S}&v={S}"],
        "x-aimlapi-credits-used": ["12"],
        "x-inference-id": ["i"],
    }


def test_every_place_a_request_can_carry_a_secret_in_is_known() -> None:
    headers = {
        "Authorization": "Bearer one",
        "Proxy-Authorization": "Basic two",
        "X-Api-Key": "three",
        "api-key": "four",
        "cookie": "a=five; b=six",
        "accept": "seven",
    }
    uri = "https://eight:ni%6Ee@h/v1?API_KEY=t%65n&q=eleven"
    assert scrub.secrets_in_request(uri, headers) == {
        *("one", "two", "three", "four", "five", "six", "eight", "nine", "t%65n", "ten"),
    }
    assert scrub.secrets_in_response({"Set-Cookie": ["a=one; Path=/", "b=two"]}) == {"one", "two"}


def test_short_keys_and_the_replay_key_are_not_looked_for() -> None:
    assert (
        scrub.Scrubber(["key", scrub.REPLAY_KEY, ""]).text("the key to replay")
        == "the key to replay"
    )


def test_a_key_that_contains_another_goes_as_a_whole() -> None:
    assert scrub.Scrubber([KEY, f"{KEY}-and-more"]).text(f"{KEY}-and-more {KEY}") == f"{S} {S}"
