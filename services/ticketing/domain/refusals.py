"""The rules' no in ticketing: each named for its rule, with its number in domain.md."""

from __future__ import annotations

from shared.errors import Forbidden, Invalid, NotFound, Refused


class WrongStage(Refused):
    """The ticket is not where this can be done: the table of transitions has no such row; the act's rule is named."""


class TicketIsClosed(Refused):
    """After the close nothing is added: reopening begins a new round."""

    rule = "2.7"


class TicketIsHistory(Refused):
    """The ticket was closed in an older system: what it needs now is a ticket of its own, linked to it."""

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


class AlreadyWorked(Refused):
    """A yes is taken back only while nothing of it was worked."""

    rule = "A-03"


class EmergencyUsedUp(Refused):
    """An emergency begins before its approval, with so many minutes and no more."""

    rule = "A-07"


class RecurrenceInvalid(Invalid):
    """A recurrence comes daily at most, by a rule that comes at all, from an instant ahead."""

    rule = "N13"


class RecurrenceIsOver(Refused):
    """A recurrence that has ended is not paused, resumed or ended again."""

    rule = "N13"


class TooManyRecurrences(Refused):
    """A contract has so many recurrences and no more."""

    rule = "N13"


class StepIsSo(Refused):
    """A step of a checklist is done once, and undone once."""

    rule = "B50"


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


class SecretRefused(Invalid):
    """What was written holds a password, key or token: the provider keeps none (5.1)."""

    rule = "B35"


class NotResolvedYet(Refused):
    """A customer closes what was resolved (N19), not work that still goes on."""

    rule = "N19"


class WorkWasDone(Refused):
    """A ticket with billable work is closed, not cancelled: its minutes are debited or written off."""

    rule = "N19"


class ContractEnded(Refused):
    """The contract is over: nothing new is registered or estimated."""

    rule = "2.9"


class ContractIsSuspended(Refused):
    """While the contract is suspended nothing new is estimated; what was approved is finished."""

    rule = "2.9"


class CannotMerge(Refused):
    """Two tickets become one only while both are open, of one contract, and the one that ends has no agreed work."""

    rule = "B3"


class MergeLosesWork(Refused):
    """A ticket with an approved estimate, or with billable work, is closed by itself: no hours move silently."""

    rule = "N31"


class CannotLink(Refused):
    """A ticket has nothing to do with itself, nor with another customer's."""

    rule = "N31"


class FileTooLarge(Refused):
    """A file is as large as the offer allows, no larger."""

    status = 413
    rule = "N37"


class TooManyFiles(Refused):
    """A ticket holds so many files, and so many bytes of them, no more."""

    rule = "N37"


class FileKindRefused(Invalid):
    """What can run on somebody's machine is not taken, whatever it is called."""

    rule = "N37"


class FileNotAttachable(Invalid):
    """A message takes files that its writer brought into the ticket, and that stand in no other one."""

    rule = "N37"


class UploadTooSlow(Refused):
    """An upload that takes longer than an hour was given up."""

    rule = "N37"


class TimerRuns(Refused):
    """A professional is in one place at a time: the timer that runs is stopped first."""

    rule = "N34"


class TimerStillRuns(Refused):
    """A ticket is not resolved, closed or given up while a timer runs on it: the time would be lost."""

    rule = "2.7"


class TimerIsStopped(Refused):
    """A timer is stopped once."""

    rule = "N34"


class RoundIsClosed(Refused):
    """The entry's round was closed: wrong time is reversed at the hour bank, never edited."""

    rule = "2.7"


class MeetingNeedsReason(Invalid):
    """The team asks for a meeting only for a reason that the offer names."""

    rule = "N46"


class VisitQuotaReached(Refused):
    """The contract's visits of that month are used up: more are agreed upon first."""

    rule = "B21"


class VisitIsOver(Refused):
    """A visit that was cancelled, missed or made is not changed any more."""

    rule = "B21"


class AlarmKeepsAsset(Refused):
    """A ticket that an alarm opened stays with the asset that the alarm was about."""

    rule = "B17"


class MayNotOpen(Forbidden):
    """Only authorised contacts of a customer open tickets."""

    rule = "N12"


class MayNotApprove(Forbidden):
    """The right to approve is looked up when somebody decides, not when they were asked."""

    rule = "A-06"


class AgentUnknown(Invalid):
    """Nobody of the team is called so."""

    rule = "B24"


class AgentOfOtherLevel(Invalid):
    """An agent is put in charge of what the levels and teams allow that they are of."""

    rule = "B28"
