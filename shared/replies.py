"""Addresses that an answer by e-mail comes back to: signed, so that nobody makes up one for another's ticket (5.2)."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Final
from uuid import UUID

from shared.auth import Keys

PURPOSE: Final = "reply"
MAC_BYTES: Final = 10  # 80 bits: the whole local part has to stay below 64 characters (RFC 5321)
MARK: Final = "+"


def address_for(mailbox: str, *, tenant: str, ticket_id: UUID, keys: Keys) -> str:
    """The provider's mailbox with the ticket and its signature in it.

    >>> keys = Keys(Keys.generate())
    >>> one = address_for("respostas@shop.example", tenant="shop", ticket_id=UUID(int=7), keys=keys)
    >>> len(one.partition("@")[0]), ticket_in(one, tenant="shop", keys=keys), ticket_in(one, tenant="other", keys=keys)
    (52, UUID('00000000-0000-0000-0000-000000000007'), None)
    """
    local, _, domain = mailbox.rpartition("@")
    told = base64.b32encode(ticket_id.bytes + _mac(tenant, ticket_id, keys)).decode().rstrip("=").lower()
    return f"{local}{MARK}{told}@{domain}"


def ticket_in(address: str, *, tenant: str, keys: Keys) -> UUID | None:
    """The ticket of an address that this house made for a provider; None for every other one."""
    _, _, told = address.rpartition("@")[0].rpartition(MARK)
    try:
        raw = base64.b32decode(told.upper() + "=" * (-len(told) % 8))
    except (binascii.Error, ValueError):
        return None
    if len(raw) != len(UUID(int=0).bytes) + MAC_BYTES:
        return None
    ticket_id = UUID(bytes=raw[:-MAC_BYTES])
    return ticket_id if hmac.compare_digest(raw[-MAC_BYTES:], _mac(tenant, ticket_id, keys)) else None


def _mac(tenant: str, ticket_id: UUID, keys: Keys) -> bytes:
    return keys.mac(PURPOSE, tenant.encode() + b"\0" + ticket_id.bytes)[:MAC_BYTES]
