"""Bytes: clients, attempts, retries, deadlines, pools, SSE, JSON, error bodies, redaction.

httpx is imported here only, and of LangChain nothing but error classes.
"""
