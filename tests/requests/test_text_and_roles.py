"""Roles and text: who says what, in the words of each request schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    HumanMessageChunk,
    SystemMessage,
    ToolMessage,
)
from sent import (
    GPT,
    IMAGE,
    IMAGE_URL,
    MARK,
    NEW_CLAUDE,
    OLD_CLAUDE,
    ROUTES,
    UNKNOWN,
    URL,
    WAV,
    Json,
    answer,
    answer_back,
    call,
    called,
    result,
    sent,
    text,
    turns,
    user,
)

from langchain_aimlapi.errors import UnsupportedContentError

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

NO_SYSTEM = "google/gemma-3-4b-it"
"""Its documents have no role for instructions, and none for tools."""
STRINGS_ONLY = "nvidia/nemotron-3-ultra-550b-a55b"
CAPTIONER = "alibaba/qwen3-omni-30b-a3b-captioner"
DEVELOPER = SystemMessage("Be.", additional_kwargs={"__openai_role__": "developer"})
LONG = [
    SystemMessage("Be brief."),
    HumanMessage("Hi"),
    AIMessage("Hello."),
    SystemMessage("Be kind."),
    SystemMessage("Be calm."),
    HumanMessage("More."),
]


# --- chat/completions
ROLES: list[tuple[BaseMessage, Json]] = [
    (HumanMessage("Hi"), {"role": "user", "content": "Hi"}),
    (HumanMessageChunk(content="Hi"), {"role": "user", "content": "Hi"}),
    (HumanMessage("Hi", name="Ann"), {"role": "user", "content": "Hi", "name": "Ann"}),
    (SystemMessage("Be."), {"role": "system", "content": "Be."}),
    (SystemMessage("Be.", name="Bo"), {"role": "system", "content": "Be.", "name": "Bo"}),
    (
        SystemMessage([text("Be.", cache_control=MARK)]),
        {"role": "system", "content": [text("Be.", cache_control=MARK)]},
    ),
    (DEVELOPER, {"role": "developer", "content": "Be."}),
    (ChatMessage("Be.", role="developer"), {"role": "developer", "content": "Be."}),
    (ChatMessage("Hi", role="human"), {"role": "user", "content": "Hi"}),
    (ChatMessage("Hi", role="ai"), {"role": "assistant", "content": "Hi"}),
    (ChatMessage("Hi", role="critic"), {"role": "critic", "content": "Hi"}),
    (ChatMessage([text("Hi")], role="critic"), {"role": "critic", "content": [text("Hi")]}),
    (AIMessage("Hi", name="bot"), {"role": "assistant", "content": "Hi", "name": "bot"}),
    (AIMessageChunk(content="Hi"), {"role": "assistant", "content": "Hi"}),
    (answer(text("a"), "b", text("c")), {"role": "assistant", "content": "abc"}),
    (
        answer(text("a"), text("b", cache_control=MARK)),
        {"role": "assistant", "content": [text("a"), text("b", cache_control=MARK)]},
    ),
    (
        ToolMessage("3", tool_call_id="c1", name="add"),
        {"role": "tool", "tool_call_id": "c1", "content": "3"},
    ),
    (FunctionMessage("3", name="add"), {"role": "function", "name": "add", "content": "3"}),
    (FunctionMessage([text("3")], name="add"), {"role": "function", "name": "add", "content": "3"}),
    (user(), {"role": "user", "content": ""}),
    (user(text("Hi"), "there"), {"role": "user", "content": [text("Hi"), text("there")]}),
]


@pytest.mark.parametrize(("message", "turn"), ROLES)
def test_each_message_has_its_role_on_chat_completions(message: BaseMessage, turn: Json) -> None:
    assert turns(UNKNOWN, message) == [turn]


def test_developer_is_system_where_only_system_is_documented() -> None:
    turn = {"role": "system", "content": "Be."}
    assert turns("MiniMax-Text-01", DEVELOPER, "Hi")[0] == turn
    assert turns(GPT, DEVELOPER, "Hi")[0] == {**turn, "role": "developer"}


def test_instructions_stay_where_they_are_on_chat_completions() -> None:
    roles = [turn["role"] for turn in turns("chat", *LONG)]
    assert roles == ["system", "user", "assistant", "system", "system", "user"]


def test_instructions_lead_the_next_user_turn_where_no_role_is_theirs() -> None:
    assert turns(NO_SYSTEM, *LONG) == [
        {"role": "user", "content": "Be brief.\n\nHi"},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "Be kind.\n\nBe calm.\n\nMore."},
    ]
    blocks = turns(NO_SYSTEM, SystemMessage([text("a"), "b"]), user(text("Hi"), IMAGE))
    assert blocks[0]["content"] == [text("a\nb"), text("Hi"), IMAGE_URL]
    assert turns(NO_SYSTEM, SystemMessage("a"), HumanMessage("")) == [
        {"role": "user", "content": "a"}
    ]
    assert turns(NO_SYSTEM, "Hi", SystemMessage("a"), SystemMessage("b"))[1] == {
        "role": "user",
        "content": "a\n\nb",
    }


@pytest.mark.filterwarnings("ignore:google/gemma-3-4b-it documents no tools")
def test_instructions_do_not_lead_what_a_tool_returned() -> None:
    messages = [SystemMessage("Be brief."), called(), result([IMAGE]), HumanMessage("Well?")]
    tool = {"type": "function", "function": {"name": "f"}}
    found = turns(NO_SYSTEM, *messages, tools=[tool])
    assert [turn["content"] for turn in found if turn["role"] == "user"] == [
        [text("Returned by the tool call c:"), IMAGE_URL],
        "Be brief.\n\nWell?",
    ]


def test_a_tool_turn_needs_the_role_or_tools_of_the_call() -> None:
    with pytest.raises(UnsupportedContentError, match="its documented roles are assistant, user"):
        sent(NO_SYSTEM, "Hi", result("3"))
    tool = {"type": "function", "function": {"name": "f"}}
    with pytest.warns(UserWarning, match="documents no tools"):
        assert turns(NO_SYSTEM, "Hi", result("3"), tools=[tool])[1]["role"] == "tool"


def test_text_blocks_are_one_string_where_only_strings_are_taken() -> None:
    blocks = [text("a"), "b"]
    assert turns(STRINGS_ONLY, SystemMessage(blocks), user(*blocks), answer(*blocks)) == [
        {"role": "system", "content": "a\nb"},
        {"role": "user", "content": "a\nb"},
        {"role": "assistant", "content": "ab"},
    ]
    marked = answer(text("a", cache_control=MARK))
    assert answer_back("chatgpt-4o-latest", marked)[0]["content"] == "a"
    tool = {"type": "tool_result", "tool_use_id": "c", "content": "r"}
    asked = turns(STRINGS_ONLY, called(), user(tool, text("a")))
    assert [turn["content"] for turn in asked] == ["", "r", "a"]
    with pytest.raises(UnsupportedContentError, match=r"takes no image\. Accepted: text"):
        turns(STRINGS_ONLY, user(text("a"), IMAGE))


def test_text_is_left_out_with_a_warning_where_only_recordings_are_taken() -> None:
    sound = {"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}}
    with pytest.warns(UserWarning, match=r"message 0.*is left out.*takes only input_audio"):
        found = turns(CAPTIONER, user(text("Caption it"), {"type": "audio", "base64": WAV}))
    assert found == [{"role": "user", "content": [sound]}]
    for messages in (["Hi"], [SystemMessage("Hi"), user({"type": "audio", "base64": WAV})]):
        with pytest.raises(UnsupportedContentError, match=r"no text\. Accepted: input_audio"):
            sent(CAPTIONER, *messages)


# --- Claude
def test_instructions_to_claude_are_one_system_prompt() -> None:
    body = sent("claude", *LONG[:-1], SystemMessage([text("So."), text(" ")]), DEVELOPER, "More.")
    assert body == {
        "model": OLD_CLAUDE,
        "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello."},
            {"role": "user", "content": "More."},
        ],
        "system": "Be brief.\n\nBe kind.\n\nBe calm.\n\nSo.\n\nBe.",
    }


def test_a_cache_mark_makes_the_system_prompt_a_list_of_blocks() -> None:
    marked = text("Long.", cache_control=MARK)
    body = sent("claude", SystemMessage([marked]), SystemMessage("Brief."), "Hi")
    assert body["system"] == [marked, text("Brief.")]


def test_a_system_prompt_of_claude_is_text() -> None:
    assert "system" not in sent("claude", SystemMessage(" "), "Hi")
    file = {"type": "text-plain", "text": "Rules.", "cache_control": MARK}
    system = sent("claude", SystemMessage([file]), "Hi")["system"]
    assert system == [text("Rules.", cache_control=MARK)]
    with pytest.raises(UnsupportedContentError, match=r"block 0 \(image\) of message 0 \(System"):
        sent("claude", SystemMessage([IMAGE]))


def test_instructions_alone_are_a_turn_of_the_user() -> None:
    for route in ("claude", "messages"):
        body = sent(route, SystemMessage("Tell a joke."))
        assert body["messages"] == [{"role": "user", "content": "Tell a joke."}]
        assert "system" not in body
    marked = text("Tell a joke.", cache_control=MARK)
    assert turns("messages", SystemMessage([marked])) == [{"role": "user", "content": [marked]}]
    assert turns(NO_SYSTEM, SystemMessage("a"))[0]["role"] == "user"


def test_consecutive_turns_of_one_speaker_are_merged_for_claude() -> None:
    messages = [
        HumanMessage("a", name="Ann"),  # this schema has no names
        user(text("b")),
        AIMessage("c"),
        AIMessage("d"),
        ChatMessage("e", role="user"),
    ]
    assert turns("claude", *messages) == [
        {"role": "user", "content": [text("a"), text("b")]},
        {"role": "assistant", "content": [text("c"), text("d")]},
        {"role": "user", "content": "e"},
    ]


@pytest.mark.parametrize("blank", ["", " \n", [], [text("")], [text(" ")]])
def test_blank_turns_are_not_sent_to_claude(blank: Any) -> None:
    for message in (AIMessage(blank), HumanMessage(blank)):
        (turn,) = turns("claude", "Hi", message, user(text(""), text("More"), text("\n")))
        assert turn["content"] == [text("Hi"), text("More")]


def test_a_conversation_of_nothing_is_left_to_the_service() -> None:
    assert turns("claude", HumanMessage("")) == [{"role": "user", "content": ""}]


def test_more_texts_than_an_older_claude_documents_are_joined() -> None:
    messages = [HumanMessage(str(n)) for n in range(6)]
    assert turns("claude", *messages) == [
        {"role": "user", "content": [text("0\n\n1\n\n2\n\n3\n\n4\n\n5")]}
    ]
    assert len(turns("claude", *messages[1:])[0]["content"]) == 5
    assert len(turns(NEW_CLAUDE, *messages)[0]["content"]) == 6
    marked = text("6", cache_control=MARK)
    content = turns("claude", user(*(text(str(n)) for n in range(6)), marked))[0]["content"]
    assert content == [text("0\n\n1\n\n2\n\n3\n\n4\n\n5"), marked]


@pytest.mark.parametrize("route", ["claude", "messages"])
def test_the_start_of_an_answer_has_no_blanks_at_its_end(route: str) -> None:
    assert turns(route, "Hi", AIMessage("It is \n "))[-1]["content"] == "It is"
    blocks = turns(route, "Hi", answer(text("a "), text("b ")))[-1]["content"]
    assert blocks == [text("a "), text("b")]
    last = turns(route, "Hi", called(content="It is "))[-1]["content"]
    assert [block["type"] for block in last] == ["text", "tool_use"]
    assert last[0] == text("It is ")
    assert answer_back(route, AIMessage("Yes. "))[0]["content"] == "Yes. "


# --- /responses
ITEMS: list[tuple[list[BaseMessage], list[Json]]] = [
    (
        [SystemMessage("a"), HumanMessage("b", name="ada"), AIMessage("c"), HumanMessage("d")],
        [
            {"role": "system", "content": "a"},
            {"role": "user", "content": "b"},
            {"role": "assistant", "content": "c"},
            {"role": "user", "content": "d"},
        ],
    ),
    ([DEVELOPER], [{"role": "developer", "content": "Be."}]),
    ([ChatMessage("a", role="developer")], [{"role": "developer", "content": "a"}]),
    (
        [user(text("a"), "b")],
        [
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "a"},
                    {"type": "input_text", "text": "b"},
                ],
            }
        ],
    ),
    ([user()], [{"role": "user", "content": ""}]),
    (
        [HumanMessage("a"), AIMessage(""), answer(text(""), text("b"), "c"), HumanMessage("d")],
        [
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": "bc"},
            {"role": "user", "content": "d"},
        ],
    ),
    (
        [user({"type": "mcp_approval_response", "approve": True}, text("and"))],
        [
            {"type": "mcp_approval_response", "approve": True},
            {"role": "user", "content": [{"type": "input_text", "text": "and"}]},
        ],
    ),
    ([user({"type": "item_reference", "id": "1"})], [{"type": "item_reference", "id": "1"}]),
]


@pytest.mark.parametrize(("messages", "items"), ITEMS)
def test_turns_are_items_on_responses(messages: list[BaseMessage], items: list[Json]) -> None:
    assert turns("responses", *messages) == items


# --- everywhere
REFUSED = {
    "chat": {"role": "assistant", "content": "", "refusal": "No."},
    "chatgpt-4o-latest": {"role": "assistant", "content": "No."},  # documents no such field
    "claude": {"role": "assistant", "content": "No."},
    "messages": {"role": "assistant", "content": "No."},
    "responses": {"role": "assistant", "content": "No."},
}


@pytest.mark.parametrize(("route", "turn"), REFUSED.items())
def test_a_refusal_goes_back(route: str, turn: Json) -> None:
    kwargs = {"refusal": "No."}
    assert answer_back(route, AIMessage("", additional_kwargs=kwargs)) == [turn]
    assert answer_back(route, AIMessage("No.", additional_kwargs=kwargs)) == [turn]
    standard = {"type": "non_standard", "value": {"type": "refusal", "refusal": "No."}}
    (found,) = answer_back(route, answer(standard, additional_kwargs=kwargs))
    assert found.get("refusal") == turn.get("refusal")
    assert found["content"] in (turn["content"], [text("No.")])
    (beside,) = answer_back(route, AIMessage("a", additional_kwargs=kwargs))
    assert beside == {"role": "assistant", "content": "a"}


@pytest.mark.parametrize("route", ROUTES)
def test_the_transcript_stands_for_a_spoken_answer(route: str) -> None:
    spoken = {"type": "audio", "base64": WAV, "transcript": "Hello"}
    assert answer_back(route, answer(spoken))[0]["content"] in ("Hello", [text("Hello")])
    silent = answer("4", {"type": "audio", "id": "a", "extras": {"expires_at": 0}})
    assert answer_back(route, silent)[0]["content"] in ("4", [text("4")])


@pytest.mark.parametrize("route", ["chat", "responses"])
def test_an_image_that_a_model_made_is_left_out_with_a_warning(route: str) -> None:
    made = answer("Look:", IMAGE, response_metadata={"model_provider": "aimlapi"})
    with pytest.warns(UserWarning, match=r"Show it .* in a user turn\. It is left out"):
        back = answer_back(route, made)
    assert back == [{"role": "assistant", "content": "Look:"}]
    with pytest.raises(UnsupportedContentError, match="Show it to the model in a user turn"):
        answer_back(route, answer("Look:", IMAGE))


def test_a_lone_half_of_a_surrogate_pair_is_sent() -> None:
    for route in (*ROUTES, UNKNOWN, NO_SYSTEM):
        body = sent(route, "A broken \ud83d here", "b")
        assert "A broken \ud83d here" in json.dumps(body, ensure_ascii=False)


@pytest.mark.parametrize("route", ROUTES)
def test_messages_are_not_changed(route: str) -> None:
    messages = [
        SystemMessage("Be brief."),
        user(text("Hi", cache_control=MARK), {**IMAGE}),
        called(call("c1", a=1), content=[text("Hi", cache_control=MARK)]),
        result([text("x", cache_control=MARK)], "c1"),
    ]
    before = [message.model_copy(deep=True) for message in messages]
    sent(route, *messages)
    assert messages == before


class Ours(HumanMessage):
    """A class of the user's own."""


def test_a_subclass_of_a_message_is_that_message() -> None:
    for route in ROUTES:
        assert turns(route, Ours("Hi")) == [{"role": "user", "content": "Hi"}]


def test_what_a_user_wraps_is_sent_as_it_is() -> None:
    own = {"type": "own", "url": URL}
    wrapped = {"type": "non_standard", "value": own}
    for route in (*ROUTES, UNKNOWN):
        assert turns(route, user("?", wrapped))[0]["content"][1] == own
    assert answer_back("chat", answer(wrapped, text("a")))[0]["content"] == [own, text("a")]
