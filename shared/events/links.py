"""What stands sealed in a link of a letter: ticketing reads it, notify writes it, from the same ids."""

from __future__ import annotations

from uuid import UUID

import msgspec


class LoginLink(msgspec.Struct, frozen=True):
    """Lets a person in once, without a password."""

    tenant: str
    link_id: UUID
