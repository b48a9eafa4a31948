"""The house in earnest as a shop runs it: `ponteiro migrate`, then five processes of `ponteiro run`, in real time."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx

from shared.auth import Keys
from shared.events import TELLERS
from tests import servers

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 90  # five processes that start at once on two busy cores
END_SECONDS = 30
LAST_WORDS = 2_000  # characters of a log


@asynccontextmanager
async def five_processes(
    databases: Mapping[str, str], *, rabbitmq_url: str, redis_url: str, key: str, folder: Path
) -> AsyncIterator[list[str]]:
    """Five services that answer; the addresses of their APIs, as `name=URL`. In the end each must have stopped well."""
    environment = {
        **os.environ,
        "PONTEIRO_RABBITMQ_URL": rabbitmq_url,
        "PONTEIRO_REDIS_URL": redis_url,
        "PONTEIRO_TOKEN_KEY": key,
        "PONTEIRO_LOG_LEVEL": "WARNING",
        **{f"PONTEIRO_{name.upper()}_DATABASE_URL": url for name, url in databases.items()},
    }
    ponteiro("migrate", environment=environment)
    ports = {name: servers.free_port() for name in TELLERS}
    running = {name: start(name, ports[name], environment, folder) for name in TELLERS}
    try:
        for name, process in running.items():
            await ready(process, ports[name], folder / f"{name}.log")
        yield [f"{name}=http://127.0.0.1:{port}" for name, port in ports.items()]
    finally:
        for process in running.values():
            process.terminate()
        codes = {name: await asyncio.to_thread(process.wait, END_SECONDS) for name, process in running.items()}
    assert codes == dict.fromkeys(TELLERS, 0)


def ponteiro(*arguments: str, environment: Mapping[str, str] | None = None) -> str:
    """What a command prints; it must succeed."""
    command = [sys.executable, "-m", "services", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=READY_SECONDS, check=False
    )
    assert done.returncode == 0, f"ponteiro {' '.join(arguments)} ended with {done.returncode}: {done.stderr}"
    return done.stdout


def start(name: str, port: int, environment: Mapping[str, str], folder: Path) -> subprocess.Popen[bytes]:
    """Start one service."""
    with (folder / f"{name}.log").open("wb") as log:
        command = [sys.executable, "-m", "services", "run", name, "--port", str(port)]
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)


async def ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait until a service says that it can work."""
    give_up = time.monotonic() + READY_SECONDS
    async with httpx.AsyncClient() as client:
        while True:
            with suppress(httpx.HTTPError):
                if (await client.get(f"http://127.0.0.1:{port}/health/ready")).is_success:
                    return
            assert process.poll() is None, f"it ended with {process.poll()}: {last_words(log)}"
            assert time.monotonic() < give_up, f"it is not ready: {last_words(log)}"
            await asyncio.sleep(0.1)


def last_words(log: Path) -> str:
    """The end of a log."""
    return log.read_text()[-LAST_WORDS:]


def new_key() -> str:
    """A key for tokens."""
    return Keys.generate()
