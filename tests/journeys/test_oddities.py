"""Every write of the house, given what its schema takes and nobody expects: it is taken or refused by name, it is read
back as the document tells it, it can be searched for, and time goes on over it.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx

from shared import parked
from tests.journeys.hostile import plain
from tests.journeys.lived import EVERY_ROLE, SLOT, Lived, lived_in, principal
from tests.journeys.oddities import TEXTS, Oddity, oddities
from tests.journeys.test_abuse import base_of, writes
from tests.journeys.test_openapi import JSON, contradictions_of, operations, resolved

Json = dict[str, Any]

SLOW: Final = frozenset({"log_in"})  # a quarter of a second for each guess, whatever it is
# What this house, or its provider, has none of: refused each time, and by name.
NEVER_TAKEN: Final[Mapping[str, str]] = {
    "triage_ticket": "criticalities",
    "escalate_ticket": "a second level",
    "raise_alarm": "monitoring",
    "decide_estimate": "an estimate that waits",
    "answer_approval": "an estimate that waits",
    "miss_visit": "a visit that is over",
    "reopen_ticket": "a resolved ticket",
    "close_ticket": "a ticket without a timer that runs",
    "cancel_ticket": "a ticket without billable work",
    "redeem_login_link": "a link",
    "change_password": "a login of who asks",
    "change_view": "a view of who asks",
    "release_email": "letters of strangers",
    "reverse_hours": "a debit of this ticket",
    "put_calendar": "texts and numbers that are free: zones and hours",
    "negotiate_terms": "a draft",
    "name_account_manager": "a plan with an account manager",
    "change_plan": "a plan that stays",
    "import_index": "texts that are free: a table of an institute",
    "open_dispute": "minutes beyond the bank",
    "settle_dispute": "a dispute",
    "assign_ticket": "an agent with another name",
    "merge_ticket": "another ticket of this customer",
    "link_ticket": "another ticket of this customer",
    "set_asset": "another asset",
    "tick_step": "a checklist",
    "bring_opening_lot": "days that are free: those of a lot that lives",
    "change_login": "texts that are free: an address and roles",
    "try_out": "texts and numbers that are free: bounded minutes, days of a contract",
    "note_index_month": "texts that are free: a per cent",
    "note_fiscal_document": "a fiscal document that was asked for",
    "request_meeting": "texts and numbers that are free: minutes and a code",
}
# What of an example this house does not know, or what lies in its past.
HERE: Final[Mapping[str, Json]] = {
    "schedule_visit": SLOT,
    "reschedule_visit": SLOT,
    "keep_agent": {"levels": [1]},
    "keep_training": {"toured_on": "2026-11-20"},
    "start_timer": {"kind": "programming"},
    "report_recovery": {"recovered_at": "2026-11-30T09:00:00-03:00"},
    "register_login": {"subject": "carla", "email": "carla@next4.example", "password": None},
    "draft_contract": {"contract_id": None},
}
# After these a ticket waits, and takes little else.
LAST: Final = ("publish_estimate", "split_ticket")
# What is said of several fields together names another of them, or all.
TOGETHER: Final[Mapping[str, frozenset[str]]] = {
    "bring_opening_lot": frozenset({"expires_date"}),
    "post_message": frozenset({"body"}),
    "open_ticket": frozenset({"impact"}),
    "apply_billing_offer": frozenset({"body", "price_list.version"}),
}


class Kept:
    """A house's databases as they were, to be put back."""

    def __init__(self, folder: Path) -> None:
        """Copy them."""
        self.copies = {path: sqlite3.connect(":memory:") for path in sorted(folder.glob("*.db"))}
        for path, copy in self.copies.items():
            with closing(sqlite3.connect(path)) as live:
                live.backup(copy)

    def put_back(self) -> None:
        """Write them back; whoever has them open finds what was."""
        for path, copy in self.copies.items():
            with closing(sqlite3.connect(path)) as live:
                live.execute("PRAGMA synchronous=OFF")
                copy.backup(live)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A write with a body that this house takes, or refuses for a reason of its own: `plainly`.

    `is_once`: it is taken once, and refused the second time.
    """

    verb: str
    at: str
    operation: Json
    base: Any
    plainly: httpx.Response
    is_once: bool

    @property
    def name(self) -> str:
        """As the document calls it."""
        return str(self.operation["operationId"])


async def test_what_is_odd_is_taken_or_refused_by_name_and_the_house_lives_on(tmp_path: Path) -> None:
    async with lived_in(tmp_path) as lived:
        boss = lived.headers(principal(*EVERY_ROLE))
        await settle(lived, boss)
        kept = Kept(lived.house.folder.path)
        several = [await tried(lived, boss, kept, *one) for one in bodies()]
        taken: Counter[str] = Counter()
        wrong: list[str] = []
        for one in sorted(several, key=lambda one: (not one.is_once, one.name in LAST)):
            for odd in oddities(schema_of(one.operation), one.base):
                sent = {"Content-Type": JSON} | boss
                answer = await lived.http.request(one.verb, one.at, content=odd.content, headers=sent)
                wrong += faults(one, answer, odd)
                taken[one.name] += answer.is_success
                if one.is_once and answer.is_success:
                    kept.put_back()

        wrong += [fault async for fault in faults_of_reads(lived, boss)]
        await lived.house.world.move_to(lived.house.world.clock.now() + timedelta(days=2))

        assert wrong == []
        assert taken.total() > 500
        assert {one.name for one in several if not taken[one.name]} == NEVER_TAKEN.keys()
        for hosted in lived.house.world.hosted:
            async with hosted.database.reading() as tx:
                assert await parked.waiting(tx) == [], hosted.service.name


async def settle(lived: Lived, boss: Any) -> None:
    """An agent with a login, for what is asked of them."""
    agent = {"name": "Bia", "levels": [1]}
    login = {"subject": "bia.agente", "email": "bia@next4.example", "roles": ["agent"]}
    assert (await lived.http.put("/v1/agents/bia.agente", json=agent, headers=boss)).is_success
    assert (await lived.http.post("/v1/logins", json=login, headers=boss)).is_success


async def tried(lived: Lived, boss: Any, kept: Kept, verb: str, path: str, operation: Json) -> Tried:
    """What becomes of the plain body, and of the same again; the house is as it was."""
    at, base = lived.filled(path), await base_here(lived, path, operation, boss)
    plainly = await lived.http.request(verb, at, json=base, headers=boss)
    is_once = plainly.is_success and not (await lived.http.request(verb, at, json=base, headers=boss)).is_success
    kept.put_back()
    return Tried(verb=verb, at=at, operation=operation, base=base, plainly=plainly, is_once=is_once)


def bodies() -> Iterator[tuple[str, str, Json]]:
    """The writes that take JSON."""
    for verb, path, operation in writes():
        if JSON in operation.get("requestBody", {"content": {}})["content"] and operation["operationId"] not in SLOW:
            yield verb, path, operation


def schema_of(operation: Json) -> Json:
    """What a write takes."""
    schema: Json = operation["requestBody"]["content"][JSON]["schema"]
    return schema


async def base_here(lived: Lived, path: str, operation: Json, boss: Any) -> Any:
    """A body that this house takes: the document's example, with what is here."""
    base = with_known(await base_of(lived, path, operation, boss), lived.known)
    if not isinstance(base, dict):
        return base
    contract = {name: lived.known[name] for name in plain(schema_of(operation))["properties"] if name == "contract_id"}
    return base | contract | HERE.get(operation["operationId"], {})


def with_known(base: Any, known: Mapping[str, str]) -> Any:
    """A body whose ids are those of what is here."""
    if isinstance(base, dict):
        return {
            name: known[name] if name.endswith("_id") and name in known else with_known(value, known)
            for name, value in base.items()
        }
    return [with_known(one, known) for one in base] if isinstance(base, list) else base


def faults(one: Tried, answer: httpx.Response, odd: Oddity) -> Iterator[str]:
    """What is wrong with an answer to something odd."""
    at = f"{one.name} {odd.what}: {answer.status_code}"
    if answer.status_code >= 500:
        yield f"{at} {answer.text[:100]}"
        return
    yield from (f"{at} {fault[:200]}" for fault in contradictions_of(one.operation, answer))
    if answer.status_code not in (400, 422):
        return
    named = str(answer.json().get("field"))
    allowed = set(TOGETHER.get(one.name, ()))
    if one.plainly.status_code >= 400:
        allowed.add(str(one.plainly.json().get("field")))
    is_named = named.startswith(odd.where) or odd.where.startswith(named)  # a window is named as a whole
    if not is_named and named not in allowed:
        yield f"{at} names {named}: {answer.json()['detail'][:100]}"


async def faults_of_reads(lived: Lived, boss: Any) -> AsyncIterator[str]:
    """What is wrong with what is read back, and with a search for what is odd."""
    for verb, path, operation in operations():
        if verb != "GET" or "text/event-stream" in operation["responses"]["200"]["content"]:
            continue
        given = [resolved(one) for one in operation["parameters"]]
        queries: list[Json] = [{}]
        if any(one["name"] == "q" for one in given):
            queries += [{"q": text} for text in TEXTS.values()]
        for query in queries:
            answer = await lived.http.get(lived.filled(path), params=query, headers=boss)
            for one in contradictions_of(operation, answer):
                yield f"{path} {query}: {one[:200]}"
