"""Links that decide: who may answer what until when, signed with the installation's key, so that every service can make
the same one and only this house can have made it (A-01).
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.auth import Keys
from shared.errors import NotFound

PURPOSE: Final = "approval"
MAC_BYTES: Final = 20
TOKEN_MOST_CHARACTERS: Final = 1000
NO_SUCH: Final = "there is no such approval: use the link as it came"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalLink:
    """One person's way to answer one estimate: it names ids only, and is good until the quote lapses."""

    tenant: str
    organization_id: UUID
    contact_id: str
    ticket_id: UUID
    estimate_id: UUID
    expires_at: datetime


class _Wire(msgspec.Struct, frozen=True, array_like=True):
    tenant: str
    organization_id: bytes
    contact_id: str
    ticket_id: bytes
    estimate_id: bytes
    expires: int


def sign(link: ApprovalLink, keys: Keys) -> str:
    """The link's token, the same each time."""
    wire = _Wire(
        link.tenant,
        link.organization_id.bytes,
        link.contact_id,
        link.ticket_id.bytes,
        link.estimate_id.bytes,
        int(link.expires_at.timestamp()),
    )
    body = msgspec.msgpack.encode(wire)
    return base64.urlsafe_b64encode(body + _mac(body, keys)).decode().rstrip("=")


def read(token: str, keys: Keys) -> ApprovalLink:
    """What a token says. Raises NotFound for one that this house did not make."""
    padding = "=" * (-len(token) % 4)
    try:
        whole = base64.b64decode(token[:TOKEN_MOST_CHARACTERS] + padding, altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise NotFound(NO_SUCH) from error
    body = whole[:-MAC_BYTES]
    if not hmac.compare_digest(whole[-MAC_BYTES:], _mac(body, keys)):
        raise NotFound(NO_SUCH)
    return _link(body)


def _link(body: bytes) -> ApprovalLink:
    wire = msgspec.msgpack.decode(body, type=_Wire)
    return ApprovalLink(
        tenant=wire.tenant,
        organization_id=UUID(bytes=wire.organization_id),
        contact_id=wire.contact_id,
        ticket_id=UUID(bytes=wire.ticket_id),
        estimate_id=UUID(bytes=wire.estimate_id),
        expires_at=datetime.fromtimestamp(wire.expires, UTC),
    )


def _mac(body: bytes, keys: Keys) -> bytes:
    return keys.mac(PURPOSE, body)[:MAC_BYTES]
