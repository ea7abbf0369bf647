"""Images, files, sounds, histories in Claude's form, and the details of usage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from emulator_helpers import (
    CLAUDE,
    GEMINI,
    GPT,
    NEW_CLAUDE,
    NO_ARGS,
    PDF,
    PDF_SIZE,
    PNG,
    PNG_SIZE,
    REASONER,
    WAV,
    WAV_SIZE,
    body,
    tool_turns,
    tools_of,
    user,
)

if TYPE_CHECKING:
    from emulator_helpers import Http

IMAGE_SEEN = f"I see an image (image/png, {PNG_SIZE} bytes)."
CLAUDE_IMAGE = {
    "type": "image",
    "source": {"type": "base64", "media_type": "image/png", "data": PNG},
}
CLAUDE_PDF = {
    "type": "document",
    "source": {"type": "base64", "media_type": "application/pdf", "data": PDF},
}
OPENAI_IMAGE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
LINK = "https://example.org/diagram.png"
INPUTS = {
    "Claude image": (CLAUDE, CLAUDE_IMAGE, IMAGE_SEEN),
    "GPT image": (GPT, OPENAI_IMAGE, IMAGE_SEEN),
    "GPT image by link": (
        GPT,
        {"type": "image_url", "image_url": {"url": LINK}},
        f"I see an image at {LINK}.",
    ),
    "new Claude image by link": (
        NEW_CLAUDE,
        {"type": "image", "source": {"type": "url", "url": LINK}},
        f"I see an image at {LINK}.",
    ),
    "Claude PDF": (CLAUDE, CLAUDE_PDF, f"I see a file (application/pdf, {PDF_SIZE} bytes)."),
    "GPT PDF": (
        GPT,
        {
            "type": "file",
            "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"},
        },
        f"I see a file (a.pdf, {PDF_SIZE} bytes).",
    ),
    "Gemini sound": (
        GEMINI,
        {"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}},
        f"I see an audio clip (wav, {WAV_SIZE} bytes).",
    ),
}


@pytest.mark.parametrize(("model", "part", "expected"), INPUTS.values(), ids=INPUTS)
def test_image_pdf_and_audio_inputs(
    http: Http, model: str, part: dict[str, Any], expected: str
) -> None:
    assert http.reply(body(model, [{"type": "text", "text": "Describe this:"}, part])) == expected


@pytest.mark.parametrize(
    ("model", "content", "expected"),
    [
        (CLAUDE, [CLAUDE_IMAGE], f"answered: (an image (image/png, {PNG_SIZE} bytes))"),
        (NEW_CLAUDE, [CLAUDE_IMAGE], f"answered: (an image (image/png, {PNG_SIZE} bytes))"),
        (NEW_CLAUDE, [CLAUDE_PDF], f"answered: (a file (application/pdf, {PDF_SIZE} bytes))"),
    ],
)
def test_image_and_pdf_tool_messages(
    http: Http, model: str, content: list[dict[str, Any]], expected: str
) -> None:
    tool = {**NO_ARGS, "name": "random_image", "description": "Return a random image."}
    called, result = tool_turns(model, [("1", "random_image", {}, "")])
    result["content"][0]["content"] = content
    prompt = "get a random diagram using the tool and give it a concise description"
    sent = body(model, messages=[user(prompt), called, result], tools=tools_of(model, tool))
    assert http.reply(sent) == f"The tool random_image {expected}"


def test_image_tool_message_beside_the_result(http: Http) -> None:
    """Where a tool turn takes only text, the image follows as the user's."""
    turns = tool_turns(GPT, [("1", "random_image", {}, "See the image below.")])
    tool = {**NO_ARGS, "name": "random_image", "description": "Return a random image."}
    sent = body(
        GPT,
        messages=[user("get a diagram"), *turns, user([OPENAI_IMAGE])],
        tools=tools_of(GPT, tool),
    )
    assert http.reply(sent) == IMAGE_SEEN


def test_anthropic_inputs(http: Http) -> None:
    mark = {"type": "ephemeral"}
    picker = {
        "name": "color_picker",
        "input_schema": {
            "type": "object",
            "properties": {"fav_color": {"type": "string"}},
            "required": ["fav_color"],
        },
        "description": "Input your fav color and get a random fact about it.",
        "cache_control": mark,
    }
    question = {
        "type": "text",
        "text": "what's your favorite color in this image",
        "cache_control": mark,
    }
    use = {
        "type": "tool_use",
        "input": {"fav_color": "purple"},
        "id": "foo",
        "name": "color_picker",
    }
    result = {"type": "tool_result", "tool_use_id": "foo", "content": "That's a great pick!"}
    sent = {
        "model": NEW_CLAUDE,
        "system": "you're a good assistant",
        "tools": [picker],
        "messages": [
            user([question, CLAUDE_IMAGE]),
            {
                "role": "assistant",
                "content": [{"type": "text", "text": "Hmm let me think about that"}, use],
            },
            user([result]),
        ],
    }
    assert http.reply(sent) == "The tool color_picker answered: That's a great pick!"
    sister = {"type": "text", "text": "what's my sister's favorite color"}
    sent["messages"][2]["content"].append(sister)
    assert "That's a great pick!" in http.reply(sent)


@pytest.mark.parametrize("model", [CLAUDE, NEW_CLAUDE])
def test_anthropic_inputs_with_a_signature_from_elsewhere(http: Http, model: str) -> None:
    thinking = {"type": "thinking", "thinking": "This is a greeting.", "signature": "ErUBCkYI"}
    answer = [thinking, {"type": "text", "text": "Hello, how are you?"}]
    turns = [user("Hello"), {"role": "assistant", "content": answer}, user("Well, thanks.")]
    assert http.reply(body(model, messages=turns))


def test_usage_details(http: Http) -> None:
    def details(sent: dict[str, Any], kind: str) -> dict[str, Any]:
        invoked = http.json(sent)["usage"]
        streamed = next(c["usage"] for c in reversed(http.stream(sent)) if c.get("usage"))
        assert streamed == invoked
        found: dict[str, Any] = invoked[f"{kind}_tokens_details"]
        total = invoked[f"{kind}_tokens"]
        assert total >= sum(count for count in found.values() if isinstance(count, int))
        return found

    count = {"stream_options": {"include_usage": True}}
    heard = body(GEMINI, [{"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}}])
    assert details({**heard, **count}, "prompt")["audio_tokens"] == 10
    spoken = body(
        "gpt-4o-audio-preview",
        modalities=["text", "audio"],
        audio={"voice": "alloy", "format": "pcm16"},
    )
    assert details({**spoken, **count}, "completion")["audio_tokens"] == 18
    assert details({**body(REASONER), **count}, "completion")["reasoning_tokens"] > 0
    thinking = body(CLAUDE, thinking={"type": "enabled", "budget_tokens": 1024})
    assert details(thinking, "completion")["reasoning_tokens"] > 0
    long = {"type": "text", "text": "Read this. " * 500, "cache_control": {"type": "ephemeral"}}
    first = body(NEW_CLAUDE, system=[long])
    found = details(first, "prompt")
    assert (found["cached_tokens"], found["cache_write_tokens"] > 1300) == (0, True)
    hello = {"role": "assistant", "content": "Hello!"}
    later = {**first, "messages": [user("Hello"), hello, user("And now?")]}
    found = details(later, "prompt")
    assert (found["cache_write_tokens"], found["cached_tokens"] > 1300) == (0, True)
    repeated = {**body(GPT, "Read this. " * 500), **count}
    assert details(repeated, "prompt")["cached_tokens"] == 1280
