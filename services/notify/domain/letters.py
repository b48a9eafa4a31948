"""From news to a letter: the words of one template in one language, with every value as that reader reads it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.notify.domain.en import EN
from services.notify.domain.people import Provider, Recipient, news_for
from services.notify.domain.pt_br import PT_BR
from services.notify.domain.unsubscribing import is_owed
from services.notify.domain.values import Audience, Contract, Message, Moment, News, Ticket, Topic, Values, Words, said
from services.notify.domain.words import Language, Locale, fill, one_line, shown_values

_LANGUAGES: dict[Locale, Language] = {language.locale: language for language in (PT_BR, EN)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What notify knows beside the fact: the ticket and the contract, where it has heard of them, and the hour.

    Facts of two tellers come in any order; what is not known yet is left out, and the rest stays true.
    """

    provider: Provider
    ticket: Ticket | None
    contract: Contract | None
    now: datetime
    tenant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The finished words."""

    subject: str
    body: str


def write_letter(news: News, recipient: Recipient, known: Circumstances) -> Letter:
    """Put the news into words for one recipient.

    A letter says when it was true and where the present state can be read (A-04).
    """
    language = _LANGUAGES[recipient.locale]
    wording = language.wordings[news.template]
    timezone = known.contract.timezone if known.contract else known.provider.timezone
    values = shown_values(_common(news, recipient, known) + news.values, language, timezone)
    values |= _about_ticket(news, known.ticket, language)
    subject = fill(wording.subject, values) or fill(wording.short_subject, values)
    assert subject is not None, f"the subject of {news.template} names a value that may be missing"
    texts = (*language.opening, *wording.paragraphs, *language.closing)
    paragraphs = [filled for text in texts if (filled := fill(text, values)) is not None]
    return Letter(subject=one_line(subject), body="\n\n".join(paragraphs) + "\n")


def _common(news: News, recipient: Recipient, known: Circumstances) -> Values:
    provider, contract = known.provider, known.contract
    return said(
        name=Words(recipient.name) if recipient.name else None,
        provider=Words(provider.sender_name),
        finance_mailbox=Words(provider.finance_mailbox) if provider.finance_mailbox else None,
        plan=Words(contract.plan_code) if contract else None,
        link=Words(f"{provider.portal_url.rstrip('/')}/{news.path}"),
        said_at=Moment(news.said_at or known.now),
        by_package=_when(is_so=contract is not None and contract.has_package),
        by_hour=_when(is_so=contract is None or not contract.has_package),
        on_ticket=_when(is_so=news.ticket_id is not None),
        off_ticket=_when(is_so=news.ticket_id is None),
        owed=_when(is_so=is_owed(news)),
        about_state=_when(is_so=news.only_to is None),
    )


def _when(*, is_so: bool) -> Words | None:
    """A value that shows nothing: a paragraph that names it is left out unless it is so."""
    return Words("") if is_so else None


def _about_ticket(news: News, ticket: Ticket | None, language: Language) -> dict[str, str | None]:
    """The tag of the subject and the name of the ticket; without a number as long as none is known."""
    number = news.ticket_number or (ticket.number if ticket else None)
    word = language.terms["ticket"]
    if number is None:
        return {"tag": "", "ticket": word}
    return {"tag": f"[#{number}] ", "ticket": f"{word} #{number}"}


def write_message(
    news: News, recipient: Recipient, known: Circumstances, *, message_id: UUID, fact_id: UUID, thread: tuple[str, ...]
) -> Message:
    """The message to one recipient, to be sent at once; `thread` are the Message-IDs of the earlier ones (5.2).

    The Message-ID follows from the ids alone, so that a message that is sent twice is the same message.
    """
    provider = known.provider
    news = news_for(recipient, news)
    letter = write_letter(news, recipient, known)
    return Message(
        message_id=message_id,
        fact_id=fact_id,
        template=news.template,
        audience=news.audience,
        contact_id=recipient.contact_id,
        organization_id=news.organization_id,
        contract_id=news.contract_id,
        ticket_id=news.ticket_id,
        to_name=recipient.name,
        to_email=recipient.email,
        from_name=provider.sender_name,
        from_email=provider.sender_email,
        reply_to=_reply_to(news, provider),
        locale=recipient.locale,
        subject=letter.subject,
        body=letter.body,
        header_id=f"<{_about(news)}.{message_id}@{provider.sender_email.rpartition('@')[2]}>",
        reference_ids=thread,
        written_at=known.now,
        next_attempt_at=known.now,
        estimate_id=news.estimate_id,
        answer_until=news.answer_until,
        about=news.about,
        login_link_id=news.login_link_id,
        invitation=replace(news.invitation, tenant=known.tenant) if news.invitation else None,
    )


def _reply_to(news: News, provider: Provider) -> str | None:
    """Where an answer goes: of an invoice to the finance people, of a customer's ticket into it, where that is read."""
    if news.topic is Topic.INVOICES:
        return provider.finance_mailbox
    is_about_ticket = news.ticket_id is not None and news.audience is Audience.CUSTOMER
    return provider.reply_mailbox if is_about_ticket else None


def _about(news: News) -> str:
    if news.ticket_id is not None:
        return f"ticket-{news.ticket_id}"
    if news.contract_id is not None:
        return f"contract-{news.contract_id}"
    return "login" if news.login_link_id is not None else str(news.template)
