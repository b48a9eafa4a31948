"""The gateway as deploy/Caddyfile sets it up, run for real before five stand-ins that answer with their own name."""

import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from services.cli.documents import openapi_document
from services.client import owner_of
from shared.events import TELLERS
from shared.problems import Problem
from tests import servers
from tests.servers import processes

CADDYFILE = Path(__file__).parents[2] / "deploy" / "Caddyfile"
NOT_ROUTED = {"/health/ready"}  # for the inside; /health/live the gateway answers itself
LATE_SECONDS = 0.5
ANSWER_SECONDS = 30.0


class StandIn(BaseHTTPRequestHandler):
    """Answers every request with the name of the service whose place it takes, and what it was asked; keeps no line."""

    name = ""

    def answer(self) -> None:
        """Say who this is, and what came."""
        size = int(self.headers.get("Content-Length", 0))
        said = {"name": self.name, "method": self.command, "path": self.path, "body": self.rfile.read(size).decode()}
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815  the names that http.server looks for

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def ports() -> Mapping[str, int]:
    """Where each stand-in, and the gateway, is to be found."""
    return {name: servers.free_port() for name in (*TELLERS, "gateway")}


@pytest.fixture(scope="module")
def standing(ports: Mapping[str, int]) -> Iterator[dict[str, ThreadingHTTPServer]]:
    """The five stand-ins; a test that takes one away puts another in its place."""
    five = {name: stand_in(name, ports[name]) for name in TELLERS}
    yield five
    for one in five.values():
        take_away(one)


@pytest.fixture(scope="module")
def gateway(ports: Mapping[str, int], caddy: str, standing: object) -> Iterator[httpx.Client]:
    """The gateway with all five behind it."""
    folder = processes.new_folder("gateway")
    (folder / "Caddyfile").write_text(beside_others(CADDYFILE.read_text(), ports))
    own = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    running = processes.Process(
        "Caddy",
        [caddy, "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"],
        folder=folder,
        environment=own,
        is_ready=lambda: is_live(ports["gateway"]),
    )
    running.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{ports['gateway']}", timeout=30) as client:
        yield client
    running.kill9()


def test_each_path_of_the_public_api_is_answered_by_the_service_that_owns_it(gateway: httpx.Client) -> None:
    owners = {
        (method.upper(), filled(path)): operation["tags"][0]
        for path, operations in openapi_document()["paths"].items()
        for method, operation in operations.items()
        if operation["tags"] != ["process"]
    }

    answered = {(method, path): gateway.request(method, path).json() for method, path in owners}

    assert {key: said["name"] for key, said in answered.items()} == owners
    assert {key: (said["method"], said["path"]) for key, said in answered.items()} == {key: key for key in owners}
    assert {owners[key] for key in owners} == set(TELLERS)


def test_a_websocket_goes_to_the_service_that_tells(gateway: httpx.Client) -> None:
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}

    answer = gateway.get("/v1/live/ws", headers=upgrade | {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="})

    assert (answer.json()["name"], answer.json()["path"]) == ("ticketing", "/v1/live/ws")


def test_a_client_without_a_gateway_finds_the_same_owners() -> None:
    paths = openapi_document()["paths"]

    owners = {path: operation["tags"][0] for path, operations in paths.items() for operation in operations.values()}

    assert {path: owner_of(path) for path, owner in owners.items() if owner != "process"} == {
        path: owner for path, owner in owners.items() if owner != "process"
    }


def test_what_every_process_has_is_asked_of_one_or_kept_inside(gateway: httpx.Client) -> None:
    paths = openapi_document()["paths"]
    of_process = {
        path for path, verbs in paths.items() if "process" in {tag for one in verbs.values() for tag in one["tags"]}
    }

    answers = {path: gateway.get(path) for path in of_process | {"/schema", "/schema/openapi.json", "/metrics"}}

    hidden = {path for path, answer in answers.items() if answer.status_code == 404}
    assert hidden == NOT_ROUTED | {"/metrics"}
    assert answers["/health/live"].text == "ok"
    seen = {path: answers[path].json()["name"] for path in answers if path not in hidden | {"/health/live"}}
    assert {path for path, name in seen.items() if name == "notify"} == {"/schema", "/schema/openapi.json"}
    assert set(seen.values()) == {"ticketing", "notify"}


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/", "/v1/ticketsx", "/v1/clock", "/v2/tickets", "/v1/feeds/nobody"])
def test_an_address_at_which_nothing_lives_is_a_problem_like_those_of_the_services(
    gateway: httpx.Client, path: str
) -> None:
    assert_problem(gateway.get(path), 404, "not_found")


def test_how_large_a_body_may_be_is_left_to_the_services(gateway: httpx.Client) -> None:
    answer = gateway.post("/v1/tickets", content=b"x" * 2_000_000)

    assert len(answer.json()["body"]) == 2_000_000


def test_a_service_that_restarts_is_waited_for_and_one_that_stays_away_is_a_problem(
    gateway: httpx.Client, standing: dict[str, ThreadingHTTPServer], ports: Mapping[str, int]
) -> None:
    take_away(standing["billing"])
    with ThreadPoolExecutor(max_workers=1) as thread:
        asked = thread.submit(gateway.get, "/v1/contracts", timeout=ANSWER_SECONDS)
        time.sleep(LATE_SECONDS)
        standing["billing"] = stand_in("billing", ports["billing"])
        late = asked.result()
    take_away(standing["billing"])

    away = gateway.post("/v1/contracts", content=b"{}", timeout=ANSWER_SECONDS)

    standing["billing"] = stand_in("billing", ports["billing"])
    assert late.json()["name"] == "billing"
    assert_problem(away, 503, "try_again")
    assert away.headers["Retry-After"] == "1"


def assert_problem(answer: httpx.Response, status: int, code: str) -> None:
    """The answer is a problem document of the house's form (shared/problems.py)."""
    said = answer.json()
    assert answer.status_code == said["status"] == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = Problem(status=status, code=code, detail=said["detail"])
    assert said == json.loads(problem.encode())


def beside_others(caddyfile: str, ports: Mapping[str, int]) -> str:
    """The same gateway on ports of this machine."""
    with_gateway = caddyfile.replace(":8080 {", f"http://127.0.0.1:{ports['gateway']} {{")
    return re.sub(r"\b([a-z]+):8000\b", lambda found: f"127.0.0.1:{ports[found[1]]}", with_gateway)


def stand_in(name: str, port: int) -> ThreadingHTTPServer:
    """Something that answers in a service's place."""
    kind = type(name, (StandIn,), {"name": name})
    server = ThreadingHTTPServer(("127.0.0.1", port), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def take_away(server: ThreadingHTTPServer) -> None:
    """End a stand-in."""
    server.shutdown()
    server.server_close()


def is_live(port: int) -> bool:
    """Whether the gateway answers."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/live").is_success
    except httpx.HTTPError:
        return False


def filled(path: str) -> str:
    """A path with something in every gap."""
    return re.sub(r"\{[^}]+\}", "7", path)
