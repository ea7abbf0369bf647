"""The input of a request: messages, tools and options, read into one form.

Dialects are read here (`content`), and written in `_dialects`, which imports this package.
"""
