"""How much one recipient is sent: beyond a budget letters go together in a digest, and a loop is broken (N-02).

What asks for an answer, lets somebody in, or is owed by law or contract always leaves by itself; a broken promise, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.notify.domain.people import Provider
from services.notify.domain.values import (
    Audience,
    Count,
    Message,
    Moment,
    News,
    Row,
    Rows,
    Template,
    Words,
    said,
)

WINDOW = timedelta(hours=1)  # what is counted: rolling, so that no full hour opens the door twice
BUDGET_LETTERS = 30  # in a window; a letter every two minutes is as much as anybody reads
LOOP_LETTERS = 20  # alike in a window: no person does that, two machines that answer each other do (N-02)
DIGEST_AFTER = timedelta(minutes=15)  # at most four digests an hour come on top of the budget
LOOP_QUIET = timedelta(hours=1)  # a loop is over when nothing alike was written for so long
LOOP_HELD_MOST = timedelta(hours=24)  # then what was held is told, loop or not
DIGEST_MOST_ROWS = 100  # the rest is counted, and read in the house

DIGESTS = frozenset({Template.DIGEST, Template.LOOP_DIGEST})
ALWAYS_ALONE = DIGESTS | frozenset(
    {
        Template.LOOP_SUSPECTED,
        Template.LOGIN_LINK,
        Template.PRIVACY_EXPORT_REQUESTED,
        Template.APPROVAL_REQUESTED,
        Template.ADDITIONAL_HOURS_REQUESTED,
        Template.APPROVAL_REMINDED,
        Template.EMERGENCY_BEGUN,
        Template.SLA_BREACHED,
        Template.VISIT_SCHEDULED,
        Template.VISIT_RESCHEDULED,
        Template.VISIT_CANCELLED,
        Template.INVOICE_FINALIZED,
        Template.INVOICE_WILL_BE_DUE,
        Template.INVOICE_OVERDUE,
        Template.INVOICE_PAID,
        Template.INVOICE_VOIDED,
        Template.CREDIT_NOTE_ISSUED,
        Template.PRICE_ADJUSTED,
        Template.CANCELLATION_REQUESTED,
        Template.CANCELLATION_WITHDRAWN,
        Template.TERMINATION_NEAR,
        Template.CONTRACT_TERMINATED,
        Template.CONTRACT_SUSPENDED,
        Template.CONTRACT_RESUMED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What one recipient had in the last window: `letters` that left, and how many were `alike`, sent or collected."""

    letters: int
    alike: int


def may_be_collected(message: Message) -> bool:
    """Whether it may go in a digest at all: never what was tried already, so that nothing is said twice."""
    return message.attempts == 0 and message.template not in ALWAYS_ALONE


def digest_for(traffic: Traffic) -> Template | None:
    """Which digest the next letter goes in; None while it leaves by itself.

    >>> digest_for(Traffic(letters=29, alike=19)) is None
    True
    >>> digest_for(Traffic(letters=30, alike=19)), digest_for(Traffic(letters=20, alike=20))
    (<Template.DIGEST: 'digest'>, <Template.LOOP_DIGEST: 'loop_digest'>)
    """
    if traffic.alike >= LOOP_LETTERS:
        return Template.LOOP_DIGEST
    return Template.DIGEST if traffic.letters >= BUDGET_LETTERS else None


def leaves_at(template: Template, *, opened_at: datetime, now: datetime) -> datetime:
    """When a digest leaves: 15 minutes after its first letter; what a loop wrote an hour after its last, within a day.

    >>> nine = datetime(2026, 11, 10, 9)
    >>> str(leaves_at(Template.DIGEST, opened_at=nine, now=nine + timedelta(minutes=5)))
    '2026-11-10 09:15:00'
    >>> str(leaves_at(Template.LOOP_DIGEST, opened_at=nine, now=nine + timedelta(minutes=5)))
    '2026-11-10 10:05:00'
    >>> str(leaves_at(Template.LOOP_DIGEST, opened_at=nine, now=nine + timedelta(hours=23, minutes=30)))
    '2026-11-11 09:00:00'
    """
    assert template in DIGESTS, "only digests wait for others"
    if template is Template.DIGEST:
        return opened_at + DIGEST_AFTER
    return min(now + LOOP_QUIET, opened_at + LOOP_HELD_MOST)


def organization_of_digest(message: Message) -> UUID | None:
    """Whose letters share a digest: a customer's never another organization's; the team's mailbox reads of all."""
    return message.organization_id if message.audience is Audience.CUSTOMER else None


def of_digest(
    template: Template, first: Message, letters: Sequence[Message], *, count: int, provider: Provider
) -> News:
    """What a digest says: how many letters there are, and of the first hundred the hour, the subject and where to read.

    `first` is one of them, for whom they are; `letters` are the oldest, `count` all of them.
    """
    portal = provider.portal_url.rstrip("/")
    shown = tuple(_row(letter, portal) for letter in letters[:DIGEST_MOST_ROWS])
    return News(
        template=template,
        audience=first.audience,
        topic=None,
        actor=None,
        organization_id=first.organization_id,
        contract_id=None,
        ticket_id=None,
        ticket_number=None,
        path="",
        said_at=None,
        values=said(
            count=Count(count),
            letters=Rows(shown),
            more=Count(count - len(shown)) if count > len(shown) else None,
        ),
    )


def _row(letter: Message, portal: str) -> Row:
    values = said(
        written_at=Moment(letter.written_at), subject=Words(letter.subject), page=Words(_page(letter, portal))
    )
    return Row("letter", values)


def _page(letter: Message, portal: str) -> str:
    if letter.ticket_id is not None:
        return f"{portal}/tickets/{letter.ticket_id}"
    return portal if letter.contract_id is None else f"{portal}/contracts/{letter.contract_id}"


def of_loop(held: Message) -> News:
    """The team hears that the same is written again and again, without the name of who would read it."""
    return News(
        template=Template.LOOP_SUSPECTED,
        audience=Audience.STAFF,
        topic=None,
        actor=None,
        organization_id=held.organization_id,
        contract_id=held.contract_id,
        ticket_id=held.ticket_id,
        ticket_number=None,
        path="" if held.ticket_id is None else f"tickets/{held.ticket_id}",
        said_at=None,
        values=said(limit=Count(LOOP_LETTERS), subject=Words(held.subject)),
    )
