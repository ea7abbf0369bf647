"""The cache of prompts: what is read, what is written, and what both cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from .server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

RULES = " ".join(f"Rule {number}: be kind." for number in range(400))
HOUR = {"type": "ephemeral", "ttl": "1h"}
MARK = {"type": "ephemeral"}
CLAUDE = "anthropic/claude-sonnet-5"


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    key = {"authorization": "Bearer sk-emulator"}
    with (
        serve() as emulator,
        httpx.Client(base_url=emulator.base_url, headers=key, trust_env=False) as client,
    ):
        yield client


def text(words: str, mark: Json | None = None) -> Json:
    return {"type": "text", "text": words} | ({"cache_control": mark} if mark else {})


def ask(
    client: httpx.Client, *turns: Json, system: str = RULES, mark: Json | None = None, **more: Any
) -> Json:
    body = {"model": CLAUDE, "max_tokens": 64, "system": [text(system, mark)], **more}
    messages = [{"role": "user", "content": "Hello"}, *turns]
    answer = client.post("messages", json={**body, "messages": messages})
    assert answer.status_code == 200, answer.text
    whole: Json = answer.json()
    return whole


def cached(whole: Json) -> tuple[int, int, int]:
    """Return the tokens that were read, and written for five minutes and for an hour."""
    usage = whole["usage"]
    written = usage["cache_creation"]
    assert usage["cache_creation_input_tokens"] == sum(written.values())
    return (usage["cache_read_input_tokens"], *written.values())


def test_a_marked_prefix_is_written_once_and_read_from_then_on(client: httpx.Client) -> None:
    plain = ask(client)
    first, second = ask(client, mark=MARK), ask(client, mark=MARK)
    tokens = cached(first)[1]
    assert cached(plain) == (0, 0, 0)
    assert cached(first) == (0, tokens, 0)
    assert cached(second) == (tokens, 0, 0)
    fresh = plain["usage"]["input_tokens"]
    assert first["usage"]["input_tokens"] == second["usage"]["input_tokens"] == fresh - tokens


def test_writing_costs_a_quarter_more_or_twice_as_much_and_reading_a_tenth(
    client: httpx.Client,
) -> None:
    def price(whole: Json) -> float:
        usage = whole["usage"]
        read, minutes, hour = cached(whole)
        paid = usage["input_tokens"] + 0.1 * read + 1.25 * minutes + 2 * hour
        return (paid * 3.9 + usage["output_tokens"] * 19.5) / 1e6

    answers = [ask(client, system=RULES + end, mark=m) for end, m in ((".", MARK), ("!", HOUR))]
    answers.append(ask(client, system=RULES + "!", mark=HOUR))
    assert [cached(whole).index(max(cached(whole))) for whole in answers] == [1, 2, 0]
    for whole in answers:
        assert whole["meta"]["usage"]["usd_spent"] == pytest.approx(price(whole), abs=1e-6)


@pytest.mark.parametrize(
    "changed",
    [
        {"system": RULES + "!"},
        {"model": "anthropic/claude-sonnet-4"},
        {"tools": [{"name": "f", "input_schema": {"type": "object", "properties": {}}}]},
    ],
    ids=str,
)
def test_a_changed_prefix_is_not_read(client: httpx.Client, changed: Json) -> None:
    ask(client, mark=MARK)
    assert cached(ask(client, mark=MARK, **changed))[0] == 0


def test_another_key_reads_nothing(client: httpx.Client) -> None:
    ask(client, mark=MARK)
    client.headers["authorization"] = "Bearer sk-emulator-2"
    assert cached(ask(client, mark=MARK))[0] == 0


def test_a_short_prefix_is_not_kept(client: httpx.Client) -> None:
    assert cached(ask(client, system="Be kind.", mark=MARK)) == (0, 0, 0)


@pytest.mark.parametrize(("blocks", "found"), [(19, True), (20, False)])
def test_a_mark_finds_what_ended_less_than_20_blocks_before(
    client: httpx.Client, blocks: int, *, found: bool
) -> None:
    ask(client, mark=MARK)
    more = [text("So?") for _ in range(blocks - 2)]
    turn = {"role": "user", "content": [*more, text("Well?", MARK)]}
    read, written, _ = cached(ask(client, turn))
    assert (read > 0) is found
    assert written > 0


def test_the_same_goes_for_chat_completions(client: httpx.Client) -> None:
    body = {"model": CLAUDE, "max_tokens": 64, "system": [text(RULES, MARK)]}
    body["messages"] = [{"role": "user", "content": "Hello"}]
    first, second = (client.post("chat/completions", json=body).json() for _ in range(2))
    tokens = first["usage"]["prompt_tokens_details"]["cache_write_tokens"]
    details = [answer["usage"]["prompt_tokens_details"] for answer in (first, second)]
    assert details[0] == {"cached_tokens": 0, "cache_write_tokens": tokens}
    assert details[1] == {"cached_tokens": tokens, "cache_write_tokens": 0}
    assert first["usage"]["prompt_tokens"] == second["usage"]["prompt_tokens"] > tokens > 1024
    assert second["meta"]["usage"]["usd_spent"] < first["meta"]["usage"]["usd_spent"]
