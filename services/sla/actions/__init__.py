"""The verbs of sla: keep a fact of a ticket, fold its clocks, announce what falls due, bring the offer up to date."""

from services.sla.actions.anew import Effect
from services.sla.actions.announcing import ANNOUNCE_CLOCKS, announce_due
from services.sla.actions.counting import (
    MEETING_DAYS,
    MeetingRatio,
    count_meeting,
    count_opened,
    count_resolved,
    meeting_ratio,
)
from services.sla.actions.offering import (
    NoSuchCalendar,
    NoSuchDay,
    apply_offer,
    lay_day,
    lift_day,
    preview_calendar,
    preview_policies,
    put_calendar,
    put_policies,
    read_calendar,
)
from services.sla.actions.reading import NoSuchClock, explain_clock, look_at_board, read_clock
from services.sla.actions.tickets import (
    UnknownTicket,
    change_plan,
    note,
    note_contract,
    open_ticket,
    reopen_ticket,
    replay,
)
from services.sla.actions.timeboxes import reach_limits

__all__ = [
    "ANNOUNCE_CLOCKS",
    "MEETING_DAYS",
    "Effect",
    "MeetingRatio",
    "NoSuchCalendar",
    "NoSuchClock",
    "NoSuchDay",
    "UnknownTicket",
    "announce_due",
    "apply_offer",
    "change_plan",
    "count_meeting",
    "count_opened",
    "count_resolved",
    "explain_clock",
    "lay_day",
    "lift_day",
    "look_at_board",
    "meeting_ratio",
    "note",
    "note_contract",
    "open_ticket",
    "preview_calendar",
    "preview_policies",
    "put_calendar",
    "put_policies",
    "reach_limits",
    "read_calendar",
    "read_clock",
    "reopen_ticket",
    "replay",
]
