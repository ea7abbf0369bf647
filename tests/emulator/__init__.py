"""An emulator of the AI/ML API service, as far as it is documented.

It validates requests strictly in both request schemas and answers in the habits of several
vendors, over real sockets. The same request always gives the same bytes, so what is recorded
from it does not change. It knows nothing of the package that is tested with it.

From the project's root:

    python -m tests.emulator --port 8787

In a test:

    from emulator import serve

    with serve() as emulator:
        model = ChatAIMLAPI(model="gpt-4o-mini", base_url=emulator.base_url, api_key="sk-emulator")
"""

from .server import Emulator, serve

__all__ = ["Emulator", "serve"]
