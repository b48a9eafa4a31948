"""Where the three books of a contract do not agree, to the minute and the centavo (B-10, invariants 16 and 17)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.cli.reconcile.books import Books, Entry, Figures, Sums
from shared.money import price_of_minutes

# What each kind of entry does to the balance, as a statement counts it: opening + granted - debited - expired.
COUNTED = {
    "grant": "granted_minutes",
    "capture": "debited_minutes",
    "consume": "debited_minutes",
    "expire": "expired_minutes",
    "void": "expired_minutes",
}
BALANCES = ("opening_minutes", "closing_minutes")  # of a month without a statement nobody shows them
BOUGHT = "purchase"  # the reason of the ledger's lines, and the kind of the invoice's

_Figure = tuple[UUID | None, str, str]  # of a ticket: which minutes or centavos


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What two books tell differently; `unit` is that of a figure, empty for a date. `ticket_id` where it is of one."""

    contract_id: UUID | None
    what: str
    ticket_id: UUID | None
    unit: str
    expected: int | str
    found: int | str

    def __str__(self) -> str:
        """One line, as a person reads it."""
        where = f"contract {self.contract_id}" if self.contract_id else "numbers"
        ticket = f", ticket {self.ticket_id}" if self.ticket_id else ""
        expected = f"{self.expected} {self.unit}".strip()
        return f"{where}{ticket}: {self.what}: {expected} expected, {self.found} found"


def compare(books: Books, month: str) -> list[Difference]:
    """Every difference between the books of one contract."""
    return [
        *_account(books),
        *_ledger(books),
        *_statement_and_ledger(books, month),
        *_tickets(books, month),
        *_ledger_and_invoices(books, month),
        *_purchases(books),
        *_fees(books, month),
        *_sums(books),
    ]


def gaps(numbers: Iterable[str]) -> list[Difference]:
    """Numbers that are missing in a series and year, or there more than once (3.1)."""
    counted: dict[str, Counter[int]] = defaultdict(Counter)
    for number in numbers:
        series, _, sequence = number.rpartition("/")
        counted[series][int(sequence)] += 1
    return [
        _difference(None, f"{series}/{number:05d}", "times", 1, there[number])
        for series, there in sorted(counted.items())
        for number in range(1, max(there) + 1)
        if there[number] != 1
    ]


def _account(books: Books) -> Iterator[Difference]:
    """Every contract in force has its account of hours, and both end on the same day (2.1, 2.9)."""
    if books.account is None:
        yield _difference(books.contract_id, "accounts of hours of the contract", "accounts", 1, 0)
    elif books.account.ends_on != books.ends_on:
        what = "end of the account of hours, by the contract"
        yield _difference(books.contract_id, what, "", _day(books.ends_on), _day(books.account.ends_on))


def _day(ends_on: date | None) -> str:
    return "none" if ends_on is None else str(ends_on)


def _ledger(books: Books) -> Iterator[Difference]:
    """Its lines are numbered without a gap, and what they fold to is the balance that the account shows (2.1)."""
    sequences = [entry.sequence for entry in books.entries]
    if sequences != list(range(1, len(sequences) + 1)):
        yield _difference(books.contract_id, "lines of the ledger", "lines", max(sequences), len(set(sequences)))
    folded = sum(_effect(entry) for entry in books.entries)
    if books.account is not None and books.account.balance_minutes != folded:
        what = "balance of the account, by the ledger"
        yield _difference(books.contract_id, what, "minutes", folded, books.account.balance_minutes)


def _statement_and_ledger(books: Books, month: str) -> Iterator[Difference]:
    ledger = _folded(books.entries, month)
    for name in Figures.__struct_fields__:
        told = getattr(books.statement, name) if books.statement else 0
        is_due = books.statement is not None or name not in BALANCES
        if is_due and told != getattr(ledger, name):
            what = f"{name.removesuffix('_minutes')} of {month} in the statement, by the ledger"
            yield _difference(books.contract_id, what, "minutes", getattr(ledger, name), told)


def _tickets(books: Books, month: str) -> Iterator[Difference]:
    """What the statement says of each ticket that was closed in the month is what the ledger took for it."""
    taken, told = Counter[_Figure](), Counter[_Figure]()
    for entry in books.entries:
        if entry.local_date[:7] == month and entry.kind in {"capture", "consume"}:
            taken[entry.ticket_id, "of the bank", "minutes"] += entry.minutes
        if entry.local_date[:7] == month and entry.kind == "overage":
            taken[entry.ticket_id, "beyond the bank", "minutes"] += entry.minutes
            price = price_of_minutes(entry.minutes, entry.hour_price_cents or 0)
            taken[entry.ticket_id, "beyond the bank", "centavos"] += price
    for debit in books.statement.debits if books.statement else []:
        told[debit.ticket_id, "of the bank", "minutes"] += sum(share.minutes for share in debit.by_lot)
        told[debit.ticket_id, "beyond the bank", "minutes"] += sum(one.minutes for one in debit.overages)
        told[debit.ticket_id, "beyond the bank", "centavos"] += sum(one.cents for one in debit.overages)
    for figure in sorted(taken.keys() | told.keys(), key=str):
        if taken[figure] != told[figure]:
            ticket_id, where, unit = figure
            what = f"{where}, in the statement of {month}, by the ledger"
            yield _difference(books.contract_id, what, unit, taken[figure], told[figure], ticket_id)


def _folded(entries: Sequence[Entry], month: str) -> Figures:
    """The sums of a month as the ledger alone says it."""
    sums: Counter[str] = Counter()
    for entry in entries:
        period = entry.local_date[:7]
        if period > month:
            continue
        sign, name = _counted(entry)
        sums["closing_minutes"] += _effect(entry)
        if period < month:
            sums["opening_minutes"] += _effect(entry)
        elif name:
            sums[name] += sign * entry.minutes
    return Figures(**{name: sums[name] for name in Figures.__struct_fields__})


def _counted(entry: Entry) -> tuple[int, str]:
    if entry.kind == "restore":
        return -1, "debited_minutes"
    if entry.kind in {"overage", "overage_reversed"}:
        return (1 if entry.kind == "overage" else -1), "overage_minutes"
    return 1, COUNTED.get(entry.kind, "")


def _effect(entry: Entry) -> int:
    sign, name = _counted(entry)
    effects = {"granted_minutes": 1, "debited_minutes": -1, "expired_minutes": -1}
    return sign * effects.get(name, 0) * entry.minutes


def _ledger_and_invoices(books: Books, month: str) -> Iterator[Difference]:
    """Overage of the month by ticket: what the ledger holds is invoiced, waits, or was credited; nothing else is."""
    minutes, cents = _accrued(books.entries, month)
    charged_minutes, charged_cents = _charged(books, month)
    cancelled = {line.ticket_id for invoice in books.invoices if invoice.charge_cancelled for line in invoice.lines}
    tickets = (minutes.keys() | charged_minutes.keys()) - cancelled
    for ticket_id in sorted(tickets, key=str):
        for unit, expected, found in (
            ("minutes", minutes[ticket_id], charged_minutes[ticket_id]),
            ("centavos", cents[ticket_id], charged_cents[ticket_id]),
        ):
            if expected != found:
                what = f"overage of {month} charged, by the ledger"
                yield _difference(books.contract_id, what, unit, expected, found, ticket_id)


def _accrued(entries: Iterable[Entry], month: str) -> tuple[Counter[UUID | None], Counter[UUID | None]]:
    """Minutes and centavos of overage that closed in the month, less what came back of it whenever."""
    left: Counter[tuple[UUID | None, int | None, int | None, int]] = Counter()
    months: dict[tuple[UUID | None, int | None, int | None], str] = {}
    for entry in entries:
        key = (entry.ticket_id, entry.round, entry.tranche)
        if entry.kind == "overage":
            months[key] = entry.local_date[:7]
        if entry.kind in {"overage", "overage_reversed"} and months.get(key) == month:
            sign = 1 if entry.kind == "overage" else -1
            left[(*key, entry.hour_price_cents or 0)] += sign * entry.minutes
    minutes: Counter[UUID | None] = Counter()
    cents: Counter[UUID | None] = Counter()
    for (ticket_id, _round, _tranche, price), one in left.items():
        minutes[ticket_id] += one
        cents[ticket_id] += price_of_minutes(one, price) if one >= 0 else -price_of_minutes(-one, price)
    return minutes, cents


def _charged(books: Books, month: str) -> tuple[Counter[UUID | None], Counter[UUID | None]]:
    """Minutes and centavos of overage of the month on invoices and drafts, less what was credited."""
    minutes: Counter[UUID | None] = Counter()
    cents: Counter[UUID | None] = Counter()
    asked = [(1, line) for invoice in books.invoices if invoice.state != "void" for line in invoice.lines]
    asked += [(1, line) for line in books.waiting]
    asked += [(-1, line) for note in books.credit_notes if note.state == "issued" for line in note.lines]
    for sign, line in asked:
        if line.kind == "overage" and line.period == month:
            minutes[line.ticket_id] += sign * (line.minutes or 0)
            cents[line.ticket_id] += sign * line.cents
    return minutes, cents


def _purchases(books: Books) -> Iterator[Difference]:
    """Minutes that were bought beside the plan are charged, whenever; a cancelled charge is no difference."""
    granted = sum(one.minutes for one in books.entries if (one.kind, one.reason) == ("grant", BOUGHT))
    granted -= sum(one.minutes for one in books.entries if (one.kind, one.reason) == ("void", BOUGHT))
    lines = [line for one in books.invoices if one.state != "void" or one.charge_cancelled for line in one.lines]
    charged = sum(line.minutes or 0 for line in [*lines, *books.waiting] if line.kind == BOUGHT)
    if granted != charged:
        yield _difference(books.contract_id, "hours bought and charged, by the ledger", "minutes", granted, charged)


def _fees(books: Books, month: str) -> Iterator[Difference]:
    """The fee of a month is charged once at most."""
    lines = [line for one in books.invoices if one.state != "void" for line in one.lines]
    fees = [line for line in [*lines, *books.waiting] if (line.kind, line.period) == ("plan_fee", month)]
    if len(fees) > 1:
        yield _difference(books.contract_id, f"fee of {month} charged", "times", 1, len(fees))


def _sums(books: Books) -> Iterator[Difference]:
    """Every sum is that of its parts: of lines, of payments, of credit notes, of invoices (invariant 16)."""
    for what, parts, told in _summed(books):
        if parts != told:
            yield _difference(books.contract_id, what, "centavos", parts, told)


def _summed(books: Books) -> Iterator[tuple[str, int, int]]:
    for invoice in books.invoices:
        yield f"total of {invoice.number}", sum(line.cents for line in invoice.lines), invoice.total_cents
    living = [one for one in books.invoices if one.state != "void"]
    for name in Sums.__struct_fields__:
        what = f"{name.removesuffix('_cents')} of all invoices, as listed"
        yield what, sum(getattr(one, name) for one in living), getattr(books.listed, name)
    by_id = {one.invoice_id: one for one in books.invoices}
    for history in books.histories:
        invoice = by_id[history.invoice_id]
        yield f"paid of {invoice.number}", sum(one.cents for one in history.payments), invoice.paid_cents
        credited = sum(note.cents for note in history.credit_notes if note.state == "issued")
        yield f"credited of {invoice.number}", credited, invoice.credited_cents
    for note in books.credit_notes:
        yield f"total of {note.number}", sum(line.cents for line in note.lines), note.cents


def _difference(
    contract_id: UUID | None,
    what: str,
    unit: str,
    expected: int | str,
    found: int | str,
    ticket_id: UUID | None = None,
) -> Difference:
    return Difference(
        contract_id=contract_id, what=what, ticket_id=ticket_id, unit=unit, expected=expected, found=found
    )
