"""The account manager of a contract reads along with the team, the deputy of one who is away (N10)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from services.notify.offer import Reader
from shared.events.billing import AccountManagerChanged
from shared.events.ticketing import TicketEscalated
from tests.notify.shop import (
    BLOCKTIME,
    CONTRACT,
    NEXT4,
    ORGANIZATION,
    SECTION,
    TICKET,
    Notify,
    contract_activated,
    local,
    message_posted,
    sla_breached,
    ticket_opened,
)

pytestmark = pytest.mark.anyio

TEAM, MARINA, RAFAEL = "equipe@next4.example", "marina@next4.example", "rafael@next4.example"


def managed(*, away: tuple[str, ...] = (), **more: Any) -> Any:
    """The offer with the two who look after customers."""
    known = {name: Reader(address=f"{name}@next4.example", away=name in away) for name in ("marina", "rafael")}
    return msgspec.structs.replace(SECTION, account_managers=known, **more)


def of_marina(manager: str | None = "marina") -> Any:
    """The contract, looked after by Marina, by Rafael while she is away."""
    return replace(contract_activated(), account_manager_id=manager, account_manager_deputy_id="rafael")


def escalated(by: str = "agente") -> TicketEscalated:
    """A ticket that somebody forwarded."""
    return TicketEscalated(
        ticket_id=TICKET,
        contract_id=CONTRACT,
        organization_id=ORGANIZATION,
        number=1042,
        from_level=1,
        to_level=2,
        reason=None,
        escalated_at=local("2026-11-10T10:00"),
        escalated_by=by,
    )


async def told(notify: Notify, **more: Any) -> list[tuple[str, str]]:
    """Who was written to, and of what."""
    return [(to, template) for to, template, _ in await notify.said(**more)]


async def test_n10_the_account_manager_has_copies_and_escalations(notify: Notify) -> None:
    await notify.open(managed())
    await notify.hear(of_marina(), ticket_opened(), message_posted(role="customer"), sla_breached(), escalated())

    assert await told(notify) == [
        (TEAM, "customer_answered"),
        (MARINA, "customer_answered"),
        (TEAM, "sla_breached"),
        (MARINA, "sla_breached"),
        (MARINA, "ticket_escalated"),
    ]
    assert (await notify.messages())[-1].subject == "[#1042] O chamado subiu para o nível 2"


async def test_n10_while_the_account_manager_is_away_the_deputy_reads_along(notify: Notify) -> None:
    await notify.open(managed(away=("marina",)))
    await notify.hear(of_marina(), sla_breached())
    assert await told(notify) == [(TEAM, "sla_breached"), (RAFAEL, "sla_breached")]

    await notify.open(managed(away=("marina", "rafael")))
    await notify.hear(escalated())
    assert len(await notify.messages()) == 2


async def test_n10_n22_without_an_account_manager_only_the_team_is_told(notify: Notify) -> None:
    await notify.open(managed())
    await notify.hear(of_marina(manager=None), sla_breached(), escalated())
    assert await told(notify) == [(TEAM, "sla_breached")]


async def test_n10_somebody_else_looks_after_the_customer_and_hears_of_no_act_of_their_own(notify: Notify) -> None:
    await notify.open(managed())
    change = AccountManagerChanged(
        contract_id=CONTRACT,
        organization_id=ORGANIZATION,
        account_manager_id="rafael",
        account_manager_deputy_id=None,
        changed_at=local("2026-11-10T09:00"),
    )
    await notify.hear(of_marina(), change, escalated(by="rafael"), escalated(by="agente"))
    assert await told(notify) == [(RAFAEL, "ticket_escalated")]


async def test_n10_an_account_manager_of_one_provider_reads_nothing_of_another(notify: Notify) -> None:
    await notify.open(managed(), tenant=NEXT4)
    await notify.open(SECTION, tenant=BLOCKTIME)
    await notify.hear(of_marina(), sla_breached(), tenant=BLOCKTIME)
    assert await told(notify, tenant=BLOCKTIME) == [(TEAM, "sla_breached")]
    assert await told(notify, tenant=NEXT4) == []
