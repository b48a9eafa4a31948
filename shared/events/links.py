"""What stands sealed in a link of a letter: ticketing reads it, notify writes it, from the same ids."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

ANSWER_SHOWN: Final = timedelta(days=30)  # how long an approval's link shows what became of it after the quote lapsed


class ApprovalLink(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One person's way to answer one estimate (A-01): it names ids only, and is good `ANSWER_SHOWN` after the quote."""

    tenant: str
    organization_id: UUID
    contact_id: str
    ticket_id: UUID
    estimate_id: UUID


class LoginLink(msgspec.Struct, frozen=True, array_like=True):
    """Lets a person in once, without a password."""

    tenant: str
    link_id: UUID
