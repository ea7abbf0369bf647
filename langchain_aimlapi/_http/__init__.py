"""Bytes: clients of httpx, attempts, retries, deadlines, SSE, JSON, error bodies, redaction.

httpx is imported here only, and of LangChain nothing but error classes.
"""
