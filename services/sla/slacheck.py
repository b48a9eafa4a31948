"""The conformance kit: runs business-time cases (`sla_vectors.json`) against the engine and says which disagree.

A case agrees when everything that it expects is met: `expected`, each `escalation`, `expected_if_next_open`. Holidays
win over `shifts` (the windows that replace a date's hours), `breaks` are cut out of whatever is left.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO, assert_never

import msgspec

from services.sla.elements import NoList, elements
from shared.calendar import (
    BeyondHorizon,
    BusinessCalendar,
    CalendarInvalid,
    CalendarSpec,
    DaySpec,
    Pause,
    Window,
    add_months,
    business_calendar,
)
from shared.calendar.spec import DAY_SECONDS, Piece, merged, month_day, read_windows, weekly_pieces

CHUNK_BYTES = 1 << 20  # of the file in memory at a time, beside the case that is being read


class CaseInvalid(ValueError):
    """A file or case that cannot be read; the sentence names the case and the kind or field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """One expectation that the engine does not meet: of which case, in which field, and what came instead."""

    case_id: str
    kind: str
    field: str
    expected: str
    found: str


class CaseCalendar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A calendar as the cases write it; `holidays_yearly` are "MM-DD"."""

    timezone: str
    hours: dict[str, tuple[Window, ...]]
    holidays: tuple[dt.date, ...] = ()
    holidays_yearly: tuple[str, ...] = ()
    shifts: dict[dt.date, tuple[Window, ...]] = {}
    breaks: dict[dt.date, tuple[Window, ...]] = {}


class Escalation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A warning some business minutes before (negative) or after the due instant."""

    offset_minutes: int
    expected: str


class _Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What every case says of itself; only `id` and `expected_unit` matter to the result. Null says nothing."""

    id: str
    origin: str | None = None
    source: str | None = None
    notes: str | None = None
    use: str | None = None
    reference_agrees: bool | None = None
    expected_unit: str | None = None


class _Target(_Case, frozen=True, kw_only=True):
    """A target and an instant; `seconds` is exact and wins over `minutes`, which may have been cut down.

    `boundary` tells the reader what the case is about; the engine has no use for it.
    """

    calendar: CaseCalendar
    start: str
    minutes: int | None = None
    seconds: int | None = None
    boundary: str | None = None


class Due(_Target, frozen=True, kw_only=True, tag="due"):
    """Asks when a target is due."""

    expected: str
    expected_if_next_open: str | None = None
    escalation: tuple[Escalation, ...] | None = None


class DueWithPauses(_Target, frozen=True, kw_only=True, tag="due_with_pauses"):
    """Asks when it is due with pauses; null while a pause without an end holds the clock."""

    pauses: tuple[tuple[str, str | None], ...]
    expected: str | None
    expected_if_next_open: str | None = None
    escalation: tuple[Escalation, ...] | None = None


class DueBackward(_Target, frozen=True, kw_only=True, tag="due_backward"):
    """Asks from when a target's open time runs until `start`."""

    expected: str


class Elapsed(_Case, frozen=True, kw_only=True, tag="elapsed"):
    """Asks how much open time lies between two instants."""

    calendar: CaseCalendar
    begin: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")
    expected: int


class ElapsedWithPauses(Elapsed, frozen=True, kw_only=True, tag="elapsed_with_pauses"):
    """Asks how much of it lies outside the pauses."""

    pauses: tuple[tuple[str, str | None], ...]


class IsOpen(_Case, frozen=True, kw_only=True, tag="is_open"):
    """Asks whether it is open at an instant."""

    calendar: CaseCalendar
    at: str
    expected: bool


class NextOpen(_Case, frozen=True, kw_only=True, tag="next_open"):
    """Asks for the first open instant at or after one."""

    calendar: CaseCalendar
    at: str
    expected: str


class FirstBusinessDay(_Case, frozen=True, kw_only=True, tag="first_business_day"):
    """Asks on which date of a month work begins."""

    calendar: CaseCalendar
    year: int
    month: int
    expected: dt.date


class Expiry(_Case, frozen=True, kw_only=True, tag="expiry_12_months"):
    """Asks on which date a grant is no longer usable (2.3, L-06)."""

    granted_on: dt.date
    months: int
    expected: dt.date


class _Named(msgspec.Struct):
    """As much of a case as it takes to name it."""

    id: str


HasCalendar = Due | DueWithPauses | DueBackward | Elapsed | ElapsedWithPauses | IsOpen | NextOpen | FirstBusinessDay
Case = HasCalendar | Expiry
Answer = dt.datetime | dt.date | int | None

UNITS = {"": 1, "seconds": 1, "minutes": 60}
"""What `expected_unit` may say of an elapsed time, in seconds."""

UNITS_OF_KIND: dict[type, tuple[str, ...]] = {
    **dict.fromkeys((Due, DueWithPauses, DueBackward, NextOpen), ("", "instant")),
    **dict.fromkeys((Elapsed, ElapsedWithPauses), tuple(UNITS)),
    **dict.fromkeys((FirstBusinessDay, Expiry), ("", "date")),
    IsOpen: ("", "bool"),
}
"""What `expected_unit` may say of each kind; a case may leave it out."""


def read_cases(file: BinaryIO) -> Iterator[Case]:
    """The cases of a JSON list, one after the other, however large the file is.

    An unknown kind or field is a CaseInvalid that names it; so is what is no list of cases.
    """
    decoder = msgspec.json.Decoder(Case)
    try:
        for number, one in enumerate(elements(iter(lambda: file.read(CHUNK_BYTES), b""))):
            yield _read(one, number, decoder)
    except NoList as error:
        raise CaseInvalid(str(error)) from error


def _read(one: bytes, number: int, decoder: msgspec.json.Decoder[Case]) -> Case:
    try:
        return decoder.decode(one)
    except msgspec.ValidationError as error:
        raise CaseInvalid(f"case {_name_of(one, number)}: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CaseInvalid(f"case number {number} is no JSON: {error}") from error


def check(cases: Iterable[Case]) -> list[Disagreement]:
    """Run the cases; give every expectation that is not met, in the order of the cases."""
    return [disagreement for case in cases for disagreement in check_case(case)]


def check_case(case: Case) -> list[Disagreement]:
    """Run one case; CaseInvalid names the case and the field that cannot be read or computed with."""
    try:
        return [
            Disagreement(case_id=case.id, kind=_kind(case), field=field, expected=_text(expected), found=_text(found))
            for field, expected, found in _results_on_one_clock(case)
            if expected != found
        ]
    except BeyondHorizon as error:
        expected = str(case.expected)
        return [Disagreement(case_id=case.id, kind=_kind(case), field="expected", expected=expected, found=str(error))]
    except CalendarInvalid as error:
        raise CaseInvalid(f"case {case.id!r}: calendar.{error}") from error
    except CaseInvalid as error:
        raise CaseInvalid(f"case {case.id!r}: {error}") from error


def spec_of(case: CaseCalendar) -> CalendarSpec:
    """Turn a case's calendar into a CalendarSpec; holidays win over shifts, breaks are cut out."""
    weekly = CalendarSpec(name="case", timezone=case.timezone, hours=case.hours, closed_yearly=case.holidays_yearly)
    closed = set(case.holidays)
    yearly = {month_day(text, "holidays_yearly") for text in case.holidays_yearly}
    days = []
    for date, pieces in sorted(_special_days(weekly, case).items()):
        if date in closed or (date.month, date.day) in yearly:
            continue
        if pieces:
            windows = tuple((_clock(opens), _clock(closes)) for opens, closes in pieces)
            days.append(DaySpec(date=date, kind="partial", windows=windows))
        else:
            closed.add(date)
    return replace(weekly, days=days, closed_dates=sorted(closed))


def _special_days(weekly: CalendarSpec, case: CaseCalendar) -> dict[dt.date, tuple[Piece, ...]]:
    """Give the dates that shifts and breaks touch their pieces; what runs past midnight falls on the next date."""
    usual = weekly_pieces(weekly)
    shifts, breaks = _by_date(case.shifts, "shifts"), _by_date(case.breaks, "breaks")
    special = {}
    for date in {*shifts, *breaks}:
        own = shifts.get(date, ()) if date in case.shifts else (*usual[date.weekday()], *shifts.get(date, ()))
        special[date] = _without(merged(own), breaks.get(date, ()))
    return special


def _by_date(windows: dict[dt.date, tuple[Window, ...]], field: str) -> dict[dt.date, tuple[Piece, ...]]:
    """Cut the windows of dates at midnight and hand the rest to the next date."""
    found: dict[dt.date, list[Piece]] = {}
    for date, texts in windows.items():
        found.setdefault(date, [])
        for opens, closes in read_windows(texts, f"{field}.{date}"):
            found[date].append((opens, min(closes, DAY_SECONDS)))
            if closes > DAY_SECONDS:
                tomorrow = date + dt.timedelta(days=1)
                found.setdefault(tomorrow, []).append((0, closes - DAY_SECONDS))
    return {date: merged(pieces) for date, pieces in found.items()}


def _without(pieces: Sequence[Piece], breaks: Sequence[Piece]) -> tuple[Piece, ...]:
    """Cut breaks out of pieces.

    >>> _without([(8, 18)], [(6, 9), (12, 13), (17, 20)])
    ((9, 12), (13, 17))
    """
    left = list(pieces)
    for begins, ends in breaks:
        halves = [half for opens, closes in left for half in ((opens, min(closes, begins)), (max(opens, ends), closes))]
        left = [(opens, closes) for opens, closes in halves if opens < closes]
    return tuple(left)


def _results(case: Case) -> Iterator[tuple[str, Answer, Answer]]:
    """Give for each expectation of a case its field, what it says and what the engine says."""
    _check_unit(case)
    match case:
        case Due() | DueWithPauses():
            yield from _due_results(case)
        case DueBackward():
            found = _calendar(case).due_backward(_at(case.start, "start"), _seconds(case))
            yield "expected", _at(case.expected, "expected"), found
        case Elapsed():
            pauses = _pauses(case.pauses) if isinstance(case, ElapsedWithPauses) else ()
            begin, end = _at(case.begin, "from"), _at(case.end, "to")
            found_seconds = _calendar(case).elapsed_with_pauses(begin, end, pauses)
            yield "expected", case.expected * UNITS[case.expected_unit or ""], found_seconds
        case IsOpen():
            yield "expected", case.expected, _calendar(case).is_open(_at(case.at, "at"))
        case NextOpen():
            yield "expected", _at(case.expected, "expected"), _calendar(case).next_open(_at(case.at, "at"))
        case FirstBusinessDay():
            yield "expected", case.expected, _calendar(case).first_business_day(case.year, case.month)
        case Expiry():
            yield "expected", case.expected, add_months(case.granted_on, case.months)
        case _:
            assert_never(case)


def _due_results(case: Due | DueWithPauses) -> Iterator[tuple[str, Answer, Answer]]:
    """Run a forward target, its warnings, and the instant at which the clock would run again."""
    calendar, start, seconds = _calendar(case), _at(case.start, "start"), _seconds(case)
    pauses = _pauses(case.pauses) if isinstance(case, DueWithPauses) else ()
    due = calendar.due_with_pauses(start, seconds, pauses)
    yield "expected", None if case.expected is None else _at(case.expected, "expected"), due
    if case.expected_if_next_open is not None and due is not None:
        running = calendar.due_with_pauses(due, 0, pauses)
        yield "expected_if_next_open", _at(case.expected_if_next_open, "expected_if_next_open"), running
    for number, warning in enumerate(case.escalation or ()):
        field = f"escalation[{number}]"
        warned_after = seconds + warning.offset_minutes * 60
        if warned_after < 0:
            warned: Answer = calendar.due_backward(start, -warned_after)
        else:
            warned = calendar.due_with_pauses(start, warned_after, pauses)
        yield field, _at(warning.expected, field), warned


def _check_unit(case: Case) -> None:
    """Refuse an expectation in a unit that its kind does not have."""
    known = UNITS_OF_KIND[type(case)]
    if (case.expected_unit or "") not in known:
        raise CaseInvalid(f"expected_unit: {case.expected_unit!r} is none of {', '.join(map(repr, known))}")


def _calendar(case: HasCalendar) -> BusinessCalendar:
    """Build a case's calendar; equal ones share what is built."""
    return business_calendar(spec_of(case.calendar))


def _seconds(case: _Target) -> int:
    """Give the target of a case."""
    if case.seconds is not None:
        return case.seconds
    if case.minutes is None:
        raise CaseInvalid("minutes: a target needs minutes or seconds")
    return case.minutes * 60


def _pauses(pauses: tuple[tuple[str, str | None], ...]) -> tuple[Pause, ...]:
    """Read the pauses of a case; one without an end has null."""
    return tuple(
        Pause(start=_at(start, "pauses"), end=None if end is None else _at(end, "pauses")) for start, end in pauses
    )


def _results_on_one_clock(case: Case) -> Iterator[tuple[str, Answer, Answer]]:
    """The same, each instant by the offset in which it was expected, so that the eye can compare them."""
    for field, expected, found in _results(case):
        if isinstance(expected, dt.datetime) and isinstance(found, dt.datetime):
            found = found.astimezone(expected.tzinfo)  # noqa: PLW2901  the same instant
        yield field, expected, found


def _at(text: str, field: str) -> dt.datetime:
    """Read an instant with its offset."""
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise CaseInvalid(f"{field}: {text!r} is no instant") from error
    if at.tzinfo is None:
        raise CaseInvalid(f"{field}: {text!r} has no offset")
    return at


def _clock(seconds: int) -> str:
    """Write seconds of a day as a window has them.

    >>> _clock(30_600)
    '08:30:00'
    """
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _text(answer: Answer) -> str:
    """Write an answer for a reader."""
    return answer.isoformat() if isinstance(answer, dt.date) else str(answer)


def _kind(case: Case) -> str:
    """Give the kind as the file names it."""
    return str(case.__struct_config__.tag)


def _name_of(raw: bytes, number: int) -> str:
    """Name a case that could not be read, by its id where it has one."""
    try:
        return repr(msgspec.json.decode(raw, type=_Named).id)
    except msgspec.ValidationError:
        return f"number {number}"
