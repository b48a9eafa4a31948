"""Every door of the house, tried by those who may not come in: nothing is read, nothing changes, nothing breaks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx

from shared.auth import CUSTOMERS, Keys, Role
from shared.events import TELLERS
from tests.journeys.lived import EVERY_ROLE, OTHER, OWN, Lived, principal
from tests.journeys.test_openapi import body_of, operations, resolved

OF_TIME = "/v1/clock"  # a rehearsal's own, of no tenant


def guarded() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and operation of every door that asks for a token."""
    for verb, path, operation in operations():
        if operation["security"] != [] and path != OF_TIME:
            yield verb, path, operation


async def tried(lived: Lived, verb: str, path: str, operation: dict[str, Any], headers: Any) -> httpx.Response:
    """One try at a door, with the body that its document shows."""
    query = {
        one["name"]: str(lived.known.get(one["name"], next(iter(one["schema"].get("examples", ["2026-11"])))))
        for one in (resolved(given) for given in operation["parameters"])
        if one["in"] == "query" and one.get("required")
    }
    body = body_of(operation) if verb != "GET" else None
    return await lived.http.request(verb, lived.filled(path), json=body, params=query, headers=headers)


async def test_who_shows_no_token_or_a_bad_one_is_not_let_in(lived: Lived) -> None:
    boss = principal(*EVERY_ROLE)
    bad = {
        "none": {},
        "no bearer": {"Authorization": "Basic YTpi"},
        "forged": lived.headers(boss, keys=Keys(Keys.generate())),
        "expired": lived.headers(boss, lifetime=timedelta(days=-1)),
    }
    before = await lived.kept(OWN)

    let_in = [
        f"{name}: {verb} {path} {answer.status_code}"
        for verb, path, operation in guarded()
        for name, headers in bad.items()
        if (answer := await tried(lived, verb, path, operation, headers)).status_code != 401
    ]

    assert let_in == []
    assert await lived.kept(OWN) == before


async def test_who_lacks_the_role_is_not_let_in(lived: Lived) -> None:
    before = await lived.kept(OWN)
    doors = [(verb, path, one, EVERY_ROLE - set(map(Role, one["x-roles"]))) for verb, path, one in guarded()]

    let_in = [
        f"{role}: {verb} {path} {answer.status_code}"
        for verb, path, operation, lacking in doors
        for role in sorted(lacking)
        if (
            answer := await tried(
                lived,
                verb,
                path,
                operation,
                lived.headers(principal(role, organization_id=lived.organization_id if role in CUSTOMERS else None)),
            )
        ).status_code
        != 403
    ]

    assert len([door for door in doors if door[3]]) > 50
    assert let_in == []
    assert await refusals(lived) == {(one["operationId"], role) for _, _, one, lacking in doors for role in lacking}
    assert await lived.kept(OWN) == before


async def refusals(lived: Lived) -> set[tuple[str, Role]]:
    """Which operations were refused to whom, as the services noted it."""
    found: set[tuple[str, Role]] = set()
    boss = lived.headers(principal(*EVERY_ROLE))
    for name in TELLERS:
        cursor: dict[str, str] = {}
        while True:
            query = {"refused": "true", "subject": "intruder", "limit": "200", **cursor}
            page = (await lived.http.get(f"/v1/audit/{name}", params=query, headers=boss)).json()
            found |= {(one["operation"], Role(one["roles"][0])) for one in page["items"] if one["status"] == 403}
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
    return found


async def test_another_provider_finds_nothing_and_changes_nothing(lived: Lived) -> None:
    boss = lived.headers(principal(*EVERY_ROLE, tenant=OTHER))
    before = await lived.kept(OWN)

    seen: list[str] = []
    for verb, path, operation in guarded():
        answer = await tried(lived, verb, path, operation, boss)
        names_theirs = lived.is_named_in(path)
        if answer.status_code >= 500 or (names_theirs and answer.status_code < 400):
            seen.append(f"{verb} {path} {answer.status_code}")
        if names_theirs and verb == "GET" and answer.status_code != 404:
            seen.append(f"{verb} {path} {answer.status_code} instead of 404")
        if answer.status_code < 400 and lived.is_told_in(answer):
            seen.append(f"{verb} {path} tells of them")

    assert seen == []
    assert await lived.kept(OWN) == before


async def test_another_organization_finds_nothing_and_changes_nothing(lived: Lived) -> None:
    stranger = lived.headers(principal(Role.CUSTOMER, Role.APPROVER))
    before = await lived.kept(OWN)

    seen: list[str] = []
    for verb, path, operation in guarded():
        if not lived.is_named_in(path):
            continue
        answer = await tried(lived, verb, path, operation, stranger)
        if answer.status_code < 400 or answer.status_code >= 500:
            seen.append(f"{verb} {path} {answer.status_code}")
        if verb == "GET" and answer.status_code not in (403, 404):
            seen.append(f"{verb} {path} {answer.status_code} instead of 404")

    assert seen == []
    assert await lived.kept(OWN) == before


async def test_no_list_shows_a_stranger_of_the_same_provider_anything(lived: Lived) -> None:
    stranger = lived.headers(principal(Role.CUSTOMER, Role.APPROVER))

    shown = [
        path
        for verb, path, operation in guarded()
        if verb == "GET" and "{" not in path
        for answer in [await tried(lived, verb, path, operation, stranger)]
        if lived.is_told_in(answer)
    ]

    assert shown == []
