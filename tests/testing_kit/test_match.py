"""A request is the recorded one, or the message names the fields that differ."""

from __future__ import annotations

from typing import Any

import pytest

# How two bodies are compared, and the words that tell a difference.
from doors.cassettes import match
from vcr.request import Request

URI = "https://api.aimlapi.com/v1/chat/completions"


def a_request(body: str | bytes, uri: str = URI, key: str = "a-key-of-some-length") -> Request:
    return Request("POST", uri, body, {"Authorization": f"Bearer {key}"})


@pytest.mark.parametrize(
    ("recorded", "sent"),
    [
        ('{"a": 1, "b": [2, {"c": 3, "d": 4}]}', '{"b":[2,{"d":4,"c":3}],"a":1}'),
        ('{"n": 1.0}', '{"n": 1}'),
        ('{"text": "ä"}', '{"text": "\\u00e4"}'),
        ('{"prompt": "my key SCRUBBED"}', '{"prompt": "my key a-key-of-some-length"}'),
        ('{"metadata": {"user_id": "SCRUBBED"}}', '{"metadata": {"user_id": "u-17"}}'),
        ("plain text", "plain text"),
        (b"\xff\x00", b"\xff\x00"),
        ("", ""),
    ],
)
def test_the_same_body_in_another_spelling_matches(
    recorded: str | bytes, sent: str | bytes
) -> None:
    match.match_body(a_request(sent), a_request(recorded))


ONE, TWO, THREE, FOUR = (f"{n * 8}-{n * 4}-4{n * 3}-8{n * 3}-{n * 12}" for n in "12ab")
# A call and its result, as LangChain makes them up with random ids.
CALLS = '[{"tool_calls": [{"id": "%s"}, {"id": "%s"}]}, {"tool_call_id": "%s"}]'


def test_random_ids_match_if_they_link_the_same_things() -> None:
    match.match_body(a_request(CALLS % (ONE, TWO, TWO)), a_request(CALLS % (THREE, FOUR, FOUR)))
    with pytest.raises(AssertionError, match=r"body\[1\].tool_call_id: .*0001' .*0000' sent"):
        match.match_body(a_request(CALLS % (ONE, TWO, ONE)), a_request(CALLS % (THREE, FOUR, FOUR)))


@pytest.mark.parametrize(
    ("recorded", "sent"),
    [
        (f'{{"content": "{ONE}"}}', f'{{"content": "{TWO}"}}'),
        ('{"id": "call_1"}', '{"id": "call_2"}'),
    ],
)
def test_other_texts_and_ids_have_to_be_the_same(recorded: str, sent: str) -> None:
    with pytest.raises(AssertionError, match="in the cassette"):
        match.match_body(a_request(sent), a_request(recorded))


@pytest.mark.parametrize(
    ("recorded", "sent", "message"),
    [
        (
            '{"messages": [{"content": "Hi"}]}',
            '{"messages": [{"content": "Hello"}]}',
            "messages[0].content: 'Hi' in the cassette, 'Hello' sent",
        ),
        ('{"max_tokens": 5}', "{}", "max_tokens: 5 in the cassette, not sent"),
        ("{}", '{"stop": ["END"]}', 'stop: not in the cassette, ["END"] sent'),
        (
            '{"max_tokens": 5}',
            '{"max_completion_tokens": 5}',
            """\
max_tokens: 5 in the cassette, not sent
max_completion_tokens: not in the cassette, 5 sent""",
        ),
        ('{"stream": true}', '{"stream": 1}', "stream: true in the cassette, 1 sent"),
        ('{"n": null}', '{"n": 0}', "n: null in the cassette, 0 sent"),
        (
            '{"stop": ["a"]}',
            '{"stop": ["a", "b"]}',
            "stop: 1 item in the cassette, 2 items sent",
        ),
        ('{"stop": "a"}', '{"stop": ["a"]}', "stop: 'a' in the cassette, [\"a\"] sent"),
        ("[1]", "[2]", "body[0]: 1 in the cassette, 2 sent"),
        ("one", "two", "body: 'one' in the cassette, 'two' sent"),
        ("{}", "", "body: {} in the cassette, '' sent"),
    ],
)
def test_a_difference_is_named(recorded: str, sent: str, message: str) -> None:
    with pytest.raises(AssertionError) as caught:
        match.match_body(a_request(sent), a_request(recorded))
    assert str(caught.value) == message


def test_of_a_long_text_the_part_that_differs_is_shown() -> None:
    (line,) = match.differences("x" * 500 + "old" + "y" * 500, "x" * 500 + "new" + "y" * 500)
    assert "xxxoldyyy" in line
    assert "xxxnewyyy" in line
    assert len(line) < 250


@pytest.mark.parametrize(
    ("recorded", "sent"),
    [
        (URI, URI),
        (f"{URI}?api_key=SCRUBBED&x=1", f"{URI}?api_key=another&x=1"),
        ("https://h/SCRUBBED/v1", "https://h/a-key-of-some-length/v1"),
        ("https://h/v1", "https://me:pass@h/v1"),
    ],
)
def test_urls_match_credentials_aside(recorded: str, sent: str) -> None:
    match.match_uri(a_request("", sent), a_request("", recorded))


def test_another_url_is_named() -> None:
    with pytest.raises(AssertionError, match="uri: https://h/v1 in the cassette, https://h/v2"):
        match.match_uri(a_request("", "https://h/v2"), a_request("", "https://h/v1"))


class CassetteOf:
    """As much of a vcrpy cassette as an explanation reads."""

    def __init__(self, *bodies: str, played: tuple[int, ...] = ()) -> None:
        from vcr.record_mode import RecordMode  # noqa: PLC0415 - only here

        self.record_mode = RecordMode.NONE
        self._path = "cassettes/a.yaml"
        self.data: list[tuple[Any, Any]] = [(a_request(body), {}) for body in bodies]
        self.play_counts = {index: int(index in played) for index in range(len(bodies))}


@pytest.mark.parametrize(
    ("cassette", "expected"),
    [
        (CassetteOf(), "There is no such cassette yet, or it is empty."),
        (
            CassetteOf('{"a": 9, "b": 1}', '{"a": 1, "b": 2, "c": 3}', '{"z": 1}'),
            "The closest is interaction 2 of 3:\n  c: 3 in the cassette, not sent\n",
        ),
        # One that still waits to be played is closer than one that is done.
        (
            CassetteOf('{"a": 1, "b": 3}', '{"a": 2, "b": 4}', played=(0,)),
            "The closest is interaction 2 of 2:\n  a: 2 in the cassette, 1 sent\n",
        ),
        (
            CassetteOf('{"a": 1, "b": 2}', '{"a": 5}', played=(0,)),
            "recorded 1 time(s), as interaction 1 of 2, and has been played already",
        ),
    ],
)
def test_an_explanation_names_the_closest_request(cassette: CassetteOf, expected: str) -> None:
    text = match.explain(cassette, a_request('{"a": 1, "b": 2}'))
    assert text.startswith(f"POST {URI} is not in the cassette cassettes/a.yaml")
    assert expected in text
    assert "--record-mode=rewrite" in text


def test_an_explanation_holds_no_key() -> None:
    sent = a_request('{"a": "a-key-of-some-length"}', f"{URI}?token=t0p")
    text = match.explain(CassetteOf('{"a": "b"}'), sent)
    assert "a-key-of-some-length" not in text
    assert "t0p" not in text
