"""A message that came through a chat: what becomes of it, by the provider's offer (5.3, N32, N33, B5, B8)."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.ticketing.domain.values import ENDED, Ticket
from services.ticketing.offer import Channel, PlanFeatures

REPLY_EVERY = timedelta(hours=24)  # at most one automatic answer to a sender in this time (N32, 5.2)
TAG = re.compile(r"\[#(\d{1,9})\]")


class Decision(enum.StrEnum):
    """What becomes of a message."""

    CREATE_TICKET = "create_ticket"
    ATTACH = "attach"
    QUICK_QUESTION = "quick_question"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Who writes under an id of a channel: a person of an organization, for one of its contracts (5.3)."""

    channel: str
    channel_user_id: str
    person_id: str
    organization_id: UUID
    contract_id: UUID
    answered_at: datetime | None = None


def number_in(text: str) -> int | None:
    """The ticket that a text names by its tag.

    >>> number_in("Re: [#1042] Formulário"), number_in("Olá")
    (1042, None)
    """
    found = TAG.search(text)
    return int(found.group(1)) if found else None


def decide(
    *, channel: Channel, contact: Contact | None, ticket: Ticket | None, in_group: bool, features: PlanFeatures
) -> Decision:
    """What becomes of a message of somebody (None: nobody knows who writes: it waits for a person to say so).

    An answer to an open ticket is put into it (B8 allows replies); what is written in the group of a plan is a quick
    question, never a demand (N32, N33); else a ticket begins where the channel takes demands (B5), and is refused where
    it does not (N32).
    """
    if contact is None:
        return Decision.REFUSED
    if ticket is not None and channel.replies and ticket.stage not in ENDED:
        return Decision.ATTACH
    if in_group:
        return Decision.REFUSED if features.whatsapp_group == "none" else Decision.QUICK_QUESTION
    return Decision.CREATE_TICKET if channel.intake and ticket is None else Decision.REFUSED


def may_answer(contact: Contact, *, at: datetime) -> bool:
    """Whether a sender who is refused is answered, or was within the last day already."""
    return contact.answered_at is None or at - contact.answered_at >= REPLY_EVERY
