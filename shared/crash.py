"""Crash points: named places where a test can make the process kill itself; otherwise they do nothing.

`CRASH_AT="relay.confirmed:2"` kills the process with SIGKILL the second time that it passes that point. A law test
fails when a commit, publish, confirm, delete or ack has no crash point before and after it.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass


@dataclass(slots=True)
class _Asked:
    """Where to die, and after how many passings."""

    name: str
    left: int


_asked: _Asked | None = None


def crashpoint(name: str) -> None:
    """Pass a named place; die here if a test asked for it."""
    global _asked  # noqa: PLW0603  a countdown of the process, read from its environment when it first passes a point
    if _asked is None:
        where, _, passings = os.environ.get("CRASH_AT", "").partition(":")
        _asked = _Asked(name=where, left=int(passings or 1))
    if name != _asked.name:
        return
    _asked.left -= 1
    if _asked.left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
