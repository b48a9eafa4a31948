"""An offer file is checked as a whole, and an error names file, line and rule in one sentence."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import pytest

from services.cli.apply import section_kinds
from services.cli.offer_file import Offer, OfferInvalid, read_offer
from shared.calendar import CalendarSpec
from shared.errors import Invalid
from shared.events import TELLERS


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plan."""

    price_cents: Annotated[int, msgspec.Meta(ge=0)]


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section that uses everything that a file can lend it."""

    timezone: str
    locale: str
    calendars: dict[str, CalendarSpec]
    calendar: str
    plans: dict[str, Plan] = {}
    rows: list[Plan] = []

    def faults(self) -> Iterator[Invalid]:
        """A rule that goes over several fields."""
        for code, plan in self.plans.items():
            if plan.price_cents == 13:
                yield Invalid("thirteen is unlucky", field=f"plans.{code}.price_cents", rule="N13")


KINDS: dict[str, type[msgspec.Struct]] = dict.fromkeys(TELLERS, Section)

NO_FLOAT = "Expected `int`, got `float`"
NO_CENTS = "Object contains unknown field `cents`"
NO_PRICE = "Object missing required field `price_cents`"
NO_CALENDAR = "unknown_calendar: no calendar is called 'x'"

FILE = """\
tenant: next4
name: Next4
timezone: America/Sao_Paulo
locale: pt-BR
calendars:
  office:
    hours: {mon: [["08:00", "18:00"]]}
  never_used:
    hours: {tue: [["08:00", "18:00"]]}
ticketing: {calendar: office}
hourbank: {calendar: office}
sla: {calendar: office}
notify: {calendar: office}
billing:
  calendar: office
  plans:
    START:
      price_cents: 65400
    BASIC:
      price_cents: 145000
  rows:
    - price_cents: 1
    - price_cents: 2
"""


def read(tmp_path: Path, text: str) -> Offer:
    """The offer of a text."""
    file = tmp_path / "next4.yaml"
    file.write_text(text, encoding="utf-8")
    return read_offer(file, KINDS)


def test_each_section_gets_zone_locale_and_the_calendars_that_it_names(tmp_path: Path) -> None:
    offer = read(tmp_path, FILE)

    billing = offer.sections["billing"]
    assert isinstance(billing, Section)
    assert (offer.tenant, offer.name) == ("next4", "Next4")
    assert (billing.timezone, billing.locale) == ("America/Sao_Paulo", "pt-BR")
    assert list(billing.calendars) == ["office"]
    assert billing.calendars["office"].name == "office"
    assert billing.plans["BASIC"].price_cents == 145000


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("price_cents: 145000", "price_cents: 1450.00", "20: billing.plans.BASIC.price_cents: " + NO_FLOAT),
        ("price_cents: 145000", "price_cents: -1", "20: billing.plans.BASIC.price_cents: Expected `int` >= 0"),
        ("price_cents: 145000", "price_cents: 13", "20: billing.plans.BASIC.price_cents: N13: thirteen is unlucky"),
        ("price_cents: 145000", "price_cents: 1\n      cents: 5", "21: billing.plans.BASIC.cents: " + NO_CENTS),
        ("- price_cents: 2", "- price_cents: two", "23: billing.rows[1].price_cents: Expected `int`, got `str`"),
        ("      price_cents: 65400", "      {}", "17: billing.plans.START: " + NO_PRICE),
        ("notify: {", "notify: {colour: red, ", "13: notify.colour: Object contains unknown field `colour`"),
        ("sla: {calendar: office}", "", "1: the file: Object missing required field `sla`"),
        ("sla: {calendar: office}", "sla: {calendar: x}", "12: sla.calendar: " + NO_CALENDAR),
        ("sla: {", "tenant: other\nsla: {", "12: tenant: key_twice: it is here a second time"),
        ("tenant: next4", "tenant: Next 4", "1: tenant: Expected `str` matching regex '^[a-z][a-z0-9_-]{1,39}$'"),
        ("sla: {", "sla: [", "12: yaml: expected ',' or ']', but got '}'"),
        (
            'hours: {tue: [["08:00", "18:00"]]}',
            'hours: {tue: [["08:00", "26:00"]]}',
            "9: calendars.never_used.hours.tue[0]: bad_window: '26:00' is no time of day like '08:00', up to '24:00'",
        ),
        (
            'hours: {tue: [["08:00", "18:00"]]}',
            "hours: {}",
            "9: calendars.never_used.hours: never_opens: a calendar must be open at some time",
        ),
    ],
)
def test_an_error_names_file_line_and_rule(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in FILE

    with pytest.raises(OfferInvalid) as refused:
        read(tmp_path, FILE.replace(old, new))

    assert refused.value.detail == f"{tmp_path / 'next4.yaml'}:{sentence}"


def test_all_that_is_wrong_is_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = FILE
    for old, new in (
        ("America/Sao_Paulo", "America/Sampa"),
        ('hours: {tue: [["08:00", "18:00"]]}', "hours: {}"),
        ("ticketing: {calendar: office}", "ticketing: {calendar: x, colour: red}"),
        ("sla: {calendar: office}", "sla: {calendar: never_used, plans: {A: {price_cents: 13}, B: {price_cents: 13}}}"),
        ("notify: {calendar: office}", "notify: [office]"),
        ("price_cents: 65400", "price_cents: -1"),
        ("price_cents: 145000", "price_cents: two\n      cents: 5"),
        ("- price_cents: 2", "- {}"),
    ):
        assert old in text
        text = text.replace(old, new, 1)

    with pytest.raises(OfferInvalid) as refused:
        read(tmp_path, text)

    assert refused.value.detail.replace(f"{tmp_path / 'next4.yaml'}:", "").splitlines() == [
        "3: timezone: unknown_zone: no zone is called 'America/Sampa'",
        "9: calendars.never_used.hours: never_opens: a calendar must be open at some time",
        "10: ticketing.calendar: " + NO_CALENDAR,
        "10: ticketing.colour: Object contains unknown field `colour`",
        "12: sla.plans.A.price_cents: N13: thirteen is unlucky",
        "12: sla.plans.B.price_cents: N13: thirteen is unlucky",
        "13: notify: Expected `object`, got `array`",
        "18: billing.plans.START.price_cents: Expected `int` >= 0",
        "20: billing.plans.BASIC.price_cents: Expected `int`, got `str`",
        "21: billing.plans.BASIC.cents: Object contains unknown field `cents`",
        "24: billing.rows[1]: " + NO_PRICE,
    ]


def test_what_the_sections_say_of_several_fields_is_told_at_once(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "deploy" / "offers" / "next4.yaml").read_text(encoding="utf-8")
    for old, new in (
        ("low_percent: 20", "low_percent: 120"),
        ("      area: web_programming", "      area: moon"),
        ("      item: periodic_maintenance", "      item: moon"),
        ("warning_percents: [75, 90]", "warning_percents: [90, 75]"),
        ("{ metric: delivery }", "{ metric: delivery, target_minutes: 5 }"),
        ("    - code: BASIC", "    - code: START"),
        ("      product: hour_bank\n      price_cents: 293000", "      product: moon\n      price_cents: 293000"),
        ("staff_mailbox: equipe@next4.example", "staff_mailbox: equipe"),
        ("portal_url: https://", "portal_url: "),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    file = tmp_path / "next4.yaml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(OfferInvalid) as refused:
        read_offer(file, section_kinds())

    assert [line.split(":", 2)[2].strip() for line in refused.value.detail.splitlines()] == [
        "ticketing.catalogue.content_change.area: N2: no area is called 'moon'",
        "ticketing.templates.periodic_updates.item: N43: no item is called 'moon'",
        "ticketing.plan_features.BASIC: unknown_plan: billing sells no plan called 'BASIC'",
        "hourbank.low_percent: Expected `int` <= 100",
        "sla.policies[1].plan: unknown_plan: billing sells no plan called 'BASIC'",
        (
            "sla.policies[5].target_minutes: target_of_metric: attendance has a target in minutes, delivery has none: "
            "it is the promised instant"
        ),
        "sla.warning_percents: not_rising: warnings come in rising order, each once",
        "billing: plan ADVANCED: unknown_product: no product is called 'moon'",
        "billing.plans: code_twice: 'START' is there more than once",
        "notify.staff_mailbox: this is not a plain e-mail address",
        "notify.portal_url: this is not the address of a web page",
    ]


def test_yaml_holds_no_surprises(tmp_path: Path) -> None:
    text = FILE.replace('[["08:00", "18:00"]]', "[[08:00, 18:00]]").replace("name: Next4", "name: no")

    offer = read(tmp_path, text)

    billing = offer.sections["billing"]
    assert isinstance(billing, Section)
    assert [tuple(window) for window in billing.calendars["office"].hours["mon"]] == [("08:00", "18:00")]
    assert offer.name == "no"


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(OfferInvalid, match=r"^there is no .*nowhere\.yaml$"):
        read_offer(tmp_path / "nowhere.yaml", KINDS)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "- { plan: BASIC,",
            "- { plan: BASIK,",
            "sla.policies[1].plan: unknown_plan: billing sells no plan",
        ),
        (
            "    - code: CUSTOM",
            "    - code: TAILORED",
            "sla.policies[3].plan: unknown_plan: billing sells no plan called ",
        ),
    ],
)
def test_a_promise_is_of_a_plan_that_is_sold(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    text = (Path(__file__).parents[2] / "deploy" / "offers" / "next4.yaml").read_text(encoding="utf-8")
    file = tmp_path / "next4.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert old in text

    with pytest.raises(OfferInvalid) as refused:
        read_offer(file, section_kinds())

    assert sentence in refused.value.detail
