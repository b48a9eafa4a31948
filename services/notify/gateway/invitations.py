"""A visit as a calendar's file: METHOD, a UID that stays, a SEQUENCE that rises (5.2, RFC 5545, RFC 5546)."""

from __future__ import annotations

from icalendar import Calendar, Event, vCalAddress, vText

from services.notify.domain import Invitation, Message

PRODUCT = "-//Ponteiro//notify//PT"


def method_of(invitation: Invitation) -> str:
    """What the calendar of the recipient is asked to do."""
    return "CANCEL" if invitation.is_off else "REQUEST"


def calendar_of(message: Message, invitation: Invitation) -> bytes:
    """The file, the same bytes each time; the recipient is its attendee, the provider its organizer."""
    whole = Calendar()
    whole.add("prodid", PRODUCT)
    whole.add("version", "2.0")
    whole.add("method", method_of(invitation))
    event = Event()
    event.add("uid", f"visit-{invitation.visit_id}@{invitation.tenant}")
    event.add("sequence", invitation.sequence)
    event.add("dtstamp", message.written_at)
    if invitation.starts_at is not None and invitation.ends_at is not None:
        event.add("dtstart", invitation.starts_at)
        event.add("dtend", invitation.ends_at)
    event.add("summary", message.subject)
    event.add("status", "CANCELLED" if invitation.is_off else "CONFIRMED")
    event.add("organizer", _person(message.from_name, message.from_email))
    event.add("attendee", _person(message.to_name or message.to_email, message.to_email))
    whole.add_component(event)
    return bytes(whole.to_ical())


def _person(name: str, email: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    address.params["cn"] = vText(name)
    return address
