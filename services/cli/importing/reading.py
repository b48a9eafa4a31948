"""A CSV file, read a row at a time and strictly: UTF-8, comma or semicolon, the columns that the table has.

What cannot be read is a fault with its line and column; reading goes on, so that all faults are told at once.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

CELL_MOST_CHARACTERS = 131_072  # more in one cell is a quote that was never closed
YES, NO = frozenset({"true", "yes", "sim", "1"}), frozenset({"false", "no", "não", "nao", "0"})
FORMULA = "=+-@"  # a spreadsheet takes what begins so for something to be worked out


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong, and where: `line` counts from 1 with the header, `column` None is the whole line."""

    file: str
    line: int
    column: str | None
    rule: str
    sentence: str

    def __str__(self) -> str:
        """As a person reads it."""
        place = f"{self.file}:{self.line}" + (f", {self.column}" if self.column else "")
        return f"{place}: {self.sentence} ({self.rule})"


class Unreadable(ValueError):
    """A cell is not what its column holds: the message says what it would be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: what its cells become, and `into` which field of the API; a dot leads into a part of it.

    `free`: people's own words, which may begin with any sign. A number or a day says itself what it is not.
    """

    into: str
    read: Callable[[str, ZoneInfo], Any]
    required: bool = False
    free: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What a file may hold: `key` is the column whose value names a row and stands once."""

    name: str
    key: str
    columns: Mapping[str, Column]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row that could be read: `body` as the API takes it, without the fields of empty cells."""

    file: str
    line: int
    table: Table
    reference: str
    body: dict[str, Any]

    def fault(self, field_name: str | None, rule: str, sentence: str) -> Fault:
        """Something wrong with it, at the column that a field of the API came from."""
        return Fault(file=self.file, line=self.line, column=self.column_of(field_name), rule=rule, sentence=sentence)

    def column_of(self, field_name: str | None) -> str | None:
        """The column of a field, or of a part of one."""
        wanted = (field_name or "").removeprefix("organization.")
        named = {column.into: name for name, column in self.table.columns.items()}
        return named.get(wanted) or named.get(wanted.split(".")[0])


@dataclass(slots=True)
class Faults:
    """Everything that is wrong, as far as it is told: beyond `most` it is only counted."""

    most: int = 200
    count: int = 0
    told: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """One more."""
        self.count += 1
        if len(self.told) < self.most:
            self.told.append(fault)


def text(cell: str, _zone: ZoneInfo) -> str:
    """Words as they stand."""
    if "\0" in cell:
        raise Unreadable("a NUL is no part of a text")
    return cell


def code(cell: str, _zone: ZoneInfo) -> str:
    """How the older system calls something; of a person, the subject of their tokens here."""
    return _matching(r"[A-Za-z0-9._:|@-]{1,60}", cell, "a code of letters, digits and ._:|@- (60 at most)")


def day(cell: str, _zone: ZoneInfo) -> str:
    """A day as ISO 8601 writes it.

    >>> day("2026-11-30", ZoneInfo("America/Sao_Paulo"))
    '2026-11-30'
    """
    try:
        return _matching(r"\d{4}-\d\d-\d\d", cell) and date.fromisoformat(cell).isoformat()
    except ValueError:
        raise Unreadable(f"{cell!r} is no day like 2026-11-30") from None


def month(cell: str, _zone: ZoneInfo) -> str:
    """A month, e.g. 2026-12."""
    return _matching(r"\d{4}-(0[1-9]|1[0-2])", cell, "a month like 2026-12")


def instant(cell: str, zone: ZoneInfo) -> str:
    """An instant, with its offset or as the provider's wall clock showed it.

    >>> instant("2026-02-10 10:00", ZoneInfo("America/Sao_Paulo")), instant("2026-02-10T13:00Z", ZoneInfo("UTC"))
    ('2026-02-10T10:00:00-03:00', '2026-02-10T13:00:00+00:00')
    """
    try:
        _matching(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?", cell)
        read = datetime.fromisoformat(cell)
    except ValueError:
        raise Unreadable(f"{cell!r} is no instant like 2026-02-10 10:00 or 2026-02-10T10:00-03:00") from None
    return (read if read.tzinfo else read.replace(tzinfo=zone)).isoformat()


def cents(cell: str, _zone: ZoneInfo) -> int:
    """An amount in reais with both its decimals, by point or comma, as integer centavos.

    >>> cents("1450.00", ZoneInfo("UTC")), cents("654,90", ZoneInfo("UTC"))
    (145000, 65490)
    """
    said = _matching(r"\d{1,10}[.,]\d\d", cell, "an amount like 1450.00, without a point for the thousands")
    return int(said.replace(",", "").replace(".", ""))


def whole(cell: str, _zone: ZoneInfo) -> int:
    """A whole number, e.g. of minutes."""
    return int(_matching(r"\d{1,9}", cell, "a whole number"))


def truth(cell: str, _zone: ZoneInfo) -> bool:
    """Yes or no, in either language."""
    said = cell.lower()
    if said not in YES | NO:
        raise Unreadable(f"{cell!r} is neither yes nor no")
    return said in YES


WORDS = (text, code)  # in which a formula could hide: what is read as something else cannot be one


def rows_of(path: Path, table: Table, *, zone: ZoneInfo, faults: Faults) -> Iterator[Row]:
    """The rows of a file that could be read, one after the other; what could not is among the faults."""
    reader = _Reader(path=path, table=table, zone=zone, faults=faults)
    yield from reader.rows()


@dataclass(slots=True, kw_only=True)
class _Reader:
    path: Path
    table: Table
    zone: ZoneInfo
    faults: Faults
    line: int = 1
    broken: bool = False

    def rows(self) -> Iterator[Row]:
        csv.field_size_limit(CELL_MOST_CHARACTERS)
        with self.path.open("rb") as file:
            first = file.readline()
            if first.startswith((b"\xff\xfe", b"\xfe\xff")):
                return self._fault(None, "encoding", "this is UTF-16: save the file as CSV UTF-8")
            delimiter = ";" if first.count(b";") > first.count(b",") else ","
            file.seek(0)
            records = csv.reader(self._lines(file), delimiter=delimiter, strict=True)
            names = self._header(next(self._records(records), []))
            if names is None:
                return None
            for cells in self._records(records):
                row = self._row(names, cells) if any(cell.strip() for cell in cells) else None
                if row is not None:
                    yield row

    def _lines(self, file: Any) -> Iterator[str]:
        for number, line in enumerate(file, start=1):
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                self.line, self.broken = number, True
                return self._fault(None, "encoding", "this is not UTF-8: save the file as CSV UTF-8")

    def _records(self, records: Any) -> Iterator[Sequence[str]]:
        before = records.line_num
        try:
            for cells in records:
                self.line = before + 1
                if self.broken:
                    return  # a record that was cut off by a line that could not be read
                yield cells
                before = records.line_num
        except csv.Error as error:
            self.line = before + 1
            self._fault(None, "csv", f"this is no CSV: {error}")

    def _header(self, cells: Sequence[str]) -> list[str] | None:
        names = [cell.strip().lower() for cell in cells]
        known = self.table.columns
        wrong = [f"there is no column {name!r}" for name in names if name not in known]
        wrong += [f"the column {name} is missing" for name, one in known.items() if one.required and name not in names]
        wrong += [f"the column {name} stands twice" for name in {one for one in names if names.count(one) > 1}]
        for sentence in wrong:
            self._fault(None, "columns", f"{sentence}; the columns are {', '.join(known)}")
        return None if wrong else names

    def _row(self, names: list[str], cells: Sequence[str]) -> Row | None:
        if len(cells) != len(names):
            self._fault(None, "columns", f"{len(cells)} cells, and the header has {len(names)}")
            return None
        body: dict[str, Any] = {}
        before = self.faults.count
        for name, cell in zip(names, cells, strict=True):
            column = self.table.columns[name]
            value = self._value(name, column, cell.strip())
            if value is not None:
                put_in(body, column.into, value)
        if self.faults.count > before:
            return None
        reference = str(body.pop(self.table.columns[self.table.key].into))
        return Row(file=self.path.name, line=self.line, table=self.table, reference=reference, body=body)

    def _value(self, name: str, column: Column, cell: str) -> Any:
        if cell.startswith("'") and cell[1:2] and cell[1] in FORMULA:
            cell = cell[1:]  # how a spreadsheet keeps such a text from being worked out
        elif cell and cell[0] in FORMULA and column.read in WORDS and not column.free:
            self._fault(name, "formula", f"{cell[:20]!r} reads as a formula: write '{cell[:1]}... if it is none")
            return None
        if not cell:
            if column.required:
                self._fault(name, "required", "this is needed")
            return None
        try:
            return column.read(cell, self.zone)
        except Unreadable as why:
            self._fault(name, "format", str(why))
            return None

    def _fault(self, column: str | None, rule: str, sentence: str) -> None:
        self.faults.add(Fault(file=self.path.name, line=self.line, column=column, rule=rule, sentence=sentence))


def put_in(body: dict[str, Any], into: str, value: Any) -> None:
    """Set a field, or with a dot a part of one."""
    *parts, last = into.split(".")
    for part in parts:
        body = body.setdefault(part, {})
    body[last] = value


def _matching(pattern: str, cell: str, what: str = "") -> str:
    if re.fullmatch(pattern, cell, re.ASCII) is None:
        raise Unreadable(f"{cell!r} is not {what}")
    return cell
