"""What its reader may switch off by one click, and what not (5.2, RFC 8058)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.notify.domain.people import Contact
from services.notify.domain.values import Audience, News, Template, Topic

UNSUBSCRIBABLE = {
    Template.STATEMENT_ISSUED: Topic.HOURS,
    Template.LOT_EXPIRING: Topic.HOURS,
    Template.BALANCE_LOW: Topic.HOURS,
    Template.BALANCE_DEPLETED: Topic.HOURS,
}  # reports and warnings; letters about tickets answer what somebody asked, and have no such link
OWED = frozenset({Topic.APPROVALS, Topic.INVOICES})


def is_owed(news: News) -> bool:
    """Whether the customer is told it whether they like it or not, and reads so: approvals, invoices, legal notices."""
    if news.audience is not Audience.CUSTOMER or news.contract_id is None:
        return False
    return news.topic is None or news.topic in OWED


def without(contact: Contact, topic: Topic, *, at: datetime) -> Contact:
    """The contact who hears no more of a topic; the same contact where they did not hear of it."""
    if topic not in contact.topics:
        return contact
    topics = tuple(one for one in contact.topics if one is not topic)
    return replace(contact, topics=topics, version=contact.version + 1, changed_at=at)
