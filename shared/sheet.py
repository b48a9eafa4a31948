"""Tables for spreadsheets: CSV that opens as text, whatever people have written into it, and with its accents.

One way for every table of the API: RFC 4180 with commas, UTF-8 behind a byte order mark, integers as integers. A
document that a customer reads (the statement) follows the customer's language instead.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence

from litestar import Response
from litestar.response import Stream

MEDIA_TYPE = "text/csv"  # Litestar adds the charset to what is text
# A cell that begins so is run by a spreadsheet as a formula; the full-width forms are read as the plain ones.
FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", "|", "%")
BYTE_ORDER_MARK = "\ufeff"  # without it a spreadsheet takes UTF-8 for the letters of its own country

Row = Sequence[object]


def sheet(header: Sequence[str], rows: Iterable[Row]) -> bytes:
    r"""Rows as CSV; what a spreadsheet would calculate is made text by an apostrophe, None is empty.

    >>> sheet(("team", "met"), [("=1+1", 3), (None, -2)]).decode()
    "\ufeffteam,met\r\n'=1+1,3\r\n,-2\r\n"
    """
    return (BYTE_ORDER_MARK + _lines([header]) + _lines(rows)).encode()


def answered(header: Sequence[str], rows: Iterable[Row], *, name: str) -> Response[bytes]:
    """The same as an answer that a browser saves under that name."""
    return Response(sheet(header, rows), media_type=MEDIA_TYPE, headers=_saved(name))


def streamed(header: Sequence[str], pages: AsyncIterator[Iterable[Row]], *, name: str) -> Stream:
    """The same as an answer that is written page by page: never more than one of them is held."""
    return Stream(_pieces(header, pages), media_type=MEDIA_TYPE, headers=_saved(name))


async def _pieces(header: Sequence[str], pages: AsyncIterator[Iterable[Row]]) -> AsyncIterator[bytes]:
    yield sheet(header, ())
    async for rows in pages:
        yield _lines(rows).encode()


def _saved(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def _lines(rows: Iterable[Row]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    is_formula = isinstance(value, str) and value.lstrip(" ").startswith(FORMULA_BEGINS)
    return f"'{value}" if is_formula else value
