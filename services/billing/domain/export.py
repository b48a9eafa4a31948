"""Invoices as tables, and as what a fiscal document needs: neutral, so that any adapter can read them (3.6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime

from services.billing.domain.invoicing import Invoice, municipality_of, served_lines
from services.billing.domain.lifecycle import Balance, InvoiceState
from services.billing.domain.taxes import Tax
from services.billing.offer import Fiscal, Party

LINES_HEADER = (
    "number",
    "state",
    "month",
    "issue_date",
    "due_date",
    "customer",
    "cnpj",
    "line",
    "kind",
    "period",
    "description",
    "minutes",
    "unit_cents_per_hour",
    "line_cents",
    "invoice_total_cents",
    "amount_due_cents",
    "currency",
)

InvoiceRow = tuple[str | int | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FiscalLine:
    """What was served, as one line of the fiscal document's description."""

    line: int
    kind: str
    period: str
    description: str
    minutes: int | None
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FiscalTax:
    """One tax, at a rate in basis points; `withheld` by the customer."""

    name: str
    base_cents: int
    rate_bp: int
    cents: int
    withheld: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """Federal taxes that the customer keeps back, in centavos."""

    vRetIRRF_cents: int  # noqa: N815
    vRetCSLL_cents: int  # noqa: N815
    vRetCP_cents: int  # noqa: N815
    vPis_cents: int  # noqa: N815
    vCofins_cents: int  # noqa: N815


@dataclass(frozen=True, slots=True, kw_only=True)
class FiscalExport:
    """Every field that the DPS of the national NFS-e needs (3.6), under the names of its layout and ours beside.

    `serie` and `nDPS` count the DPSs of the provider by themselves, without a gap and over the years; null where none
    was asked for. The number of the fiscal document itself is the authority's to give.
    """

    invoice_id: str
    invoice_number: str
    tpAmb: str  # noqa: N815  the layout's name, as are the others in mixed case
    dhEmi: datetime  # noqa: N815
    verAplic: str  # noqa: N815
    serie: str
    nDPS: int | None  # noqa: N815
    dCompet: date  # noqa: N815
    tpEmit: str  # noqa: N815
    cLocEmi: str | None  # noqa: N815
    prest: Party
    prest_municipal_registration: str | None
    opSimpNac: str  # noqa: N815
    regApTribSN: str | None  # noqa: N815
    regEspTrib: str  # noqa: N815
    toma: Party
    cLocPrestacao: str | None  # noqa: N815
    cTribNac: str  # noqa: N815
    cTribMun: str | None  # noqa: N815
    cNBS: str | None  # noqa: N815
    xDescServ: str  # noqa: N815
    vServ_cents: int  # noqa: N815
    tribISSQN: str  # noqa: N815
    tpRetISSQN: str  # noqa: N815
    pAliq_bp: int | None  # noqa: N815
    withheld: Withheld
    totTrib_cents: int  # noqa: N815
    taxes: tuple[FiscalTax, ...]
    lines: tuple[FiscalLine, ...]
    net_cents: int
    sha256: str
    vDescIncond_cents: int = 0  # noqa: N815
    vDescCond_cents: int = 0  # noqa: N815
    vDR_cents: int = 0  # noqa: N815


def fiscal_export(
    invoice: Invoice, fiscal: Fiscal | None, *, number: int | None, finalized_at: datetime, version: str, sha256: str
) -> FiscalExport:
    """What an adapter to the authority needs of an invoice; what the customer's credit paid is served all the same."""
    rules = fiscal or Fiscal()
    place = municipality_of(fiscal, invoice.provider)
    lines, iss = _served(invoice), _iss(invoice)
    return FiscalExport(
        invoice_id=str(invoice.id),
        invoice_number=invoice.number,
        tpAmb=rules.environment,
        dhEmi=finalized_at,
        verAplic=version,
        serie=rules.series,
        nDPS=number,
        dCompet=invoice.issue_date,
        tpEmit="1",
        cLocEmi=place,
        prest=invoice.provider,
        prest_municipal_registration=rules.municipal_registration,
        opSimpNac=rules.simples_nacional,
        regApTribSN=rules.simples_regime,
        regEspTrib=rules.special_regime,
        toma=invoice.customer,
        cLocPrestacao=place,
        cTribNac=rules.service_code,
        cTribMun=rules.municipal_service_code,
        cNBS=rules.nbs,
        xDescServ=_described(line.description for line in lines),
        vServ_cents=served_cents(invoice),
        tribISSQN=rules.iss_taxation,
        tpRetISSQN="2" if iss is not None and iss.withheld else "1",
        pAliq_bp=iss.rate_bp if iss is not None else None,
        withheld=_withheld(invoice),
        totTrib_cents=sum(tax.cents for tax in invoice.taxes),
        taxes=_taxes(invoice),
        lines=lines,
        net_cents=invoice.payable_cents,
        sha256=sha256,
    )


def served_cents(invoice: Invoice) -> int:
    """What was served, in centavos, and is taxed: more than the total where the customer's credit paid a part."""
    return sum(line.cents for line in _served(invoice))


def fiscal_rows(export: FiscalExport) -> list[tuple[str, str | int]]:
    """The same as two columns: the field and its value; what is nested is named by its path."""
    rows: list[tuple[str, str | int]] = []
    for field in fields(export):
        rows += _flat(field.name, getattr(export, field.name))
    return rows


def invoice_rows(invoice: Invoice, state: InvoiceState, balance: Balance) -> list[InvoiceRow]:
    """The lines of an invoice as rows under `LINES_HEADER`."""
    due = 0 if state == "void" else balance.due_cents
    return [
        (
            invoice.number,
            state,
            invoice.month,
            invoice.issue_date.isoformat(),
            invoice.due_date.isoformat(),
            invoice.customer.legal_name,
            invoice.customer.cnpj or "",
            place,
            line.kind,
            line.period,
            line.description,
            line.minutes,
            line.unit_cents_per_hour,
            line.cents,
            invoice.total_cents,
            due,
            invoice.currency,
        )
        for place, line in enumerate(invoice.lines, start=1)
    ]


def _taxes(invoice: Invoice) -> tuple[FiscalTax, ...]:
    return tuple(
        FiscalTax(name=tax.name, base_cents=tax.base_cents, rate_bp=tax.rate_bp, cents=tax.cents, withheld=tax.withheld)
        for tax in invoice.taxes
    )


def _iss(invoice: Invoice) -> Tax | None:
    return next((tax for tax in invoice.taxes if tax.name == "ISS"), None)


def _withheld(invoice: Invoice) -> Withheld:
    kept = {tax.name: tax.cents for tax in invoice.taxes if tax.withheld}
    return Withheld(
        vRetIRRF_cents=kept.get("IRRF", 0),
        vRetCSLL_cents=kept.get("CSLL", 0) + kept.get("CSRF", 0),
        vRetCP_cents=kept.get("INSS", 0),
        vPis_cents=kept.get("PIS", 0),
        vCofins_cents=kept.get("COFINS", 0),
    )


def _served(invoice: Invoice) -> tuple[FiscalLine, ...]:
    return tuple(
        FiscalLine(
            line=number,
            kind=line.kind,
            period=line.period,
            description=line.description,
            minutes=line.minutes,
            cents=line.cents,
        )
        for number, line in served_lines(invoice.lines)
    )


def _described(parts: Iterable[str]) -> str:
    """The lines as the description of the service, within the 2,000 characters of the layout."""
    return "; ".join(parts)[:2000]


def _flat(name: str, value: object) -> list[tuple[str, str | int]]:
    if isinstance(value, tuple):
        return [cell for place, one in enumerate(value, start=1) for cell in _flat(f"{name}[{place}]", one)]
    names = getattr(value, "__struct_fields__", None) or getattr(value, "__dataclass_fields__", None)
    if names:
        return [cell for inner in names for cell in _flat(f"{name}.{inner}", getattr(value, inner))]
    return [(name, _told(value))]


def _told(value: object) -> str | int:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return value
    return "" if value is None else str(value)
