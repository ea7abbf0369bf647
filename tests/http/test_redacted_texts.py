"""What is left of a text when a secret is taken out of it: no more is hidden than the secret."""

from __future__ import annotations

import base64
import json
import pickle
from typing import Any

import pytest
from doors.wire import Hidden, Redactor, Secret, hidden
from pydantic import SecretStr

KEY = "sk-Live/0+ab=cd"
CAPITALS = KEY.upper()


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


TEXTS: dict[str, tuple[str, str]] = {
    "alone": (KEY, "***"),
    "inside": (f"a{KEY}z", "a***z"),
    "twice": (f"{KEY} {KEY}", "*** ***"),
    "side by side": (KEY + KEY, "******"),
    "in capitals": (f"x {CAPITALS} y", "x *** y"),
    "in small letters": (KEY.lower(), "***"),
    "a part": (KEY[:-1], KEY[:-1]),
    "as JSON": (r"a sk-Live\/0+ab=cd z", "a *** z"),
    "in a URL": ("a sk-Live%2F0%2bab%3Dcd z", "a *** z"),
    "in a path": ("a sk-Live/0%2Bab%3Dcd z", "a *** z"),
    "JSON in JSON": (json.dumps(json.dumps({"k": KEY})), r'"{\"k\": \"***\"}"'),
    "base64": (f"a {in_base64(KEY)} z", "a *** z"),
    "base64 behind a name": (f"a {in_base64('user:' + KEY)} z", "a dXNlcj***= z"),
    "base64 between others": (f"a {in_base64('u:' + KEY + ':x')} z", "a dT***6eA== z"),
    "base64 behind two": (f"a {in_base64('xy' + KEY + 'z')} z", "a eH***6 z"),
    "base64 for URLs": ("a dT8_OnNrLUxpdmUvMCthYj1jZD4-Pg== z", "a dT8_O***4-Pg== z"),
    "base64 in a URL": (f"a {in_base64(KEY + '??')}".replace("=", "%3D"), "a ***Pz8%3D"),
    "nothing": ("", ""),
    "something else": ("sk-Other/0+ab=cd", "sk-Other/0+ab=cd"),
}


@pytest.mark.parametrize(("text", "shown"), TEXTS.values(), ids=TEXTS)
def test_only_the_secret_is_hidden(text: str, shown: str) -> None:
    redactor = Redactor([Secret(KEY)])
    assert redactor.redact(text) == shown


@pytest.mark.parametrize(
    ("secrets", "text", "shown"),
    [
        (["abcd", "cdef"], "xabcdefx", "x***x"),
        (["abcd", "bc12"], "abcd bc12", "*** ***"),
        (["abcd", "abcdefgh"], "abcdefgh", "***"),
        (["abc"], "abc", "abc"),
        (["", "ab"], "ab ab", "ab ab"),
        (["pässwörd"], "a pässwörd b", "a *** b"),
        (["seven77"], in_base64("seven77"), in_base64("seven77")),
        (["sk?>~?>~-012345"], "c2s_Pn4_Pn4tMDEyMzQ1", "***"),
        (["eight888"], in_base64("eight888"), "***="),
        (['a"b c/d'], r"x a\"b c\/d z", "x *** z"),
        (["a b c d"], "?key=a+b+c+d", "?key=***"),
    ],
)
def test_several_secrets_and_short_ones(secrets: list[str], text: str, shown: str) -> None:
    assert Redactor(map(Secret, secrets)).redact(text) == shown


def test_another_mask_takes_the_place_of_each() -> None:
    redactor = Redactor([Secret(KEY)], "<key>")
    assert redactor.redact(f"{KEY}, {in_base64(KEY)}") == "<key>, <key>"


# --- values that do not show themselves ---


@pytest.mark.parametrize("value", [Secret(KEY), Hidden({"a": KEY}), Hidden([KEY])])
def test_a_hidden_value_shows_itself_nowhere(value: Hidden[Any]) -> None:
    shown = [repr(value), str(value), f"{value}", f"{value!r}", f"{value:>3}", "%s" % value]  # noqa: UP031  # one way to show it
    assert set(shown) == {"***"}
    assert f"{value:>5}" == "  ***"
    with pytest.raises(TypeError) as refused:
        pickle.dumps(value)
    assert str(refused.value) == "A hidden value is not pickled."


def test_a_hidden_value_equals_one_of_the_same_value() -> None:
    assert Secret(KEY) == Secret(KEY)
    assert hash(Secret(KEY)) == hash(Secret(KEY))
    assert Secret(KEY) != Secret(KEY + "x")
    assert Secret(KEY) != KEY
    assert Secret(KEY).reveal() == KEY


def test_only_what_shows_itself_is_hidden() -> None:
    for given in (None, Secret(KEY), Hidden(5), len):
        assert hidden(given) is given
    for value in (KEY, SecretStr(KEY)):
        assert hidden(value) == Secret(KEY)
    assert (type(hidden(5)), hidden(5).reveal()) == (Hidden, 5)
