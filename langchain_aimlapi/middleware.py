"""Middleware for agents of LangChain: prompt caching. It needs `pip install langchain`.

    from langchain.agents import create_agent

    from langchain_aimlapi import ChatAIMLAPI
    from langchain_aimlapi.middleware import AIMLAPIPromptCachingMiddleware

    agent = create_agent(
        ChatAIMLAPI(model="anthropic/claude-sonnet-4.5", endpoint="messages"),
        middleware=[AIMLAPIPromptCachingMiddleware(ttl="5m")],
    )

deepagents finds the middleware by itself, by the entry points of this package.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse

from langchain_aimlapi._answers.metadata import PROVIDER
from langchain_aimlapi.chat_models import ChatAIMLAPI
from langchain_aimlapi.errors import ConfigurationError


class AIMLAPIPromptCachingMiddleware(AgentMiddleware[Any, Any, Any]):
    """Marks the stable prefix of each request of an agent, so that the service caches it.

    The model decides by its documents whether marks are sent: models without `cache_control`, and
    models of other packages, are asked as they would be without the middleware. A chain without an
    agent sets `ChatAIMLAPI(prompt_caching=...)` instead; where both are set, the model's counts.
    """

    def __init__(self, ttl: Literal["5m", "1h"] = "5m") -> None:
        """Make the middleware.

        Args:
            ttl: How long the cache is kept: five minutes, or an hour at a higher price to write.
        """
        super().__init__()
        self.ttl = ttl

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any]:
        """Ask the model with prompt caching."""
        return handler(self._cached(request))

    async def awrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any]:
        """Ask the model with prompt caching."""
        return await handler(self._cached(request))

    def _cached(self, request: ModelRequest[Any]) -> ModelRequest[Any]:
        if not isinstance(request.model, ChatAIMLAPI):
            return request
        ttl = request.model.prompt_caching or self.ttl
        settings = {"prompt_caching": ttl, **request.model_settings}
        return request.override(model_settings=settings)


def register_with_deepagents() -> None:
    """Let every agent of deepagents with a model of this package cache its prompts.

    The entry point `deepagents.harness_profiles` names this function.
    """
    from deepagents import HarnessProfile, register_harness_profile  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415  # optional

    profile = HarnessProfile(extra_middleware=lambda: [AIMLAPIPromptCachingMiddleware()])
    register_harness_profile(PROVIDER, profile)


def explain_to_deepagents() -> None:
    """Let `create_deep_agent("aimlapi:...")` say that it needs a model, not a string.

    deepagents makes models of strings by `init_chat_model`, which knows only the providers that
    LangChain lists. The entry point `deepagents.provider_profiles` names this function.
    """
    from deepagents import ProviderProfile, register_provider_profile  # noqa: PLC0415  # optional

    def refuse(spec: str) -> None:
        model = spec.partition(":")[2]
        raise ConfigurationError(
            f"LangChain cannot make a model of {spec!r}: it knows only the providers on its own "
            f"list. Pass model=ChatAIMLAPI(model={model!r})."
        )

    register_provider_profile(PROVIDER, ProviderProfile(pre_init=refuse))
