"""A receipt in words: why an entry took these minutes, sentence by sentence, in the customer's language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from services.hourbank.api.words import Locale, day, hours, local_day, local_instant, price, worked
from services.hourbank.domain import Agreement, EntryKind, arithmetic_of
from services.hourbank.domain.receipts import Candidate, Receipt
from services.hourbank.domain.work import Arithmetic

Sentences = dict[str, str]

KINDS: Final[dict[Locale, Sentences]] = {
    Locale.PT_BR: {
        "grant": "{hours} entraram no saldo de horas ({reason}).",
        "hold": "{hours} do pacote de horas foram reservadas para o chamado {ticket}.",
        "release": "{hours} reservadas para o chamado {ticket} voltaram ao saldo ({reason}).",
        "capture": "{hours} que estavam reservadas foram debitadas pelo chamado {ticket}.",
        "consume": "{hours} do saldo disponível foram debitadas pelo chamado {ticket}.",
        "expire": "{hours} venceram ({reason}).",
        "restore": "{hours} debitadas pelo chamado {ticket} voltaram ao lote por estorno.",
        "void": "{hours} foram retiradas do saldo ({reason}).",
        "overage": "{hours} do chamado {ticket} excederam o saldo de horas e são cobradas à parte.",
        "overage_reversed": "{hours} excedentes do chamado {ticket} deixaram de ser cobradas por estorno.",
    },
    Locale.EN: {
        "grant": "{hours} came into the balance of hours ({reason}).",
        "hold": "{hours} of the package of hours were held for ticket {ticket}.",
        "release": "{hours} that were held for ticket {ticket} came back ({reason}).",
        "capture": "{hours} that were held were debited for ticket {ticket}.",
        "consume": "{hours} of what was available were debited for ticket {ticket}.",
        "expire": "{hours} expired ({reason}).",
        "restore": "{hours} that were debited for ticket {ticket} went back to their lot by a correction.",
        "void": "{hours} were taken out of the balance ({reason}).",
        "overage": "{hours} of ticket {ticket} were beyond the balance of hours and are charged separately.",
        "overage_reversed": "{hours} beyond the balance for ticket {ticket} are no longer charged, by a correction.",
    },
}
WHY: Final[dict[Locale, Sentences]] = {
    Locale.PT_BR: {
        "hold": "Era preciso reservar {asked}; este lote tinha {expected}.",
        "capture": "Era preciso debitar {asked}; {expected} estavam reservadas neste lote.",
        "consume": "Era preciso debitar {asked}; este lote tinha {expected}.",
        "overage": "Restavam {left} no saldo; {asked} estão além dele.",
        "tranche": "{expected} delas cabem nesta aprovação.",
        "restore": "Era preciso devolver {asked}; {expected} cabem a este lote.",
        "overage_reversed": "Era preciso estornar {asked}; {expected} delas eram excedentes desta aprovação.",
        "lot": "O lote vale de {effective} até a véspera de {expires}.",
        "first": "Havia {count} lotes com horas naquele momento; este é o primeiro, porque vence antes.",
        "first_effective": "Havia {count} lotes; dos que vencem no mesmo dia, este começou a valer antes.",
        "first_seq": "Havia {count} lotes; dos que têm as mesmas datas, este foi concedido antes.",
        "only": "Era o único lote com horas naquele momento.",
        "entry": "{who} trabalhou {worked} em {when}.",
        "rounding": "{worked} faturáveis, arredondadas {mode} de {increment} em {increment} {scope}, são {rounded}.",
        "minimum": "O mínimo {scope} é de {minimum}.",
        "debit": "{actual} trabalhadas menos {off} abonadas são {debited} debitadas.",
        "published": "A reserva foi feita quando a estimativa {number}, de {hours}, foi publicada, em {when}.",
        "agreed": "A estimativa {number}, de {hours}, foi aprovada por {who} em {when}.",
        "agreed_later": "{who} aprovou essa estimativa depois, em {when}.",
        "automatic": "A estimativa {number}, de {hours}, cabia no saldo e foi aprovada sem consulta em {when}.",
        "automatic_later": "Ela cabia no saldo e foi aprovada sem consulta em {when}.",
        "agreed_over": "Dela, {over} excediam o saldo, a {rate} por hora.",
        "price": "{hours} a {rate} por hora são {total}.",
        "price_rounded": "{hours} a {rate} por hora são {total}, arredondados uma vez.",
        "invoice": "A cobrança está na fatura {number}, emitida em {when}.",
        "differs": "ATENÇÃO: recalculado do livro, o lançamento deveria ser de {expected}.",
    },
    Locale.EN: {
        "hold": "{asked} had to be held; this lot had {expected}.",
        "capture": "{asked} had to be debited; {expected} were held in this lot.",
        "consume": "{asked} had to be debited; this lot had {expected}.",
        "overage": "{left} were left in the balance; {asked} are beyond it.",
        "tranche": "{expected} of them are within this approval.",
        "restore": "{asked} had to be given back; {expected} belong to this lot.",
        "overage_reversed": "{asked} had to be taken back; {expected} of them are of this approval's overage.",
        "lot": "The lot is usable from {effective} until the day before {expires}.",
        "first": "{count} lots had hours at that instant; this one is first because it expires first.",
        "first_effective": "{count} lots had hours; of those that expire on the same day, this one began first.",
        "first_seq": "{count} lots had hours; of those with the same dates, this one was granted first.",
        "only": "It was the only lot with hours at that instant.",
        "entry": "{who} worked {worked} on {when}.",
        "rounding": "{worked} of billable work, rounded {mode} by steps of {increment} {scope}, are {rounded}.",
        "minimum": "The least {scope} is {minimum}.",
        "debit": "{actual} worked less {off} written off are {debited} debited.",
        "published": "It was held when estimate {number}, of {hours}, was published, on {when}.",
        "agreed": "Estimate {number}, of {hours}, was approved by {who} on {when}.",
        "agreed_later": "{who} approved that estimate later, on {when}.",
        "automatic": "Estimate {number}, of {hours}, was within the balance and approved unasked on {when}.",
        "automatic_later": "It was within the balance and approved unasked on {when}.",
        "agreed_over": "Of it, {over} were beyond the balance, at {rate} an hour.",
        "price": "{hours} at {rate} an hour are {total}.",
        "price_rounded": "{hours} at {rate} an hour are {total}, rounded once.",
        "invoice": "It is charged on invoice {number}, issued on {when}.",
        "differs": "ATTENTION: worked out anew from the ledger, the entry should be of {expected}.",
    },
}
TERMS: Final[dict[Locale, Sentences]] = {
    Locale.PT_BR: {
        "plan": "pacote do mês",
        "upgrade": "aumento do plano",
        "purchase": "compra avulsa",
        "correction": "correção",
        "opening": "saldo trazido do sistema anterior",
        "declined": "estimativa recusada",
        "expired": "orçamento vencido",
        "superseded": "estimativa substituída",
        "cancelled": "chamado cancelado",
        "closed": "sobra do encerramento",
        "validity": "fim da validade do lote",
        "released_after_expiry": "devolvidas depois do fim da validade",
        "reversed_after_expiry": "estornadas depois do fim da validade",
        "termination": "fim do contrato",
        "prorated": "mês proporcional",
        "up": "para cima",
        "nearest": "ao mais próximo",
        "down": "para baixo",
        "ticket": "por chamado",
        "entry": "por apontamento",
    },
    Locale.EN: {
        "plan": "the month's package",
        "opening": "brought from the older system",
        "declined": "estimate declined",
        "expired": "quote expired",
        "superseded": "estimate superseded",
        "cancelled": "ticket cancelled",
        "closed": "left over at closing",
        "validity": "end of the lot's validity",
        "released_after_expiry": "released after the lot's end",
        "reversed_after_expiry": "given back after the lot's end",
        "termination": "end of the contract",
        "prorated": "prorated month",
        "nearest": "to the nearest",
        "ticket": "per ticket",
        "entry": "per time entry",
    },
}


def headline(receipt: Receipt, locale: Locale) -> str:
    """The entry in one sentence."""
    entry = receipt.entry
    reason = TERMS[locale].get(entry.reason or "", entry.reason or "")
    said = KINDS[locale][entry.kind.value]
    return said.format(hours=hours(entry.minutes), ticket=ticket_of(receipt), reason=reason)


def sentences(receipt: Receipt, locale: Locale) -> list[str]:
    """Why, step by step; what was not told is not said."""
    return [
        *_of_work(receipt, locale),
        *_of_agreements(receipt, locale),
        *_of_order(receipt, locale),
        *_of_price(receipt, locale),
        *_of_difference(receipt, locale),
    ]


def ticket_of(receipt: Receipt) -> str:
    """What people call the ticket: its number where it is known."""
    evidence, work = receipt.evidence, receipt.entry.work
    numbers = [one.ticket_number for one in evidence.agreements]
    if evidence.debit is not None:
        numbers.append(evidence.debit.ticket_number)
    return f"#{numbers[-1]}" if numbers else str(work.ticket_id if work else "")


def _of_work(receipt: Receipt, locale: Locale) -> Iterator[str]:
    words, evidence = WHY[locale], receipt.evidence
    debit, closing = evidence.debit, evidence.closing
    if debit is None or receipt.entry.kind in (EntryKind.HOLD, EntryKind.RELEASE):
        return
    for one in closing.billable if closing is not None else ():
        when = local_day(one.started_at, evidence.timezone, locale)
        yield words["entry"].format(who=one.professional_id, worked=worked(one.seconds), when=when)
    arithmetic = arithmetic_of(closing) if closing is not None else None
    if arithmetic is not None and arithmetic.is_rounded:
        yield from _of_rounding(arithmetic, locale)
    if debit.minutes_written_off:
        actual, off = hours(debit.minutes + debit.minutes_written_off), hours(debit.minutes_written_off)
        yield words["debit"].format(actual=actual, off=off, debited=hours(debit.minutes))


def _of_rounding(arithmetic: Arithmetic, locale: Locale) -> Iterator[str]:
    words, terms, rule = WHY[locale], TERMS[locale], arithmetic.rule
    scope = terms[rule.scope]
    yield words["rounding"].format(
        worked=worked(arithmetic.billable_seconds),
        mode=terms.get(rule.mode, rule.mode),
        increment=hours(rule.increment_minutes),
        scope=scope,
        rounded=hours(arithmetic.minutes),
    )
    if rule.minimum_minutes:
        yield words["minimum"].format(scope=scope, minimum=hours(rule.minimum_minutes))


def _of_agreements(receipt: Receipt, locale: Locale) -> Iterator[str]:
    """What was agreed before; hours are held before anybody agrees: then what came of their own estimate (2.4.2)."""
    if receipt.entry.kind is EntryKind.HOLD:
        yield from _of_publication(receipt, locale)
        return
    work, evidence = receipt.entry.work, receipt.evidence
    of_round = {one.estimate_id for one in evidence.holds if work and one.round == work.round}
    for one in evidence.agreements:
        if one.estimate_id in of_round:
            yield from _agreed(one, receipt, locale, said="automatic" if one.is_automatic else "agreed")


def _of_publication(receipt: Receipt, locale: Locale) -> Iterator[str]:
    work, evidence = receipt.entry.work, receipt.evidence
    estimate = next((one for one in evidence.holds if work and one.estimate_id == work.estimate_id), None)
    if estimate is None:
        return
    when = local_instant(estimate.published_at, evidence.timezone, locale)
    yield WHY[locale]["published"].format(number=estimate.number, hours=hours(estimate.minutes), when=when)
    for one in evidence.agreements:
        if one.estimate_id == estimate.estimate_id:
            yield from _agreed(one, receipt, locale, said="automatic_later" if one.is_automatic else "agreed_later")


def _agreed(one: Agreement, receipt: Receipt, locale: Locale, *, said: str) -> Iterator[str]:
    words = WHY[locale]
    when = local_instant(one.approved_at, receipt.evidence.timezone, locale)
    yield words[said].format(number=one.number, hours=hours(one.minutes), who=one.approved_by, when=when)
    if one.minutes_over:
        yield words["agreed_over"].format(over=hours(one.minutes_over), rate=price(one.hour_price_cents, locale))


def _of_order(receipt: Receipt, locale: Locale) -> Iterator[str]:
    words, entry = WHY[locale], receipt.entry
    yield from _of_limit(receipt, locale)
    if entry.lot is not None:
        effective, expires = (day(one, locale) for one in (entry.lot.effective_date, entry.lot.expires_date))
        yield words["lot"].format(effective=effective, expires=expires)
    if receipt.candidates:
        count = len({one.lot.id for one in receipt.candidates})
        yield words[why_first(receipt.candidates)].format(count=count)


def _of_limit(receipt: Receipt, locale: Locale) -> Iterator[str]:
    """What was to be taken where this entry is not all of it; of an overage, what the balance could not pay (2.5.5)."""
    words, kind, asked, expected = WHY[locale], receipt.entry.kind, receipt.asked_minutes, receipt.expected_minutes
    if asked is None or expected is None:
        return
    left = hours(receipt.available_before_minutes)
    if kind is EntryKind.OVERAGE:
        yield words["overage"].format(left=left, asked=hours(asked))
    if asked != expected:
        said = words["tranche" if kind is EntryKind.OVERAGE else kind.value]
        yield said.format(asked=hours(asked), expected=hours(expected))


def why_first(candidates: tuple[Candidate, ...]) -> str:
    """What decided between the first lot and the second (2.3): when it expires, began to be usable, or was granted."""
    if len({one.lot.id for one in candidates}) == 1:
        return "only"
    first = candidates[0].lot.terms
    second = next(one.lot.terms for one in candidates if one.lot.id != first.id)
    if first.expires_date != second.expires_date:
        return "first"
    return "first_effective" if first.effective_date != second.effective_date else "first_seq"


def _of_price(receipt: Receipt, locale: Locale) -> Iterator[str]:
    words, entry = WHY[locale], receipt.entry
    if receipt.cents is not None and entry.hour_price_cents is not None and entry.kind is EntryKind.OVERAGE:
        rate, total = price(entry.hour_price_cents, locale), price(receipt.cents, locale)
        said = words["price_rounded" if entry.minutes * entry.hour_price_cents % 60 else "price"]
        yield said.format(hours=hours(entry.minutes), rate=rate, total=total)
    for charge in receipt.evidence.charges:
        yield words["invoice"].format(number=charge.invoice_number, when=day(charge.issue_date, locale))


def _of_difference(receipt: Receipt, locale: Locale) -> Iterator[str]:
    if not receipt.agrees:
        yield WHY[locale]["differs"].format(expected=hours(receipt.expected_minutes or 0))
