"""A private Redis: it keeps nothing on disk."""

from redis import Redis as Client
from redis.exceptions import ConnectionError as NoAnswerError

from tests.servers import containers, processes, programs
from tests.servers.running import Running, Server

HOST = "127.0.0.1"
PORT_IN_CONTAINER = 6379
NOTHING_ON_DISK = ("--save", "", "--appendonly", "no")


class Redis(Server):
    """A Redis for tests; `url` is its database 0."""

    def __init__(self, url: str, running: Running | None = None) -> None:
        super().__init__(running)
        self.url = url

    def flush(self) -> None:
        """Forget everything in all databases."""
        with Client.from_url(self.url) as client:
            client.flushall()


def start() -> Redis:
    """Start one; NoServerError where none can be had."""
    port = processes.free_port()
    url = f"redis://{HOST}:{port}/0"
    running = in_container(port, url) if containers.serve(programs.REDIS) else on_this_machine(port, url)
    running.start()
    return Redis(url, running)


def on_this_machine(port: int, url: str) -> Running:
    """A process of this machine."""
    folder = processes.new_folder("redis")
    program = str(programs.find_or_install(programs.REDIS))
    command = [program, "--port", str(port), "--bind", HOST, "--dir", str(folder), *NOTHING_ON_DISK]
    return processes.Process("Redis", command, folder=folder, is_ready=lambda: answers(url))


def in_container(port: int, url: str) -> Running:
    """A container of the image that `docker-compose.yml` names too."""
    return containers.Container(
        programs.REDIS,
        ports={PORT_IN_CONTAINER: port},
        command=["redis-server", *NOTHING_ON_DISK],
        is_ready=lambda: answers(url),
    )


def answers(url: str) -> bool:
    """Whether a Redis answers there."""
    try:
        with Client.from_url(url) as client:
            return bool(client.ping())
    except NoAnswerError:
        return False
