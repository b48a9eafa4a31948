"""Commands that run in the test's own process, and a house that runs in another."""

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.__main__ import run
from services.embedded.folder import DataFolder
from shared.events import TELLERS
from shared.migrations import newest

ROOT = Path(__file__).resolve().parents[2]
END_SECONDS = 30

NOW_AT_NEWEST = "".join(f"{name}: now at {newest(f'services.{name}.migrations')}\n" for name in TELLERS)

Ponteiro = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ponteiro(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ponteiro:
    """Runs a command; its exit code, what it said, and its complaint."""
    for name in ("TOKEN_KEY", "TOKEN_KEY_FILE", "DATABASE_URL", "RABBITMQ_URL", "REDIS_URL"):
        monkeypatch.delenv(f"PONTEIRO_{name}", raising=False)

    def run_it(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        root = logging.getLogger()
        handlers, level = root.handlers[:], root.level
        try:
            code = run([str(argument) for argument in arguments])
        finally:
            # A service logs to the standard error of its process; here that is this test's alone.
            root.handlers[:] = handlers
            root.setLevel(level)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run_it


@pytest.fixture
def data(tmp_path: Path, ponteiro: Ponteiro) -> Path:
    """The data folder of a house that was opened once."""
    DataFolder(tmp_path).token_key()
    code, said, _complaint = ponteiro("migrate", "--data", tmp_path)
    assert (code, said) == (0, NOW_AT_NEWEST)
    return tmp_path


@contextmanager
def embedded(*arguments: object) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`ponteiro embedded` on a free port: what it says when it is ready, and the process."""
    command = [sys.executable, "-m", "services", "embedded", "--port", "0", *(str(one) for one in arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, cwd=ROOT, text=True, **pipes)  # type: ignore[call-overload]  # two pipes
    try:
        yield process.stdout.readline(), process
    finally:
        process.terminate()
        process.communicate(timeout=END_SECONDS)
