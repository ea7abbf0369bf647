"""Cassettes are readable, and what was recorded comes back."""

from __future__ import annotations

import contextlib
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
import yaml

# The format itself, read with either loader of YAML.
from doors.cassettes import texts
from hypothesis import given, settings
from hypothesis import strategies as st

from langchain_aimlapi.testing import CassetteFormatError, replay

if TYPE_CHECKING:
    from pathlib import Path

STREAM = b'data: {"id":"a"}\n\n: a comment with a space at the end \ndata: {"id":"b"}\n\n'


def interaction(body: bytes, *, request: bytes = b"", status: Any = None) -> dict[str, Any]:
    return {
        "request": {
            "method": "POST",
            "uri": "https://api.aimlapi.com/v1/chat/completions",
            "headers": {"content-type": "application/json"},
            "body": request,
        },
        "response": {
            "status": status or {"code": 200, "message": "OK"},
            "headers": {"content-type": ["text/event-stream"]},
            "body": {"string": body},
        },
    }


def there_and_back(body: bytes) -> bytes:
    text = texts.dumps([interaction(body)], "a test")
    return texts.loads(text)["interactions"][0]["response"]["body"]["string"]


def test_a_cassette_reads_like_the_exchange() -> None:
    request = '{"model":"m","messages":[{"role":"user","content":"Grüße 👋"}]}'.encode()
    assert (
        texts.dumps([interaction(STREAM, request=request)], "an example")
        == """\
source: an example
interactions:
- request:
    method: POST
    uri: https://api.aimlapi.com/v1/chat/completions
    headers:
      content-type: application/json
    body:
      json: |
        {
          "model": "m",
          "messages": [
            {
              "role": "user",
              "content": "Grüße 👋"
            }
          ]
        }
  response:
    status: 200
    headers:
      content-type: text/event-stream
    body:
      text: |+
        data: {"id":"a"}

        : a comment with a space at the end\x20
        data: {"id":"b"}

...
"""
    )


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (STREAM, "text"),
        (b"data: 1", "text"),
        (b"\n\n data: 1\n\n\n", "text"),
        (b"data: 1\n\n\n", "text"),
        (b"data: 1\r\n\r\ndata: 2\r\n\r\n", "newlines"),
        (b"data: 1\r\n\ndata: 2\r\r", "text"),
        (b"\xef\xbb\xbfdata: 1\n\n", "text"),
        ("data: \u2028 \u2029 \x85 \x00 \x7f 👋\n\n".encode(), "text"),
        (b"\tdata: - # : ' \" --- ... %\n---\n", "text"),
        (b"   ", "text"),
        (b"\n", "text"),
        (b"\xff\xfe\x00", "base64"),
        (b'  \n{"padded": "in front"}', "text"),
        (b'{"twice": 1, "twice": 2}', "text"),
        (b'{"number": 0.10000000000000000555}', "text"),
        (b'{"number": NaN}', "text"),
        (b'"only a string"', "text"),
        (b"", None),
    ],
)
def test_a_body_that_is_not_plain_json_comes_back_byte_for_byte(
    body: bytes, form: str | None
) -> None:
    written = yaml.safe_load(texts.dumps([interaction(body)], "a test"))
    response = written["interactions"][0]["response"]
    assert next(iter(response.get("body", {})), None) == form
    assert there_and_back(body) == body


@pytest.mark.parametrize(
    "body",
    [
        b'{"b": [1, 2.5, -0.0, 1e3], "a": {"c": null, "d": true}}\n',
        b'[{"long": 123456789012345678901234567890}]',
        '{"odd": "\u2028\u2029\x7f\ufeff👋", "half": "\\ud83d"}'.encode(),
        b'{"yaml": "- # : | > \\n\\t  on", "": {}}',
    ],
)
def test_json_is_printed_prettily_and_means_the_same(body: bytes) -> None:
    back = there_and_back(body)
    assert back.startswith((b"{\n  ", b"[\n  "))
    assert json.loads(back) == json.loads(body)


@settings(deadline=None)  # a busy machine is no defect
@given(body=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_body_comes_back(body: bytes) -> None:
    back = there_and_back(body)
    assert back == body or json.loads(back) == json.loads(body)


@pytest.mark.parametrize("body", [b"\xc2\x85", b"a\xc2\x85b\n", b"'\xe2\x80\xa8' \xc2\x85"])
def test_line_breaks_of_other_alphabets_come_back(body: bytes) -> None:
    assert there_and_back(body) == body


@pytest.mark.parametrize("body", [STREAM, b" \n\tdata: \xc3\xa4\n\n", b'{"a": "\\u2028"}'])
def test_the_slow_and_the_fast_yaml_reader_agree(
    body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = there_and_back(body)
    monkeypatch.setattr(texts, "_SafeLoader", texts._only_plain(yaml.SafeLoader))
    assert there_and_back(body) == fast


@pytest.mark.parametrize(
    ("status", "written"),
    [
        ({"code": 429, "message": "Too Many Requests"}, 429),
        ({"code": 200, "message": ""}, 200),
        ({"code": 200, "message": "Fine"}, 200),
        ({"code": 599, "message": ""}, 599),
    ],
)
def test_a_status_is_a_number_whatever_its_phrase(status: Any, written: Any) -> None:
    text = texts.dumps([interaction(b"", status=status)], "a test")
    assert yaml.safe_load(text)["interactions"][0]["response"]["status"] == written
    back = texts.loads(text)["interactions"][0]["response"]["status"]
    assert back["code"] == status["code"]


def test_a_header_sent_twice_is_a_list() -> None:
    twice = interaction(b"")
    twice["response"]["headers"]["x-inference-id"] = ["one", "two"]
    back = texts.loads(texts.dumps([twice], "a test"))
    assert back["interactions"][0]["response"]["headers"]["x-inference-id"] == ["one", "two"]


def test_cassettes_in_vcrpys_own_format_can_be_read() -> None:
    text = """\
interactions:
- request:
    body: '{"model": "m"}'
    headers:
      Content-Type: [application/json]
    method: POST
    uri: https://api.aimlapi.com/v1/chat/completions
  response:
    body: {string: '{"id": "a"}'}
    headers:
      Content-Type: [application/json]
    status: {code: 200, message: OK}
version: 1
"""
    (read,) = texts.loads(text)["interactions"]
    assert read["request"]["body"] == b'{"model": "m"}'
    assert read["response"]["body"]["string"] == b'{"id": "a"}'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("interactions: [", "not readable as YAML"),
        ("", "not a cassette"),
        ("interactions: 5", "not a cassette"),
        ("interactions: [{request: {}}]", "not a cassette: KeyError: 'method'"),
        ("interactions: !!python/object/apply:os.getcwd []", "not readable as YAML"),
    ],
)
def test_other_files_are_refused(text: str, message: str) -> None:
    with pytest.raises(CassetteFormatError, match=message):
        texts.loads(text)


def nested(depth: int) -> str:
    """Return ten lists of ten lists ... that stand in the file as one line each."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, depth)]
    return "\n".join(lines)


ONE = """
interactions:
- request: {{method: {method}, uri: {uri}, headers: {headers}, body: {body}}}
  response: {{status: {status}, headers: {{}}, body: {answer}}}
"""
FIELDS = {
    "method": "POST",
    "uri": "https://api.aimlapi.com/v1/chat/completions",
    "headers": "{}",
    "body": "null",
    "status": "200",
    "answer": "null",
}
HOSTILE = {
    "a number as a body": ({"body": "99999999999"}, None),
    "a number to the base of 60": ({"status": ":".join(["1"] * 300_000)}, "status is not"),
    "a number of a million digits": ({"status": "9" * 1_000_000}, "status is not"),
    "an infinite status": ({"status": ".inf"}, "status is not"),
    "a status of no HTTP": ({"status": "42"}, "status is not"),
    "a list as a body": ({"body": "[1, 2]"}, "body is a list"),
    "a date that is none": ({"uri": "2001-99-99"}, None),
    "bytes that are no base64": ({"answer": "{base64: '?'}"}, None),
    "two kinds of body": ({"answer": "{json: a, text: b}"}, "not a cassette"),
    "no kind of body": ({"answer": "{other: a}"}, "not a cassette"),
    "half a character": ({"answer": '"\\ud800"'}, "not "),
    "a tag of Python": ({"answer": "!!python/name:os.system ''"}, "not readable as YAML"),
    "a set": ({"headers": "!!set {a}"}, "not readable as YAML"),
    "a header of lists": ({"headers": "{a: [[b]]}"}, "a header is a list"),
}


@pytest.mark.parametrize(("fields", "message"), HOSTILE.values(), ids=HOSTILE)
def test_whatever_a_file_holds_it_is_read_or_refused_at_once(
    fields: dict[str, str], message: str | None
) -> None:
    text = ONE.format(**FIELDS | fields)
    started = time.monotonic()
    if message is None:
        with contextlib.suppress(CassetteFormatError):
            assert len(texts.loads(text)["interactions"]) == 1
    else:
        with pytest.raises(CassetteFormatError, match=message) as caught:
            texts.loads(text)
        assert len(str(caught.value)) < 500
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "place", ["headers: {a: *a9}", "body: *a9", "body: {json: *a9}", "uri: *a9", "method: *a9"]
)
def test_aliases_of_aliases_are_refused_at_once(place: str) -> None:
    bomb = nested(10)
    good = "method: POST, uri: x"
    fields = good if place.partition(":")[0] not in good else "method: POST"
    text = f"{bomb}\ninteractions:\n- request: {{{fields}, {place}}}\n  response: {{status: 200}}\n"
    started = time.monotonic()
    with pytest.raises(CassetteFormatError) as caught:
        texts.loads(text)
    assert time.monotonic() - started < 5
    assert len(str(caught.value)) < 500


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(CassetteFormatError, match="not readable as YAML"):
        texts.loads("[" * 100_000)


@pytest.mark.parametrize("content", [b"source: caf\xe9\n", b"\xff\xfei\x00", b"\x00"])
def test_a_file_that_is_not_utf8_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes(content)
    with pytest.raises(CassetteFormatError, match=r"latin\.yaml: not "), replay(path):
        pass
