"""A month of the local calendar: what fees are for, what overage belongs to, and what a run is called by."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from typing import Self

MONTHS_OF_A_YEAR = 12
MONTH_PATTERN = r"^20[0-9]{2}-(0[1-9]|1[0-2])$(?!\n)"  # what the doors take for a month


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Month:
    """One month; written "2026-12" on the wire and "12/2026" for people."""

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> Self:
        """The month of a local date."""
        return cls(year=day.year, month=day.month)

    @classmethod
    def read(cls, text: str) -> Self:
        """The month as written on the wire. Raises ValueError when it is none.

        >>> Month.read("2026-12").next(), str(Month.read("2026-02"))
        (Month(year=2027, month=1), '2026-02')
        """
        return cls.of(date.fromisoformat(f"{text}-01"))

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def shown(self) -> str:
        """The month as people in Brazil write it.

        >>> Month(year=2026, month=11).shown
        '11/2026'
        """
        return f"{self.month:02d}/{self.year:04d}"

    @property
    def first_day(self) -> date:
        """Its first local date."""
        return date(self.year, self.month, 1)

    @property
    def days(self) -> int:
        """How many days it has."""
        return calendar.monthrange(self.year, self.month)[1]

    def next(self) -> Month:
        """The month that follows."""
        return self.plus(1)

    def plus(self, months: int) -> Month:
        """So many months later, or earlier."""
        year, month0 = divmod(self.year * MONTHS_OF_A_YEAR + self.month - 1 + months, MONTHS_OF_A_YEAR)
        return Month(year=year, month=month0 + 1)

    def until(self, last: Month) -> tuple[Month, ...]:
        """This month and the following ones up to `last`, which counts; none when it lies before.

        >>> [str(month) for month in Month.read("2026-11").until(Month.read("2027-01"))]
        ['2026-11', '2026-12', '2027-01']
        """
        found: list[Month] = []
        month = self
        while month <= last:
            found.append(month)
            month = month.next()
        return tuple(found)
