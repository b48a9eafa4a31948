"""A visit as an iCalendar invitation (B21, 5.2): METHOD, a UID that stays, a SEQUENCE that rises (RFC 5545, 5546)."""

from __future__ import annotations

from icalendar import Calendar, Event, vCalAddress, vText

from services.ticketing.domain import Ticket
from services.ticketing.domain.visits import Visit, VisitState

MEDIA_TYPE = "text/calendar"
PRODUCT = "-//Ponteiro//ticketing//PT"


def invitation(tenant: str, ticket: Ticket, visit: Visit) -> bytes:
    """The file that a calendar program takes: a request, or, for a visit that was called off, its cancellation."""
    is_off = visit.state is VisitState.CANCELLED
    whole = Calendar()
    whole.add("prodid", PRODUCT)
    whole.add("version", "2.0")
    whole.add("method", "CANCEL" if is_off else "REQUEST")
    event = Event()
    event.add("uid", f"visit-{visit.id}@{tenant}")
    event.add("sequence", visit.sequence)
    event.add("dtstamp", visit.scheduled_at)
    event.add("dtstart", visit.starts_at)
    event.add("dtend", visit.ends_at)
    event.add("summary", f"[#{ticket.number}] {ticket.subject}")
    event.add("status", "CANCELLED" if is_off else "CONFIRMED")
    event.add("organizer", _person(tenant, visit.scheduled_by))
    for attendee in dict.fromkeys((visit.technician_id, ticket.opened_by)):
        event.add("attendee", _person(tenant, attendee))
    whole.add_component(event)
    return bytes(whole.to_ical())


def _person(tenant: str, subject: str) -> vCalAddress:
    """Somebody by id: names and addresses are notify's to add when it sends the invitation."""
    address = vCalAddress(f"urn:ponteiro:{tenant}:{subject}")
    address.params["cn"] = vText(subject)
    return address
