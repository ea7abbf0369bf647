"""Answers as services send them, written by hand: one habit each, input beside expectation."""
