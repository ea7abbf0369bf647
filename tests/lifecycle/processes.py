"""Scripts that run in a process of their own."""

from __future__ import annotations

import subprocess
import sys
import textwrap


def run_script(script: str) -> str:
    """Return what `script` printed, or the end of its errors."""
    done = subprocess.run(  # noqa: S603  # the test's own script
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout.strip() or done.stderr[-2000:]
