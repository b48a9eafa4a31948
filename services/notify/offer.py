"""Notify's section of a provider's offer: who writes, where the team reads, in which language, and about what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from services.notify import domain
from services.notify.domain import Topic
from shared.errors import contradict

Address = Annotated[
    str, msgspec.Meta(max_length=254, description="a plain e-mail address", examples=["atendimento@next4.com.br"])
]


class Sender(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In whose name messages leave the house."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=120, examples=["Next4"])]
    address: Address

    def __post_init__(self) -> None:
        """Raises ValueError when a header could not hold it."""
        contradict(self._faults())

    def _faults(self) -> Iterator[str]:
        if not domain.is_plain(self.name):
            yield "name: the sender's name is one line of visible characters"
        yield from _address_faults(self.address, field="address")


class Reader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an account manager reads; while `away` the deputy of each contract is written to (N10)."""

    address: Address
    away: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError for what is no address."""
        contradict(_address_faults(self.address, field="address"))


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything of an offer that decides how its customers are written to.

    `staff_mailbox` hears of SLA warnings, breaches and customers' answers; without one nobody of the team is mailed.
    `finance_mailbox` is where questions about an invoice go. `reply_mailbox` is where answers to letters about a ticket
    come in, if a mail server hands them on to ticketing (N15): `+` and a signature are added before its @.
    `account_managers`, by the ids that contracts name, read what the team's mailbox does of their customers, and what
    goes up to a higher level (N10). Links are `portal_url` with tickets/{id}, invoices/{id}, accounts/{contract_id} or
    contracts/{id} behind it.
    """

    timezone: Annotated[str, msgspec.Meta(examples=["America/Sao_Paulo"])]
    locale: Annotated[str, msgspec.Meta(examples=["pt-BR"])]
    sender: Sender
    portal_url: Annotated[str, msgspec.Meta(max_length=500, examples=["https://next4.com.br/portal"])]
    staff_mailbox: Address | None = None
    finance_mailbox: Address | None = None
    reply_mailbox: Address | None = None
    account_managers: Annotated[dict[str, Reader], msgspec.Meta(max_length=200)] = {}
    topics: list[Topic] = msgspec.field(default_factory=lambda: list(Topic))

    def __post_init__(self) -> None:
        """Raises ValueError naming the fields that cannot be."""
        contradict(self._faults())

    def _faults(self) -> Iterator[str]:
        if not domain.is_zone(self.timezone):
            yield f"timezone: there is no time zone {self.timezone!r}"
        if domain.language_named(self.locale) is None:
            yield f"locale: there are no words in {self.locale!r}; there are in pt-BR and en"
        portal = urlsplit(self.portal_url)
        if portal.scheme not in ("http", "https") or not portal.hostname or not domain.is_plain(self.portal_url):
            yield "portal_url: this is not the address of a web page"
        for field in ("staff_mailbox", "finance_mailbox", "reply_mailbox"):
            yield from _address_faults(getattr(self, field), field=field)

    def provider(self) -> domain.Provider:
        """The section as the rules need it."""
        locale = domain.language_named(self.locale)
        assert locale is not None, "checked when the section was read"
        return domain.Provider(
            sender_name=self.sender.name,
            sender_email=self.sender.address,
            staff_mailbox=self.staff_mailbox,
            finance_mailbox=self.finance_mailbox,
            reply_mailbox=self.reply_mailbox,
            portal_url=self.portal_url,
            locale=locale,
            timezone=self.timezone,
            topics=tuple(self.topics),
            account_managers={
                code: domain.Reader(email=one.address, is_away=one.away) for code, one in self.account_managers.items()
            },
        )


def _address_faults(address: str | None, *, field: str) -> Iterator[str]:
    if address is not None and not domain.is_address(address):
        yield f"{field}: this is not a plain e-mail address"
