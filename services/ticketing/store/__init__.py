"""The cellar of ticketing: every statement is built once and names the tenant.

A ticket's row is locked before anything about it is changed or told; its estimates, messages, work and history are
guarded by that lock.
"""

from services.ticketing.store import attachments as _tables_of_files  # noqa: F401  for `metadata`
from services.ticketing.store import checklists as _tables_of_checklists  # noqa: F401  for `metadata`
from services.ticketing.store import identity as _tables_of_identity  # noqa: F401  for `metadata`
from services.ticketing.store import mail as _tables_of_mail  # noqa: F401  for `metadata`
from services.ticketing.store import people_tables as _tables_of_people  # noqa: F401  for `metadata`
from services.ticketing.store import privacy as _tables_of_privacy  # noqa: F401  for `metadata`
from services.ticketing.store import recurring as _tables_of_recurrences  # noqa: F401  for `metadata`
from services.ticketing.store import saved as _tables_of_views  # noqa: F401  for `metadata`
from services.ticketing.store.approvals import Approval, add_approval, approvals_of, forget_origins, next_origin
from services.ticketing.store.channels import answer_of
from services.ticketing.store.contracts import contract_by_id, contracts_of, keep_contract, lock_contracts
from services.ticketing.store.links import Link, add_link, links_of
from services.ticketing.store.live import look
from services.ticketing.store.numbers import prepare_numbers
from services.ticketing.store.queues import Behind, Filter, Order, Queued, note_clock, page
from services.ticketing.store.redactions import Redaction, add_redactions, judge_redaction, redactions_of
from services.ticketing.store.tables import metadata
from services.ticketing.store.talk import Entry, Message, add_message, history_of, messages_of, write_history
from services.ticketing.store.tickets import (
    Words,
    count_open,
    due_tickets,
    insert,
    locked,
    next_due,
    one,
    save,
    tickets_among,
    words_of,
)
from services.ticketing.store.timers import timers_of
from services.ticketing.store.work import (
    Debit,
    LotMinutes,
    WorkEntry,
    add_work,
    billable_seconds,
    debits_of,
    entry_of,
    keep_debit,
    remove_work,
    work_of,
    work_of_round,
)

__all__ = [
    "Approval",
    "Behind",
    "Debit",
    "Entry",
    "Filter",
    "Link",
    "LotMinutes",
    "Message",
    "Order",
    "Queued",
    "Redaction",
    "Words",
    "WorkEntry",
    "add_approval",
    "add_link",
    "add_message",
    "add_redactions",
    "add_work",
    "answer_of",
    "approvals_of",
    "billable_seconds",
    "contract_by_id",
    "contracts_of",
    "count_open",
    "debits_of",
    "due_tickets",
    "entry_of",
    "forget_origins",
    "history_of",
    "insert",
    "judge_redaction",
    "keep_contract",
    "keep_debit",
    "links_of",
    "lock_contracts",
    "locked",
    "look",
    "messages_of",
    "metadata",
    "next_due",
    "next_origin",
    "note_clock",
    "one",
    "page",
    "prepare_numbers",
    "redactions_of",
    "remove_work",
    "save",
    "tickets_among",
    "timers_of",
    "words_of",
    "work_of",
    "work_of_round",
    "write_history",
]
