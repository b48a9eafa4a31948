"""Every door of the house, given what nobody should send: refused with its field, nothing changed, nothing broken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import httpx

from tests.journeys import hostile
from tests.journeys.lived import EVERY_ROLE, OWN, Lived, principal
from tests.journeys.test_openapi import JSON, PROBLEM, body_of, contradictions_of, operations, resolved

Json = dict[str, Any]

FORM: Final = "application/x-www-form-urlencoded"
OF_TIME: Final = "/v1/clock"  # a rehearsal's own


def writes() -> Iterator[tuple[str, str, Json]]:
    """Method, path and operation of every write."""
    for verb, path, operation in operations():
        if verb != "GET" and path != OF_TIME:
            yield verb, path, operation


async def base_of(lived: Lived, path: str, operation: Json, headers: Any) -> Any:
    """A body that an operation would take: the example of its document, an offer as it was applied."""
    shown = body_of(operation)
    return shown if shown is not None else (await lived.http.get(path, headers=headers)).json()


def faults(operation: Json, answer: httpx.Response, abuse: hostile.Abuse) -> Iterator[str]:
    """What is wrong with a refusal."""
    at = f"{operation['operationId']} {abuse.what}: {answer.status_code}"
    if not 400 <= answer.status_code < 500 or str(answer.status_code) not in operation["responses"]:
        yield f"{at} {answer.text[:100]}"
    elif answer.headers["content-type"] != PROBLEM:
        yield f"{at} {answer.headers['content-type']}"
    elif abuse.names and not (named := str(answer.json().get("field"))).startswith(abuse.names):
        yield f"{at} names {named}, not {abuse.names}: {answer.json()['detail'][:100]}"


async def test_a_body_that_is_wrong_is_refused_at_every_write_with_the_field_and_changes_nothing(lived: Lived) -> None:
    boss = lived.headers(principal(*EVERY_ROLE))
    before, told = await lived.kept(OWN), await lived.told()

    wrong: list[str] = []
    tried = 0
    for verb, path, operation in writes():
        content = operation.get("requestBody", {"content": {}})["content"]
        if JSON not in content:
            continue
        base = await base_of(lived, path, operation, boss)
        for abuse in hostile.bodies(content[JSON]["schema"], base):
            sent = {"Content-Type": JSON} | boss | dict(abuse.headers)
            answer = await lived.http.request(verb, lived.filled(path), content=abuse.content, headers=sent)
            tried += 1
            wrong += faults(operation, answer, abuse)

    assert tried > 3000
    assert wrong == []
    assert await lived.told() == told
    assert await lived.kept(OWN) == before


async def test_a_form_that_is_wrong_is_refused_and_changes_nothing(lived: Lived) -> None:
    before = await lived.kept(OWN)

    wrong: list[str] = []
    for verb, path, operation in writes():
        if FORM not in operation.get("requestBody", {"content": {}})["content"]:
            continue
        for abuse in hostile.forms():
            answer = await lived.http.request(verb, path, content=abuse.content, headers=dict(abuse.headers))
            wrong += [*faults(operation, answer, abuse), *contradictions_of(operation, answer)]

    assert wrong == []
    assert await lived.kept(OWN) == before


async def test_a_header_that_nobody_can_read_is_refused_at_every_write_and_changes_nothing(lived: Lived) -> None:
    boss = lived.headers(principal(*EVERY_ROLE))
    before = await lived.kept(OWN)

    wrong: list[str] = []
    for verb, path, operation in writes():
        takes = {resolved(one)["name"] for one in operation["parameters"]}
        body = await base_of(lived, path, operation, boss) if "requestBody" in operation else None
        for abuse in hostile.headers():
            if abuse.names in takes and operation["security"] != []:
                sent = boss | dict(abuse.headers)
                answer = await lived.http.request(verb, lived.filled(path), json=body, headers=sent)
                wrong += faults(operation, answer, abuse)

    assert wrong == []
    assert await lived.kept(OWN) == before


async def test_an_address_that_is_wrong_is_refused_at_every_read_and_breaks_nothing(lived: Lived) -> None:
    boss = lived.headers(principal(*EVERY_ROLE))
    before = await lived.kept(OWN)

    wrong: list[str] = []
    for verb, path, operation in operations():
        if verb != "GET" or "text/event-stream" in operation["responses"]["200"]["content"]:
            continue
        given = [resolved(one) for one in operation["parameters"]]
        named = [one["name"] for one in given if one["in"] == "path"]
        for abuse, query in hostile.queries(given):
            answer = await lived.http.get(lived.filled(path), params=query, headers=boss)
            if answer.status_code != 404 or all(name in lived.known for name in named):  # else it is not in this house
                wrong += faults(operation, answer, abuse)
            wrong += contradictions_of(operation, answer)
        for one in (one for one in given if one["in"] == "path"):
            for value in hostile.SEGMENTS:
                answer = await lived.http.get(path.replace(f"{{{one['name']}}}", value), headers=boss)
                if answer.status_code not in (200, 401, 404, 422) or answer.status_code >= 500:
                    wrong.append(f"{path} with {value[:20]}: {answer.status_code} {answer.text[:100]}")

    assert wrong == []
    assert await lived.kept(OWN) == before
