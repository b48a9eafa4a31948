"""The verbs of ticketing: load, decide, save, tell, in the caller's transaction."""

from services.ticketing.actions.current import settle_all_due
from services.ticketing.actions.estimating import (
    answer_hold,
    decide_estimate,
    note_debit,
    publish_estimate,
    refuse_hold,
)
from services.ticketing.actions.opening import apply_offer, note_contract, open_ticket
from services.ticketing.actions.talking import Posted, pause_ticket, post_message, resume_ticket
from services.ticketing.actions.working import (
    Logged,
    cancel_ticket,
    close_ticket,
    escalate_ticket,
    log_work,
    reopen_ticket,
    resolve_ticket,
    set_promise,
    triage_ticket,
)

__all__ = [
    "Logged",
    "Posted",
    "answer_hold",
    "apply_offer",
    "cancel_ticket",
    "close_ticket",
    "decide_estimate",
    "escalate_ticket",
    "log_work",
    "note_contract",
    "note_debit",
    "open_ticket",
    "pause_ticket",
    "post_message",
    "publish_estimate",
    "refuse_hold",
    "reopen_ticket",
    "resolve_ticket",
    "resume_ticket",
    "set_promise",
    "settle_all_due",
    "triage_ticket",
]
