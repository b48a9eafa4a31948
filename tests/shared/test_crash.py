"""Crash points: a process dies at the named place, at the asked passing, by SIGKILL; without being asked, never."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping

PASSES = (
    'from shared.crash import crashpoint\nfor _ in range(3):\n    crashpoint("here")\n    print("passed", flush=True)'
)


def run(environment: Mapping[str, str]) -> tuple[int, str]:
    """Pass the place three times in a process of its own; how it ended, and what it said."""
    done = subprocess.run(
        [sys.executable, "-c", PASSES], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


def test_without_being_asked_nothing_happens() -> None:
    assert run({}) == (0, "passed\n" * 3)
    assert run({"CRASH_AT": "elsewhere"}) == (0, "passed\n" * 3)


def test_the_process_dies_at_the_passing_that_was_asked_for() -> None:
    assert run({"CRASH_AT": "here"}) == (-signal.SIGKILL, "")
    assert run({"CRASH_AT": "here:3"}) == (-signal.SIGKILL, "passed\n" * 2)
