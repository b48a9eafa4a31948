"""Notify's section of an offer: what it takes, and what it refuses by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from services.notify.domain import ALL_TOPICS, Locale
from services.notify.offer import Section
from tests.notify.shop import SECTION

OFFERS = Path(__file__).parents[2] / "deploy" / "offers"


def plain(**changes: Any) -> dict[str, Any]:
    section: dict[str, Any] = msgspec.to_builtins(SECTION)
    return section | changes


@pytest.mark.parametrize("shop", ["next4", "blocktime"])
def test_the_offers_of_both_shops_are_taken(shop: str) -> None:
    offer = yaml.safe_load((OFFERS / f"{shop}.yaml").read_text(encoding="utf-8"))
    lent = {"timezone": offer["timezone"], "locale": offer["locale"]}

    section = msgspec.convert(offer["notify"] | lent, Section)

    assert section.provider().locale is Locale.PT_BR
    assert section.provider().topics == ALL_TOPICS


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"timezone": "America/Atlantida"}, "timezone: there is no time zone"),
        ({"locale": "fr"}, "locale: there are no words"),
        ({"portal_url": "suporte.next4.example"}, "portal_url: this is not the address of a web page"),
        ({"portal_url": "https://next4.example/\nBcc"}, "portal_url: this is not the address of a web page"),
        ({"staff_mailbox": "Equipe <equipe@next4.example>"}, "staff_mailbox: this is not a plain e-mail address"),
        ({"finance_mailbox": "financeiro@next4.example\n"}, "finance_mailbox: this is not a plain e-mail address"),
        ({"sender": {"name": "Next4\r\nBcc: x@y.z", "address": "a@b.example"}}, "the sender's name is one line"),
        ({"sender": {"name": "Next4", "address": "next4"}}, "address: this is not a plain e-mail address"),
        ({"account_managers": {"marina": {"address": "Marina"}}}, "address: this is not a plain e-mail address"),
        ({"topics": ["gossip"]}, "Invalid enum value 'gossip'"),
        ({"colour": "blue"}, "unknown field `colour`"),
    ],
)
def test_a_section_that_contradicts_itself_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=says):
        msgspec.convert(plain(**changes), Section)


def test_without_mailboxes_and_topics_everything_is_told_to_customers_only() -> None:
    section = plain()
    for name in ("staff_mailbox", "finance_mailbox", "topics"):
        del section[name]

    provider = msgspec.convert(section, Section).provider()

    assert (provider.staff_mailbox, provider.finance_mailbox, provider.topics) == (None, None, ALL_TOPICS)
