"""Show an image and a PDF to models of two request schemas, in LangChain's standard blocks.

What a model cannot take is refused before anything is sent, and the error says what it takes.
"""

from __future__ import annotations

import base64
import struct
import zlib

from _offline import live_or_replayed
from langchain_core.messages import HumanMessage

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import UnsupportedContentError


def red_square(pixels: int = 16) -> str:
    """Return a PNG in base64."""
    rows = (b"\0" + b"\xd0\x20\x20" * pixels) * pixels
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", pixels, pixels, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    png = b"\x89PNG\r\n\x1a\n"
    for name, data in chunks:
        png += struct.pack(">I", len(data)) + name + data
        png += struct.pack(">I", zlib.crc32(name + data))
    return base64.b64encode(png).decode()


def one_page(text: str) -> str:
    """Return a PDF in base64."""
    said = f"BT /F1 18 Tf 20 60 Td ({text}) Tj ET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 100] /Contents 4 0 R"
            " /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica"
            " >> >> >> >>"
        ),
        f"<< /Length {len(said)} >>\nstream\n{said}\nendstream",
    )
    pdf, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(pdf))
        pdf += f"{number} 0 obj\n{content}\nendobj\n"
    table = "0000000000 65535 f \n" + "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(pdf)}\n%%EOF\n"
    return base64.b64encode(f"{pdf}xref\n0 {size}\n{table}{end}".encode()).decode()


def main() -> None:
    """Ask about both; then ask a model that takes text only."""
    image = {"type": "image", "base64": red_square(), "mime_type": "image/png"}
    document = {"type": "file", "base64": one_page("Minutes"), "mime_type": "application/pdf"}
    question = {"type": "text", "text": "What do you see?"}
    with live_or_replayed("images_and_pdf"):
        for name in ("anthropic/claude-sonnet-5", "openai/gpt-4o"):
            model = ChatAIMLAPI(model=name, max_tokens=512)
            for block in (image, document):
                answer = model.invoke([HumanMessage([question, block])])
                print(f"{name}, {block['type']}: {answer.text}")
        try:
            model = ChatAIMLAPI(model="deepseek/deepseek-v4-flash")
            model.invoke([HumanMessage([question, image])])
        except UnsupportedContentError as error:
            print(f"refused: {error}")


if __name__ == "__main__":
    main()
