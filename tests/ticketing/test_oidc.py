"""A token of another house is exchanged for one of ours when an issuer that the settings name has signed it for us."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from shared.clock import VirtualClock
from shared.db import Database
from shared.settings import Issuer, Settings
from tests.ticketing.desk import ACME, ADMIN, Desk, new_desk
from tests.ticketing.test_identity import ANA, ask, me, refusal

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ISSUER = "https://login.livraria.example"
AUDIENCE = "ponteiro"


class Keyring(ThreadingHTTPServer):
    """An issuer's keys at an address; counts how often they are read."""

    def __init__(self) -> None:
        self.keys: list[ECKey] = [ECKey.generate_key("P-256", {"kid": "first"})]
        self.reads = 0
        super().__init__(("127.0.0.1", 0), _Answer)

    @property
    def url(self) -> str:
        """Where the keys are."""
        return f"http://127.0.0.1:{self.server_address[1]}/keys"


class _Answer(BaseHTTPRequestHandler):
    server: Keyring

    def do_GET(self) -> None:
        self.server.reads += 1
        body = json.dumps({"keys": [key.as_dict(private=False) for key in self.server.keys]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[Keyring]:
    """An issuer that answers."""
    ring = Keyring()
    thread = threading.Thread(target=ring.serve_forever, daemon=True)
    thread.start()
    try:
        yield ring
    finally:
        ring.shutdown()
        ring.server_close()
        thread.join()


@pytest.fixture
def ring() -> Iterator[Keyring]:
    with serving() as ring:
        yield ring


@pytest.fixture
async def desk(url: str, clock: VirtualClock, ring: Keyring) -> AsyncIterator[Desk]:
    """A desk that believes the issuer; Ana of Acme has a login without a password."""
    issuer = Issuer(issuer=ISSUER, audience=AUDIENCE, jwks_url=ring.url, tenant="next4")
    database = Database(url, service="ticketing", clock=clock)
    desk = new_desk(database, clock, settings=Settings(oidc_issuers=(issuer,)))
    assert (await ask(desk, "POST", "/v1/logins", ANA, who=ADMIN)).status_code == 201
    yield desk
    await desk.client.aclose()
    await database.close()


def id_token(desk: Desk, key: Any, *, alg: str = "ES256", **changes: Any) -> str:
    """What the issuer says of Ana, now."""
    now = int(desk.clock.now().timestamp())
    claims: dict[str, object] = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 300, "sub": "42"}
    claims |= {"email": "ana@livraria.com.br", "email_verified": True}
    return jwt.encode({"alg": alg, "kid": key.kid}, claims | changes, key, algorithms=[alg])


async def exchanged(desk: Desk, token: str) -> httpx.Response:
    """What the token endpoint answers."""
    return await desk.client.post("/v1/oauth/token", data={"grant_type": EXCHANGE, "subject_token": token})


async def test_whose_address_the_issuer_has_verified_is_let_in(desk: Desk, ring: Keyring) -> None:
    let_in = await exchanged(desk, id_token(desk, ring.keys[0]))

    assert let_in.status_code == 200
    who = (await me(desk, let_in.json()["access_token"])).json()
    assert (who["subject"], who["organization_id"]) == ("ana", str(ACME))
    assert let_in.json()["refresh_token"]


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another application"},
        {"exp": 0},
        {"iat": 0},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email": "ninguem@livraria.com.br"},
    ],
    ids=str,
)
async def test_what_the_issuer_did_not_say_for_us_lets_nobody_in(
    desk: Desk, ring: Keyring, changes: dict[str, Any]
) -> None:
    refused = await exchanged(desk, id_token(desk, ring.keys[0], **changes))

    assert refusal(refused) == (400, "invalid_grant", "invalid_grant")


async def test_a_token_that_somebody_else_signed_lets_nobody_in(desk: Desk, ring: Keyring) -> None:
    forged = ECKey.generate_key("P-256", {"kid": "first"})
    public = OctKey.import_key(json.dumps(ring.keys[0].as_dict(private=False)), {"kid": "first"})

    for token in (id_token(desk, forged), id_token(desk, public, alg="HS256"), "a.b.c", "..", "x"):
        assert refusal(await exchanged(desk, token)) == (400, "invalid_grant", "invalid_grant")


async def test_a_new_key_is_found_and_keys_are_not_read_for_every_token(desk: Desk, ring: Keyring) -> None:
    for _ in range(3):
        assert (await exchanged(desk, id_token(desk, ring.keys[0]))).status_code == 200

    assert ring.reads == 1


async def test_an_issuer_that_does_not_answer_lets_nobody_in(desk: Desk, ring: Keyring) -> None:
    token = id_token(desk, ring.keys[0])
    ring.keys = []

    refused = await exchanged(desk, token)

    assert refusal(refused) == (400, "invalid_grant", "invalid_grant")
