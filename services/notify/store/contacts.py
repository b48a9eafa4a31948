"""Contacts: the only place in the house where names and addresses of people are kept."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.notify.domain import Contact, Locale, Topic
from services.notify.store.tables import contacts, per_dialect
from shared.db import Transaction


async def find_contact(tx: Transaction, contact_id: str) -> Contact | None:
    """A contact of the tenant; for a customer only of their own organization."""
    return await _first(tx, _ONE, contact_id)


async def lock_contact(tx: Transaction, contact_id: str) -> Contact | None:
    """The same, locked until the transaction ends."""
    return await _first(tx, _ONE_LOCKED, contact_id)


async def _first(tx: Transaction, statement: sa.Select[Any], contact_id: str) -> Contact | None:
    row = (await tx.execute(statement, {"tenant": tx.tenant, "contact_id": contact_id})).first()
    if row is None or tx.organization_id not in (None, row.organization_id):
        return None
    return _contact(row)


async def add_contact(tx: Transaction, contact: Contact) -> bool:
    """Keep a new contact; False when somebody else has just added one with this id."""
    return (await tx.execute(_ADD[tx.dialect], _values(tx, contact))).rowcount == 1


async def change_contact(tx: Transaction, contact: Contact) -> None:
    """Write a contact that is locked."""
    values = _values(tx, contact)
    values["key_tenant"], values["key_id"] = values.pop("tenant"), values.pop("contact_id")
    await tx.execute(_CHANGE, values)


async def remove_contact(tx: Transaction, contact_id: str) -> None:
    """Forget a contact: nobody is written to under this id any more."""
    await tx.execute(_REMOVE, {"tenant": tx.tenant, "contact_id": contact_id})


async def read_contacts_of(tx: Transaction, organization_id: UUID) -> list[Contact]:
    """Every contact of an organization, whom a fact may have to be told to."""
    rows = await tx.execute(_OF_ORGANIZATION, {"tenant": tx.tenant, "organization_id": organization_id})
    return [_contact(row) for row in rows]


async def read_contacts(tx: Transaction, *, organization_id: UUID | None, after: str, limit: int) -> list[Contact]:
    """Contacts in the order of their ids, from the one behind `after` on."""
    given = {"organization_id": organization_id, "own_organization_id": tx.organization_id}
    filters = {name: value for name, value in given.items() if value is not None}
    bound = {"tenant": tx.tenant, "after": after, "most": limit}
    return [_contact(row) for row in await tx.execute(_page(frozenset(filters)), bound | filters)]


@cache
def _page(filters: frozenset[str]) -> sa.Select[Any]:
    """One statement per combination of filters, built once: a plan of its own for each."""
    page = sa.select(contacts).where(
        contacts.c.tenant == sa.bindparam("tenant"), contacts.c.contact_id > sa.bindparam("after")
    )
    for name in sorted(filters):
        page = page.where(contacts.c.organization_id == sa.bindparam(name))
    return page.order_by(contacts.c.contact_id).limit(sa.bindparam("most"))


def _values(tx: Transaction, contact: Contact) -> dict[str, Any]:
    return {
        "tenant": tx.tenant,
        "contact_id": contact.contact_id,
        "organization_id": contact.organization_id,
        "name": contact.name,
        "email": contact.email,
        "locale": contact.locale,
        "topics": list(contact.topics),
        "may_approve": contact.may_approve,
        "version": contact.version,
        "changed_at": contact.changed_at,
    }


def _contact(row: sa.Row[Any]) -> Contact:
    return Contact(
        contact_id=row.contact_id,
        organization_id=row.organization_id,
        name=row.name,
        email=row.email,
        locale=Locale(row.locale) if row.locale else None,
        topics=tuple(Topic(topic) for topic in row.topics),
        may_approve=row.may_approve,
        version=row.version,
        changed_at=row.changed_at,
    )


_ONE = sa.select(contacts).where(
    contacts.c.tenant == sa.bindparam("tenant"), contacts.c.contact_id == sa.bindparam("contact_id")
)
_ONE_LOCKED = _ONE.with_for_update()
_OF_ORGANIZATION = (
    sa.select(contacts)
    .where(contacts.c.tenant == sa.bindparam("tenant"), contacts.c.organization_id == sa.bindparam("organization_id"))
    .order_by(contacts.c.contact_id)
)
_ADD = per_dialect(lambda insert: insert(contacts).on_conflict_do_nothing())
_REMOVE = sa.delete(contacts).where(
    contacts.c.tenant == sa.bindparam("tenant"), contacts.c.contact_id == sa.bindparam("contact_id")
)
_CHANGE = (
    sa.update(contacts)
    .where(contacts.c.tenant == sa.bindparam("key_tenant"), contacts.c.contact_id == sa.bindparam("key_id"))
    .values(
        {
            name: sa.bindparam(name)
            for name in (
                "organization_id",
                "name",
                "email",
                "locale",
                "topics",
                "may_approve",
                "version",
                "changed_at",
            )
        }
    )
)
