"""The fault server, and models without waits between their attempts."""

from faults.fixtures import model_of, no_leftovers, no_waits, server

__all__ = ["model_of", "no_leftovers", "no_waits", "server"]
