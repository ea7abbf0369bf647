"""What LangChain asks about a model: names, parameters for traces and caches, profile, tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from pydantic import model_validator
from typing_extensions import Self, override

from langchain_aimlapi._answers.metadata import PROVIDER
from langchain_aimlapi._model.clients import ClientLifecycle
from langchain_aimlapi._model.plan import PARAMETER_FIELDS
from langchain_aimlapi._version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_core.language_models.base import LangSmithParams
    from langchain_core.language_models.model_profile import ModelProfile
    from langchain_core.messages import BaseMessage
    from langchain_core.tools import BaseTool


class ModelIdentity(ClientLifecycle):
    """The part of `ChatAIMLAPI` that sends nothing."""

    @property
    def _llm_type(self) -> str:
        return "aimlapi-chat"

    @property
    def model_name(self) -> str:
        """The model id, under the name that other integrations use."""
        return self.model

    @property
    def lc_secrets(self) -> dict[str, str]:
        """Fields that are never written out, and the variables they are read from."""
        return {"api_key": "AIMLAPI_API_KEY"}

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return True: `dumps` and `load` round-trip, without the key."""
        return True

    @property
    def _identifying_params(self) -> dict[str, Any]:
        prepared = self._prepared
        known = prepared.identity
        if known is None:
            own = {"model": self.model, "base_url": self.base_url}
            known = prepared.identity = {**own, **self._set_fields()}
        return {**known, **self.model_kwargs}

    @override
    def _get_invocation_params(
        self, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        params = {**self._identifying_params, "_type": self._llm_type, **kwargs}
        params["stop"] = stop or self.stop
        return params

    @override
    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        # The base reads model, temperature and max_tokens from the call, then from the fields.
        params = super()._get_ls_params(stop=stop or self.stop, **kwargs)
        params["ls_provider"] = PROVIDER
        return params

    @override
    def _get_llm_string(self, stop: list[str] | None = None, **kwargs: Any) -> str:
        # LangChain caches the serialised model, so a field changed later, also inside a dict
        # such as model_kwargs, would go on finding the answers of the old setting.
        self.__dict__.pop("_serialized", None)
        return super()._get_llm_string(stop=stop, **kwargs)

    @override
    def _resolve_model_profile(self) -> ModelProfile | None:
        from langchain_aimlapi.profiles import profile_for  # noqa: PLC0415  # data, read on need

        return profile_for(self.model)

    # The base resolves the profile in a validator of this name; the facts of 444 models are a
    # file to read, which a constructor has no need for. `__getattr__` asks when someone looks.
    @model_validator(mode="after")
    def _set_model_profile(self) -> Self:
        if self.profile is None:
            del self.__dict__["profile"]
        return self

    # The base's check of its keys would look. Ours has only keys that `langchain_core` declares.
    @model_validator(mode="after")
    def _check_profile_keys(self) -> Self:
        if "profile" in self.__dict__:
            # mypy sees the decorator, not the method.
            cast("Any", super())._check_profile_keys()  # noqa: SLF001  # the base's
        return self

    @model_validator(mode="after")
    def _set_aimlapi_version(self) -> Self:
        self._add_version("langchain-aimlapi", __version__)
        return self

    if not TYPE_CHECKING:  # a typed __getattr__ would allow any attribute

        def __getattr__(self, name: str) -> Any:
            """Resolve `profile` when it is first looked at; pass the rest on."""
            if name == "_prepared" and self.__pydantic_private__:
                return self.__pydantic_private__[name]  # asked for in each call: 1 us less
            if name != "profile":
                return super().__getattr__(name)
            profile = self._resolve_model_profile()
            self.__dict__["profile"] = profile
            self._prepared.own_profile = True
            return profile

    def _set_fields(self) -> dict[str, Any]:
        values = ((name, getattr(self, name)) for name in PARAMETER_FIELDS)
        return {name: value for name, value in values if value is not None}

    # --- tokens ---

    @override
    def get_num_tokens(self, text: str) -> int:
        """Return about how many tokens `text` has: offline, without a download.

        No one tokenizer fits models of every vendor, so this is an estimate of four characters a
        token; give `custom_get_token_ids` for an exact count.
        """
        if self.custom_get_token_ids is not None:
            return len(self.custom_get_token_ids(text))
        from langchain_aimlapi._model.token_counts import approximate_tokens  # noqa: PLC0415  # on need

        return approximate_tokens(text)

    @override
    def get_num_tokens_from_messages(
        self,
        messages: list[BaseMessage],
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool] | None = None,
    ) -> int:
        """Return about how many tokens a conversation has, images and `tools` included.

        An estimate, offline; so `trim_messages(token_counter=model)` works with every model.
        """
        if self.custom_get_token_ids is not None:
            return super().get_num_tokens_from_messages(messages, tools)
        from langchain_aimlapi._model.token_counts import approximate_message_tokens  # noqa: PLC0415

        return approximate_message_tokens(messages, tools)
