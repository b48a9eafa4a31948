"""HTTP in: the monthly reports of hours, as JSON, CSV and PDF, in two languages."""

from __future__ import annotations

import asyncio
import enum
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import HeaderParameter, Parameter, QueryParameter

from services.hourbank import actions
from services.hourbank.api.statement_csv import statement_csv
from services.hourbank.api.statement_pdf import statement_pdf
from services.hourbank.api.statement_views import StatementPage, StatementView, statement_page, statement_view
from services.hourbank.api.words import AcceptLanguage, Locale, LocaleAsked, preferred
from services.hourbank.domain import Report
from shared.auth import EVERYBODY
from shared.db import Transaction
from shared.pages import PAGE_ITEMS, Cursor, Limit, Slice

MONTH = r"^[0-9]{4}-[0-9]{2}(?!\n)$"  # in digits of ours, and nothing behind them
LAST_MONTH = "9999-99"  # behind every month


class Format(enum.StrEnum):
    """What a statement can be had as."""

    JSON = "json"
    CSV = "csv"
    PDF = "pdf"


MEDIA = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv",
    Format.PDF: "application/pdf",
}
FormatAsked = Annotated[Format | None, QueryParameter(name="format", description="Goes before Accept.")]
Accept = Annotated[
    str | None, HeaderParameter(name="Accept", description="application/json, text/csv or application/pdf.")
]


@get(
    "/v1/accounts/{contract_id:uuid}/statements/{month:str}",
    roles=EVERYBODY,
    operation_id="read_statement",
    summary="Monthly report of hours",
    also_as=("text/csv", "application/pdf"),
)
async def read_statement(
    tx: Transaction,
    contract_id: UUID,
    month: Annotated[str, Parameter(description="A local month of the contract.", pattern=MONTH)],
    format: FormatAsked = None,
    accept: Accept = None,
    locale: LocaleAsked = None,
    accept_language: AcceptLanguage = None,
) -> Response[StatementView]:
    """What a month brought, summed from the ledger; the present month as far as it is.

    `format` or `Accept` choose JSON, CSV (in pt-BR with semicolons and a byte order mark, in English with commas;
    cells that a spreadsheet would run begin with an apostrophe) or PDF; `locale` or `Accept-Language` the language of
    the last two. An issued month gives the same bytes whenever it is asked.
    """
    report = await actions.read_statement(tx, contract_id=contract_id, period=month)
    return await _answer(report, _format(format, accept), preferred(locale, accept_language))


@get(
    "/v1/accounts/{contract_id:uuid}/statements",
    roles=EVERYBODY,
    operation_id="list_statements",
    summary="Issued reports of hours",
)
async def list_statements(
    tx: Transaction, contract_id: UUID, cursor: Cursor = None, limit: Limit = PAGE_ITEMS
) -> StatementPage:
    """The months whose reports were issued, newest first."""
    asked = Slice(limit=limit, cursor=cursor)
    before = asked.after(str, LAST_MONTH)
    found = await actions.list_statements(tx, contract_id=contract_id, before=before, most=asked.most)
    return statement_page(asked.page(found, lambda one: one.period))


async def _answer(report: Report, wanted: Format, locale: Locale) -> Response[Any]:
    headers = {"Vary": "Accept, Accept-Language"}
    if wanted is Format.JSON:
        return Response(statement_view(report), headers=headers)
    # A long report takes seconds of the processor: others are served meanwhile.
    write = {Format.CSV: statement_csv, Format.PDF: statement_pdf}[wanted]
    content = await asyncio.to_thread(write, report, locale)
    name = f"extrato-{report.statement.period}.{wanted}"
    headers |= {"Content-Language": locale.value, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=MEDIA[wanted], headers=headers)


def _format(asked: Format | None, accept: str | None) -> Format:
    """The format that is asked for, else the first that Accept names, else JSON."""
    if asked is not None:
        return asked
    for part in (accept or "").split(","):
        kind = part.partition(";")[0].strip().lower()
        found = [known for known, media in MEDIA.items() if media.partition(";")[0] == kind]
        if found:
            return found[0]
    return Format.JSON


routes: list[HTTPRouteHandler] = [read_statement, list_statements]
