"""Show an image and a PDF to models of two vendors, in LangChain's standard blocks.

What a model cannot take is refused before anything is sent, and the error says what it takes.
"""

import base64
from pathlib import Path

from _offline import live_or_replayed
from langchain_core.messages import HumanMessage

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import UnsupportedContentError

ASSETS = Path(__file__).parents[1] / "docs" / "assets"


def block(name: str, kind: str, mime_type: str) -> dict[str, str]:
    """Return a file of the docs as a content block."""
    data = base64.b64encode((ASSETS / name).read_bytes()).decode()
    return {"type": kind, "base64": data, "mime_type": mime_type}


def main() -> None:
    """Ask about both; then ask a model that takes text only."""
    image = block("bee.png", "image", "image/png")
    document = block("minutes.pdf", "file", "application/pdf")
    question = {"type": "text", "text": "What do you see?"}
    with live_or_replayed("images_and_pdf"):
        for name in ("anthropic/claude-sonnet-5", "openai/gpt-4o"):
            model = ChatAIMLAPI(model=name, max_tokens=512)
            for shown in (image, document):
                answer = model.invoke([HumanMessage([question, shown])])
                print(f"{name}, {shown['type']}: {answer.text}")
        try:
            model = ChatAIMLAPI(model="deepseek/deepseek-v4-flash")
            model.invoke([HumanMessage([question, image])])
        except UnsupportedContentError as error:
            print(f"refused: {error}")


if __name__ == "__main__":
    main()
