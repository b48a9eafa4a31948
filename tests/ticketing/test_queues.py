"""The lists of the desk: by promise, plan and age; found by their words, and never by words one may not read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest

from shared.events.sla import ClockPaused, ClockResumed, ClockStarted, SlaMet
from tests.ticketing.desk import ACME, AGENT, APPROVER, CONTRACT, CUSTOMER, MANAGER, SPACE, STRANGER, Desk, ticket_id

pytestmark = pytest.mark.anyio


def clock(path: str, kind: type[Any] = ClockStarted, metric: str = "attendance", **more: Any) -> Any:
    """A fact about a promise of a ticket."""
    own = {
        "ticket_id": ticket_id(path),
        "contract_id": CONTRACT,
        "organization_id": ACME,
        "clock_id": uuid5(SPACE, metric),
        "metric": metric,
        "generation": 1,
    }
    return kind(**own, **more)


def started(path: str, due_at: datetime, metric: str = "attendance") -> ClockStarted:
    """A promise that runs."""
    told: ClockStarted = clock(
        path,
        metric=metric,
        plan_code="START",
        priority=None,
        target_minutes=60,
        started_at=due_at - timedelta(hours=1),
        due_at=due_at,
    )
    return told


async def numbers(desk: Desk, query: str, who: dict[str, Any] = AGENT) -> list[int]:
    """The numbers of the tickets of a list, in its order, over all of its pages of two."""
    found: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await desk.get(f"/v1/tickets?{query}&limit=2{cursor and f'&cursor={cursor}'}", who=who)
        found += [one["number"] for one in page["items"]]
        cursor = page["next_cursor"]
    return found


async def test_n8_what_is_due_first_stands_first_and_what_has_no_promise_last(next4: Desk) -> None:
    paths = [await next4.open() for _ in range(5)]
    now = next4.clock.now()
    for place, hours in ((0, 5), (1, 2), (3, 2), (4, 1)):
        await next4.hear(started(paths[place], now + timedelta(hours=hours)))

    assert await numbers(next4, "order=due") == [5, 2, 4, 1, 3]
    assert await numbers(next4, "order=newest") == [5, 4, 3, 2, 1]


async def test_the_first_of_several_promises_counts_and_only_while_it_runs(next4: Desk) -> None:
    path, other = await next4.open(), await next4.open()
    now = next4.clock.now()
    await next4.hear(started(other, now + timedelta(hours=4)))
    await next4.hear(started(path, now + timedelta(hours=1)), started(path, now + timedelta(hours=6), "delivery"))
    orders = [await numbers(next4, "order=due")]

    await next4.hear(
        clock(path, SlaMet, met_at=now, due_at=now + timedelta(hours=1), elapsed_seconds=60),
        clock(path, ClockPaused, "delivery", state="blocked", paused_at=now),
    )
    orders.append(await numbers(next4, "order=due"))
    await next4.hear(clock(path, ClockResumed, "delivery", resumed_at=now, due_at=now + timedelta(hours=3)))
    orders.append(await numbers(next4, "order=due"))

    assert orders == [[1, 2], [2, 1], [1, 2]]


async def test_what_has_ended_is_in_no_queue(next4: Desk) -> None:
    path, _ = await next4.open(), await next4.open()
    await next4.post(f"{path}/cancel", who=MANAGER)

    assert await numbers(next4, "order=due") == [2]
    assert await numbers(next4, "order=newest") == [2, 1]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("formulario", [3, 1]),
        ("FORMULÁRIO", [3, 1]),
        ("Não envia", [1]),
        ("printer", [2]),
        ("impressora", []),
        ("certificado", [2]),
        ("#2", [2]),
        ("3", [3]),
        ("%", []),
        ("'; drop table tickets", []),
    ],
)
async def test_tickets_are_found_by_their_words_in_two_languages(next4: Desk, words: str, found: list[int]) -> None:
    await next4.open(subject="Formulário não envia")
    path = await next4.open(subject="The printer is offline", description="Since today.")
    await next4.open(subject="Banner", description="Um formulario novo, por favor.")
    await next4.post(f"{path}/messages", {"text": "Instalamos o certificado."}, status=201)

    asked = words.replace("#", "%23").replace("%", "%25") if words == "%" else words.replace("#", "%23")
    assert await numbers(next4, f"q={asked}") == found
    assert await numbers(next4, f"q={asked}", CUSTOMER) == found
    assert await numbers(next4, f"q={asked}", STRANGER) == []


async def test_stems_are_found_on_postgresql(postgresql_desk: Desk) -> None:
    await postgresql_desk.open_shop("next4")
    await postgresql_desk.open(subject="As impressoras imprimindo", description="Two printers printing")

    for words in ("impressora", "imprimir", "printer", "printed"):
        assert await numbers(postgresql_desk, f"q={words}") == [1], words


async def test_a_customer_finds_nothing_by_internal_words(next4: Desk) -> None:
    path = await next4.open()
    await next4.post(f"{path}/messages", {"text": "Suspeitamos do firewall.", "public": False}, status=201)

    assert await numbers(next4, "q=firewall") == [1]
    assert await numbers(next4, "q=firewall", CUSTOMER) == []


async def test_words_of_several_texts_find_a_ticket_also_after_notes(next4: Desk) -> None:
    path = await next4.open(subject="Impressão cortada")
    await next4.post(f"{path}/messages", {"text": "Suspeitamos do firewall.", "public": False}, status=201)
    await next4.post(f"{path}/messages", {"text": "Trocamos o toner."}, status=201)

    for words, who, found in (
        ("impressao", AGENT, [1]),
        ("impressão", CUSTOMER, [1]),
        ("toner", AGENT, [1]),
        ("toner", CUSTOMER, [1]),
        ("firewall", AGENT, [1]),
        ("firewall", CUSTOMER, []),
        ("toner", STRANGER, []),
    ):
        assert await numbers(next4, f"q={words}", who) == found, words


async def test_a_list_is_narrowed_by_what_a_ticket_is(next4: Desk) -> None:
    first = await next4.open()
    await next4.open()
    one = await next4.get(first)

    assert await numbers(next4, f"contract_id={one['contract_id']}&status=registered&level=1") == [2, 1]
    assert await numbers(next4, "team=nobody") == []
    assert await numbers(next4, f"asset_id={UUID(int=9)}") == []


async def test_a_cursor_of_another_kind_is_refused(next4: Desk) -> None:
    await next4.open()

    answer = await next4.ask("GET", "/v1/tickets?order=due&cursor=Nw")

    assert (answer.status, answer.body["field"]) == (422, "cursor")


async def test_b23_the_incidents_of_a_person_are_their_history(next4: Desk) -> None:
    await next4.open()
    await next4.open(who=APPROVER)
    await next4.open()

    assert await numbers(next4, "opened_by=customer-1") == [3, 1]
    assert await numbers(next4, "opened_by=nobody") == []
    assert (await next4.get("/v1/tickets?opened_by=customer-1", who=STRANGER))["items"] == []
