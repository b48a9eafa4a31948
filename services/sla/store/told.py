"""What was told and is kept as it was: the versions of the offer, the contracts, the facts of each ticket."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.sla.domain import AnyFact, Book, Terms, TermsRef, from_text, terms_of, to_text
from services.sla.offer import Section
from services.sla.store.tables import contracts, facts, terms
from shared.db import Transaction
from shared.offers import NoOffer, offers


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What a queue needs to know of a contract: whose it is and how it ranks where due instants are equal (N8)."""

    id: UUID
    organization_id: UUID
    plan_code: str
    queue_rank: int
    activated_at: datetime


async def keep_terms(tx: Transaction, section: Section) -> TermsRef:
    """Keep the next version of what the provider promises, for as long as clocks name it; it holds from now on."""
    newest = (await tx.execute(_NEWEST_TERMS, {"tenant_": tx.tenant})).first()
    document = msgspec.json.encode(section, order="sorted")
    ref = TermsRef(version=newest.version + 1 if newest else 1, sha256=hashlib.sha256(document).hexdigest())
    row = {"tenant": tx.tenant, "version": ref.version, "sha256": ref.sha256, "document": document}
    await tx.execute(_KEEP_TERMS, row | {"applied_at": tx.now})
    tx.seen[_today(tx)] = ref
    return ref


async def terms_of_today(tx: Transaction) -> TermsRef:
    """The version of the provider's promises that holds now. Raises NoOffer when none was applied."""
    ref: TermsRef | None = tx.seen.get(_today(tx))
    if ref is None:
        row = (await tx.execute(_NEWEST_TERMS, {"tenant_": tx.tenant})).first()
        if row is None:
            raise NoOffer(f"the provider {tx.tenant!r} has no offer here: apply it first")
        ref = TermsRef(version=row.version, sha256=row.sha256)
        tx.seen[_today(tx)] = ref
    return ref


async def lasting_terms(tx: Transaction) -> TermsRef:
    """The version that holds now and until this transaction ends: whoever edits it waits. Raises NoOffer."""
    if tx.dialect == "postgresql" and tx.seen.get(_today(tx)) is None:
        await tx.execute(_HOLD_POSTGRESQL, {"tenant_": tx.tenant})
    return await terms_of_today(tx)


async def section_today(tx: Transaction) -> Section | None:
    """What the provider promises now, with the days laid over its calendars; None before it has promised anything."""
    row = (await tx.execute(_NEWEST_TERMS, {"tenant_": tx.tenant})).first()
    return row and await section_of(tx, TermsRef(version=row.version, sha256=row.sha256))


async def section_of(tx: Transaction, ref: TermsRef) -> Section:
    """What the provider promised in a version."""
    row = (await tx.execute(_TERMS, {"tenant_": tx.tenant, "versions": [ref.version]})).one()
    section: Section = msgspec.json.decode(bytes(row.document), type=Section)
    return section


async def book_of(tx: Transaction, refs: Iterable[TermsRef]) -> Book:
    """These versions of the offer, ready; what this process has read before is not read again."""
    named = set(refs)
    missing = [ref.version for ref in named if ref not in _ready]
    if missing:
        for row in await tx.execute(_TERMS, {"tenant_": tx.tenant, "versions": missing}):
            section = msgspec.json.decode(bytes(row.document), type=Section)
            _ready[TermsRef(version=row.version, sha256=row.sha256)] = terms_of(section, version=row.version)
    return {ref: _ready[ref] for ref in named}


async def note_contract(tx: Transaction, contract: Contract) -> None:
    """Keep what the queue needs of a contract."""
    row = {
        "tenant": tx.tenant,
        "contract_id": contract.id,
        "organization_id": contract.organization_id,
        "plan_code": contract.plan_code,
        "queue_rank": contract.queue_rank,
        "activated_at": contract.activated_at,
    }
    await tx.execute(_NOTE_CONTRACT, row)


async def replan_contract(tx: Transaction, contract_id: UUID, *, plan_code: str, queue_rank: int) -> None:
    """A contract is of another plan, with that one's rank in the queue (2.8)."""
    values = {"tenant_": tx.tenant, "contract": contract_id, "plan": plan_code, "rank": queue_rank}
    await tx.execute(_REPLAN, values)


async def plan_of(tx: Transaction, contract_id: UUID) -> str | None:
    """The plan that a contract is of now; None when nobody told of it."""
    plan: str | None = (await tx.execute(_PLAN, {"tenant_": tx.tenant, "contract": contract_id})).scalar_one_or_none()
    return plan


async def facts_of(tx: Transaction, ticket_id: UUID) -> list[AnyFact]:
    """The facts of a ticket, in the order in which they were told; none for a ticket that nobody opened."""
    rows = await tx.execute(_FACTS, {"tenant_": tx.tenant, "ticket": ticket_id})
    return [from_text(row.fact) for row in rows]


async def facts_of_many(tx: Transaction, ticket_ids: Sequence[UUID]) -> dict[UUID, list[AnyFact]]:
    """The facts of some tickets, each in the order in which they were told."""
    found: dict[UUID, list[AnyFact]] = {ticket_id: [] for ticket_id in ticket_ids}
    for row in await tx.execute(_FACTS_OF_MANY, {"tenant_": tx.tenant, "tickets": list(ticket_ids)}):
        found[row.ticket_id].append(from_text(row.fact))
    return found


async def append_fact(tx: Transaction, *, ticket_id: UUID, number: int, fact: AnyFact) -> None:
    """Keep one more fact of a ticket, its `number`-th."""
    row = {"tenant": tx.tenant, "ticket_id": ticket_id, "number": number, "fact": to_text(fact)}
    await tx.execute(_APPEND_FACT, row)


def _today(tx: Transaction) -> tuple[str, str]:
    return ("terms of today", tx.tenant)


_ready: dict[TermsRef, Terms] = {}  # few providers, few versions; what a fingerprint stands for never changes

_KEEP_TERMS = sa.insert(terms)
_NEWEST_TERMS = (
    sa.select(terms.c.version, terms.c.sha256)
    .where(terms.c.tenant == sa.bindparam("tenant_"))
    .order_by(terms.c.version.desc())
    .limit(1)
)
_HOLD_POSTGRESQL = (
    sa.select(offers.c.version).where(offers.c.tenant == sa.bindparam("tenant_")).with_for_update(read=True)
)
_TERMS = sa.select(terms.c.version, terms.c.sha256, terms.c.document).where(
    terms.c.tenant == sa.bindparam("tenant_"), terms.c.version.in_(sa.bindparam("versions", expanding=True))
)
_NOTE_CONTRACT = sa.insert(contracts)
_PLAN = sa.select(contracts.c.plan_code).where(
    contracts.c.tenant == sa.bindparam("tenant_"), contracts.c.contract_id == sa.bindparam("contract")
)
_REPLAN = (
    sa.update(contracts)
    .where(contracts.c.tenant == sa.bindparam("tenant_"), contracts.c.contract_id == sa.bindparam("contract"))
    .values(plan_code=sa.bindparam("plan"), queue_rank=sa.bindparam("rank"))
)
_FACTS = (
    sa.select(facts.c.fact)
    .where(facts.c.tenant == sa.bindparam("tenant_"), facts.c.ticket_id == sa.bindparam("ticket"))
    .order_by(facts.c.number)
)
_FACTS_OF_MANY = (
    sa.select(facts.c.ticket_id, facts.c.fact)
    .where(facts.c.tenant == sa.bindparam("tenant_"), facts.c.ticket_id.in_(sa.bindparam("tickets", expanding=True)))
    .order_by(facts.c.ticket_id, facts.c.number)
)
_APPEND_FACT = sa.insert(facts)
