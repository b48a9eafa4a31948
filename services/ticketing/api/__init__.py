"""The HTTP door of ticketing: each route translates, calls one action, answers."""

from services.ticketing.api.approvals import answer_approval, answer_approval_form, list_approvals, read_approval
from services.ticketing.api.assets import routes as routes_of_assets
from services.ticketing.api.attaching import list_attachments, remove_attachment
from services.ticketing.api.chatting import ask_hints, hear_message, keep_contact
from services.ticketing.api.checklists import list_checklist, tick_step
from services.ticketing.api.estimating import decide_estimate, publish_estimate, read_estimate
from services.ticketing.api.identity import routes as routes_of_identity
from services.ticketing.api.importing import import_tickets
from services.ticketing.api.joining import link_ticket, list_links, merge_ticket, split_ticket
from services.ticketing.api.live import watch_tickets
from services.ticketing.api.mailing import routes as routes_of_mail
from services.ticketing.api.offering import apply_offer, read_offer
from services.ticketing.api.people import routes as routes_of_people
from services.ticketing.api.privacy import routes as routes_of_privacy
from services.ticketing.api.recurring import routes as routes_of_recurrences
from services.ticketing.api.saving import routes as routes_of_saving
from services.ticketing.api.secrets import judge_redaction, list_redactions
from services.ticketing.api.talking import list_history, list_messages, list_work, log_work, post_message
from services.ticketing.api.tickets import (
    assign_ticket,
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
from services.ticketing.api.timing import list_timers, remove_work, start_timer, stop_timer
from services.ticketing.api.visiting import (
    cancel_visit,
    list_meetings,
    list_visits,
    miss_visit,
    read_invitation,
    request_meeting,
    reschedule_visit,
    schedule_visit,
)
from services.ticketing.api.watching import routes as routes_of_watching

routes = [
    hear_message,
    keep_contact,
    ask_hints,
    open_ticket,
    list_tickets,
    watch_tickets,
    read_ticket,
    post_message,
    list_messages,
    triage_ticket,
    publish_estimate,
    read_estimate,
    decide_estimate,
    read_approval,
    answer_approval,
    answer_approval_form,
    list_approvals,
    set_promise,
    log_work,
    list_work,
    remove_work,
    start_timer,
    stop_timer,
    list_timers,
    schedule_visit,
    list_visits,
    reschedule_visit,
    cancel_visit,
    miss_visit,
    read_invitation,
    request_meeting,
    list_meetings,
    pause_ticket,
    resume_ticket,
    escalate_ticket,
    assign_ticket,
    merge_ticket,
    split_ticket,
    link_ticket,
    list_links,
    resolve_ticket,
    reopen_ticket,
    close_ticket,
    cancel_ticket,
    list_history,
    list_attachments,
    remove_attachment,
    list_redactions,
    judge_redaction,
    import_tickets,
    *routes_of_identity,
    *routes_of_privacy,
    *routes_of_assets,
    *routes_of_people,
    *routes_of_watching,
    *routes_of_saving,
    *routes_of_recurrences,
    *routes_of_mail,
    list_checklist,
    tick_step,
    apply_offer,
    read_offer,
]
