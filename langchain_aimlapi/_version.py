"""The one place of the version; the build and the `User-Agent` header read it."""

__version__ = "2.0.0"
