"""A message on its way is leased: nothing is locked while a mail server takes its time, what is old goes."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from services.notify.domain import APPROVAL_LINK, Accepted, Message, Outcome, State
from services.notify.domain.delivery import LEASE
from services.notify.gateway import Shelf, Signer
from services.notify.jobs import jobs_with
from shared.auth import Keys
from shared.clock import VirtualClock
from shared.events.links import ANSWER_SHOWN, ApprovalLink
from shared.jobs import run_due
from tests.notify.shop import Notify, approval_requested, ticket_opened

pytestmark = pytest.mark.anyio


async def with_a_message(notify: Notify) -> None:
    await notify.add_contact("bruno")
    await notify.hear(ticket_opened())


async def test_no_transaction_is_open_while_a_message_is_handed_over_and_nobody_else_takes_it(
    notify: Notify, clock: VirtualClock
) -> None:
    await with_a_message(notify)
    slow = SlowPost(notify)

    await notify.send(slow)

    assert (slow.tried_by_others, slow.written_meanwhile) == (0, True)
    (message,) = await notify.messages()
    assert (message.state, message.attempts, message.settled_at) == (State.SENT, 1, clock.now())


async def test_what_was_sent_after_its_lease_is_settled_by_whoever_has_it_now(
    notify: Notify, clock: VirtualClock
) -> None:
    await with_a_message(notify)
    late = LatePost(notify, clock)

    await notify.send(late)

    assert [kind for kind, _ in await notify.told()] == ["notify.message_sent"]
    (message,) = await notify.messages()
    assert (message.state, message.attempts) == (State.SENT, 2)


class SlowPost:
    """While it hands a message over, the house writes, and another process looks for something to send."""

    batch_messages = 1

    def __init__(self, notify: Notify) -> None:
        self.notify = notify
        self.tried_by_others = -1
        self.written_meanwhile = False

    async def send(self, message: Message) -> Outcome:
        """Take it, after the others had their turn."""
        self.tried_by_others = await run_due(self.notify.database, jobs_with(Shelf(None)))
        await self.notify.add_contact("someone")
        self.written_meanwhile = True
        return Accepted()


class LatePost(SlowPost):
    """Takes longer than the lease runs, so that another process sends the message, too."""

    def __init__(self, notify: Notify, clock: VirtualClock) -> None:
        super().__init__(notify)
        self.clock = clock

    async def send(self, message: Message) -> Outcome:
        """Take it when it is too late."""
        self.clock.move_to(self.clock.now() + LEASE)
        await self.notify.send(QuickPost())
        return Accepted()


class QuickPost:
    """Takes whatever comes."""

    batch_messages = 10

    async def send(self, message: Message) -> Outcome:
        """Take it."""
        return Accepted()


async def test_messages_are_forgotten_after_two_years_and_not_before(notify: Notify, clock: VirtualClock) -> None:
    await with_a_message(notify)
    await notify.send(QuickPost())
    jobs = jobs_with(QuickPost())

    clock.move_to(clock.now() + timedelta(days=730))
    early = await run_due(notify.database, jobs)
    clock.move_to(clock.now() + timedelta(hours=2))

    assert (early, await run_due(notify.database, jobs)) == (0, 1)
    assert await notify.messages() == []


async def test_an_approver_s_letter_leaves_with_their_own_link_and_no_table_holds_it(notify: Notify) -> None:
    await notify.add_contact("ana")
    await notify.add_contact("bruno", may_approve=False)
    asked = approval_requested()
    await notify.hear(asked)
    keys, post = Keys(Keys.generate()), Taking()

    while await run_due(notify.database, jobs_with(post, Signer(keys, "https://desk.example/"))):
        pass

    ana, bruno = post.taken
    (token,) = re.findall(r"https://desk\.example/v1/approvals/(\S+)", ana.body)
    last = asked.valid_until + ANSWER_SHOWN - timedelta(seconds=1)
    assert keys.unseal(token, ApprovalLink, now=last) == ApprovalLink(
        tenant="next4",
        organization_id=asked.organization_id,
        contact_id="ana",
        ticket_id=asked.ticket_id,
        estimate_id=asked.estimate_id,
    )
    assert "/v1/approvals/" not in bruno.body
    assert [APPROVAL_LINK in one.body for one in await notify.messages()] == [True, False]


class Taking(QuickPost):
    """Keeps what it takes."""

    def __init__(self) -> None:
        self.taken: list[Message] = []

    async def send(self, message: Message) -> Outcome:
        """Take and keep it."""
        self.taken.append(message)
        return Accepted()
