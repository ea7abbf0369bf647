"""What every class of models has: which model, where, with which key, and how it is sent.

`ChatAIMLAPI` and `AIMLAPIEmbeddings` add fields of their own to these. A class of models that
sends one request and reads one answer needs no more than `_fetch` and `_afetch`.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence  # noqa: TC003  # of arguments, which tools resolve
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretStr
from typing_extensions import Self, TypedDict, override

from langchain_aimlapi._http.user_objects import AsyncClient, Client, Timeout  # noqa: TC001  # the same
from langchain_aimlapi._model import field_types
from langchain_aimlapi._model.arguments import construct
from langchain_aimlapi._model.clients import Clients, acurrent_key, current_key

if TYPE_CHECKING:
    from langchain_aimlapi._http.call import Call

_T = TypeVar("_T")


_DOCUMENTED_FIELD = (
    r"^    (\w+): .*\n"  # the first line of a field
    r"(?:     .*\n|    \).*\n)*"  # the rest of it
    r'    """([\s\S]*?)"""'
)


def describe(cls: type[BaseModel]) -> None:
    """Make the docstrings of fields their descriptions, for `help` and schemas.

    Fields of bases in the same module are described too. Pydantic's `use_attribute_docstrings`
    does the same, but parses the source, which would double the time of the import.
    """
    with suppress(OSError):  # installed without sources
        source = inspect.getsource(sys.modules[cls.__module__])
        for name, text in re.findall(_DOCUMENTED_FIELD, source, re.MULTILINE):
            if name in cls.model_fields:
                cls.model_fields[name].description = " ".join(text.split())


class ConnectedModel(BaseModel):
    """A model of the service: its id, the key, the transport, and the clients that follow."""

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
        protected_namespaces=(),
        # An error of validation would otherwise show what it refuses: keys and headers.
        hide_input_in_errors=True,
        # Only a finished class is made, so only that one builds its validators, which is slow.
        defer_build=True,
    )

    # --- which model, where, with which key ---
    model: str = Field(min_length=1, validation_alias=AliasChoices("model", "model_name"))
    """Id of the model (alias `model_name`). Required."""
    api_key: field_types.APIKey = Field(
        default=None,  # the validator replaces it
        validate_default=True,
        validation_alias=AliasChoices("api_key", "aimlapi_api_key"),
    )
    """Key of the service (alias `aimlapi_api_key`; environment `AIMLAPI_API_KEY`), or a callable
    that returns one for each call. An async callable serves the async methods only.
    """
    base_url: field_types.BaseURL = Field(
        default_factory=field_types.default_base_url,
        validation_alias=AliasChoices("base_url", "aimlapi_api_base"),
    )
    """Root of the API (alias `aimlapi_api_base`; environment `AIMLAPI_API_BASE`), by default
    `https://api.aimlapi.com/v1`.
    """

    # --- transport ---
    timeout: field_types.Seconds = 60.0
    """Seconds, or an `httpx.Timeout`. As a number it bounds the whole of one attempt. `None`
    switches it off.
    """
    max_retries: int = Field(default=2, ge=0)
    """How often a failed attempt is retried, if a retry may help."""
    default_headers: field_types.Headers = Field(default=None, exclude=True, repr=False)
    """Headers added to every request. They never replace those of the protocol. Values may be
    secrets, so they are left out of `repr`, dumps and traces; set them again after `load`.
    """
    proxy: field_types.Proxy = Field(default=None, exclude=True, repr=False)
    """URL of a proxy; by default that of `HTTPS_PROXY` or a similar environment variable. It may
    hold a password, so it is left out of `repr`, dumps and traces.
    """
    http_client: field_types.UserClient = Field(default=None, exclude=True)
    """Your own `httpx.Client` for the sync methods. It is used as it is and never closed."""
    http_async_client: field_types.UserAsyncClient = Field(default=None, exclude=True)
    """Your own `httpx.AsyncClient` for the async methods. It is used as it is and never closed."""
    extra_body: dict[str, Any] | None = None
    """Merged into the body last, as it is."""

    if not TYPE_CHECKING:  # for type checkers the finished class says what it takes

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            """Make a model; see the fields. The model id may stand first, without its name."""
            construct(super().__init__, type(self), args, kwargs)

    @property
    def model_name(self) -> str:
        """The model id, under the name that other integrations use."""
        return self.model

    # --- clients ---
    @cached_property
    def _clients(self) -> Clients:
        return Clients()

    @override
    def __copy__(self) -> Self:
        copied = super().__copy__()
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]  # what is cached: a copy makes its own
        return copied

    def _fetch(self, call: Call[_T]) -> _T:
        """Send one request with the key, the clients and the settings of the model."""
        return self._clients.sync(self, call.overrides).fetch(call, current_key(self.api_key))

    async def _afetch(self, call: Call[_T]) -> _T:
        client = self._clients.asynchronous(self, call.overrides)
        key = await acurrent_key(self.api_key)
        return await client.fetch(call, key)

    def close(self) -> None:
        """Close the sync connections of this model, unless another model shares them.

        A later call opens new ones. Your own `http_client` is left open.
        """
        self._clients.close()

    async def aclose(self) -> None:
        """Close the sync connections and the async ones of the running event loop."""
        await self._clients.aclose()

    def __enter__(self) -> Self:
        """Return the model; leaving the block closes its connections."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self.close()

    async def __aenter__(self) -> Self:
        """Return the model; leaving the block closes its connections."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self.aclose()


describe(ConnectedModel)


# --- the arguments of the constructors, for type checkers ---------------------------------------
# pydantic's own description of a constructor has the types that a field holds, not those that it
# takes (a key is given as a `str` and held as a `SecretStr`), no aliases, and no argument without
# a name.
_Key = str | SecretStr


class ConnectionArguments(TypedDict, total=False):
    """The arguments of every class of models, apart from `model`.

    No overloads say that `model` or `model_name` is needed: about a misspelt setting mypy would
    list all parameters of each overload, instead of asking "did you mean ...?".
    """

    model_name: str
    api_key: _Key | Callable[[], _Key | Awaitable[_Key]] | None
    aimlapi_api_key: _Key | Callable[[], _Key | Awaitable[_Key]] | None
    base_url: str
    aimlapi_api_base: str
    timeout: float | Timeout | Mapping[str, float | None] | Sequence[float | None] | None
    max_retries: int
    default_headers: Mapping[str, str] | None
    proxy: str | None
    http_client: Client | None
    http_async_client: AsyncClient | None
    extra_body: Mapping[str, Any] | None
