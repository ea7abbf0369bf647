"""Bytes: clients, attempts, retries, deadlines, pools, SSE, JSON, error bodies, redaction."""
