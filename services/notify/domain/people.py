"""Who is told: contacts of the customer whose topics include it, the team's mailbox, and nobody of their own action."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.notify.domain.values import Audience, Contract, News, Template, Topic
from services.notify.domain.words import Locale
from shared.errors import Invalid

ADDRESS_MOST_CHARACTERS = 254  # RFC 5321: a path has 256 octets, two of them are the brackets
LOCAL_MOST_CHARACTERS = 64  # RFC 5321
STAFF = ""  # stands where a contact's id would: the team's mailbox is no contact

_OF_A_PACKAGE = frozenset({Template.BALANCE_LOW, Template.BALANCE_DEPLETED, Template.STATEMENT_ISSUED})
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@{_LABEL}(?:\.{_LABEL})*")


class AddressInvalid(Invalid):
    """An e-mail address is plain ASCII: no quotes, comments, spaces or line ends, so that nothing can hide in it."""


class NameInvalid(Invalid):
    """A name is one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person of a customer's organization; `contact_id` is the subject of their token, as facts name who acted.

    Who `may_approve` is asked for an approval; everybody else is told that it was asked for.
    """

    contact_id: str
    organization_id: UUID
    name: str
    email: str
    locale: Locale | None
    topics: tuple[Topic, ...]
    may_approve: bool = True
    version: int
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Where somebody of the team who looks after customers reads; while they are away their deputies do (N10)."""

    email: str
    is_away: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """How a provider writes: its section of the offer as the rules need it; account managers by their ids."""

    sender_name: str
    sender_email: str
    staff_mailbox: str | None
    finance_mailbox: str | None
    portal_url: str
    locale: Locale
    timezone: str
    topics: tuple[Topic, ...]
    reply_mailbox: str | None = None
    account_managers: Mapping[str, Reader] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom a message goes to; the team's mailbox has no name and the id STAFF."""

    contact_id: str
    name: str | None
    email: str
    locale: Locale
    may_approve: bool = True


def recipients(
    news: News, *, contacts: Iterable[Contact], provider: Provider, contract: Contract | None
) -> tuple[Recipient, ...]:
    """Whom the news goes to, in the order of their ids.

    The team's news goes to its mailbox, where it has one, and to the account manager of the contract (N10). The
    customer's goes to every contact of the organization whose topics include it, where the provider has switched the
    topic on, and to all of them where it has no topic; nobody is told of their own action (N-03).
    """
    if news.audience is Audience.STAFF:
        return (*_mailbox(news, provider), *_manager(news, provider, contract))
    if news.topic is not None and news.topic not in provider.topics:
        return ()
    told = [contact for contact in contacts if _is_told(news, contact)]
    return tuple(
        Recipient(
            contact_id=contact.contact_id,
            name=contact.name,
            email=contact.email,
            locale=contact.locale or provider.locale,
            may_approve=contact.may_approve,
        )
        for contact in sorted(told, key=lambda contact: contact.contact_id)
    )


def may_have_readers(news: News, *, contacts: Iterable[Contact]) -> bool:
    """Whether anybody may have to be told, as far as can be seen without the provider's offer."""
    return news.audience is Audience.STAFF or any(_is_told(news, contact) for contact in contacts)


def _is_told(news: News, contact: Contact) -> bool:
    if contact.organization_id != news.organization_id or contact.contact_id == news.actor:
        return False
    if news.template is Template.APPROVAL_REMINDED and not contact.may_approve:
        return False
    if news.only_to is not None:
        return contact.contact_id == news.only_to
    return news.topic is None or news.topic in contact.topics


def concerns(news: News, *, contract: Contract | None) -> bool:
    """Whether the news means anything under the contract: a plan without hours has no balance to be told of (B41)."""
    return news.template not in _OF_A_PACKAGE or contract is None or contract.has_package


def news_for(recipient: Recipient, news: News) -> News:
    """The news as it concerns the recipient: who may not approve is told that an approval was asked for, not asked."""
    is_asked = news.template in (Template.APPROVAL_REQUESTED, Template.ADDITIONAL_HOURS_REQUESTED)
    if not is_asked or recipient.may_approve:
        return news
    return replace(news, template=Template.APPROVAL_PENDING, estimate_id=None, answer_until=None)


def _mailbox(news: News, provider: Provider) -> tuple[Recipient, ...]:
    """The team's mailbox; who forwards a ticket is of the team, and tells it in its queue."""
    if provider.staff_mailbox is None or news.template is Template.TICKET_ESCALATED:
        return ()
    return (Recipient(contact_id=STAFF, name=None, email=provider.staff_mailbox, locale=provider.locale),)


def _manager(news: News, provider: Provider, contract: Contract | None) -> tuple[Recipient, ...]:
    """The contract's account manager, or the deputy of one who is away; nobody is told of their own action (N-03)."""
    if contract is None or contract.account_manager_id is None:
        return ()
    for person in (contract.account_manager_id, contract.account_manager_deputy_id):
        known = provider.account_managers.get(person or "")
        if person is None or known is None or known.is_away:
            continue
        if person == news.actor or known.email == provider.staff_mailbox:
            return ()
        return (Recipient(contact_id=person, name=None, email=known.email, locale=provider.locale),)
    return ()


def contact_of(
    *,
    contact_id: str,
    organization_id: UUID,
    name: str,
    email: str,
    locale: Locale | None,
    topics: Iterable[Topic],
    may_approve: bool,
    version: int,
    changed_at: datetime,
) -> Contact:
    """A contact as it may be kept. Raises NameInvalid, AddressInvalid."""
    if not is_plain(name):
        raise NameInvalid("a name is one line of visible characters", field="name")
    if not is_address(email):
        raise AddressInvalid("this is not a plain e-mail address", field="email")
    return Contact(
        contact_id=contact_id,
        organization_id=organization_id,
        name=name,
        email=email,
        locale=locale,
        topics=tuple(topic for topic in Topic if topic in set(topics)),
        may_approve=may_approve,
        version=version,
        changed_at=changed_at,
    )


def is_address(text: str) -> bool:
    r"""Whether it is an address that can stand in a header and an envelope as it is.

    >>> is_address("ana.souza+ti@cliente.com.br"), is_address("ana@localhost")
    (True, True)
    >>> is_address("ana@cliente.com\r\nBcc: x@y.z"), is_address("ana@cliente.com\n"), is_address("ana@@cliente.com")
    (False, False, False)
    """
    match = _ADDRESS.fullmatch(text)
    return match is not None and len(text) <= ADDRESS_MOST_CHARACTERS and len(match[1]) <= LOCAL_MOST_CHARACTERS


def is_plain(text: str) -> bool:
    r"""Whether it is one line of visible text, with nothing that a header or terminal would obey.

    >>> is_plain("Ana Souza"), is_plain("Ana\nBcc: x@y.z"), is_plain(" ")
    (True, False, False)
    """
    return text.isprintable() and bool(text.strip())


def language_named(tag: str) -> Locale | None:
    """The language that people mean by a tag, in either spelling; None when there are no words in it.

    >>> [language_named(tag) for tag in ("pt_BR", "pt-BR", "en", "en-US", "fr")]
    [<Locale.PT_BR: 'pt-BR'>, <Locale.PT_BR: 'pt-BR'>, <Locale.EN: 'en'>, <Locale.EN: 'en'>, None]
    """
    return {"pt": Locale.PT_BR, "en": Locale.EN}.get(re.split("[-_]", tag.lower())[0])
