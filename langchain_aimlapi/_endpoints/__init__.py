"""One folder per endpoint of the service.

How a request is written for it and its answers are read.
"""
