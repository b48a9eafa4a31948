"""Why a promise falls due when it does: the strip of its time, without a gap, adding up to the second."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings

from services.sla import domain
from services.sla.domain import Metric, State
from tests.sla.conftest import Client
from tests.sla.shops import Life, Sla
from tests.sla.test_properties import Drawn, facts_of, fold, lives

pytestmark = pytest.mark.anyio
COVERED: Counter[str] = Counter()


async def strip(client: Client, life: Life, query: str = "") -> Any:
    """The explanation of the first clock of a ticket."""
    agent = client("agent")
    (clock, *_) = (await agent.get(f"/v1/clocks?ticket_id={life.id}")).json()["items"]
    answer = await agent.get(f"/v1/clocks/{clock['clock_id']}/explanation{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_due_instant_over_a_holiday_and_a_weekend_is_explained(blocktime: Sla, client: Client) -> None:
    life = Life(priority="low")
    await blocktime.hear(life.opened("2026-11-19T16:30"))

    told = await strip(client, life)

    assert [(one["kind"], one["reason"], one["seconds"]) for one in told["pieces"]] == [
        ("ran", None, 5400),
        ("closed", "outside_hours", 6 * 3600),
        ("closed", "holiday", 24 * 3600),
        ("closed", "weekend", 48 * 3600),
        ("closed", "outside_hours", 8 * 3600),
        ("ran", None, 9000),
    ]
    assert told["pieces"][2]["name"] == "Dia Nacional de Zumbi e da Consciência Negra"
    assert (told["ran_seconds"], told["pieces"][-1]["ends_at"]) == (14400, told["clock"]["due_at"])
    assert told["pieces"][0]["words"] == "19/11/2026 16:30 - 19/11/2026 18:00: contou 1 h 30 min"
    assert told["summary"] == "Atendimento em até 4 h (business, America/Sao_Paulo): vence em 23/11/2026 10:30."


async def test_a_pause_is_explained_in_english_as_well(blocktime: Sla, client: Client) -> None:
    life = Life(priority="low")
    await blocktime.hear(life.opened("2026-07-06T08:00"), life.paused("2026-07-06T09:00"))
    await blocktime.hear(life.resumed("2026-07-06T10:00"))

    told = await strip(client, life, "?locale=en")

    assert [one["words"].split(": ", 1)[1] for one in told["pieces"]] == [
        "ran for 1 h",
        "stood still: waiting for the customer",
        "ran for 3 h",
    ]
    assert told["summary"].endswith("due at 2026-07-06 13:00.")


async def test_another_organizations_clock_is_not_explained(blocktime: Sla, client: Client) -> None:
    life, other = Life(priority="low"), Life()
    await blocktime.hear(life.opened("2026-07-06T08:00"))
    (clock,) = await blocktime.clocks(life)

    answer = await client("customer", organization_id=other.organization_id).get(f"/v1/clocks/{clock.id}/explanation")

    assert answer.status_code == 404


@settings(max_examples=100, deadline=None)
@given(lives)
def test_every_strip_is_without_a_gap_and_adds_up(drawn: Drawn) -> None:
    facts = facts_of(drawn)
    ticket = fold(facts)
    now = facts[-1].at + timedelta(minutes=7)
    for wound in ticket.wound:
        clock = wound.clock
        told = domain.explain(wound, clock, ticket.waits, now=now)
        pieces = told.pieces
        assert all(one.ends_at == two.starts_at for one, two in pairwise(pieces))
        assert all(one.starts_at < one.ends_at for one in pieces)
        COVERED[clock.state] += bool(pieces)
        if clock.metric is Metric.DELIVERY or not pieces:
            continue
        assert pieces[0].starts_at == clock.started_at
        ran = wound.rule.calendar.elapsed_with_pauses(clock.started_at, pieces[-1].ends_at, wound.pauses(ticket.waits))
        assert told.ran_seconds == ran
        if clock.state is State.MET:
            assert (told.ran_seconds, pieces[-1].ends_at) == (clock.elapsed_seconds, clock.ended_at)
        if clock.state in (State.RUNNING, State.BREACHED):
            assert pieces[-1].ends_at == clock.due_at
            is_graced = wound.origin != clock.started_at
            COVERED["graced"] += is_graced
            assert is_graced or told.ran_seconds == clock.target_seconds


def test_the_strips_covered_every_state() -> None:
    assert {state.value for state in State} <= {str(one) for one in COVERED}
