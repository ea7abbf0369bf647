"""LangChain integration for the AI/ML API gateway."""
