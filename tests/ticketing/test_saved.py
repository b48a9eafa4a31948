"""Lists saved by name: one's own and the team's; what is another's is not there."""

from __future__ import annotations

import pytest

from tests.ticketing.desk import AGENT, CUSTOMER, MANAGER, Desk

pytestmark = pytest.mark.anyio

RED = {"name": "Urgentes da rede", "filter": {"level": 2, "team": "rede"}, "order": "due"}


async def test_a_view_is_kept_as_it_was_saved_and_changed_by_its_version(next4: Desk) -> None:
    saved = await next4.post("/v1/views", RED, status=201)
    path = f"/v1/views/{saved['view_id']}"

    changed = await next4.ask("PUT", path, {**RED, "name": "Rede"}, headers={"If-Match": '"1"'})
    stale = await next4.ask("PUT", path, {**RED, "name": "Outra"}, headers={"If-Match": '"1"'})

    assert (saved["order"], saved["filter"]["level"], saved["filter"]["team"]) == ("due", 2, "rede")
    assert (changed.status, changed.etag) == (200, '"2"')
    assert stale.status == 412
    assert (await next4.get(path))["name"] == "Rede"


async def test_only_what_is_shared_is_there_for_others_and_only_its_owner_changes_it(next4: Desk) -> None:
    own = await next4.post("/v1/views", RED, status=201)
    shared = await next4.post("/v1/views", {**RED, "shared": True}, status=201)
    paths = [f"/v1/views/{one['view_id']}" for one in (own, shared)]

    read = [(await next4.ask("GET", path, who=MANAGER)).status for path in paths]
    written = [(await next4.ask("PUT", path, RED, who=MANAGER)).status for path in paths]
    removed = [(await next4.ask("DELETE", path, who=MANAGER)).status for path in paths]
    elsewhere = [(await next4.ask("GET", path, tenant="blocktime")).status for path in paths]

    assert (read, written, removed, elsewhere) == ([404, 200], [404, 404], [404, 404], [404, 404])
    assert [one["view_id"] for one in (await next4.get("/v1/views", who=MANAGER))["items"]] == [shared["view_id"]]
    assert [one["version"] for one in (await next4.get("/v1/views", who=AGENT))["items"]] == [1, 1]


async def test_a_view_is_removed_by_its_owner_and_customers_have_none(next4: Desk) -> None:
    saved = await next4.post("/v1/views", RED, status=201)

    removed = await next4.ask("DELETE", f"/v1/views/{saved['view_id']}")
    refused = await next4.ask("POST", "/v1/views", RED, who=CUSTOMER)

    assert (removed.status, refused.status) == (200, 403)
    assert (await next4.get("/v1/views"))["items"] == []
