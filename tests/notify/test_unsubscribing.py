"""Reports and warnings of hours are switched off by one click (RFC 8058); what is owed says that it cannot be (5.2)."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes

import httpx
import pytest

from services.notify import app
from services.notify.domain import Accepted, Message, Outcome, Template, Topic
from services.notify.domain.unsubscribing import UNSUBSCRIBABLE, is_owed, without
from services.notify.gateway import Signer, compose
from services.notify.jobs import jobs_with
from shared.auth import Keys
from shared.clock import VirtualClock
from shared.db import Database
from shared.jobs import run_due
from shared.settings import Settings
from tests import prepared
from tests.notify.messages import message
from tests.notify.shop import Notify, invoice_finalized, local
from tests.notify.test_words import NEWS, lot_expiring, statement_issued

pytestmark = pytest.mark.anyio


def test_only_reports_and_warnings_of_hours_have_the_link() -> None:
    signer = Signer(Keys(Keys.generate()), "https://desk.example/")
    linked = {
        template
        for template in Template
        if signer.with_link(message(template=template), tenant="next4").unsubscribe_url is not None
    }

    assert linked == {"statement_issued", "lot_expiring", "balance_low", "balance_depleted"} == set(UNSUBSCRIBABLE)


def test_approvals_invoices_and_legal_notices_are_owed_and_the_rest_not() -> None:
    owed = {name for name, news in NEWS.items() if news is not None and is_owed(news)}

    assert {"approval_requested", "invoice_finalized", "invoice_overdue", "contract_terminated"} <= owed
    assert not owed & {"statement_issued", "lot_expiring", "ticket_opened", "sla_warned", "login_link", "digest"}


async def test_whoever_switched_a_topic_off_is_changed_once(notify: Notify) -> None:
    ana = await notify.add_contact("ana")

    quiet = without(ana, Topic.HOURS, at=local("2026-11-10T10:00"))

    assert (quiet.topics, quiet.version) == ((Topic.TICKETS, Topic.APPROVALS, Topic.INVOICES), 2)
    assert without(quiet, Topic.HOURS, at=local("2026-11-10T11:00")) is quiet


async def test_one_click_without_a_login_switches_off_at_once_and_looking_does_not(
    notify: Notify, database: Database, clock: VirtualClock
) -> None:
    await notify.add_contact("ana")
    await notify.hear(statement_issued(), invoice_finalized())
    keys, post = Keys(Keys.generate()), Taking()
    while await run_due(database, jobs_with(post, Signer(keys, "http://notify/"))):
        pass
    mail, invoice = [message_from_bytes(compose(one)) for one in post.taken]
    address = mail["List-Unsubscribe"].removeprefix("<").removesuffix(">")

    async with speaking(database, clock, keys) as http:
        page = await http.get(address, headers={"Accept": "text/html"})
        seen = await http.get(address)
        done = await http.post(address, data={"List-Unsubscribe": "One-Click"})
        again = await http.post(address, files={"List-Unsubscribe": (None, "One-Click")})
        forged = await http.post(address[:-3] + "AAA")
        clock.move_to(clock.now() + timedelta(days=731))
        late = await http.post(address)

    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (invoice["List-Unsubscribe"], invoice["List-Unsubscribe-Post"]) == (None, None)
    assert "Deixar de receber extratos" in page.text
    assert seen.json() == {"topic": "hours", "is_subscribed": True}
    assert done.json() == again.json() == {"topic": "hours", "is_subscribed": False}
    assert (forged.status_code, late.status_code) == (404, 410)
    await notify.hear(lot_expiring(), invoice_finalized())
    told = [template for _, template, _ in await notify.said()]
    assert told == ["statement_issued", "invoice_finalized", "invoice_finalized"]
    assert all("desativada" in one.body for one in post.taken if one.template == "invoice_finalized")


def speaking(database: Database, clock: VirtualClock, keys: Keys) -> httpx.AsyncClient:
    """Somebody without a token."""
    asgi = prepared.app_of(app.build(Settings()), database, keys=keys, clock=clock)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=asgi))  # type: ignore[arg-type]  # litestar types more


class Taking:
    """Keeps what it takes."""

    batch_messages = 10

    def __init__(self) -> None:
        self.taken: list[Message] = []

    async def send(self, message: Message) -> Outcome:
        """Take and keep it."""
        self.taken.append(message)
        return Accepted()
