"""An answer that sends the key back, however it is spelled, shows it in no error."""

from __future__ import annotations

import base64
import html
import json
from time import process_time
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import AIMLAPIError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KEY = "sk-Ab/9+c'd=K&y<_Zq7-0123"
PASSWORD = "Pass/word+0123456789"
HEADER = "Hush'hush/0123456789"


def _base64(before: bytes, text: str, *, safe: bool = False) -> str:
    encode = base64.urlsafe_b64encode if safe else base64.b64encode
    return encode(before + text.encode()).decode()


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "in upper case": str.upper,
    "in lower case": str.lower,
    "as JSON": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "in %XX": lambda text: quote(text, safe=""),
    "in %xx": lambda text: quote(text, safe="").replace("%2F", "%2f").replace("%2B", "%2b"),
    "in %XX, slashes kept": quote,
    "in base64": lambda text: _base64(b"", text),
    "in base64, in a URL": lambda text: quote(_base64(b"user:", text), safe=""),
    "in base64 with a user": lambda text: _base64(b"user:", text),
    **{
        f"in {kind} at offset {offset}": lambda text, offset=offset, safe=safe: _base64(
            b"x" * offset, text + ":z", safe=safe
        )
        for offset in range(3)
        for kind, safe in (("base64", False), ("base64url", True))
    },
}


def _error(
    answer: httpx.Response, headers: Mapping[str, str] | None = None, key: str = KEY
) -> AIMLAPIError:
    model = ChatAIMLAPI(
        model="openai/gpt-4o",
        api_key=key,
        default_headers=headers or {"X-Gateway": HEADER},
        proxy=f"http://user:{quote(PASSWORD, safe='')}@127.0.0.1:9",
        http_client=httpx.Client(transport=httpx.MockTransport(lambda _: answer)),
        max_retries=0,
    )
    with pytest.raises(AIMLAPIError) as caught:
        model.invoke("Hi!")
    return caught.value


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_of_a_secret_is_shown(spelling: str) -> None:
    for secret in (KEY, HEADER, PASSWORD):
        spelled = SPELLINGS[spelling](secret)
        text = f"Not ({spelled}) here"
        for answer in (
            httpx.Response(401, text=text),
            httpx.Response(401, json={"message": text, "requestId": spelled}),
            httpx.Response(200, json={"error": {"message": text}}),
        ):
            _check_that_it_is_hidden(spelled, _error(answer))


def _check_that_it_is_hidden(spelled: str, error: AIMLAPIError) -> None:
    shown = f"{error} {error!r} {vars(error)}"
    folded = " ".join(spelled.split())
    for whole in (spelled, folded, json.dumps(spelled)[1:-1]):
        assert whole not in shown
        assert whole[: len(whole) // 2] not in shown.replace("Not (", "").replace(") here", "")
    assert "Not (" in error.message
    assert ") here" in error.message
    assert len(error.message) <= len("Not (***) here") + len("user:xxxx") + 8


def test_a_secret_that_a_page_writes_as_html_is_not_shown() -> None:
    page = f"<html><body>Not {html.escape(KEY)}</body></html>"
    assert _error(httpx.Response(401, text=page)).message == "Not ***"


@pytest.mark.parametrize("before", [275, 285, 295, 299])
def test_no_half_of_a_secret_is_shown_where_an_excerpt_is_cut(before: int) -> None:
    for answer in (
        httpx.Response(401, text="x" * before + KEY),
        httpx.Response(200, text="{" + "x" * before + KEY),
    ):
        assert KEY[:5] not in f"{vars(_error(answer))}"


OTHER = "sk-Live/0+ab=cd"
TEXTS: dict[str, tuple[str, str]] = {
    "alone": (OTHER, "***"),
    "twice": (f"{OTHER} {OTHER}", "*** ***"),
    "side by side": (f"a{OTHER}{OTHER}z", "a******z"),
    "a part": (OTHER[:-1], OTHER[:-1]),
    "something else": ("sk-Other/0+ab=cd", "sk-Other/0+ab=cd"),
    "JSON in JSON": (json.dumps(json.dumps({"k": OTHER})), r'"{\"k\": \"***\"}"'),
    "base64 behind a name": (f"a {_base64(b'user:', OTHER)} z", "a dXNlcj***= z"),
    "base64 between others": (f"a {_base64(b'u:', OTHER + ':x')} z", "a dT***6eA== z"),
    "base64 behind two": (f"a {_base64(b'xy', OTHER + 'z')} z", "a eH***6 z"),
    "base64 for URLs": ("a dT8_OnNrLUxpdmUvMCthYj1jZD4-Pg== z", "a dT8_O***4-Pg== z"),
}


@pytest.mark.parametrize(("text", "shown"), TEXTS.values(), ids=TEXTS)
def test_no_more_is_hidden_than_the_secret(text: str, shown: str) -> None:
    assert _error(httpx.Response(400, json={"message": text}), key=OTHER).message == shown


@pytest.mark.parametrize(
    ("secrets", "text", "shown"),
    [
        (["abcdefgh", "bcdefg12"], "abcdefgh bcdefg12", "*** ***"),
        (["abcdefgh", "abcdefghij"], "abcdefghij", "***"),
        (["abc"], "abc", "abc"),
        (["seven77"], _base64(b"", "seven77"), _base64(b"", "seven77")),
        (["eight888"], _base64(b"", "eight888"), "***="),
        (["sk?>~?>~-012345"], "c2s_Pn4_Pn4tMDEyMzQ1", "***"),
        (['a"bcdef/d'], r"x a\"bcdef\/d z", "x *** z"),
    ],
)
def test_several_secrets_and_short_ones(secrets: list[str], text: str, shown: str) -> None:
    headers = {f"X-{number}": secret for number, secret in enumerate(secrets)}
    assert _error(httpx.Response(400, json={"message": text}), headers).message == shown


SHORT = (
    *("a", "%41", "\\", "\\u0041", "\n", "&", "&a", "<", "<a", "[", "=\n", "\x1b]"),
    *(KEY, KEY[:-1]),
)
HOSTILE: list[bytes] = [
    *(piece.encode() * (64_000 // len(piece)) for piece in SHORT),
    b"<p>&#" + b"9" * 60_000 + b";</p>",
    b" " * 65_000 + b"<",
    b'{"message": "' + b"<" * 60_000 + b'"}',
    json.dumps({"meta": {str(n): {"_errors": ["x"]} for n in range(3_000)}}).encode(),
]  # fmt: skip


@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: repr(body[:12]))
def test_a_long_error_is_read_at_once(body: bytes) -> None:
    for status in (500, 200):
        start = process_time()
        error = _error(httpx.Response(status, content=body))
        assert process_time() - start < 1  # what grows by the square takes several seconds
        assert len(str(error)) < 4_000


@pytest.mark.parametrize(
    "control", ["\x00", "\x07", "\x08", "\x1b", "\x7f", "\x85", "\x9b", "\u202e"]
)
def test_control_characters_of_the_service_are_replaced(control: str) -> None:
    text = f"a{control}b"
    answer = {"message": text, "requestId": text, "error": {"data": {"kind": text}}}
    for response in (
        httpx.Response(400, json=answer),
        httpx.Response(500, text=text),
        httpx.Response(200, json={"error": {"message": text}}),
        httpx.Response(200, content=text.encode()),
        httpx.Response(400, json={"detail": [{"loc": [text], "msg": text}]}),
    ):
        error = _error(response)
        for text in (str(error), error.message, error.body_excerpt or "", error.request_id or ""):
            assert control not in text
            assert text.isprintable()


@pytest.mark.parametrize(
    "sequence",
    [
        "\x1b[31m", "\x1b[2J", "\x9b31m", "\x1b]0;title\x07", "\x1b]8;;https://evil.test\x1b\\",
        "\x9d52;c;ZXZpbA==\x9c", "\x1bP1$r\x1b\\",
    ],
)  # fmt: skip
def test_sequences_for_a_terminal_are_replaced_as_a_whole(sequence: str) -> None:
    error = _error(httpx.Response(400, json={"message": f"before {sequence} after"}))
    assert error.message == "before \ufffd after"


def test_a_character_number_of_any_length_is_no_obstacle() -> None:
    page = f"<p>Too much &#{'1' * 5000}; of it</p>"
    assert _error(httpx.Response(500, text=page)).message == "Too much of it"
