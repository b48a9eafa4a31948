"""The rules of tickets: pure values and functions, each refusal named for its rule.

`values` says what a ticket is, `life` holds the table of transitions, `estimates` the approvals, `worktime` the
rounding and the close, `intake` what may become a ticket, `refusals` every no.
"""

from services.ticketing.domain import estimates, intake, life, refusals, worktime
from services.ticketing.domain.estimates import Hold
from services.ticketing.domain.intake import Demand
from services.ticketing.domain.values import Contract, Estimate, Kind, State, Status, Ticket
from services.ticketing.domain.worktime import Closed, Closing

__all__ = [
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
    "estimates",
    "intake",
    "life",
    "refusals",
    "worktime",
]
