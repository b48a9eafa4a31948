"""The cellar of notify: contacts, what it has noted of contracts and tickets, and messages."""

from services.notify.store.contacts import (
    add_contact,
    change_contact,
    find_contact,
    lock_contact,
    read_contacts,
    read_contacts_of,
)
from services.notify.store.messages import (
    Filters,
    Placed,
    add_message,
    find_message,
    lock_next,
    measure,
    next_due,
    put_off,
    read_messages,
    read_thread,
    save_message,
)
from services.notify.store.notes import find_contract, find_ticket, note_contract, note_ticket
from services.notify.store.tables import metadata

__all__ = [
    "Filters",
    "Placed",
    "add_contact",
    "add_message",
    "change_contact",
    "find_contact",
    "find_contract",
    "find_message",
    "find_ticket",
    "lock_contact",
    "lock_next",
    "measure",
    "metadata",
    "next_due",
    "note_contract",
    "note_ticket",
    "put_off",
    "read_contacts",
    "read_contacts_of",
    "read_messages",
    "read_thread",
    "save_message",
]
