"""The verbs of ticketing: load, decide, save, tell, in the caller's transaction."""

from services.ticketing.actions.approving import answer_link, forget_origins, next_origin, read_link
from services.ticketing.actions.contracts import change_contract, note_contract
from services.ticketing.actions.current import settle_all_due
from services.ticketing.actions.estimating import (
    answer_hold,
    decide_estimate,
    note_debit,
    publish_estimate,
    refuse_hold,
)
from services.ticketing.actions.joining import link_tickets, merge_ticket, split_ticket
from services.ticketing.actions.opening import apply_offer, open_ticket
from services.ticketing.actions.screening import judge_redaction, note_secrets, note_secrets_of, screen
from services.ticketing.actions.talking import Posted, pause_ticket, post_message, resume_ticket
from services.ticketing.actions.waiting import note_clock
from services.ticketing.actions.working import (
    Logged,
    Timebox,
    assign_ticket,
    cancel_ticket,
    close_ticket,
    escalate_ticket,
    log_work,
    reach_timebox,
    reopen_ticket,
    resolve_ticket,
    set_promise,
    triage_ticket,
)

__all__ = [
    "Logged",
    "Posted",
    "Timebox",
    "answer_hold",
    "answer_link",
    "apply_offer",
    "assign_ticket",
    "cancel_ticket",
    "change_contract",
    "close_ticket",
    "decide_estimate",
    "escalate_ticket",
    "forget_origins",
    "judge_redaction",
    "link_tickets",
    "log_work",
    "merge_ticket",
    "next_origin",
    "note_clock",
    "note_contract",
    "note_debit",
    "note_secrets",
    "note_secrets_of",
    "open_ticket",
    "pause_ticket",
    "post_message",
    "publish_estimate",
    "reach_timebox",
    "read_link",
    "refuse_hold",
    "reopen_ticket",
    "resolve_ticket",
    "resume_ticket",
    "screen",
    "set_promise",
    "settle_all_due",
    "split_ticket",
    "triage_ticket",
]
