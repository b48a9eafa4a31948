"""A recipient's budget: what is beyond it goes together, a loop is broken, and no letter is lost (N-02)."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from services.notify.domain import Accepted, Audience, Message, Outcome, State, Template, budget
from services.notify.domain.values import Count
from shared.clock import VirtualClock
from shared.errors import Invalid
from shared.events import Event
from tests.notify.messages import message
from tests.notify.shop import (
    ORGANIZATION,
    OTHER_ORGANIZATION,
    Notify,
    approval_requested,
    hours_debited,
    invoice_finalized,
    message_posted,
    provider,
    ticket_opened,
    ticket_resolved,
)

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def test_what_asks_lets_in_or_is_owed_is_never_collected() -> None:
    alone = {template for template in Template if not budget.may_be_collected(message(template=template))}

    assert alone == {
        "digest", "loop_digest", "loop_suspected", "login_link", "privacy_export_requested",
        "approval_requested", "additional_hours_requested",
        "approval_reminded", "emergency_begun", "visit_scheduled", "visit_rescheduled", "visit_cancelled",
        "invoice_finalized", "invoice_will_be_due", "invoice_overdue", "invoice_paid", "invoice_voided",
        "credit_note_issued", "price_adjusted", "cancellation_requested", "cancellation_withdrawn", "termination_near",
        "contract_terminated", "contract_suspended", "contract_resumed", "sla_breached",
    }  # fmt: skip


def test_what_was_tried_once_is_never_collected_because_it_may_have_arrived() -> None:
    assert not budget.may_be_collected(message(attempts=1))


def test_a_customer_s_digest_is_of_one_organization_and_the_team_s_of_all() -> None:
    assert budget.organization_of_digest(message()) == ORGANIZATION
    assert budget.organization_of_digest(message(audience=Audience.STAFF)) is None


def test_a_digest_shows_a_hundred_letters_and_counts_the_rest() -> None:
    news = budget.of_digest(Template.DIGEST, message(), [message()] * 100, count=5_000, provider=provider())

    values = dict(news.values)
    assert (values["count"], values["more"]) == (Count(5_000), Count(4_900))
    assert values["letters"] is not None


def mixed(letters: int) -> list[Event]:
    """Facts that are told to Ana, of three kinds in turn."""
    kinds: tuple[Event, ...] = (message_posted(), ticket_resolved(), ticket_opened())
    return [kinds[number % 3] for number in range(letters)]


async def test_what_is_beyond_thirty_in_an_hour_goes_in_one_digest_and_stays_readable(
    notify: Notify, clock: VirtualClock
) -> None:
    await notify.add_contact("ana")
    await notify.hear(*mixed(36), approval_requested(), invoice_finalized())
    post = Taking()

    await notify.send(post)
    at_once = Counter(str(one.template) for one in post.taken)
    clock.move_to(clock.now() + 15 * MINUTE)
    await notify.send(post)

    assert (at_once.total(), at_once["approval_requested"], at_once["invoice_finalized"]) == (32, 1, 1)
    (digest,) = post.taken[32:]
    collected = [one for one in await notify.messages() if one.state is State.COLLECTED]
    assert (digest.template, digest.subject) == ("digest", "Resumo: mais mensagens nesta hora (6)")
    assert digest.body.count("/tickets/") == 6
    assert [one.digest_id for one in collected] == [digest.message_id] * 6
    assert all(one.body and one.body != digest.body for one in collected)
    assert {one.message_id for one in post.taken}.isdisjoint(one.message_id for one in collected)
    assert {one.state for one in await notify.messages()} == {State.SENT, State.COLLECTED}


async def test_after_an_hour_letters_leave_by_themselves_again(notify: Notify, clock: VirtualClock) -> None:
    await notify.add_contact("ana")
    await notify.hear(*mixed(31))
    await notify.send()
    clock.move_to(clock.now() + HOUR)
    await notify.send()

    await notify.hear(hours_debited())
    await notify.send()

    states = Counter(one.state for one in await notify.messages())
    assert states == {State.KEPT: 32, State.COLLECTED: 1}


async def test_a_loop_is_broken_after_twenty_and_what_it_wrote_is_told_when_it_is_over(
    notify: Notify, clock: VirtualClock
) -> None:
    await notify.add_contact("ana")
    post = Taking()
    for _ in range(30):  # an automatic answer to each letter brings the next
        await notify.hear(message_posted())
        await notify.send(post)
        clock.move_to(clock.now() + MINUTE)
    while_it_runs = Counter(str(one.template) for one in post.taken)

    clock.move_to(clock.now() + HOUR)
    await notify.send(post)

    assert while_it_runs == {"staff_answered": 20, "loop_suspected": 1}
    assert [(one.template, one.subject) for one in post.taken[21:]] == [
        ("loop_digest", "Resumo: mensagens iguais que não enviamos uma a uma (10)")
    ]
    (warning,) = [one for one in post.taken if one.template == "loop_suspected"]
    assert warning.to_email == "equipe@next4.example"
    assert "ana" not in warning.body.lower().split()


async def test_two_runners_send_no_more_than_the_budget_and_each_letter_is_told_once(
    notify: Notify, clock: VirtualClock
) -> None:
    await notify.add_contact("ana")
    await notify.add_contact("bruno", organization_id=OTHER_ORGANIZATION)
    await notify.hear(*mixed(40))
    post = Taking()

    await asyncio.gather(*[notify.send(post) for _ in range(3)])
    await notify.send(post)
    clock.move_to(clock.now() + 15 * MINUTE)
    await asyncio.gather(*[notify.send(post) for _ in range(3)])
    await notify.send(post)

    written = [one for one in await notify.messages() if one.template not in budget.DIGESTS]
    digests = {one.message_id for one in post.taken if one.template in budget.DIGESTS}
    alone = [one.message_id for one in post.taken if one.template not in budget.DIGESTS]
    assert (len(alone), len(set(alone)), len(digests)) == (30, 30, 1)
    assert len(written) == 40
    assert all((one.digest_id in digests) != (one.message_id in alone) for one in written)


async def test_a_house_that_dies_between_collecting_and_sending_loses_nothing(
    notify: Notify, clock: VirtualClock
) -> None:
    await notify.add_contact("ana")
    await notify.hear(*mixed(32))
    await notify.send()
    clock.move_to(clock.now() + 15 * MINUTE)

    with pytest.raises(Invalid):
        await notify.send(Dying())
    await notify.hear(*mixed(1))
    clock.move_to(clock.now() + 2 * MINUTE)
    post = Taking()
    await notify.send(post)

    (digest,) = post.taken
    assert (digest.template, digest.attempts, digest.body.count("/tickets/")) == ("digest", 2, 2)
    waiting = [one for one in await notify.messages() if one.state is State.WAITING]
    assert [one.template for one in waiting] == ["digest"]


class Taking:
    """Keeps what it takes."""

    batch_messages = 10

    def __init__(self) -> None:
        self.taken: list[Message] = []

    async def send(self, message: Message) -> Outcome:
        """Take and keep it, and let others have their turn."""
        await asyncio.sleep(0)
        self.taken.append(message)
        return Accepted()


class Dying(Taking):
    """Falls over with a message in its hands."""

    async def send(self, message: Message) -> Outcome:
        """Take it nowhere."""
        raise Invalid("the house dies")
