"""The rules' no in ticketing: each named for its rule, with its number in domain.md."""

from __future__ import annotations

from shared.errors import Forbidden, Invalid, NotFound, Refused


class WrongStage(Refused):
    """The ticket is not where this can be done: the table of transitions has no such row."""


class TicketIsClosed(Refused):
    """After the close nothing is added: reopening begins a new round."""

    rule = "2.7"


class TicketIsCancelled(Refused):
    """The demand was given up; a new one is a new ticket."""

    rule = "N31"


class ChannelUnknown(Invalid):
    """The provider has no such channel."""

    rule = "B3"


class IntakeClosed(Refused):
    """Demands do not begin in this channel (Next4's WhatsApp N32, Blocktime's e-mail B8)."""

    rule = "N29"


class NotDone(Refused):
    """The catalogue excludes it, wholly or in this way of attendance (N44, B32, B34)."""

    rule = "N44"


class UnsupportedHosting(Refused):
    """The hosting is not homologated."""

    rule = "N39"


class AgreementNeeded(Refused):
    """This is not done without prior agreement: an approved estimate."""

    rule = "B33"


class NoActiveContract(NotFound):
    """The organization has no active contract here."""

    rule = "N12"


class ContractAmbiguous(Invalid):
    """The organization has several contracts: the ticket must name one."""

    rule = "N12"


class EstimateRequired(Refused):
    """Billable work begins after an approved estimate."""

    rule = "N40"


class ApprovalPending(Refused):
    """The bank or the customer has not answered the estimate yet."""

    rule = "N17"


class ApprovalRequired(Refused):
    """More was worked than was approved: ask for more hours, or let a manager write the difference off."""

    rule = "2.5"


class JustificationRequired(Invalid):
    """Additional hours come with a reason, even when the bank covers them (S10)."""

    rule = "N41"


class AlreadyDecided(Refused):
    """The estimate has its answer."""

    rule = "A-03"


class QuoteExpired(Refused):
    """The validity of the quote is over: it can no longer be answered."""

    rule = "A-08"


class QuoteSuperseded(Refused):
    """A newer estimate took this one's place."""

    rule = "A-02"


class MessageRequired(Invalid):
    """A pause that the customer cannot see is none."""

    rule = "4.3"


class ReasonRequired(Invalid):
    """A changed promise, a blocked ticket: each says why."""

    rule = "N16"


class NothingWaits(Refused):
    """The ticket does not wait for anything."""

    rule = "N15"


class PromiseOutsideWorkingTime(Invalid):
    """The promised instant lies outside the team's hours, or is not ahead."""

    rule = "N16"


class PromiseChangedTooOften(Refused):
    """The provider's limit of changed promises is reached."""

    rule = "N16"


class NoSuchLevel(Invalid):
    """There is no higher level, or not this one."""

    rule = "B27"


class PriorityUnknown(Invalid):
    """The provider has no such priority, impact or operation."""

    rule = "B25"


class OnlyStaffTriages(Forbidden):
    """A customer may say what is urgent, the team classifies."""

    rule = "B25"


class WriteOffNeedsManager(Forbidden):
    """Only a manager gives worked minutes away."""

    rule = "2.5"


class NotResolvedYet(Refused):
    """A customer closes what was resolved (N19), not work that still goes on."""

    rule = "N19"


class WorkWasDone(Refused):
    """A ticket with billable work is closed, not cancelled: its minutes are debited or written off."""

    rule = "N19"
