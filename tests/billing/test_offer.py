"""Billing's section of the two shops' offers, and what is refused in one."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import msgspec
import pytest

from services.billing.offer import Section
from tests.billing.shops import document, section


def test_next4_says_what_its_page_says() -> None:
    shop = section("next4")

    plans = {plan.code: (plan.price_cents, plan.monthly_minutes, plan.discount_percent) for plan in shop.plans}
    features = {plan.code: (plan.sla_minutes, plan.features.whatsapp_group) for plan in shop.plans}
    assert plans == {
        "START": (65400, 180, 5),
        "BASIC": (145000, 420, 10),
        "ADVANCED": (293000, 900, 15),
        "CUSTOM": (None, None, 20),
    }
    assert features == {
        "START": (240, "none"),
        "BASIC": (180, "normal"),
        "ADVANCED": (120, "emergency_only"),
        "CUSTOM": (120, "emergency_only"),
    }
    assert [plan.features.account_manager for plan in shop.plans] == [False, True, True, True]
    assert (shop.plans[3].min_minutes, shop.plans[3].negotiable) == (1200, True)
    assert (shop.price_list.full_hour_price_cents, shop.terms.net_days) == (23000, 10)


def test_blocktime_leaves_its_prices_to_be_negotiated() -> None:
    shop = section("blocktime")

    assert [plan.code for plan in shop.plans] == ["START", "PRO", "PREMIUM", "DEDICADO"]
    assert all(plan.price_cents is None and plan.negotiable for plan in shop.plans)
    assert (shop.price_list.full_hour_price_cents, shop.price_list.negotiable) == (None, True)
    assert (shop.terms.minimum_term_months, shop.terms.notice_days) == (12, 30)
    assert (shop.onboarding.require_cnpj, shop.onboarding.min_devices) == (True, 3)


def _put(path: str, value: object) -> dict[str, Any]:
    changed: Any = deepcopy(document("next4"))
    *steps, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    place = changed
    for step in steps:
        place = place[step]
    place[last] = value
    whole: dict[str, Any] = changed
    return whole


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        ("plans/0/price_cents", None, r"null_unmarked: .* negotiable: true .*plans\[0\]"),
        ("plans/0/monthly_minutes", None, "null_unmarked"),
        ("plans/3/monthly_minutes", 600, "below_minimum"),
        ("plans/0/price_cents", -1, r"plans\[0\].price_cents"),
        ("plans/0/price_cents", 654.5, r"plans\[0\].price_cents"),
        ("plans/0/colour", "blue", "unknown field `colour`"),
        ("plans/1/code", "START", "code_twice"),
        ("plans/1/product", "other", "unknown_product"),
        ("price_list/full_hour_price_cents", None, "null_unmarked"),
        ("bank_calendar", "banks", "unknown_calendar"),
        ("timezone", "America/Sampa", "unknown_zone"),
        ("invoicing/run_time", "25:00", "run_time"),
        ("calendars/business/hours", {}, "never_opens"),
    ],
)
def test_a_section_that_contradicts_itself_cannot_be_read(path: str, value: object, why: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=why):
        msgspec.convert(_put(path, value), Section)
