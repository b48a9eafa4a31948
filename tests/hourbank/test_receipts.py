"""Receipts: what is worked out anew from the ledger before an entry equals the entry, for every kind of entry."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid5

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test

from services.hourbank import domain
from services.hourbank.domain import Account, Debit, Entry, EntryKind, Reversal, Wanted
from services.hourbank.domain.receipts import Evidence, Receipt, explain
from shared.events.billing import InvoiceFinalized, InvoiceLine, InvoiceVoided, RoundingRule
from shared.events.examples import example_of
from shared.events.hourbank import OverageAccrued
from tests.hourbank.conftest import Client
from tests.hourbank.machine import HourBank
from tests.hourbank.pure import SAO_PAULO, Bank, named
from tests.hourbank.stage import Stage, worked

STORIES = settings(
    max_examples=25,
    phases=[Phase.explicit, Phase.generate],
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
explained: Counter[EntryKind] = Counter()


class Explained(HourBank):
    """An account through years, every entry of which is explained in the end."""

    def __init__(self) -> None:
        super().__init__()
        self.reversals: dict[UUID, list[Reversal]] = {}

    def keep(self, account: Account, *, debit: Debit | None = None, reversal: Reversal | None = None) -> None:
        """Take over what a command made; the books themselves are looked at elsewhere."""
        self.entries += account.entries
        self.account = domain.written(account)

    @invariant()
    def books_are_in_order(self) -> None:
        """The ledger folds to the lots, also with what was taken back."""
        if hasattr(self, "account"):
            assert domain.fold(self.entries) == self.account.lots

    @precondition(lambda self: self.closed)
    @rule(pick=st.integers(0, 9), part=st.integers(1, 4))
    def take_back(self, *, pick: int, part: int) -> None:
        """A part of a closed round is taken back, or what is left of it."""
        ticket_id = sorted(self.closed)[pick % len(self.closed)]
        debit, earlier = self.closed[ticket_id][1], self.reversals.setdefault(ticket_id, [])
        left = domain.left_of(debit, earlier).minutes
        if left == 0:
            return
        wanted = Wanted(id=uuid5(ticket_id, f"{len(earlier)}"), minutes=max(1, left // part), reason="mistaken")
        before = self.advanced(self.now)
        cause = replace(self.cause(self.now), caused_by=domain.caused_by(wanted.id))
        account, reversal = domain.reverse(before, debit, earlier, wanted, cause=cause)
        self.keep(account)
        earlier.append(reversal)

    @rule(minutes=st.integers(1, 40))
    def more_comes_before_the_close(self, *, minutes: int) -> None:
        """What was over when it was estimated is paid by hours that have come since (S16)."""
        self.publish(offset=30, part=1, ticket=99, early=0, is_answered=True)
        ticket_id = self.newest_ticket()
        self.purchase(minutes=minutes, days=50)
        self.close([hold.ticket_id for hold in self.ready_to_close()].index(ticket_id), 0, 0, 0)

    def teardown(self) -> None:
        """Explain the whole ledger."""
        for number in range(1, len(self.entries) + 1):
            entry = self.entries[number - 1]
            receipt = explain(self.entries[:number], self.evidence(entry))
            assert receipt.agrees, f"{entry} should be {receipt.expected_minutes}"
            if receipt.expected_minutes is not None:
                explained[entry.kind] += 1
            check_sums(receipt)

    def evidence(self, entry: Entry) -> Evidence:
        """What is known of an entry's ticket."""
        if entry.work is None:
            return Evidence(timezone=self.account.terms.timezone)
        ticket_id = entry.work.ticket_id
        return Evidence(
            timezone=self.account.terms.timezone,
            holds=tuple(sorted((h for h in self.account.holds if h.ticket_id == ticket_id), key=lambda h: h.number)),
            debit=self.closed[ticket_id][1] if ticket_id in self.closed else None,
            reversals=tuple(self.reversals.get(ticket_id, ())),
        )


def check_sums(receipt: Receipt) -> None:
    """What a receipt shows adds up."""
    if receipt.lot_before is not None and receipt.lot_after is not None:
        moved = receipt.lot_after.granted_minutes - receipt.lot_before.granted_minutes
        assert moved == (receipt.entry.minutes if receipt.entry.kind is EntryKind.GRANT else 0)
    if receipt.candidates:
        assert [one.is_taken for one in receipt.candidates] == [True] + [False] * (len(receipt.candidates) - 1)
        orders = [one.lot.draw_order for one in receipt.candidates]
        assert orders == sorted(orders)


def test_every_entry_of_random_accounts_is_worked_out_anew_and_equals_what_was_stored() -> None:
    explained.clear()

    run_state_machine_as_test(Explained, settings=STORIES)

    # Grants, and what a shorter month takes back, are decisions of people: no rule over the ledger gives them.
    kinds = set(EntryKind) - {EntryKind.GRANT, EntryKind.VOID}
    print("explained: " + ", ".join(f"{kind} {explained[kind]}" for kind in kinds))
    assert [kind for kind in kinds if not explained[kind]] == []


def test_a_correction_is_known_by_its_cause_though_another_that_was_asked_for_later_came_before_it() -> None:
    bank = Bank.opened("START", "2026-11-01")
    estimate = bank.estimate("T1", 330, at="2026-11-10T10:00")
    bank.approve(estimate, at="2026-11-10T11:00")
    debit = bank.close("T1", 330, at="2026-11-12T17:00")
    earlier: list[Reversal] = []
    for name, minutes, at in (("second", 40, "2026-11-13T10:00:01"), ("first", 120, "2026-11-13T10:00:00")):
        wanted = Wanted(id=named(name), minutes=minutes, reason="mistaken")
        cause = replace(bank.cause(at), caused_by=domain.caused_by(wanted.id))
        bank.account, reversal = domain.reverse(bank.account, debit, earlier, wanted, cause=cause)
        earlier.append(reversal)
    ledger = [*bank.entries, *bank.account.entries]

    by_instant = tuple(sorted(earlier, key=lambda one: one.reversed_at))
    evidence = Evidence(timezone=SAO_PAULO, holds=bank.account.holds, debit=debit, reversals=by_instant)
    undone = [explain(ledger[:number], evidence) for number in range(len(bank.entries) + 1, len(ledger) + 1)]

    told = [(one.entry.kind.value, one.asked_minutes, one.expected_minutes, one.agrees) for one in undone]
    assert told == [
        ("overage_reversed", 40, 40, True),
        ("overage_reversed", 120, 110, True),
        ("restore", 10, 10, True),
    ]


def test_hours_that_were_bought_for_a_later_day_are_not_among_those_that_there_were() -> None:
    bank = Bank.opened("START", "2026-11-01")
    cause = bank.cause("2026-11-05T10:00")
    bought = domain.purchase(
        bank.account, 90, lot_id=named("P1"), validity_months=12, effective_date=date(2026, 11, 20), cause=cause
    )
    account = domain.written(bought)
    estimate = domain.Estimate(estimate_id=named("E"), ticket_id=named("T"), round=1, number=1, minutes=100)
    held = domain.hold(account, estimate, cause=bank.cause("2026-11-06T10:00"))

    receipt = explain([*bank.entries, *bought.entries, *held.entries], Evidence(timezone=SAO_PAULO, holds=held.holds))

    assert (receipt.available_before_minutes, receipt.expected_minutes, len(receipt.candidates)) == (180, 100, 1)


@pytest.mark.anyio
async def test_what_was_neither_rounded_nor_written_off_nor_approved_yet_is_not_spoken_of(
    stage: Stage, client: Client
) -> None:
    contract_id = await stage.activate("START", "2026-11-01")
    await stage.move_to("2026-11-10T09:00")
    estimate = await stage.publish("T1", 330, at="2026-11-10T10:00")
    path = f"/v1/accounts/{contract_id}/entries"

    async with client("agent") as agent:
        waiting = (await agent.get(f"{path}/2/explanation?locale=en")).json()["sentences"]
        await stage.approve(estimate, over=150, at="2026-11-10T15:00")
        work = (worked("ana", 19800),)
        await stage.close("T1", 330, at="2026-11-12T17:00", entries=work, rounding=RoundingRule())
        over = (await agent.get(f"{path}/4/explanation")).json()["sentences"]

    assert waiting[:2] == [
        "It was held when estimate 1, of 5h30, was published, on 10 Nov 2026 at 10:00.",
        "5h30 had to be held; this lot had 3h00.",
    ]
    assert over == [
        "ana trabalhou 5h30 em 11/11/2026.",
        "A estimativa 1, de 5h30, foi aprovada por bruno em 10/11/2026 às 15:00.",
        "Dela, 2h30 excediam o saldo, a R$\u00a0230,00 por hora.",
        "Restavam 0h00 no saldo; 2h30 estão além dele.",
        "2h30 a R$\u00a0230,00 por hora são R$\u00a0575,00.",
    ]


@pytest.mark.anyio
async def test_an_overage_is_explained_from_the_time_entry_to_the_invoice_line(stage: Stage, client: Client) -> None:
    charged = await work_beyond_the_balance(stage)
    await stage.tell(invoice_of(charged))
    path = f"/v1/accounts/{charged.contract_id}/entries"

    async with client("agent") as agent:
        held, captured, over = [(await agent.get(f"{path}/{n}/explanation")).json() for n in (2, 3, 4)]
        english = (await agent.get(f"{path}/4/explanation?locale=en")).json()
        await stage.tell(voided(invoice_of(charged)))
        uncharged = (await agent.get(f"{path}/4/explanation")).json()
        nothing = [(await agent.get(f"{path}/{n}/explanation")).status_code for n in (0, 5, 2**31)]

    assert [one["agrees"] for one in (held, captured, over)] == [True, True, True]
    assert (held["asked_minutes"], held["expected_minutes"], held["decided_by"]) == (330, 180, "only")
    assert held["order"][0]["expires_date"] == "2027-11-01"
    assert (over["asked_minutes"], over["cents"], over["charges"][0]["invoice_number"]) == (140, 53667, "2026/7")
    assert (over["work"]["rounding"]["billable_seconds"], over["work"]["rounding"]["rounded_minutes"]) == (19170, 320)
    assert [(one["professional_id"], one["minutes"]) for one in over["work"]["people"]] == [("ana", 200), ("bia", 120)]
    assert [(one["approved_by"], one["over_minutes"]) for one in over["approvals"]] == [("bruno", 150)]
    assert over["headline"] == "2h20 do chamado #1042 excederam o saldo de horas e são cobradas à parte."
    assert english["sentences"] == [
        "ana worked 3h19min30s on 11 Nov 2026.",
        "bia worked 2h00 on 11 Nov 2026.",
        "5h19min30s of billable work, rounded up by steps of 0h10 per ticket, are 5h20.",
        "Estimate 1, of 5h30, was approved by bruno on 10 Nov 2026 at 15:00.",
        "Of it, 2h30 were beyond the balance, at R$230.00 an hour.",
        "0h00 were left in the balance; 2h20 are beyond it.",
        "2h20 at R$230.00 an hour are R$536.67, rounded once.",
        "It is charged on invoice 2026/7, issued on 1 Dec 2026.",
    ]
    assert held["sentences"] == [
        "A reserva foi feita quando a estimativa 1, de 5h30, foi publicada, em 10/11/2026 às 10:00.",
        "bruno aprovou essa estimativa depois, em 10/11/2026 às 15:00.",
        "Dela, 2h30 excediam o saldo, a R$\u00a0230,00 por hora.",
        "Era preciso reservar 5h30; este lote tinha 3h00.",
        "O lote vale de 01/11/2026 até a véspera de 01/11/2027.",
        "Era o único lote com horas naquele momento.",
    ]
    assert (uncharged["agrees"], uncharged["charges"]) == (True, [])
    assert nothing == [422, 404, 422]


async def work_beyond_the_balance(stage: Stage) -> OverageAccrued:
    """A ticket of 5h20 by two people, of which the balance covers 3h00; answers what is over."""
    await stage.activate("START", "2026-11-01")
    await stage.move_to("2026-11-10T09:00")
    await stage.approve(await stage.publish("T1", 330, at="2026-11-10T10:00"), over=150, at="2026-11-10T15:00")
    work = (worked("ana", 200 * 60 - 30), worked("bia", 120 * 60))
    await stage.close("T1", 320, at="2026-11-12T17:00", entries=work, rounding=RoundingRule(increment_minutes=10))
    return next(fact for fact in await stage.facts() if isinstance(fact, OverageAccrued))


def voided(invoice: InvoiceFinalized) -> InvoiceVoided:
    """The same invoice, which asks for nothing any more."""
    return replace(
        example_of(InvoiceVoided),
        invoice_id=invoice.invoice_id,
        contract_id=invoice.contract_id,
        organization_id=invoice.organization_id,
        number=invoice.number,
    )


def invoice_of(charged: OverageAccrued) -> InvoiceFinalized:
    """The invoice that carries an overage."""
    line = InvoiceLine(
        kind="overage", period="2026-11", description="T1", cents=charged.cents, overage_id=charged.overage_id
    )
    return replace(
        example_of(InvoiceFinalized),
        contract_id=charged.contract_id,
        organization_id=charged.organization_id,
        number="2026/7",
        issue_date=date(2026, 12, 1),
        lines=(line,),
    )
