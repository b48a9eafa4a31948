"""The people of a story: a shop with its agent, manager and office; a customer who asks, approves and pays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.cli.demo.seen import (
    Account,
    Clock,
    Contract,
    Entry,
    Estimate,
    Invoice,
    Letter,
    Statement,
    Ticket,
    as_seen,
    read,
)
from services.cli.demo.stage import Stage
from services.client import Api
from shared.auth import Role

ASKS, APPROVES = "ana.cliente", "davi.diretor"  # the subjects of a customer's tokens
WAIT_FOR_THE_BANK = {"Prefer": "wait=10"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody of a customer's, as their token names them and as they can be written to."""

    subject: str
    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A provider, in the house of a stage."""

    stage: Stage
    tenant: str

    @property
    def agent(self) -> Api:
        """Who works on tickets."""
        return self.stage.bearer(self.tenant, "bia.agente", Role.AGENT)

    @property
    def manager(self) -> Api:
        """Who may also write off."""
        return self.stage.bearer(self.tenant, "marcos.gerente", Role.MANAGER)

    @property
    def office(self) -> Api:
        """Who writes contracts."""
        return self.stage.bearer(self.tenant, "olga.financeiro", Role.BILLING)

    @property
    def admin(self) -> Api:
        """Who applies offers."""
        return self.stage.bearer(self.tenant, "ponteiro-apply", Role.ADMIN)

    async def sign(self, name: str, *, people: Sequence[Person] = (), **terms: Any) -> Customer:
        """Write down a contract, put it in force, and wait until every service has heard of it.

        `people` can be written to from the beginning; `terms` are what POST /v1/contracts takes.
        """
        organization = {"legal_name": name} | terms.pop("organization", {})
        draft = read(await self.office.post("/v1/contracts", {"organization": organization} | terms), Contract)
        customer = Customer(shop=self, name=name, contract_id=draft.contract_id, organization_id=draft.organization_id)
        for person in people:
            await customer.can_be_written_to(person)
        await self.office.post(f"/v1/contracts/{draft.contract_id}/activate")
        await self.stage.see(customer.account, lambda account: bool(account.plan_code is not None), what="the account")
        return customer

    async def triage(self, ticket: Ticket, **how: str) -> Ticket:
        """Classify."""
        return await self._act(self.agent, ticket, "triage", how)

    async def write(self, ticket: Ticket, text: str, *, asks_customer: bool = False, public: bool = True) -> None:
        """Say something in the ticket."""
        body = {"text": text, "public": public, "asks_customer": asks_customer}
        await self.agent.post(f"/v1/tickets/{ticket.id}/messages", body)

    async def promise(self, ticket: Ticket, instant: str, *, reason: str | None = None) -> Ticket:
        """Say when it will be delivered."""
        promised_at = datetime.fromisoformat(instant).isoformat()
        return await self._act(self.agent, ticket, "promise", {"promised_at": promised_at, "reason": reason})

    async def escalate(self, ticket: Ticket, *, reason: str | None = None) -> Ticket:
        """Forward to the next level."""
        return await self._act(self.agent, ticket, "escalate", {"reason": reason})

    async def estimate(self, ticket: Ticket, minutes: int, *, justification: str | None = None) -> Estimate:
        """Publish an estimate and wait for what the bank says of it."""
        body = {"minutes": minutes} | ({"justification": justification} if justification is not None else {})
        answer = await self.agent.post(f"/v1/tickets/{ticket.id}/estimates", body, headers=WAIT_FOR_THE_BANK)
        published = read(answer, Estimate)

        async def look() -> Estimate:
            return as_seen(await self.agent.get(f"/v1/tickets/{ticket.id}/estimates/{published.number}"), Estimate)

        return await self.stage.see(look, lambda one: one.state != "requested", what="the bank's answer")

    async def work(self, ticket: Ticket, minutes: int, *, kind: str, **more: Any) -> None:
        """Put time on the ticket."""
        await self.agent.post(f"/v1/tickets/{ticket.id}/work", {"minutes": minutes, "kind": kind} | more)

    async def resolve(self, ticket: Ticket) -> Ticket:
        """Say that it is done."""
        return await self._act(self.agent, ticket, "resolve", None)

    async def close(self, ticket: Ticket, *, write_off_minutes: int = 0, key: str | None = None) -> Ticket:
        """Close, and wait until the bank has debited. `key` is the request's Idempotency-Key."""
        who = self.manager if write_off_minutes else self.agent
        headers = {"Idempotency-Key": key} if key else {}
        path = f"/v1/tickets/{ticket.id}/close"
        await who.post(path, {"write_off_minutes": write_off_minutes}, headers=headers)
        return await self.look(ticket, lambda one: bool(one.debits) or one.minutes_worked == 0, what="the debit")

    async def receives(self, invoice: Invoice, *, paid_on: str) -> Invoice:
        """Note that an invoice was paid whole; the local date cannot lie ahead."""
        money = {"cents": invoice.total_cents, "paid_on": paid_on, "method": "transfer"}
        return read(await self.office.post(f"/v1/invoices/{invoice.invoice_id}/payments", money), Invoice)

    async def look(
        self, ticket: Ticket, is_so: Callable[[Ticket], bool] = lambda _ticket: True, *, what: str = "the ticket"
    ) -> Ticket:
        """The ticket as it is, once it is so."""

        async def look() -> Ticket:
            return as_seen(await self.agent.get(f"/v1/tickets/{ticket.id}"), Ticket)

        return await self.stage.see(look, is_so, what=what)

    async def clocks(self, ticket: Ticket) -> list[Clock]:
        """The promises about a ticket, in the order in which they fall due."""
        page = await self.agent.get("/v1/clocks", ticket_id=str(ticket.id))
        return [as_seen(one, Clock) for one in page["items"]]

    async def letters(self, **which: str) -> list[Letter]:
        """What was written, oldest first."""
        page = await self.manager.get("/v1/messages", limit=200, **which)
        return [as_seen(one, Letter) for one in reversed(page["items"])]

    async def _act(self, who: Api, ticket: Ticket, act: str, body: Mapping[str, object] | None) -> Ticket:
        given = body and {name: value for name, value in body.items() if value is not None}
        await who.post(f"/v1/tickets/{ticket.id}/{act}", given)
        return await self.look(ticket)


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """An organization with a contract."""

    shop: Shop
    name: str
    contract_id: UUID
    organization_id: UUID

    @property
    def person(self) -> Api:
        """Who asks, but may not spend."""
        return self._bearer(ASKS, Role.CUSTOMER)

    @property
    def approver(self) -> Api:
        """Who may spend."""
        return self._bearer(APPROVES, Role.APPROVER, Role.CUSTOMER)

    def _bearer(self, subject: str, *roles: Role) -> Api:
        return self.shop.stage.bearer(self.shop.tenant, subject, *roles, organization_id=self.organization_id)

    async def can_be_written_to(self, person: Person) -> None:
        """Let the shop know an address."""
        body = {
            "organization_id": str(self.organization_id),
            "name": person.name,
            "email": person.email,
            "may_approve": person.subject == APPROVES,
        }
        await self.shop.manager.put(f"/v1/contacts/{person.subject}", body)

    async def asks(self, subject: str, description: str, **more: Any) -> Ticket:
        """Open a ticket."""
        return await self.asks_by(self.person, subject, description, **more)

    async def asks_by(self, who: Api, subject: str, description: str, **more: Any) -> Ticket:
        """Have a ticket opened by somebody else: staff on the phone, a monitoring machine."""
        body = {"subject": subject, "description": description, "contract_id": str(self.contract_id)} | more

        async def open_one() -> Ticket:
            return read(await who.post("/v1/tickets", body), Ticket)

        return await self.shop.stage.see(open_one, lambda _ticket: True, what="the contract in ticketing")

    async def answers(self, ticket: Ticket, text: str) -> None:
        """Write in the ticket."""
        await self.person.post(f"/v1/tickets/{ticket.id}/messages", {"text": text})

    async def approves(self, ticket: Ticket, estimate: Estimate) -> Ticket:
        """Say yes to an estimate."""
        return await self._decide(ticket, estimate, {"decision": "approve"})

    async def declines(self, ticket: Ticket, estimate: Estimate, *, reason: str | None = None) -> Ticket:
        """Say no to an estimate."""
        return await self._decide(ticket, estimate, {"decision": "decline"} | ({"reason": reason} if reason else {}))

    async def _decide(self, ticket: Ticket, estimate: Estimate, decision: Mapping[str, str]) -> Ticket:
        path = f"/v1/tickets/{ticket.id}/estimates/{estimate.number}/decision"
        return read(await self.approver.post(path, decision), Ticket)

    async def account(self) -> Account:
        """The hours, as the customer sees them."""
        return as_seen(await self.person.get(f"/v1/accounts/{self.contract_id}"), Account)

    async def hours(self, is_so: Callable[[Account], bool], *, what: str) -> Account:
        """The hours once it is so."""
        return await self.shop.stage.see(self.account, is_so, what=what)

    async def entries(self) -> list[Entry]:
        """The ledger, page after page."""
        found: list[Entry] = []
        cursor: dict[str, str] = {}
        while True:
            page = await self.person.get(f"/v1/accounts/{self.contract_id}/entries", limit=200, **cursor)
            found += [as_seen(one, Entry) for one in page["items"]]
            if page["next_cursor"] is None:
                return found
            cursor = {"cursor": page["next_cursor"]}

    async def statement(self, month: str) -> Statement:
        """The report of hours of a month."""
        return as_seen(await self.person.get(f"/v1/accounts/{self.contract_id}/statements/{month}"), Statement)

    async def contract(self) -> Contract:
        """The contract."""
        return as_seen(await self.person.get(f"/v1/contracts/{self.contract_id}"), Contract)

    async def invoices(self) -> list[Invoice]:
        """The invoices, oldest first."""
        page = await self.approver.get("/v1/invoices", contract_id=str(self.contract_id), limit=200)
        return [as_seen(one, Invoice) for one in reversed(page["items"])]
