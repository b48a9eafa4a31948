"""What was told and is kept as it was: the versions of the offer, the contracts, the facts of each ticket."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.sla.domain import AnyFact, Book, Terms, TermsRef, from_text, terms_of, to_text
from services.sla.offer import Section
from services.sla.store.tables import contracts, facts, terms
from shared.db import Transaction
from shared.offers import NoOffer


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What a queue needs to know of a contract: whose it is and how it ranks where due instants are equal (N8)."""

    id: UUID
    organization_id: UUID
    plan_code: str
    queue_rank: int
    activated_at: datetime


async def keep_terms(tx: Transaction, *, section: Section, version: int) -> None:
    """Keep a version of the offer for as long as clocks name it."""
    document = msgspec.json.encode(section, order="sorted")
    row = {
        "tenant": tx.tenant,
        "version": version,
        "sha256": hashlib.sha256(document).hexdigest(),
        "document": document,
        "applied_at": tx.now,
    }
    await tx.execute(_KEEP_TERMS, row)
    tx.seen.pop(_today(tx), None)


async def terms_of_today(tx: Transaction) -> TermsRef:
    """The version of the offer that holds now. Raises NoOffer when none was applied."""
    ref: TermsRef | None = tx.seen.get(_today(tx))
    if ref is None:
        row = (await tx.execute(_NEWEST_TERMS, {"tenant_": tx.tenant})).first()
        if row is None:
            raise NoOffer(f"the provider {tx.tenant!r} has no offer here: apply it first")
        ref = TermsRef(version=row.version, sha256=row.sha256)
        tx.seen[_today(tx)] = ref
    return ref


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


async def facts_of(tx: Transaction, ticket_id: UUID) -> list[AnyFact]:
    """The facts of a ticket, in the order in which they were told; none for a ticket that nobody opened."""
    rows = await tx.execute(_FACTS, {"tenant_": tx.tenant, "ticket": ticket_id})
    return [from_text(row.fact) for row in rows]


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
_TERMS = sa.select(terms.c.version, terms.c.sha256, terms.c.document).where(
    terms.c.tenant == sa.bindparam("tenant_"), terms.c.version.in_(sa.bindparam("versions", expanding=True))
)
_NOTE_CONTRACT = sa.insert(contracts)
_FACTS = (
    sa.select(facts.c.fact)
    .where(facts.c.tenant == sa.bindparam("tenant_"), facts.c.ticket_id == sa.bindparam("ticket"))
    .order_by(facts.c.number)
)
_APPEND_FACT = sa.insert(facts)
