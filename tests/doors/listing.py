"""Reads items of the service's list of models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from langchain_aimlapi.catalogue import list_models

if TYPE_CHECKING:
    from langchain_aimlapi.catalogue import CatalogueModel


def models_of(*items: dict[str, Any]) -> list[CatalogueModel]:
    """Return what a list of these items says."""
    answer = httpx.Response(200, json={"object": "list", "data": items})
    with httpx.Client(transport=httpx.MockTransport(lambda _: answer)) as client:
        return list_models(http_client=client)
