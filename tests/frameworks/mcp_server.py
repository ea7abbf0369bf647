"""A server of the Model Context Protocol that speaks over its standard streams."""

from __future__ import annotations

import base64

from mcp.server.fastmcp import FastMCP
from mcp.types import ImageContent, TextContent

server = FastMCP("weather", log_level="ERROR")

_PIXEL = base64.b64encode(
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
    b"\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff"
    b"\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
).decode()


@server.tool()
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"Sunny in {city}."


@server.tool()
def radar(city: str) -> list[TextContent | ImageContent]:
    """Show the rain of a city on a map."""
    return [
        TextContent(type="text", text=f"No rain in {city}."),
        ImageContent(type="image", data=_PIXEL, mimeType="image/png"),
    ]


@server.tool()
def forecast(city: str) -> str:
    """Say how the days after today will be."""
    raise ValueError(f"nobody knows about {city}")


if __name__ == "__main__":
    server.run("stdio")
