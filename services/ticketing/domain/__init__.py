"""The rules of tickets: pure values and functions, each refusal named for its rule.

`values` says what a ticket is, `life` holds the table of transitions, `estimates` the approvals, `worktime` the
rounding and the close, `intake` what may become a ticket, `joining` how two become one and one two, `assets` what
customers have, `watching` what monitoring sees of it, `words` what the service itself writes, `refusals` every no.
"""

from services.ticketing.domain import (
    approving,
    assets,
    checklists,
    estimates,
    intake,
    joining,
    life,
    reconsidering,
    recurring,
    refusals,
    reminding,
    timing,
    watching,
    words,
    worktime,
)
from services.ticketing.domain.approving import Answered
from services.ticketing.domain.estimates import Hold
from services.ticketing.domain.intake import Demand
from services.ticketing.domain.values import Contract, Estimate, Kind, State, Status, Ticket
from services.ticketing.domain.worktime import Closed, Closing

__all__ = [
    "Answered",
    "Closed",
    "Closing",
    "Contract",
    "Demand",
    "Estimate",
    "Hold",
    "Kind",
    "State",
    "Status",
    "Ticket",
    "approving",
    "assets",
    "checklists",
    "estimates",
    "intake",
    "joining",
    "life",
    "reconsidering",
    "recurring",
    "refusals",
    "reminding",
    "timing",
    "watching",
    "words",
    "worktime",
]
