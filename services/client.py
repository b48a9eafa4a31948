"""A client of the public API: bearer tokens, problems as exceptions, one origin or an address per service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import httpx

from shared.clock import SystemClock
from shared.errors import Refused
from shared.events import TELLERS

ANSWER_WITHIN_SECONDS = 30.0
MOVE_WITHIN_SECONDS = 600.0  # a year of a rehearsal is one request

# Where each first part of a path under /v1/ lives, when there is no gateway in front.
OWNERS = {
    "agents": "ticketing",
    "alarms": "ticketing",
    "approvals": "ticketing",
    "assets": "ticketing",
    "attachments": "ticketing",
    "channel-contacts": "ticketing",
    "channel-messages": "ticketing",
    "coverage": "ticketing",
    "email-quarantine": "ticketing",
    "email-replies": "ticketing",
    "imports": "ticketing",
    "intake": "ticketing",
    "live": "ticketing",
    "login": "ticketing",
    "logins": "ticketing",
    "machines": "ticketing",
    "me": "ticketing",
    "oauth": "ticketing",
    "people": "ticketing",
    "recurrences": "ticketing",
    "tickets": "ticketing",
    "views": "ticketing",
    "accounts": "hourbank",
    "board": "sla",
    "calendars": "sla",
    "clocks": "sla",
    "policies": "sla",
    "reports": "sla",
    "adjustments": "billing",
    "contracts": "billing",
    "indexes": "billing",
    "invoices": "billing",
    "organizations": "billing",
    "plans": "billing",
    "price-lists": "billing",
    "contacts": "notify",
    "messages": "notify",
    "unsubscribe": "notify",
}


class NobodyAnswers(Refused):
    """The address is wrong, or the house is not open."""

    status = 503


class Answered(Refused):
    """The house said no: its status, code and sentence (RFC 9457)."""

    def __init__(self, status: int, code: str, detail: str, field: str | None, rule: str | None) -> None:
        """Carry what the problem document says."""
        super().__init__(detail, field=field, rule=rule)
        self.answered_status = status
        self.answered_code = code

    @property
    def code(self) -> str:
        """The machine's name of the refusal."""
        return self.answered_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: `body` is the decoded JSON."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Api:
    """The public API as one bearer sees it; `Api.open` makes one, `as_bearer` another on the same connections."""

    def __init__(self, http: httpx.AsyncClient, token: str = "") -> None:
        """Speak over `http`, as the bearer of `token`."""
        self.http = http
        self.token = token

    @classmethod
    def open(cls, urls: Sequence[str]) -> Self:
        """An API at one origin (`http://host:8000`), or at an address per service (`ticketing=http://host:8001`).

        Raises NobodyAnswers for an address that is none.
        """
        transport = ByService.read(urls) if any("=" in url for url in urls) else None
        base = "http://by-service" if transport else urls[0]
        if not base.startswith(("http://", "https://")):
            raise NobodyAnswers(f"{base!r} is no address like http://localhost:8000")
        return cls(httpx.AsyncClient(base_url=base, transport=transport, timeout=ANSWER_WITHIN_SECONDS))

    def as_bearer(self, token: str) -> Api:
        """The same house, asked by somebody else."""
        return Api(self.http, token)

    async def aclose(self) -> None:
        """Give the connections back."""
        await self.http.aclose()

    async def get(self, path: str, **query: str | int) -> Any:
        """Read. Raises Answered, NobodyAnswers."""
        return (await self.ask("GET", path, query=query)).body

    async def post(self, path: str, body: object = None, *, headers: Mapping[str, str] | None = None) -> Answer:
        """Do. Raises Answered, NobodyAnswers."""
        return await self.ask("POST", path, body=body, headers=headers)

    async def put(self, path: str, body: object) -> Answer:
        """Set. Raises Answered, NobodyAnswers."""
        return await self.ask("PUT", path, body=body)

    async def now(self) -> datetime:
        """The present instant of the house; behind a gateway that answers for itself, our own."""
        said = await self.get("/health/live")
        return datetime.fromisoformat(said["at"]) if isinstance(said, dict) else SystemClock().now()

    async def move_to(self, instant: datetime) -> None:
        """Move the virtual clock of a rehearsal; needs an admin's token. Raises Answered (404 in real time)."""
        body = {"now": instant.isoformat()}
        await self.ask("PUT", "/v1/clock", body=body, within_seconds=MOVE_WITHIN_SECONDS)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        query: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        within_seconds: float = ANSWER_WITHIN_SECONDS,
    ) -> Answer:
        """One request. Raises Answered from 400 up, NobodyAnswers when there is no answer."""
        own = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            response = await self.http.request(
                method,
                path,
                json=body,
                params=dict(query or {}),
                headers=own | dict(headers or {}),
                timeout=within_seconds,
            )
        except httpx.HTTPError as error:
            raise NobodyAnswers(f"nobody answers at {self.http.base_url}: {error or type(error).__name__}") from error
        if response.status_code >= httpx.codes.BAD_REQUEST:
            raise _refusal(response)
        json = response.headers.get("content-type", "").startswith("application/json")
        return Answer(
            status=response.status_code,
            headers=response.headers,
            body=response.json() if json else response.text,
        )


class ByService(httpx.AsyncBaseTransport):
    """Sends each request to the service that owns its path: for five processes without a gateway."""

    def __init__(self, origins: Mapping[str, httpx.URL]) -> None:
        """Know the origin of each service."""
        self.origins = origins
        self.transport = httpx.AsyncHTTPTransport()

    @classmethod
    def read(cls, urls: Sequence[str]) -> Self:
        """Read `service=URL` for each of the five. Raises NobodyAnswers when one is missing."""
        origins = {name: httpx.URL(url) for name, _, url in (text.partition("=") for text in urls)}
        missing = [name for name in TELLERS if name not in origins]
        if missing or len(origins) > len(TELLERS):
            raise NobodyAnswers(f"give one --url NAME=URL for each of {', '.join(TELLERS)}")
        return cls(origins)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it there."""
        origin = self.origins[owner_of(request.url.path)]
        request.url = request.url.copy_with(scheme=origin.scheme, host=origin.host, port=origin.port)
        request.headers["Host"] = origin.netloc.decode()
        return await self.transport.handle_async_request(request)

    async def aclose(self) -> None:
        """Give the connections back."""
        await self.transport.aclose()


def owner_of(path: str) -> str:
    """The service that answers a path; what every process has, or none, is asked of the first.

    >>> owner_of("/v1/tickets/7/work"), owner_of("/v1/feeds/sla"), owner_of("/health/live")
    ('ticketing', 'sla', 'ticketing')
    """
    parts = path.strip("/").split("/")
    if parts[0] != "v1":
        return TELLERS[0]
    if parts[1] in ("audit", "feeds", "offers"):
        return parts[2]
    if parts[1:3] == ["reports", "meetings"]:
        return "ticketing"  # the other reports are of promises
    return OWNERS.get(parts[1], TELLERS[0])


def _refusal(response: httpx.Response) -> Answered:
    """The problem document as an exception; an answer that is none is told as it is."""
    status = response.status_code
    if not response.headers.get("content-type", "").startswith("application/problem+json"):
        return Answered(status, "no_problem_document", f"{response.request.url} answered {status}", None, None)
    said = response.json()
    return Answered(status, said["code"], said["detail"], said.get("field"), said.get("rule"))
