"""The link by which a reader switches a topic off: signed as the letter leaves, the same each time (RFC 8058)."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from services.notify.domain import UNSUBSCRIBABLE, Message, Topic
from shared.auth import Keys

LINK_LIVES = timedelta(days=730)  # as long as the letter is kept (5.1): an old letter's button works


class Unsubscription(msgspec.Struct, frozen=True, array_like=True):
    """Whose topic the bearer may switch off, and nothing else."""

    tenant: str
    contact_id: str
    topic: Topic


def address_of(message: Message, *, tenant: str, public_url: str, keys: Keys) -> str | None:
    """Where the topic of a message is switched off; None for what has no such link."""
    topic = UNSUBSCRIBABLE.get(message.template)
    if topic is None:
        return None
    said = Unsubscription(tenant=tenant, contact_id=message.contact_id, topic=topic)
    token = keys.seal(said, expires_at=message.written_at + LINK_LIVES)
    return f"{public_url.rstrip('/')}/v1/unsubscribe/{token}"
