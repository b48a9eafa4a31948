"""The cellar: what was told of terms, contracts and tickets, the clocks derived from it, and what was announced."""

from services.sla.store.beginning import begin
from services.sla.store.clocks import (
    Due,
    Wanted,
    add,
    find,
    forget,
    lock_due,
    lock_of_ticket,
    next_due,
    page,
    said_of_ticket,
    save,
    save_passed,
    say,
)
from services.sla.store.figures import WITHIN_SECONDS, Breaches, Running, count_breaches, count_running
from services.sla.store.places import Queued
from services.sla.store.tables import metadata
from services.sla.store.told import (
    Contract,
    append_fact,
    book_of,
    facts_of,
    keep_terms,
    note_contract,
    terms_of_today,
)

__all__ = [
    "WITHIN_SECONDS",
    "Breaches",
    "Contract",
    "Due",
    "Queued",
    "Running",
    "Wanted",
    "add",
    "append_fact",
    "begin",
    "book_of",
    "count_breaches",
    "count_running",
    "facts_of",
    "find",
    "forget",
    "keep_terms",
    "lock_due",
    "lock_of_ticket",
    "metadata",
    "next_due",
    "note_contract",
    "page",
    "said_of_ticket",
    "save",
    "save_passed",
    "say",
    "terms_of_today",
]
