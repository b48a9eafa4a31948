"""No door of ticketing keeps a secret: every text that the document lets one write goes through the redactor (5.1)."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urljoin
from uuid import UUID, uuid4

import httpx
import pytest
import sqlalchemy as sa

from services.cli.demo.stage import Stage
from services.client import Api
from services.embedded.house import House, open_house
from shared.auth import Principal
from shared.events.links import ApprovalLink
from shared.settings import Settings
from tests.journeys import hostile
from tests.journeys.lived import EVERY_ROLE, SLOT
from tests.journeys.stories import STORIES, desk_customer, shop_of
from tests.journeys.test_abuse import OF_TIME, writes
from tests.journeys.test_openapi import JSON, Json, body_of, validator

BEGINS: Final = STORIES["S10"].begins
DESK: Final = "blocktime"  # its tickets know levels, criticalities and what monitoring sees
CARD: Final = "4111 1111 1111 1111"
KEY: Final = "AKIAIOSFODNN7EXAMPLE"
LEAKED: Final = re.compile(rf"Zq\d{{3}}#v|{CARD}|{CARD.replace(' ', '')}|{KEY}")

ASSET: Final[Json] = {"name": "Servidor", "kind": "server"}
ANA: Final[Json] = {"channel": "whatsapp", "channel_user_id": "BR.1502576394655843", "person_id": "ana"}

# Doors whose texts go through no redactor, and why.
OF_LOGINS: Final = "what lets somebody in is compared or hashed, never kept; an address is refused unless it is one"
EXCEPTIONS: Final[Mapping[str, str]] = {
    "log_in": OF_LOGINS,
    "ask_for_login_link": OF_LOGINS,
    "redeem_login_link": OF_LOGINS,
    "register_login": OF_LOGINS,
    "change_login": OF_LOGINS,
    "change_password": OF_LOGINS,
    "apply_offer_of_ticketing": "the provider's own words to everybody, as a file of theirs has them",
}

# Fields that take a text only if it is a word of theirs.
REFUSED: Final = {("plan_recurrence", "rule")}

# What an operation needs before it, in the ticket that it is about: the last step of a path, a body, what it makes.
Step = tuple[str, Json | str, str]
WORK: Final[Json] = {"kind": "remote", "minutes": 5}
AGREED: Final[Sequence[Step]] = (
    ("estimates", {"minutes": 30}, "estimate_id"),
    ("estimates/1/decision", {"decision": "approve"}, ""),
)
VISIT: Final[Step] = ("visits", {**SLOT, "technician_id": "rui"}, "visit_id")
LATER: Final = BEGINS + timedelta(hours=1)
BEGUN: Final[Json] = {"technician_id": "rui", "starts_at": str(LATER), "ends_at": str(LATER + timedelta(hours=1))}
BEFORE: Final[Mapping[str, Sequence[Step]]] = {
    "decide_estimate": AGREED[:1],
    "answer_approval": AGREED[:1],
    "log_work": AGREED,
    "remove_work": (*AGREED, ("work", WORK, "entry_id")),
    "stop_timer": (*AGREED, ("timers", {"kind": "remote", "professional_id": "bia"}, "timer_id")),
    "cancel_visit": (VISIT,),
    "miss_visit": (("visits", BEGUN, "visit_id"), (OF_TIME, {"now": LATER.isoformat()}, "")),
    "reopen_ticket": (*AGREED, ("work", WORK, ""), ("resolve", {}, "")),
    "remove_attachment": (("attachments?name=nota.txt", "texto", "attachment_id"),),
}
# What of an operation's example is otherwise in this house.
INSTEAD: Final[Mapping[str, Json]] = {
    "open_ticket": {"area": None, "item": None, "fields": {"error_message": "500"}},
    "log_work": {"kind": "remote"},
    "raise_alarm": {"detected_at": BEGINS.isoformat()},
    "report_recovery": {"recovered_at": BEGINS.isoformat()},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A house with a customer of Blocktime, and somebody who may do everything in it."""

    house: House
    http: httpx.AsyncClient
    headers: Mapping[str, str]
    known: dict[str, str]
    folder: Path

    async def ask(self, verb: str, path: str, body: Json | str | None) -> httpx.Response:
        """One request; a text is sent as a file."""
        own: Any = {"content": body.encode()} if isinstance(body, str) else {"json": body}
        return await self.http.request(verb, path, headers=self.headers, **own)

    @property
    def own(self) -> Json:
        """The customer and the contract."""
        return {name: self.known[name] for name in ("contract_id", "organization_id")}

    def files(self) -> Iterator[Path]:
        """Whatever the house has on its disk."""
        return (path for path in self.folder.rglob("*") if path.is_file())

    async def make(self, path: str, body: Json | str) -> str:
        """The id of what comes of a request that is taken."""
        answer = await self.ask("PUT" if path == OF_TIME else "POST", path, body)
        assert answer.is_success, (path, answer.text)
        told = answer.json()
        one = told["items"][0] if "items" in told else told
        return str(one.get("view_id") or one.get("id"))

    async def ready_for(self, operation: Json) -> dict[str, str]:
        """The ids of a ticket of its own in which an operation can be done, and of what that needs."""
        asked = {"subject": "Impressora", "description": "Parou.", "contract_id": self.known["contract_id"]}
        ids = self.known | {"ticket_id": await self.make("/v1/tickets", asked)}
        for act, body, made in BEFORE.get(operation["operationId"], ()):
            ids[made] = await self.make(urljoin(f"/v1/tickets/{ids['ticket_id']}/", act), body)
        if "estimate_id" in ids:
            ids["token"] = await self.link(ids)
        return ids

    async def link(self, ids: Mapping[str, str]) -> str:
        """The token of the approver's link to a ticket's estimate."""
        one = (await self.ask("GET", f"/v1/tickets/{ids['ticket_id']}/estimates/1", None)).json()
        link = ApprovalLink(
            tenant=DESK,
            organization_id=UUID(ids["organization_id"]),
            contact_id="davi",
            ticket_id=UUID(ids["ticket_id"]),
            estimate_id=UUID(one["id"]),
        )
        return self.house.keys.seal(link, expires_at=datetime.fromisoformat(one["valid_until"]))

    async def kept(self) -> str:
        """Every row of every table of the house; facts, answers and audits among them."""
        rows: list[str] = []
        for one in self.house.world.hosted:
            async with one.database.engine.connect() as connection:
                tables = await connection.run_sync(lambda own: sa.inspect(own).get_table_names())
                for table in tables:
                    found = await connection.execute(sa.select(sa.text("*")).select_from(sa.table(table)))
                    rows += [f"{one.service.name}.{table}: {row!r}" for row in found]
        return "\n".join(rows)


def leak(number: int) -> str:
    """Three secrets in a line that fits where any prose does; the password tells the fields apart."""
    return f"senha: Zq{number:03d}#v {CARD} {KEY}"


def free_texts(operation: Json, base: Json) -> Iterator[hostile.Path]:
    """The fields of a body into which somebody may write what they like."""
    for path, own in hostile.fields(operation["requestBody"]["content"][JSON]["schema"], base):
        is_map = isinstance(own.get("additionalProperties"), dict) and len(path) == 1
        if is_map and validator(own["additionalProperties"]).is_valid(leak(0)):
            yield from ((*path, name) for name in base.get(str(path[0]), ()))
        if hostile.is_text(own) and "format" not in own and validator(own).is_valid(leak(0)):
            yield path


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """The house, with a server, a list and somebody who writes by chat."""
    async with open_house(tmp_path / "data", settings=Settings(), start=BEGINS) as house:
        transport = httpx.ASGITransport(app=house.app)  # type: ignore[arg-type]  # ASGI, in other words
        async with httpx.AsyncClient(transport=transport, base_url="http://house") as http:
            stage = Stage(api=Api(http), keys=house.keys, obeys=True, opened_at=BEGINS)
            customer = await desk_customer(await shop_of(stage, DESK), "Ipê", plan_code="PRO", start_date="2026-11-01")
            boss = Principal(tenant=DESK, subject="chefe", organization_id=None, roles=EVERY_ROLE)
            token = house.keys.issue(boss, now=BEGINS, lifetime=timedelta(days=999))
            own = {"contract_id": str(customer.contract_id), "organization_id": str(customer.organization_id)}
            known = own | {"person_id": "ana", "agent_id": "bia", "number": "1", "asset_id": str(uuid4())}
            desk = Desk(
                house=house, http=http, headers={"Authorization": f"Bearer {token}"}, known=known, folder=tmp_path
            )
            await desk.ask(
                "PUT", f"/v1/assets/{known['asset_id']}", {**ASSET, "organization_id": own["organization_id"]}
            )
            await desk.ask("PUT", "/v1/channel-contacts", {**ANA, **own})
            known["view_id"] = await desk.make("/v1/views", {"name": "Minha"})
            yield desk


def doors() -> Iterator[tuple[str, str, Json, hostile.Path]]:
    """Every field of every write of ticketing into which somebody may write what they like."""
    for verb, path, operation in writes():
        content = operation.get("requestBody", {"content": {}})["content"]
        if operation["tags"] == ["ticketing"] and JSON in content and operation["operationId"] not in EXCEPTIONS:
            base = body_of(operation) | INSTEAD.get(operation["operationId"], {})
            yield from ((verb, path, operation, field) for field in free_texts(operation, base))


def written(operation: Json, field: hostile.Path, ids: Mapping[str, str], *, number: int) -> Json:
    """The example of an operation, for this house, with a secret in one field."""
    base = body_of(operation) | INSTEAD.get(operation["operationId"], {})
    if field == ("html",):
        base.pop("text")  # a message is said once
    body: Json = json.loads(hostile.with_value(base, field, leak(number)))
    for one in (body, *body.get("tickets", ())):
        told = one.keys() | ({"contract_id"} if operation["operationId"] == "open_ticket" else set())
        one |= {name: ids[name] for name in ("contract_id", "organization_id", "asset_id") if name in told}
        one |= {name: f"n-{number}" for name in ("external_id", "reference") if name in one}
    return body


async def test_b35_no_text_of_any_write_of_the_document_leaves_a_secret_anywhere(
    desk: Desk, logged: io.StringIO
) -> None:
    logging.getLogger().setLevel(logging.DEBUG)
    wrong: list[str] = []
    tried: set[str] = set()
    for number, (verb, path, operation, field) in enumerate(doors()):
        name, where = operation["operationId"], hostile.spelled(field)
        ids = await desk.ready_for(operation)
        body = written(operation, field, ids, number=number)
        filled = path.format_map(ids | {"client_id": "x"})
        answer = await desk.ask(verb, filled, body)
        tried.add(name)
        if answer.is_success == ((name, where) in REFUSED):
            wrong.append(f"{number} {name} {where}: {answer.status_code} {answer.text[:200]}")

    assert wrong == []
    assert len(tried) == 30
    await nothing_is_left(desk, logged)


async def nothing_is_left(desk: Desk, logged: io.StringIO) -> None:
    """No secret stands in a table, a fact, a kept answer or the log, and it is said that there was one."""
    kept = await desk.kept()
    found = [line[:300] for line in [*kept.splitlines(), *logged.getvalue().splitlines()] if LEAKED.search(line)]
    assert found == []
    assert "[segredo removido]" in kept


async def test_b35_a_file_and_a_letter_leave_none_either(desk: Desk, logged: io.StringIO) -> None:
    ticket = (await desk.ready_for({"operationId": "add_attachment"}))["ticket_id"]
    await desk.ask("PUT", "/v1/channel-contacts", {**ANA, **desk.own, "channel": "email", "channel_user_id": "ana@ipe"})
    number = (await desk.ask("GET", f"/v1/tickets/{ticket}", None)).json()["number"]
    of_ana = f"From: ana@ipe\nSubject: [#{number}]\nMessage-ID: <1@ipe>\n\n{leak(1)}\n"
    of_nobody = f"From: eu@casa\nSubject: {leak(2)}\nMessage-ID: <2@casa>\n\n{leak(3)}\n"

    file = await desk.ask("POST", f"/v1/tickets/{ticket}/attachments?name={quote(leak(4))}.txt", leak(5))
    letters = [await desk.ask("POST", "/v1/email-replies", one) for one in (of_ana, of_nobody)]
    (waits,) = (await desk.ask("GET", "/v1/email-quarantine", None)).json()["items"]
    where = {"ticket_id": ticket, "person_id": "ana"}
    released = await desk.ask("POST", f"/v1/email-quarantine/{waits['id']}/release", where)

    assert (file.status_code, file.json()["redacted"]) == (201, True)
    assert [one.json()["decision"] for one in letters] == ["attach", "refused"]
    assert released.status_code == 200
    await nothing_is_left(desk, logged)
    assert LEAKED.search("".join(path.read_text("latin-1") for path in desk.files())) is None
