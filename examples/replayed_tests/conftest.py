"""The one line a project needs; the rest of this folder is ordinary LangChain code."""

pytest_plugins = ["langchain_aimlapi.testing.plugin"]
