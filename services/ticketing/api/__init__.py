"""The HTTP door of ticketing: each route translates, calls one action, answers."""

from services.ticketing.api.estimating import decide_estimate, publish_estimate, read_estimate
from services.ticketing.api.offering import apply_offer, read_offer
from services.ticketing.api.talking import list_history, list_messages, list_work, log_work, post_message
from services.ticketing.api.tickets import (
    cancel_ticket,
    close_ticket,
    escalate_ticket,
    list_tickets,
    open_ticket,
    pause_ticket,
    read_ticket,
    reopen_ticket,
    resolve_ticket,
    resume_ticket,
    set_promise,
    triage_ticket,
)

routes = [
    open_ticket,
    list_tickets,
    read_ticket,
    post_message,
    list_messages,
    triage_ticket,
    publish_estimate,
    read_estimate,
    decide_estimate,
    set_promise,
    log_work,
    list_work,
    pause_ticket,
    resume_ticket,
    escalate_ticket,
    resolve_ticket,
    reopen_ticket,
    close_ticket,
    cancel_ticket,
    list_history,
    apply_offer,
    read_offer,
]
