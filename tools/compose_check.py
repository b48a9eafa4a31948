"""Builds the image, starts all of docker-compose.yml beside whatever else runs, plays a story against it, removes it.

The story is played twice: as everything came up in order, and after the services had to start without their servers.

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

SERVERS = ("postgres", "rabbitmq", "redis")
# Something that each service refuses to whoever brings no token, once it listens.
ASKED = {
    "ticketing": "/v1/tickets",
    "hourbank": "/v1/offers/hourbank",
    "sla": "/v1/calendars",
    "billing": "/v1/plans",
    "notify": "/v1/messages",
}
UNAUTHORIZED = 401

BEGAN = time.monotonic()
ROOT = Path(__file__).resolve().parent.parent
WHEELS = ROOT / "build" / "wheels"
IMAGE = "ponteiro-check"

GATEWAY_SECONDS = 120
ALONE_SECONDS = 10  # the services try without their servers for so long
STOP_SECONDS = 30
READ_SECONDS = 10
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
    took = f"{time.monotonic() - BEGAN:.0f} s"
    print(f"compose-check: story {wanted.story} was played against the composed installation, all within {took}.")
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
        wait_for_services(url)
        play(url, story, environment)
        check_prometheus(environment)
        come_late(compose, environment)
        wait_for_services(url)
        play(url, story, environment)
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
    asked = ["docker", "image", "inspect", "--format", "{{.Size}}", IMAGE]
    size = int(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)
    step(f"the image holds {size // 1_000_000} MB")


def fetch_wheels() -> None:
    """Lay every package beside the image, those too that only an older Python than this one needs."""
    step("fetching the packages for the image")
    WHEELS.mkdir(parents=True)
    pins = re.sub(r" ; python_full_version [^\\\n]*", " ", (ROOT / "requirements.txt").read_text())
    (WHEELS / "pins.txt").write_text(pins)
    fetch = [sys.executable, "-m", "pip", "download", "-qq", "--only-binary", ":all:", "--require-hashes"]
    must("pip could not fetch the packages", [*fetch, "-r", str(WHEELS / "pins.txt"), "-d", str(WHEELS)])


def play(url: str, story: str, environment: Mapping[str, str]) -> None:
    """Play the story over HTTP, as its people would."""
    step(f"playing story {story}")
    player = [sys.executable, "-m", "tests.journeys.play", "--url", url, "--story", story]
    must(f"story {story} did not end as it should", player, environment)


def come_late(compose: Sequence[str], environment: Mapping[str, str]) -> None:
    """Start the services where their servers are not, and the servers some time later."""
    services, late = (containers(compose, names, environment) for names in (tuple(ASKED), SERVERS))
    step("stopping the services, then their servers")
    for some in (services, late):
        must("it did not stop", ["docker", "stop", "--time", str(STOP_SECONDS), *some], quiet=True)
    step(f"starting the services without servers, and these {ALONE_SECONDS} s later")
    must("the services did not start", ["docker", "start", *services], quiet=True)
    time.sleep(ALONE_SECONDS)
    must("the servers did not start", ["docker", "start", *late], quiet=True)


def containers(compose: Sequence[str], names: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """The containers of some of what docker-compose.yml names; started by themselves they bring no others along."""
    asked = [*compose, "ps", "-q", *names]
    return subprocess.run(asked, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout.split()


def check_prometheus(environment: Mapping[str, str]) -> None:
    """Whether Prometheus reaches all five services."""
    step("asking Prometheus whom it reaches")
    asked = "/api/v1/query?query=sum(up%7Bjob%3D%22ponteiro%22%7D)"
    url = f"http://127.0.0.1:{environment['PONTEIRO_PROMETHEUS_PORT']}{asked}"
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


def wait_for_services(url: str) -> None:
    """Wait until all five answer behind the gateway; one that listens has its schema."""
    give_up = time.monotonic() + GATEWAY_SECONDS
    while missing := [name for name, path in ASKED.items() if status(f"{url}{path}") != UNAUTHORIZED]:
        if time.monotonic() > give_up:
            raise CheckError(f"after {GATEWAY_SECONDS} s there is no answer of {', '.join(missing)}.")
        time.sleep(0.5)


def status(url: str) -> int:
    """The HTTP status of the answer; 0 where nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=READ_SECONDS) as answer:  # noqa: S310  the address is our own
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code
    except OSError:
        return 0


def read(url: str) -> str:
    """What is answered there; nothing where nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=READ_SECONDS) as answer:  # noqa: S310  the address is our own
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
    """Say what is done now, and how many seconds have gone by."""
    print(f"compose-check, {time.monotonic() - BEGAN:.0f} s: {what} ...", file=sys.stderr, flush=True)


def must(
    otherwise: str, command: Sequence[str], environment: Mapping[str, str] | None = None, *, quiet: bool = False
) -> None:
    """Run a command of which everything after depends. Raises CheckError with `otherwise`."""
    if run(command, environment, quiet=quiet):
        raise CheckError(f"{otherwise}; what it said is above.")


def run(command: Sequence[str], environment: Mapping[str, str] | None = None, *, quiet: bool = False) -> int:
    """Run a command in the project's folder; its exit code. A quiet one says only what went wrong."""
    out = subprocess.DEVNULL if quiet else None
    return subprocess.run(command, cwd=ROOT, env=environment, stdout=out, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
