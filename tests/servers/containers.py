"""A server that runs as a container, where a Docker engine answers: by testcontainers, at a port that stays its own."""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import cache

import docker
from docker.errors import DockerException, ImageNotFound
from docker.models.containers import Container as Handle
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from tests.servers import programs
from tests.servers.processes import LOG_LINES_SHOWN, READY_SECONDS, STOP_SECONDS, NoServerError, keeper
from tests.servers.programs import Program

# The variables and images of docker-compose.yml.
IMAGES = {
    programs.POSTGRES: ("POSTGRES_IMAGE", "postgres:17"),
    programs.RABBITMQ: ("RABBITMQ_IMAGE", "rabbitmq:4-management"),
    programs.REDIS: ("REDIS_IMAGE", "redis:7"),
}

# Names of servers (`PostgreSQL,Redis`) that shall run in containers although their programs are on this machine.
FORCE = "PONTEIRO_TEST_CONTAINERS"

ENGINE_SECONDS = 120


class Container:
    """One server in a container that a test may stop, kill, pause and start again, from any thread.

    Its ports on this machine are given, because Docker would give it others after each start.
    """

    def __init__(
        self,
        program: Program,
        *,
        ports: Mapping[int, int],
        is_ready: Callable[[], bool],
        environment: Mapping[str, str] | None = None,
        command: Sequence[str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        # The keeper does what testcontainers' own helper image (ryuk) does, which no registry may be there to give.
        testcontainers_config.ryuk_disabled = True
        self._name = program.name
        self._is_ready = is_ready
        self._stop_signal = stop_signal
        self._container = DockerContainer(image_of(program), env=dict(environment or {}))
        for inside, outside in ports.items():
            self._container.with_bind_ports(inside, outside)
        if command is not None:
            self._container.with_command(list(command))
        self._started = False

    def is_running(self) -> bool:
        """Whether the container lives; a paused one does."""
        if not self._started:
            return False
        self._handle.reload()
        return self._handle.status in {"running", "paused"}

    def start(self) -> None:
        """Start it, with what it had on disk, and wait until it serves; NoServerError if it does not."""
        if self._started:
            self._handle.start()
        else:
            self._container.start()
            self._started = True
            keeper().container(self._container.get_container_id())
        give_up = time.monotonic() + READY_SECONDS
        while not self._is_ready():
            if time.monotonic() > give_up or not self.is_running():
                raise NoServerError(f"no {self._name}: its container did not start; {self._last_words()}")
            time.sleep(0.1)

    def stop(self, sign: signal.Signals | None = None) -> None:
        """Ask it to leave and wait until it has."""
        self._handle.kill((sign or self._stop_signal).name)
        self._handle.wait(timeout=STOP_SECONDS)

    def kill9(self) -> None:
        """Take it away without a word."""
        self._handle.kill("SIGKILL")
        self._handle.wait(timeout=STOP_SECONDS)

    def pause(self) -> None:
        """Freeze it: its connections stay open and nothing answers."""
        self._handle.pause()

    def resume(self) -> None:
        """Let a frozen one go on."""
        self._handle.unpause()

    def run(self, command: Sequence[str]) -> tuple[int, str]:
        """Run a program inside it: its exit code and what it said."""
        done = self._container.exec(list(command))
        return done.exit_code or 0, done.output.decode()

    @property
    def _handle(self) -> Handle:
        return self._container.get_wrapped_container()

    def _last_words(self) -> str:
        return " | ".join(self._handle.logs(tail=LOG_LINES_SHOWN).decode(errors="replace").splitlines())


def serve(program: Program) -> bool:
    """Whether this server runs in a container: its program is not here, and an engine has or can get the image."""
    wanted = program.name in os.environ.get(FORCE, "").split(",")
    return (wanted or programs.find(program) is None) and has(image_of(program))


def image_of(program: Program) -> str:
    """The image, which a variable may change."""
    variable, image = IMAGES[program]
    return os.environ.get(variable, image)


@cache
def has(image: str) -> bool:
    """Whether an engine answers that has the image or can get it."""
    if not engine_listens():
        return False
    try:
        with closing(docker.from_env(timeout=ENGINE_SECONDS)) as client:
            try:
                client.images.get(image)
            except ImageNotFound:
                print(f"Getting the image {image} ...", file=sys.stderr, flush=True)
                client.images.pull(image)
    except DockerException:
        return False
    return True


def engine_listens() -> bool:
    """Whether there is anybody to ask; Docker's own client would leave an open socket behind where there is nobody."""
    address = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
    if not address.startswith("unix://"):
        return True
    with socket.socket(socket.AF_UNIX) as engine:
        return engine.connect_ex(address.removeprefix("unix://")) == 0
