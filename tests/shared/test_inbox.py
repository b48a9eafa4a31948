"""The inbox: in order, in batches, exactly once in effect; a refused fact parks its stream and no other."""

import asyncio

import pytest
import sqlalchemy as sa

from shared.db import Transaction
from shared.events.notify import MessageSent
from shared.inbox import Outcome
from tests.shared.conftest import OpenDatabase
from tests.shared.listening import AT, TENANT, Listener, bodies, body, failed, heard, new_stream, sent, told

APPLIED, IGNORED, DUPLICATE = Outcome.APPLIED, Outcome.IGNORED, Outcome.DUPLICATE
PARKED, GAP = Outcome.PARKED, Outcome.GAP


async def test_a_batch_is_handled_in_order_and_the_cursors_follow(listener: Listener) -> None:
    one, two = new_stream(), new_stream()
    first, second, third = bodies(one, 1, 2, 3)
    (other,) = bodies(two, 1)

    outcomes = await listener.inbox.take([first, other, second, third])

    assert outcomes == [APPLIED] * 4
    assert await listener.heard() == [(one, 1), (two, 1), (one, 2), (one, 3)]
    assert await listener.cursors() == {one: 3, two: 1}


async def test_a_repeat_is_dropped_in_the_same_batch_and_in_a_later_one(listener: Listener) -> None:
    stream = new_stream()
    facts = bodies(stream, 1, 2)

    assert await listener.inbox.take([facts[0], facts[0], facts[1]]) == [APPLIED, DUPLICATE, APPLIED]
    assert await listener.inbox.take(facts) == [DUPLICATE, DUPLICATE]

    assert await listener.heard() == [(stream, 1), (stream, 2)]


async def test_two_of_one_stream_that_were_swapped_on_the_way_are_handled_by_their_numbers(listener: Listener) -> None:
    one, two = new_stream(), new_stream()
    (other,) = bodies(two, 1)
    first, second, third = bodies(one, 1, 2, 3)

    outcomes = await listener.inbox.take([third, other, first, second])

    assert outcomes == [APPLIED] * 4
    assert await listener.heard() == [(one, 1), (two, 1), (one, 2), (one, 3)]


async def test_a_fact_of_another_kind_is_counted_and_not_heard(listener: Listener) -> None:
    stream = new_stream()

    outcomes = await listener.inbox.take([body(failed(stream, 1)), body(sent(stream, 2))])

    assert outcomes == [IGNORED, APPLIED]
    assert await listener.heard() == [(stream, 2)]
    assert await listener.cursors() == {stream: 2}


async def test_a_gap_is_answered_and_changes_nothing_until_the_missing_fact_comes(listener: Listener) -> None:
    stream, other = new_stream(), new_stream()
    first, second, third = bodies(stream, 1, 2, 3)

    assert await listener.inbox.take([second, *bodies(other, 1), third]) == [GAP, APPLIED, GAP]
    assert await listener.heard() == [(other, 1)]

    assert await listener.inbox.take([second, third, first]) == [APPLIED] * 3
    assert await listener.heard() == [(other, 1), (stream, 1), (stream, 2), (stream, 3)]


async def test_a_gap_given_up_is_parked_and_heals_when_the_missing_fact_comes_after_all(listener: Listener) -> None:
    stream = new_stream()
    first, second, third = bodies(stream, 1, 2, 3)

    assert await listener.inbox.take([second, third], give_up_on_gaps=True) == [PARKED, PARKED]
    assert [one.error for one in await listener.parked()] == ["gap: 1 is missing", "waits behind a parked fact"]
    assert await listener.inbox.take([second]) == [DUPLICATE]
    assert await listener.inbox.take([first]) == [APPLIED]

    assert await listener.heard() == [(stream, 1), (stream, 2), (stream, 3)]
    assert await listener.cursors() == {stream: 3}
    assert await listener.parked() == []


async def test_a_refused_fact_in_the_middle_of_a_batch_parks_its_stream_and_no_other(listener: Listener) -> None:
    bad, good = new_stream(), new_stream()
    listener.refused = {2}
    facts = [*bodies(bad, 1, 2), *bodies(good, 1), *bodies(bad, 3), body(sent(good, 20), sequence=2)]

    assert await listener.inbox.take(facts) == [APPLIED, PARKED, APPLIED, PARKED, APPLIED]

    assert await listener.heard() == [(bad, 1), (good, 1), (good, 20)]
    assert await listener.cursors() == {bad: 1, good: 2}
    first, second = await listener.parked()
    assert (first.teller, first.stream, first.sequence) == ("notify", bad, 2)
    assert (first.type, first.tenant, first.error) == ("notify.message_sent", TENANT, "Unlucky: 2 is unlucky")
    assert (second.sequence, second.error) == (3, "waits behind a parked fact")


async def test_facts_of_a_parked_stream_line_up_behind_it_and_repeats_are_dropped(listener: Listener) -> None:
    stream = new_stream()
    listener.refused = {1}
    first, second, third = bodies(stream, 1, 2, 3)
    await listener.inbox.take([first])

    assert await listener.inbox.take([second, first, third]) == [PARKED, DUPLICATE, PARKED]

    assert await listener.parked_numbers() == [1, 2, 3]
    assert await listener.heard() == []


async def test_a_parked_fact_is_not_tried_again_by_those_that_come_behind_it(listener: Listener) -> None:
    """Else every later fact of its stream would roll a whole batch back, those of innocent streams with it."""
    bad, good = new_stream(), new_stream()
    listener.refused = {1}
    first, second, third = bodies(bad, 1, 2, 3)
    await listener.inbox.take([first])
    listener.tried.clear()

    assert await listener.inbox.take([second, *bodies(good, 8), third]) == [PARKED, GAP, PARKED]
    assert await listener.inbox.take([body(sent(good, 9), sequence=1)]) == [APPLIED]

    assert listener.tried == [9]
    assert await listener.parked_numbers() == [1, 2, 3]


async def test_what_waits_behind_a_gap_keeps_its_own_error_when_it_is_refused(listener: Listener) -> None:
    stream = new_stream()
    listener.refused = {2}
    first, second, third = bodies(stream, 1, 2, 3)
    await listener.inbox.take([second, third], give_up_on_gaps=True)

    assert await listener.inbox.take([first]) == [APPLIED]

    assert await listener.heard() == [(stream, 1)]
    assert [one.error for one in await listener.parked()] == ["Unlucky: 2 is unlucky", "waits behind a parked fact"]


@pytest.mark.parametrize("rubbish", [b"", b"\xff\x00", b"{}", b'{"specversion": "1.0"}', b"[" * 50_000])
async def test_a_body_that_is_no_envelope_is_kept_once_and_stops_nobody(listener: Listener, rubbish: bytes) -> None:
    stream = new_stream()
    first, second = bodies(stream, 1, 2)

    assert await listener.inbox.take([first, rubbish, second]) == [APPLIED, PARKED, APPLIED]
    assert await listener.inbox.take([rubbish]) == [PARKED]

    (kept,) = await listener.parked()
    assert (kept.stream, kept.error) == (None, "no envelope")
    assert await listener.heard() == [(stream, 1), (stream, 2)]


@pytest.mark.parametrize("harm", [(b'"attempts":1', b'"attempts":"x"'), (b"message_sent", b"message_lost")])
async def test_a_fact_whose_data_is_not_what_its_type_promises_parks_its_stream(
    listener: Listener, harm: tuple[bytes, bytes]
) -> None:
    stream = new_stream()
    (fact,) = bodies(stream, 1)

    outcomes = await listener.inbox.take([fact.replace(*harm)])

    # A kind that this release does not know is none that it cares for: the wire grows.
    assert outcomes == [PARKED if b"attempts" in harm[0] else IGNORED]
    assert await listener.heard() == []


@pytest.mark.parametrize("sequence", [0, -1])
async def test_a_number_that_no_teller_gives_is_unreadable_and_not_a_repeat(listener: Listener, sequence: int) -> None:
    assert await listener.inbox.take([body(sent(new_stream(), 1), sequence=sequence)]) == [PARKED]


async def test_something_passing_is_tried_again_in_place_until_it_passes(listener: Listener) -> None:
    stream = new_stream()
    listener.passing_errors = [ConnectionError("away"), TimeoutError("slow")]

    assert await listener.inbox.take(bodies(stream, 1, 2)) == [APPLIED, APPLIED]

    assert await listener.heard() == [(stream, 1), (stream, 2)]
    assert await listener.parked() == []


async def test_a_service_that_stops_settles_nothing_while_its_database_is_away(listener: Listener) -> None:
    listener.passing_errors = [ConnectionError("away")]
    listener.inbox.stopping.set()

    with pytest.raises(ConnectionError):
        await listener.inbox.take(bodies(new_stream(), 1))

    assert await listener.heard() == []
    assert await listener.cursors() == {}


async def test_what_a_handler_tells_names_the_fact_that_caused_it(listener: Listener) -> None:
    stream = new_stream()
    (fact,) = bodies(stream, 1)

    async def answer(tx: Transaction, event: MessageSent) -> None:
        await tx.publish(failed(event.message_id, 7))

    listener.subscriptions.by_type["notify.message_sent"] = (MessageSent, answer)
    await listener.inbox.take([fact])

    (envelope,) = await told(listener.database)
    assert envelope.causationid is not None
    assert envelope.causationid.encode() in fact
    assert (envelope.tenant, envelope.sequence, envelope.event()) == (TENANT, 1, failed(stream, 7))
    assert envelope.traceparent == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_a_handlers_own_unique_violation_is_no_repeat_but_a_refusal(listener: Listener) -> None:
    stream = new_stream()
    again = body(sent(stream, 1), sequence=2)

    assert await listener.inbox.take([*bodies(stream, 1), again]) == [APPLIED, PARKED]

    (kept,) = await listener.parked()
    assert kept.error.startswith("IntegrityError")
    assert "welcome" not in kept.error


async def test_two_consumers_at_once_do_everything_once(open_postgresql: OpenDatabase) -> None:
    streams = [new_stream() for _ in range(8)]
    facts = [fact for number in range(1, 9) for stream in streams for fact in bodies(stream, number)]
    old, new = [Listener(await open_postgresql("echo")) for _ in range(2)]

    for start in range(0, len(facts), 16):
        batch = facts[start : start + 16]
        both = await asyncio.gather(old.inbox.take(batch), new.inbox.take(batch))
        assert all({one, two} == {APPLIED, DUPLICATE} for one, two in zip(*both, strict=True))

    assert sorted(await old.heard()) == sorted((stream, number) for stream in streams for number in range(1, 9))
    assert await new.parked() == []


async def test_a_refused_fact_is_rolled_back_whole(listener: Listener) -> None:
    stream = new_stream()
    listener.refused = {1}

    await listener.inbox.take(bodies(stream, 1))

    async with listener.database.reading() as tx:
        assert (await tx.execute(sa.select(heard))).all() == []
    (kept,) = await listener.parked()
    assert kept.parked_at > AT


@pytest.mark.parametrize("number", [2**31, 2**63 - 1])
async def test_a_number_that_no_stream_reaches_is_no_envelope(listener: Listener, number: int) -> None:
    stream = new_stream()

    assert await listener.inbox.take([body(sent(stream, 1), sequence=number), *bodies(stream, 1)]) == [PARKED, APPLIED]

    assert await listener.heard() == [(stream, 1)]


async def test_an_address_that_postgresql_cannot_hold_is_no_envelope(listener: Listener) -> None:
    stream = new_stream()
    (good,) = bodies(stream, 1)
    poison = good.replace(b'"blocktime"', b'"block\\u0000time"')
    assert poison != good

    assert await listener.inbox.take([poison, good]) == [PARKED, APPLIED]

    assert [one.error for one in await listener.parked()] == ["no envelope"]


async def test_two_consumers_that_park_the_first_fact_of_a_stream_at_once_both_go_on(
    open_postgresql: OpenDatabase,
) -> None:
    """A takeover: neither finds a cursor to lock, both refuse the fact and keep it."""
    one, two = Listener(await open_postgresql("echo")), Listener(await open_postgresql("echo"))
    one.refused = two.refused = {1}
    for _ in range(10):
        facts = bodies(new_stream(), 1)
        outcomes = await asyncio.gather(one.inbox.take(facts), two.inbox.take(facts))
        assert sorted(outcome.value for (outcome,) in outcomes) in (["duplicate", "parked"], ["parked", "parked"])

    assert len(await one.parked()) == 10


@pytest.mark.parametrize(
    "poison",
    [b'{"x":' + b"[" * 100_000, b'{"type":"\xff"}', b'{"tenant":"\\ud800"}'],
    ids=["deep", "no UTF-8", "half a pair"],
)
async def test_a_body_that_no_reader_survives_is_parked_and_the_others_go_on(listener: Listener, poison: bytes) -> None:
    stream = new_stream()

    assert await listener.inbox.take([poison, *bodies(stream, 1)]) == [PARKED, APPLIED]
    assert await listener.inbox.take([poison]) == [PARKED]

    assert len(await listener.parked()) == 1
