"""Setting up says how far it is to whoever looks at a terminal, and two lines to whoever does not."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENOUGH_BYTES = 10_000

# Stands in for pip: it fetches two packages of three and one is not for this machine, then it installs for a while.
PIP = """
import sys, time
print("Collecting asgi-lifespan==1.0 (from -r requirements.txt (line 1))", flush=True)
print("  Using cached a.whl", flush=True)
print("Ignoring colorama: markers do not match", flush=True)
time.sleep(1)
print("Collecting attrs==1.0", flush=True)
time.sleep(1)
print("Installing collected packages: asgi-lifespan, attrs", flush=True)
time.sleep(1)
print("ERROR: no room", file=sys.stderr)
sys.exit(CODE)
"""
RUN = f"""
import sys
from pathlib import Path
import importlib.util
spec = importlib.util.spec_from_file_location("setting_up", "tools/venv.py")
one = importlib.util.module_from_spec(spec)
spec.loader.exec_module(one)
one.VENV = Path("nowhere")
pip = {PIP!r}.replace("CODE", sys.argv[1])
sys.exit(one.run_pip([sys.executable, "-c", pip], ["asgi-lifespan", "colorama", "attrs"]))
"""


def test_a_terminal_is_told_how_far_it_is() -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", RUN, "3"], cwd=ROOT, stderr=theirs, stdout=subprocess.PIPE) as process:
        os.close(theirs)
        said = b""
        while piece := read(ours):
            said += piece
    os.close(ours)

    lines = dict.fromkeys(re.split(r"\r\x1b\[K", said.decode()))
    assert process.returncode == 3
    assert list(lines) == [
        "",
        "setup: 0 of 3 packages fetched",
        "setup: 2 of 3 packages fetched",
        "setup: 3 of 3 packages fetched",
        "setup: 1 of 3 packages installed",
        "ERROR: no room\r\n",
    ]


@pytest.mark.parametrize(("code", "told"), [(3, "ERROR: no room\n"), (0, "")])
def test_who_keeps_what_is_said_gets_the_words_of_a_failure_alone(code: int, told: str) -> None:
    command = [sys.executable, "-c", RUN, str(code)]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (code, "", told)


def read(terminal: int) -> bytes:
    """What a program wrote to its terminal; nothing when it has ended."""
    try:
        return os.read(terminal, ENOUGH_BYTES)
    except OSError:
        return b""
