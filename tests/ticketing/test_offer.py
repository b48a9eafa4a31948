"""What a provider may apply: both shops' sections, and what does not fit together named by field and rule."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from services.ticketing.offer import Item, Level, PlanFeatures, Section, Template, Text, Triage
from shared.calendar import CalendarSpec
from shared.errors import Invalid
from tests.ticketing.desk import ADMIN, CUSTOMER, Desk, section

pytestmark = pytest.mark.anyio

NAME = Text(pt_br="Nome", en="Name")


@pytest.mark.parametrize("shop", ["next4", "blocktime"])
async def test_both_shops_are_applied_once_and_read_back(desk: Desk, shop: str) -> None:
    desk.tenant = shop
    first = await desk.ask("PUT", "/v1/offers/ticketing", section(shop), who=ADMIN)
    again = await desk.ask("PUT", "/v1/offers/ticketing", section(shop), who=ADMIN)
    assert (first.status, first.body) == (200, {"version": 1, "changed": True})
    assert (again.status, again.body) == (200, {"version": 1, "changed": False})

    read = await desk.get("/v1/offers/ticketing", who=CUSTOMER)
    applied = msgspec.json.encode(section(shop), order="sorted")
    assert msgspec.json.encode(msgspec.convert(read, Section), order="sorted") == applied
    assert (await desk.ask("GET", "/v1/offers/ticketing", tenant="nobody")).status == 404


@pytest.mark.parametrize(
    ("shop", "changes", "field", "rule"),
    [
        ("next4", {"calendar": "moon"}, "calendar", "N16"),
        ("next4", {"plan_features": {"GOLD": PlanFeatures(calendar="moon")}}, "plan_features.GOLD.calendar", "B2"),
        ("next4", {"levels": ()}, "levels", "B24"),
        ("next4", {"levels": (Level(level=2, name=NAME),)}, "levels", "B24"),
        ("next4", {"catalogue": {"seo": Item(name=NAME, area="moon")}}, "catalogue.seo.area", "N2"),
        ("next4", {"templates": {"move": Template(name=NAME, item="moon")}}, "templates.move.item", "N43"),
        ("blocktime", {"priorities": {}}, None, "B25"),
        ("next4", {"triage": Triage(impacts={"one": NAME}, operations={"stopped": NAME})}, None, "B25"),
    ],
)
async def test_what_does_not_fit_together_is_refused(
    desk: Desk, shop: str, changes: dict[str, Any], field: str | None, rule: str
) -> None:
    desk.tenant = shop
    whole = msgspec.structs.replace(section(shop), **changes)
    answer = await desk.ask("PUT", "/v1/offers/ticketing", whole, who=ADMIN)
    assert (answer.status, answer.body["code"]) == (422, "invalid")
    assert answer.body["rule"] == rule
    assert field is None or answer.body["field"] == field
    assert (await desk.ask("GET", "/v1/offers/ticketing")).status == 404


def test_a_calendar_that_never_opens_is_refused() -> None:
    shop = section("next4")
    never = {shop.calendar: CalendarSpec(name="never", timezone="America/Sao_Paulo", hours={})}
    with pytest.raises(Invalid) as refused:
        msgspec.structs.replace(shop, calendars=never).check()
    assert (refused.value.field, refused.value.rule_broken) == (f"calendars.{shop.calendar}.hours", "S-22")


async def test_a_field_that_nobody_knows_is_refused(desk: Desk) -> None:
    whole = msgspec.to_builtins(section("next4")) | {"chanels": {}}
    answer = await desk.ask("PUT", "/v1/offers/ticketing", whole, who=ADMIN)
    assert answer.status in (400, 422)
    assert "chanels" in answer.body["detail"]
