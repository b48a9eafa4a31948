"""Crash points: named places where a test can make the process kill itself; otherwise they do nothing.

`CRASH_AT="relay.confirmed:2"` kills the process with SIGKILL the second time that it passes that point. A law test
fails when a commit, publish, confirm, delete or ack has no crash point before and after it.
"""

from __future__ import annotations

import os
import signal

_name, _, _nth = os.environ.get("CRASH_AT", "").partition(":")
_left = int(_nth or 1)


def crashpoint(name: str) -> None:
    """Pass a named place; die here if a test asked for it."""
    global _left  # noqa: PLW0603  a countdown of the process
    if name != _name:
        return
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
