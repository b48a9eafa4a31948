"""The cellar of ticketing: every statement is built once and names the tenant.

A ticket's row is locked before anything about it is changed or told; its estimates, messages, work and history are
guarded by that lock.
"""

from services.ticketing.store.contracts import contract_by_id, contracts_of, keep_contract
from services.ticketing.store.numbers import prepare_numbers
from services.ticketing.store.tables import metadata
from services.ticketing.store.talk import Entry, Message, add_message, history_of, messages_of, write_history
from services.ticketing.store.tickets import (
    Filter,
    Words,
    count_open,
    due_tickets,
    insert,
    locked,
    next_due,
    one,
    page,
    save,
    words_of,
)
from services.ticketing.store.work import (
    Debit,
    LotMinutes,
    WorkEntry,
    add_work,
    billable_seconds,
    debits_of,
    keep_debit,
    work_of,
)

__all__ = [
    "Debit",
    "Entry",
    "Filter",
    "LotMinutes",
    "Message",
    "Words",
    "WorkEntry",
    "add_message",
    "add_work",
    "billable_seconds",
    "contract_by_id",
    "contracts_of",
    "count_open",
    "debits_of",
    "due_tickets",
    "history_of",
    "insert",
    "keep_contract",
    "keep_debit",
    "locked",
    "messages_of",
    "metadata",
    "next_due",
    "one",
    "page",
    "prepare_numbers",
    "save",
    "words_of",
    "work_of",
    "write_history",
]
