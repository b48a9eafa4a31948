"""What happens to customers in a rehearsal, by the throw of dice: tickets, changed contracts, invoices, errors."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from services.cli.demo.actors import Customer, Shop
from services.cli.demo.seen import Ticket
from services.client import Api

PLANS = ("START", "BASIC", "ADVANCED")
ASKED_MINUTES = (30, 95, 200, 430, 1000)
MORE_MINUTES = 45

# How likely each is: of a month that a customer asks for something, of a ticket, of a contract in a month.
ASKS = 0.5
DECLINES, NEEDS_MORE, STAYS_OPEN, WRITTEN_OFF, REDONE = 0.15, 0.12, 0.12, 0.08, 0.2
BUYS, CHANGES_PLAN, CORRECTED = 0.04, 0.04, 0.02
# One throw about the newest invoice: an overage is disputed, or redone; else it is voided, or paid.
DISPUTED, CREDITED, VOIDED, PAID = 0.15, 0.3, 0.1, 0.7


@dataclass(slots=True, kw_only=True)
class Happenings:
    """Everything is decided by the dice; `happened` counts it. Nobody leaves: there are invoices for every month."""

    shop: Shop
    dice: random.Random
    plans: dict[str, str] = field(default_factory=dict)
    happened: Counter[str] = field(default_factory=Counter)
    left_open: list[tuple[Customer, Ticket, int]] = field(default_factory=list)

    async def month(self, customers: Sequence[Customer]) -> None:
        """A day in the middle of a month: what was left open is closed, contracts change, half of them ask."""
        waiting, self.left_open = self.left_open, []
        for customer, ticket, minutes in waiting:
            await self._close(customer, ticket, minutes)
        for customer in customers:
            await self._office(customer)
            if self.dice.random() < ASKS:
                await self._ticket(customer)

    async def _ticket(self, customer: Customer) -> None:
        """From the question to the close; what the bank does not cover is approved, mostly."""
        minutes = self.dice.choice(ASKED_MINUTES)
        ticket = await customer.asks("Uma página", "Uma página nova para a campanha.")
        estimate = await self.shop.estimate(ticket, minutes)
        if estimate.state == "awaiting_approval":
            if self.dice.random() < DECLINES:
                await customer.declines(ticket, estimate)
                await customer.person.post(f"/v1/tickets/{ticket.id}/cancel", {"reason": "too dear"})
                self.happened["declined"] += 1
                return
            await customer.approves(ticket, estimate)
        if self.dice.random() < NEEDS_MORE:
            why = "The template turned out to be broken as well."
            await customer.approves(ticket, await self.shop.estimate(ticket, MORE_MINUTES, justification=why))
            minutes += MORE_MINUTES
            self.happened["additional hours"] += 1
        await self.shop.work(ticket, minutes, kind="programming")
        if self.dice.random() < STAYS_OPEN:
            self.left_open.append((customer, ticket, minutes))
            self.happened["left open over the month"] += 1
            return
        await self._close(customer, ticket, minutes)

    async def _close(self, customer: Customer, ticket: Ticket, minutes: int) -> None:
        await self.shop.resolve(ticket)
        written_off = self.dice.randint(1, minutes) if self.dice.random() < WRITTEN_OFF else 0
        closed = await self.shop.close(ticket, write_off_minutes=written_off)
        debited = sum(debit.minutes for debit in closed.debits)
        self.happened["tickets"] += 1
        self.happened["written off"] += written_off > 0
        self.happened["overage"] += sum(debit.minutes_over for debit in closed.debits) > 0
        if debited and self.dice.random() < REDONE:  # under warranty, before the invoice
            await self._reverse(customer, str(ticket.id), self.dice.randint(1, debited))

    async def _reverse(self, customer: Customer, ticket_id: str, minutes: int) -> None:
        body = {"ticket_id": ticket_id, "minutes": minutes, "reason": "redone under warranty"}
        await self.shop.manager.post(f"/v1/accounts/{customer.contract_id}/reversals", body)
        self.happened["reversals"] += 1

    async def _office(self, customer: Customer) -> None:
        """Hours are bought beside the plan, the plan changes, a manager gives minutes."""
        path = f"/v1/contracts/{customer.contract_id}"
        if self.dice.random() < CORRECTED:
            body = {"minutes": self.dice.randint(1, 90), "validity_days": 30, "reason": "an apology"}
            await self.shop.manager.post(f"/v1/accounts/{customer.contract_id}/corrections", body)
            self.happened["corrections"] += 1
        if self.dice.random() < BUYS:
            await self.shop.office.post(f"{path}/purchases", {"minutes": self.dice.choice((60, 300))})
            self.happened["purchases"] += 1
        if self.dice.random() < CHANGES_PLAN:
            await self._change_plan(customer, path)

    async def _change_plan(self, customer: Customer, path: str) -> None:
        """To any other plan: at once where it is a bigger one and the dice say so, else with the next month."""
        old = self.plans[customer.name]
        new = self.dice.choice([plan for plan in PLANS if plan != old])
        at_once = PLANS.index(new) > PLANS.index(old) and self.dice.random() < 0.5  # noqa: PLR2004  half of them
        mode = "immediate_prorated" if at_once else "next_cycle"
        await self.shop.office.post(f"{path}/plan-changes", {"plan_code": new, "mode": mode})
        self.plans[customer.name] = new
        self.happened["upgrades at once" if at_once else "plan changes"] += 1

    async def after_the_run(self, customers: Sequence[Customer]) -> None:
        """The newest invoice of each is disputed, redone, voided or paid; some of it too much."""
        for customer in customers:
            invoice = (await self.shop.office.get("/v1/invoices", contract_id=str(customer.contract_id)))["items"][0]
            path = f"/v1/invoices/{invoice['invoice_id']}"
            overage = [(at, one) for at, one in enumerate(invoice["lines"], 1) if one["kind"] == "overage"]
            throw = self.dice.random()
            if overage and throw < DISPUTED:
                at, line = overage[0]
                await self._dispute(customer.approver, f"{path}/lines/{at}", line)
            elif overage and throw < CREDITED:
                line = overage[0][1]
                await self._reverse(customer, line["ticket_id"], self.dice.randint(1, line["minutes"]))
                self.happened["credited"] += 1
            elif throw < VOIDED and invoice["state"] in {"finalized", "sent"}:
                await self.shop.office.post(f"{path}/void", {})
                self.happened["voided"] += 1
            elif throw < PAID and invoice["amount_due_cents"]:
                cents = invoice["amount_due_cents"] + self.dice.choice((0, 0, 0, 5000))
                await self.shop.office.post(f"{path}/payments", {"cents": cents, "paid_on": invoice["issue_date"]})
                self.happened["paid"] += 1

    async def _dispute(self, approver: Api, line: str, of: Any) -> None:
        """The customer disputes a part of an overage; the manager agrees, as often as not."""
        minutes = self.dice.randint(1, of["minutes"])
        await approver.post(f"{line}/dispute", {"reason": "not what was agreed", "minutes": minutes})
        outcome = self.dice.choice(("accepted", "rejected"))
        body = {"outcome": outcome, "reason": "looked into", "minutes": minutes if outcome == "accepted" else None}
        await self.shop.manager.post(f"{line}/settlement", {k: v for k, v in body.items() if v is not None})
        self.happened[f"disputes {outcome}"] += 1
