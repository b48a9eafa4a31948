"""Builds the image, starts all of docker-compose.yml beside whatever else runs, plays a story against it, removes it.

    make compose-check                        as a machine with an image registry does it
    make compose-check ARGS=--wheels          lays the packages beside the image first: the build needs no network
    make compose-check ARGS="--story S03"     another story

Images can be replaced by the variables of docker-compose.yml, as in POSTGRES_IMAGE=postgres:16.
"""

import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WHEELS = ROOT / "build" / "wheels"
IMAGE = "ponteiro-check"

GATEWAY_SECONDS = 120
LOG_LINES_SHOWN = 40


class CheckError(Exception):
    """Why the installation could not be tried, or did not do what it should; one sentence."""


def main() -> int:
    """0 when the story was played to its end against the composed installation."""
    parser = argparse.ArgumentParser(description="Try docker-compose.yml for real.")
    parser.add_argument("--story", default="S02", help="which story to play")
    parser.add_argument("--wheels", action="store_true", help="build the image without network")
    parser.add_argument("--keep", action="store_true", help="leave it running, to look at")
    wanted = parser.parse_args()
    try:
        compose = [*compose_command(), "--project-name", f"ponteiro-check-{os.getpid()}"]
        build(with_wheels=wanted.wheels)
        try_out(compose, wanted.story, keep=wanted.keep)
    except CheckError as why:
        print(f"compose-check: {why}", file=sys.stderr)
        return 1
    print(f"compose-check: story {wanted.story} was played against the composed installation.")
    return 0


def try_out(compose: Sequence[str], story: str, *, keep: bool) -> None:
    """Start it all, play the story, and take it away again, whatever happens."""
    port = free_port()
    environment = {
        **os.environ,
        "PONTEIRO_IMAGE": IMAGE,
        "PONTEIRO_GATEWAY_PORT": str(port),
        "PONTEIRO_PROMETHEUS_PORT": str(free_port()),
        "PONTEIRO_TOKEN_KEY": token_key(),
    }
    url = f"http://127.0.0.1:{port}"
    try:
        step(f"starting everything; the gateway will be {url}")
        must("docker-compose.yml did not start", [*compose, "up", "--detach", "--no-build"], environment)
        wait_for(f"{url}/health/live")
        step(f"playing story {story}")
        player = [sys.executable, "-m", "tests.journeys.play", "--url", url, "--story", story]
        must(f"story {story} did not end as it should", player, environment)
        check_prometheus(compose, environment)
    except (CheckError, KeyboardInterrupt):
        run([*compose, "ps"], environment)
        run([*compose, "logs", "--no-color", f"--tail={LOG_LINES_SHOWN}"], environment)
        raise
    finally:
        if keep:
            step(f"left running at {url}; remove it with: {' '.join(compose)} down --volumes")
        else:
            step("removing it")
            run([*compose, "down", "--volumes", "--remove-orphans", "--timeout", "5"], environment)


def build(*, with_wheels: bool) -> None:
    """Build the image, as docker-compose.yml would, under a name of its own."""
    shutil.rmtree(WHEELS, ignore_errors=True)
    if with_wheels:
        fetch_wheels()
    step("building the image")
    python = os.environ.get("PYTHON_IMAGE", "python:3.11-slim")
    docker_build = ["docker", "build", "--quiet", "--file", "deploy/Dockerfile", "--tag", IMAGE]
    try:
        must("the image could not be built", [*docker_build, "--build-arg", f"PYTHON_IMAGE={python}", "."])
    finally:
        shutil.rmtree(WHEELS, ignore_errors=True)


def fetch_wheels() -> None:
    """Lay every package beside the image, those too that only an older Python than this one needs."""
    step("fetching the packages for the image")
    WHEELS.mkdir(parents=True)
    pins = re.sub(r" ; python_full_version [^\\\n]*", " ", (ROOT / "requirements.txt").read_text())
    (WHEELS / "pins.txt").write_text(pins)
    fetch = [sys.executable, "-m", "pip", "download", "-qq", "--only-binary", ":all:", "--require-hashes"]
    must("pip could not fetch the packages", [*fetch, "-r", str(WHEELS / "pins.txt"), "-d", str(WHEELS)])


def check_prometheus(compose: Sequence[str], environment: Mapping[str, str]) -> None:
    """Whether Prometheus reaches all five services."""
    step("asking Prometheus whom it reaches")
    url = f"http://127.0.0.1:{environment['PONTEIRO_PROMETHEUS_PORT']}/api/v1/query?query=sum(up%7Bjob%3D%22ponteiro%22%7D)"
    give_up = time.monotonic() + GATEWAY_SECONDS
    while '"5"' not in read(url):
        if time.monotonic() > give_up:
            raise CheckError(f"Prometheus does not reach all five services: {read(url)}")
        time.sleep(1)


def compose_command() -> list[str]:
    """Compose v2 where it is, else docker-compose 1.29."""
    if shutil.which("docker") is None:
        raise CheckError("there is no docker here.")
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:
        raise CheckError("no Docker engine answers; start one first.")
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0:
        return ["docker", "compose"]
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    raise CheckError("there is neither `docker compose` nor docker-compose here.")


def wait_for(url: str) -> None:
    """Wait until the gateway answers; it starts when all five services are healthy."""
    give_up = time.monotonic() + GATEWAY_SECONDS
    while not read(url):
        if time.monotonic() > give_up:
            raise CheckError(f"the gateway did not answer within {GATEWAY_SECONDS} s.")
        time.sleep(0.5)


def read(url: str) -> str:
    """What is answered there; nothing where nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  the address is our own
            return str(answer.read().decode())
    except (urllib.error.URLError, OSError):
        return ""


def token_key() -> str:
    """A new key for tokens, which the player signs with as well."""
    make_key = [sys.executable, "-c", "from shared.auth import Keys; print(Keys.generate())"]
    return subprocess.run(make_key, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def step(what: str) -> None:
    """Say what is done now."""
    print(f"compose-check: {what} ...", file=sys.stderr, flush=True)


def must(otherwise: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
    """Run a command of which everything after depends. Raises CheckError with `otherwise`."""
    if run(command, environment):
        raise CheckError(f"{otherwise}; what it said is above.")


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
    """Run a command in the project's folder; its exit code."""
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
