"""What an approver is shown, word for word, and what is kept of the answer (2.4.7, A-01, A-04)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.ticketing.domain.values import Estimate, State, Ticket
from services.ticketing.offer import Section, Text
from shared import money


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """By which way an answer came (portal, link, chat), and from where."""

    channel: str
    address_digest: str | None = None
    user_agent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked: the exact text, a sentence on how it stands now, and whether it can be answered."""

    ticket_number: int
    text: str
    standing: str
    is_open: bool


def asked(ticket: Ticket, one: Estimate, *, offer: Section) -> Asked:
    """The question in the provider's language; its numbers are those of the estimate and never change."""
    lines = [offer.say(_TITLE).format(number=ticket.number, subject=ticket.subject)]
    lines.append(offer.say(_ESTIMATE).format(number=one.number, time=money.duration(one.minutes)))
    if one.justification:
        lines.append(offer.say(_BECAUSE).format(why=one.justification))
    if one.minutes_from_bank is not None:
        lines.append(offer.say(_FROM_BANK).format(time=money.duration(one.minutes_from_bank)))
    if one.minutes_over and one.hour_price_cents is not None and one.overage_cents is not None:
        price, total = (_money(cents, offer) for cents in (one.hour_price_cents, one.overage_cents))
        over = offer.say(_OVER)
        lines.append(over.format(time=money.duration(one.minutes_over), price=price, total=total))
    if one.valid_until is not None:
        lines.append(offer.say(_UNTIL).format(at=_moment(one.valid_until, offer)))
    return Asked(
        ticket_number=ticket.number,
        text="\n".join(lines),
        standing=offer.say(_STANDING[one.state]),
        is_open=one.state is State.AWAITING_APPROVAL,
    )


def _money(cents: int, offer: Section) -> str:
    return money.show(cents, "pt_BR" if offer.locale.lower().startswith("pt") else "en").replace("\xa0", " ")


def _moment(at: datetime, offer: Section) -> str:
    return f"{at.astimezone(ZoneInfo(offer.timezone)):%d/%m/%Y %H:%M} ({offer.timezone})"


_TITLE = Text(pt_br="Chamado #{number}: {subject}", en="Ticket #{number}: {subject}")
_ESTIMATE = Text(pt_br="Estimativa {number}: {time} de trabalho.", en="Estimate {number}: {time} of work.")
_BECAUSE = Text(pt_br="Justificativa: {why}", en="Justification: {why}")
_FROM_BANK = Text(pt_br="Do pacote de horas: {time}.", en="From the package of hours: {time}.")
_OVER = Text(
    pt_br="Além do saldo: {time}, a {price} por hora, no total de {total}.",
    en="Beyond the balance: {time}, at {price} an hour, {total} in total.",
)
_UNTIL = Text(pt_br="Válida até {at}.", en="Valid until {at}.")
_STANDING = {
    State.REQUESTED: Text(pt_br="O saldo de horas ainda está sendo consultado.", en="The balance is being looked up."),
    State.AWAITING_APPROVAL: Text(pt_br="Aguarda a sua resposta.", en="It waits for your answer."),
    State.APPROVED: Text(pt_br="Esta proposta já foi aprovada.", en="This was approved already."),
    State.DECLINED: Text(pt_br="Esta proposta já foi recusada.", en="This was declined already."),
    State.EXPIRED: Text(pt_br="A validade desta proposta acabou.", en="This is no longer valid."),
    State.SUPERSEDED: Text(
        pt_br="Uma proposta mais nova tomou o lugar desta: use o link mais recente.",
        en="A newer estimate took the place of this one: use the latest link.",
    ),
    State.CANCELLED: Text(pt_br="O chamado foi encerrado antes da resposta.", en="The ticket ended before an answer."),
    State.REFUSED: Text(pt_br="Esta proposta foi retirada.", en="This was withdrawn."),
}
