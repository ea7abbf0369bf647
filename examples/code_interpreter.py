"""Let a model of the Responses endpoint compute with Python, which the service runs for it.

The code and what it printed are blocks of the answer, `server_tool_call` and `server_tool_result`.
They go back with the conversation, so that the model knows what it did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from _offline import live_or_replayed

from langchain_aimlapi import ChatAIMLAPI

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

PYTHON = {"type": "code_interpreter", "container": {"type": "auto"}}


def show(answer: AIMessage) -> None:
    """Print what was run, what it printed, and what the model says to it."""
    for block in answer.content_blocks:
        if block["type"] == "server_tool_call":
            print(f"runs: {block['args']['code']}")
        elif block["type"] == "server_tool_result":
            for output in block["output"]["outputs"] or ():
                print(f"prints: {output['logs'].strip()}")
    print(f"says: {answer.text}")


def main() -> None:
    """Ask for a computation, then for more of it."""
    with live_or_replayed("code_interpreter"):
        model = ChatAIMLAPI(
            model="openai/gpt-5-4",
            # Outputs come where they are asked for; sealed reasoning keeps the model's thoughts.
            model_kwargs={
                "include": ["code_interpreter_call.outputs", "reasoning.encrypted_content"]
            },
        ).bind_tools([PYTHON])
        turns: list[Any] = []
        for question in ("Compute 17 * 23 with Python.", "And now compute 391 - 17 with Python."):
            turns.append(("user", question))
            turns.append(model.invoke(turns))
            show(turns[-1])


if __name__ == "__main__":
    main()
