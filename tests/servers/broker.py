"""A private RabbitMQ beside whatever else runs here: its own node name, ports, home and epmd; a vhost for who asks."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

import httpx

from tests.servers import containers, processes, programs
from tests.servers.running import Running, Server

HOST = "127.0.0.1"
USER = PASSWORD = "guest"  # RabbitMQ's own default, reachable from this machine only
PORT_IN_CONTAINER = 5672
API_PORT_IN_CONTAINER = 15672

ASK_SECONDS = 30
CTL_SECONDS = 60
QUEUE_NAMES_SAVED_SECONDS = 1.0

# Where Erlang keeps epmd, besides the PATH.
EPMD_FOLDERS = ":/usr/lib/erlang/bin:/usr/local/lib/erlang/bin"

# The node shares two cores with the tests: Erlang's schedulers must not spin while they wait for work.
ERLANG = "+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}"

# An exit code and what was said.
Answer = tuple[int, str]


class RabbitMQ(Server):
    """A RabbitMQ for tests; `url` is its vhost `/`, `api_url` its management API."""

    def __init__(
        self,
        url: str,
        api_url: str,
        running: Running | None = None,
        run: Callable[[Sequence[str]], Answer] | None = None,
    ) -> None:
        super().__init__(running)
        self.url = url
        self.api_url = api_url
        self._run = run
        self._numbers = count(1)

    def url_of(self, vhost: str) -> str:
        """The address of one of its vhosts."""
        return self.url.rpartition("/")[0] + "/" + vhost

    def create_vhost(self, name: str | None = None) -> str:
        """A new vhost and its address; without a name it is given one of its own."""
        name = name or f"test_{os.getpid()}_{next(self._numbers)}"
        self._ask("PUT", f"/api/vhosts/{name}")
        return self.url_of(name)

    def delete_vhost(self, url: str) -> None:
        """Remove a vhost with all its queues and messages, and close the connections to it."""
        self._ask("DELETE", f"/api/vhosts/{url.rpartition('/')[2]}")

    def queues(self, url: str) -> dict[str, int]:
        """The messages in each queue of a vhost, as RabbitMQ counts them; it counts every few seconds."""
        answer = self._ask("GET", f"/api/queues/{url.rpartition('/')[2]}")
        return {queue["name"]: queue.get("messages", 0) for queue in answer.json()}

    def ctl(self, *arguments: str) -> str:
        """What `rabbitmqctl` says to these arguments. It takes about a second; an error is raised with its words."""
        assert self._run, "this RabbitMQ was given from outside: only its own machine has a rabbitmqctl for it"
        exit_code, said = self._run(["rabbitmqctl", *arguments])
        assert exit_code == 0, f"rabbitmqctl {' '.join(arguments)}: {said}"
        return said

    def close_all_connections(self, reason: str = "a test closes all connections") -> None:
        """Close every client connection from the broker's side."""
        self.ctl("close_all_connections", "--global", reason)

    def kill9(self) -> None:
        """SIGKILL to it and all its children, a second after the call.

        RabbitMQ saves the names of its quorum queues every 500 ms only (names.dets of Ra; seen on 3.10.8): a queue that
        was declared just before the kill would come back empty, or answer nobody, whatever it had confirmed.
        """
        time.sleep(QUEUE_NAMES_SAVED_SECONDS)
        super().kill9()

    def _ask(self, method: str, path: str) -> httpx.Response:
        answer = httpx.request(method, self.api_url + path, auth=(USER, PASSWORD), timeout=ASK_SECONDS)
        assert answer.is_success, f"RabbitMQ answered {answer.status_code} to {method} {path}: {answer.text}"
        return answer


def start() -> RabbitMQ:
    """Start one; NoServerError where none can be had."""
    port, api_port = processes.free_port(), processes.free_port()
    run = in_container if containers.serve(programs.RABBITMQ) else on_this_machine
    server = run(port, api_port)
    server.start()
    return server


def on_this_machine(port: int, api_port: int) -> RabbitMQ:
    """A process of this machine."""
    program = programs.find_or_install(programs.RABBITMQ)
    folder = processes.new_folder("rabbitmq")
    (folder / "plugins").write_text("[rabbitmq_management].\n")
    (folder / "rabbitmq.conf").write_text(
        f"listeners.tcp.1 = {HOST}:{port}\n"
        f"management.tcp.ip = {HOST}\n"
        f"management.tcp.port = {api_port}\n"
        "log.console = true\n"
        "log.console.level = warning\n"
    )
    environment = _environment(folder, port=port, epmd_port=start_epmd())
    api_url = f"http://{HOST}:{api_port}"
    broker = processes.Process(
        "RabbitMQ",
        [str(program)],
        folder=folder,
        environment=environment,
        is_ready=lambda: greets(port) and answers(api_url),
    )

    def run(command: Sequence[str]) -> Answer:
        done = subprocess.run(
            [str(program.parent / command[0]), *command[1:]],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=CTL_SECONDS,
            check=False,
        )
        return done.returncode, done.stdout

    return RabbitMQ(url_at(port), api_url, broker, run)


def _environment(folder: Path, *, port: int, epmd_port: int) -> dict[str, str]:
    """Where it keeps everything and what it is called: nothing of it is shared with another broker."""
    return {
        "HOME": str(folder),
        "ERL_EPMD_ADDRESS": HOST,
        "ERL_EPMD_PORT": str(epmd_port),
        "RABBITMQ_NODENAME": f"ponteiro-{port}@localhost",
        "RABBITMQ_DIST_PORT": str(processes.free_port()),
        "RABBITMQ_BASE": str(folder),
        "RABBITMQ_CONF_ENV_FILE": os.devnull,
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_CONFIG_FILES": str(folder / "conf.d"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ERLANG,
    }


def start_epmd() -> int:
    """Start Erlang's port mapper for one broker, and its port.

    A broker that finds none starts one as a daemon, which would outlive the tests.
    """
    port = processes.free_port()
    program = shutil.which("epmd", path=os.environ.get("PATH", "") + EPMD_FOLDERS)
    if program is not None:
        folder = processes.new_folder("epmd")
        command = [program, "-port", str(port), "-address", HOST]
        processes.Process("epmd", command, folder=folder, is_ready=lambda: is_open(port)).start()
    return port


def in_container(port: int, api_port: int) -> RabbitMQ:
    """A container of the image that `docker-compose.yml` names too."""
    api_url = f"http://{HOST}:{api_port}"
    broker = containers.Container(
        programs.RABBITMQ,
        ports={PORT_IN_CONTAINER: port, API_PORT_IN_CONTAINER: api_port},
        is_ready=lambda: greets(port) and answers(api_url),
    )
    return RabbitMQ(url_at(port), api_url, broker, broker.run)


def url_at(port: int) -> str:
    """The address of the vhost `/` of a broker on this machine."""
    return f"amqp://{USER}:{PASSWORD}@{HOST}:{port}/"


def greets(port: int) -> bool:
    """Whether a broker answers AMQP's greeting there; its port opens before its vhosts are up."""
    try:
        with socket.create_connection((HOST, port), timeout=1) as connection:
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            return connection.recv(1) == b"\x01"
    except OSError:
        return False


def answers(api_url: str) -> bool:
    """Whether the management API serves there."""
    try:
        return httpx.get(api_url + "/api/vhosts", auth=(USER, PASSWORD), timeout=1).is_success
    except httpx.HTTPError:
        return False


def is_open(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
