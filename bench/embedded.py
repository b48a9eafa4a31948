"""The embedded house: how soon it is ready, and how much memory it takes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from bench.figures import Figure
from tests import servers

PATIENCE_SECONDS = 30.0


def ready_and_small() -> list[Figure]:
    """Start it on an empty data folder, ask until it is ready, and look at its resident memory."""
    with tempfile.TemporaryDirectory(prefix="ponteiro-bench-") as folder:
        port = servers.free_port()
        given = [sys.executable, "-m", "services", "embedded", "--data", folder, "--port", str(port)]
        started = time.perf_counter()
        process = subprocess.Popen(given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not _is_ready(port):
                assert process.poll() is None, "the embedded house ended before it was ready"
                assert time.perf_counter() - started < PATIENCE_SECONDS, "the embedded house is not ready"
                time.sleep(0.02)
            ready = time.perf_counter() - started
            status = Path(f"/proc/{process.pid}/status").read_text()
            resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        finally:
            process.terminate()
            process.wait(timeout=30)
    return [
        Figure(name="embedded, from start to ready", value=ready, unit="s", goal="< 3"),
        Figure(name="embedded, resident memory", value=int(resident.split()[1]) / 1024, unit="MB", goal="< 250"),
    ]


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=2).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
