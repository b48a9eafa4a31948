"""Business time by the tables of the domain: dates of chapter 3, due times of S27-S33, and the edges of chapter 4.2."""

import datetime as dt
from collections.abc import Sequence

import msgspec
import pytest

from shared.calendar import (
    BeyondHorizon,
    BusinessCalendar,
    CalendarSpec,
    DaySpec,
    HolidaySource,
    Pause,
    Window,
    add_months,
    business_calendar,
    local_date,
    local_midnight,
    never_closed,
)

SAO_PAULO = "America/Sao_Paulo"
OFFICE: tuple[Window, ...] = (("08:00", "18:00"),)
FIVE_DAYS = ("mon", "tue", "wed", "thu", "fri")
HOUR = 3600


def at(text: str) -> dt.datetime:
    """Read an instant."""
    return dt.datetime.fromisoformat(text)


def day(text: str) -> dt.date:
    """Read a date."""
    return dt.date.fromisoformat(text)


def office(
    *,
    windows: Sequence[Window] = OFFICE,
    subdivision: str | None = None,
    optional_points: str = "ignore",
    days: Sequence[DaySpec] = (),
) -> BusinessCalendar:
    """Build a Monday-Friday calendar with Brazilian holidays."""
    source = msgspec.convert({"subdivision": subdivision, "optional_points": optional_points}, HolidaySource)
    hours = dict.fromkeys(FIVE_DAYS, windows)
    return business_calendar(CalendarSpec(name="t", timezone=SAO_PAULO, hours=hours, holidays=source, days=days))


def plain(hours: dict[str, Sequence[Window]], timezone: str = "UTC", **rest: object) -> BusinessCalendar:
    """Build a calendar without a holiday source, from rough data as a file would hold it."""
    rough = {"name": "t", "timezone": timezone, "hours": hours, **rest}
    return business_calendar(msgspec.convert(rough, CalendarSpec))


BLOCKTIME = office(subdivision="São Paulo Capital")
PREMIUM = office(subdivision="São Paulo Capital", windows=(*OFFICE, ("18:00", "20:00")))
NEXT4 = office()
UNTIL_17 = office(windows=(("08:00", "17:00"),))


@pytest.mark.parametrize("subdivision", [None, "São Paulo Capital", "RJ"])
@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2026, "02 02 02 01 04 01 01 03 01 01 03 01"),
        (2027, "04 01 01 01 03 01 01 02 01 01 01 01"),
        (2028, "03 01 01 03 02 01 03 01 01 02 01 01"),
    ],
)
def test_first_business_days_are_those_of_chapter_3_2(year: int, days: str, subdivision: str | None) -> None:
    calendar = office(subdivision=subdivision)

    found = [calendar.first_business_day(year, month) for month in range(1, 13)]

    assert found == [dt.date(year, month, int(text)) for month, text in enumerate(days.split(), start=1)]


@pytest.mark.parametrize(
    ("closed_in", "invoiced_on"),
    [
        ("2026-10", "2026-11-03"),
        ("2026-11", "2026-12-01"),
        ("2026-12", "2027-01-04"),
        ("2027-04", "2027-05-03"),
        ("2026-04", "2026-05-04"),
        ("2027-01", "2027-02-01"),
        ("2027-12", "2028-01-03"),
        ("2025-12", "2026-01-02"),
    ],
)
def test_s03_the_invoice_date_is_the_first_business_day_of_the_next_month(closed_in: str, invoiced_on: str) -> None:
    next_month = add_months(day(f"{closed_in}-01"), 1)

    assert NEXT4.first_business_day(next_month.year, next_month.month) == day(invoiced_on)


CARNIVAL_OFF_ASH_HALF = tuple(
    DaySpec(date=day(text), kind=kind, windows=windows, reason=reason)  # type: ignore[arg-type]
    for text, kind, windows, reason in (
        ("2025-03-03", "closed", (), "Carnaval"),
        ("2025-03-04", "closed", (), "Carnaval"),
        ("2025-03-05", "partial", (("14:00", "18:00"),), "Quarta-feira de Cinzas"),
    )
)


@pytest.mark.parametrize(
    ("calendar", "month", "expected"),
    [
        (NEXT4, (2025, 3), "2025-03-03"),
        (NEXT4, (2028, 3), "2028-03-01"),
        (office(optional_points="observe"), (2025, 3), "2025-03-06"),
        (office(optional_points="observe"), (2028, 3), "2028-03-02"),
        (office(days=CARNIVAL_OFF_ASH_HALF), (2025, 3), "2025-03-05"),
    ],
)
def test_s04_carnival_by_three_policies(calendar: BusinessCalendar, month: tuple[int, int], expected: str) -> None:
    assert calendar.first_business_day(*month) == day(expected)


def test_s18_five_business_days_after_16_november_skip_the_20th() -> None:
    assert NEXT4.business_days_after(day("2026-11-16"), 5) == day("2026-11-24")
    assert NEXT4.business_days_before(day("2026-11-24"), 5) == day("2026-11-16")
    assert NEXT4.business_days_after(day("2026-11-20"), 0) == day("2026-11-23")


@pytest.mark.parametrize(
    ("calendar", "registered", "minutes", "due"),
    [
        pytest.param(BLOCKTIME, "2026-11-13T17:00-03:00", 240, "2026-11-16T11:00-03:00", id="S27-weekend"),
        pytest.param(BLOCKTIME, "2026-11-19T16:30-03:00", 240, "2026-11-23T10:30-03:00", id="S27-20-nov"),
        pytest.param(BLOCKTIME, "2026-11-14T11:00-03:00", 240, "2026-11-16T12:00-03:00", id="S27-saturday"),
        pytest.param(BLOCKTIME, "2027-01-22T17:30-03:00", 240, "2027-01-26T11:30-03:00", id="S27-city"),
        pytest.param(BLOCKTIME, "2026-07-08T15:00-03:00", 240, "2026-07-10T09:00-03:00", id="S27-state"),
        pytest.param(BLOCKTIME, "2026-11-18T18:00-03:00", 240, "2026-11-19T12:00-03:00", id="S27-at-closing"),
        pytest.param(PREMIUM, "2026-11-19T16:30-03:00", 240, "2026-11-23T08:30-03:00", id="S28-premium-low"),
        pytest.param(PREMIUM, "2026-11-18T17:00-03:00", 120, "2026-11-18T19:00-03:00", id="S28-premium-medium"),
        pytest.param(BLOCKTIME, "2026-11-18T17:00-03:00", 120, "2026-11-19T09:00-03:00", id="S28-pro-medium"),
        pytest.param(PREMIUM, "2026-11-18T18:30-03:00", 30, "2026-11-18T19:00-03:00", id="S-18-premium-at-once"),
        pytest.param(BLOCKTIME, "2026-11-21T03:10-03:00", 30, "2026-11-23T08:30-03:00", id="S30-business"),
        pytest.param(NEXT4, "2026-11-20T10:00-03:00", 240, "2026-11-23T12:00-03:00", id="S32-start"),
        pytest.param(NEXT4, "2026-11-20T10:00-03:00", 180, "2026-11-23T11:00-03:00", id="S32-basic"),
        pytest.param(NEXT4, "2026-11-20T10:00-03:00", 120, "2026-11-23T10:00-03:00", id="S32-advanced"),
        pytest.param(BLOCKTIME, "2026-11-18T17:45-03:00", 30, "2026-11-19T08:15-03:00", id="S33-n1"),
        pytest.param(BLOCKTIME, "2026-11-18T14:00-03:00", 60, "2026-11-18T15:00-03:00", id="S33-remote"),
        pytest.param(BLOCKTIME, "2026-11-18T17:00-03:00", 60, "2026-11-18T18:00-03:00", id="S-14-stays-at-closing"),
        pytest.param(
            UNTIL_17, "2026-03-06T16:00-03:00", 240, "2026-03-09T11:00-03:00", id="S-39-a-vendor-says-tuesday"
        ),
        pytest.param(BLOCKTIME, "2026-11-18T17:00-03:00", 0, "2026-11-18T17:00-03:00", id="S-27-zero-is-now"),
        pytest.param(BLOCKTIME, "2026-11-18T18:00-03:00", 0, "2026-11-19T08:00-03:00", id="S-27-zero-at-closing"),
        pytest.param(BLOCKTIME, "2026-11-19T20:00-03:00", 0, "2026-11-23T08:00-03:00", id="S-27-zero-next-opening"),
    ],
)
def test_due_times_of_the_stories(calendar: BusinessCalendar, registered: str, minutes: int, due: str) -> None:
    assert calendar.due(at(registered), minutes * 60) == at(due)
    assert calendar.elapsed(at(registered), at(due)) == minutes * 60


def test_s30_critical_runs_on_saturday_night_around_the_clock() -> None:
    around_the_clock = business_calendar(never_closed(SAO_PAULO))

    assert around_the_clock.due(at("2026-11-21T03:10-03:00"), 30 * 60) == at("2026-11-21T03:40-03:00")
    assert around_the_clock.elapsed(at("2018-01-01T00:00Z"), at("2019-01-01T00:00Z")) == 365 * 24 * HOUR


@pytest.mark.parametrize(
    ("pauses", "due"),
    [
        pytest.param(["2026-03-06T17:00/2026-03-09T09:00"], "2026-03-09T11:00", id="S-01-over-the-weekend"),
        pytest.param(["2026-03-06T18:00/2026-03-09T08:00"], "2026-03-09T09:00", id="S-04-outside-hours"),
        pytest.param(
            ["2026-03-06T15:30/2026-03-06T16:30", "2026-03-06T16:00/2026-03-06T17:00"],
            "2026-03-09T10:30",
            id="S-05-overlapping",
        ),
        pytest.param(
            ["2026-03-06T15:30/2026-03-06T16:30", "2026-03-06T15:30/2026-03-06T16:30"],
            "2026-03-09T10:00",
            id="S-05-twice-the-same",
        ),
        pytest.param(["2026-03-06T14:00/2026-03-06T15:30"], "2026-03-09T09:30", id="S-07-opened-paused"),
        pytest.param(["2026-03-06T16:00/2026-03-06T15:00"], "2026-03-09T09:00", id="S-28-reversed-pause"),
        pytest.param(["2026-03-09T09:00/"], "2026-03-09T09:00", id="pause-at-the-due-instant-moves-nothing"),
        pytest.param(["2026-03-06T17:00/"], None, id="S-06-open-ended"),
    ],
)
def test_pauses_stop_the_clock_in_business_time(pauses: list[str], due: str | None) -> None:
    parts = [text.split("/") for text in pauses]
    stopped = [Pause(start=at(f"{a}-03:00"), end=at(f"{b}-03:00") if b else None) for a, b in parts]

    found = BLOCKTIME.due_with_pauses(at("2026-03-06T15:00-03:00"), 4 * HOUR, stopped)

    assert found == (at(f"{due}-03:00") if due else None)
    if found:
        assert BLOCKTIME.elapsed_with_pauses(at("2026-03-06T15:00-03:00"), found, stopped) == 4 * HOUR


def test_s06_an_open_pause_freezes_what_has_elapsed() -> None:
    paused = [Pause(start=at("2026-03-06T17:00-03:00"))]

    for later in ("2026-03-06T17:00-03:00", "2026-03-09T12:00-03:00", "2027-03-09T12:00-03:00"):
        assert BLOCKTIME.elapsed_with_pauses(at("2026-03-06T15:00-03:00"), at(later), paused) == 2 * HOUR


def test_s15_a_window_holds_its_opening_and_not_its_closing() -> None:
    assert BLOCKTIME.is_open(at("2026-11-18T08:00-03:00"))
    assert not BLOCKTIME.is_open(at("2026-11-18T18:00-03:00"))
    assert BLOCKTIME.next_open(at("2026-11-18T18:00-03:00")) == at("2026-11-19T08:00-03:00")
    assert BLOCKTIME.next_open(at("2026-11-18T17:59:59.999999-03:00")) == at("2026-11-18T17:59:59.999999-03:00")


def test_s30_a_warning_is_one_business_hour_earlier() -> None:
    assert BLOCKTIME.due_backward(at("2026-11-17T11:00-03:00"), HOUR) == at("2026-11-17T10:00-03:00")
    assert BLOCKTIME.due_backward(at("2026-11-17T08:30-03:00"), HOUR) == at("2026-11-16T17:30-03:00")
    assert BLOCKTIME.due_backward(at("2026-11-17T09:00-03:00"), HOUR) == at("2026-11-17T08:00-03:00")
    assert BLOCKTIME.due_backward(at("2026-11-17T07:00-03:00"), 0) == at("2026-11-16T18:00-03:00")


def test_s26_seconds_and_fractions_are_kept() -> None:
    start, due = at("2026-11-18T17:59:59.25-03:00"), at("2026-11-19T08:00:06.250000-03:00")

    assert BLOCKTIME.due(start, 7) == due
    assert BLOCKTIME.elapsed_microseconds(start, at("2026-11-18T20:00-03:00")) == 750_000
    assert BLOCKTIME.elapsed(start, due) == 7


def test_s28_a_reversed_or_empty_interval_has_no_time() -> None:
    assert BLOCKTIME.elapsed(at("2026-11-18T15:00-03:00"), at("2026-11-18T09:00-03:00")) == 0
    assert BLOCKTIME.elapsed(at("2026-11-18T15:00-03:00"), at("2026-11-18T15:00-03:00")) == 0
    assert BLOCKTIME.elapsed_with_pauses(at("2026-11-18T15:00Z"), at("2026-11-18T09:00Z"), [
        Pause(start=at("2026-11-18T01:00Z"))]) == 0  # fmt: skip


@pytest.mark.parametrize(
    ("timezone", "hours", "begin", "end", "seconds"),
    [
        pytest.param(
            SAO_PAULO,
            {"sun": [["00:00", "02:00"]]},
            "2018-11-04T00:00Z",
            "2018-11-05T00:00Z",
            HOUR,
            id="gap-at-midnight-takes-its-hour",
        ),
        pytest.param(
            SAO_PAULO,
            {"sun": [["00:10", "00:50"]], "mon": [["09:00", "10:00"]]},
            "2018-11-04T00:00Z",
            "2018-11-05T00:00Z",
            0,
            id="S-20-window-that-does-not-exist",
        ),
        pytest.param(
            SAO_PAULO,
            {"sat": [["22:00", "24:00"]]},
            "2019-02-16T12:00Z",
            "2019-02-17T12:00Z",
            3 * HOUR,
            id="fold-before-midnight-counts-twice",
        ),
        pytest.param(
            SAO_PAULO,
            {"sat": [["22:00", "06:00"]]},
            "2019-02-16T12:00Z",
            "2019-02-17T12:00Z",
            9 * HOUR,
            id="night-shift-over-a-fold",
        ),
        pytest.param(
            "Europe/Berlin",
            {"sun": [["02:30", "03:30"]]},
            "2026-03-29T00:00Z",
            "2026-03-30T00:00Z",
            HOUR // 2,
            id="gap-cuts-the-opening",
        ),
        pytest.param(
            "Australia/Lord_Howe",
            {"sun": [["00:00", "24:00"]]},
            "2026-10-03T00:00Z",
            "2026-10-05T00:00Z",
            23 * HOUR + HOUR // 2,
            id="half-hour-gap",
        ),
        pytest.param(
            "Pacific/Apia",
            {"fri": [["00:00", "24:00"]]},
            "2011-12-28T00:00Z",
            "2012-01-02T00:00Z",
            0,
            id="a-day-that-never-was",
        ),
    ],
)
def test_s19_daylight_saving(
    timezone: str, hours: dict[str, Sequence[Window]], begin: str, end: str, seconds: int
) -> None:
    assert plain(hours, timezone).elapsed(at(begin), at(end)) == seconds


def test_s17_windows_touch_overlap_and_cross_midnight() -> None:
    split = plain({"mon": [["08:00", "12:00"], ["12:00", "15:00"], ["14:00", "18:00"]]})  # type: ignore[list-item]
    hours = {"mon": [["22:00", "06:00"]], "wed": [["18:00", "00:00"]]}
    night = plain(hours, closed_dates=["2026-11-24"])  # type: ignore[arg-type]

    assert split.elapsed(at("2026-11-16T00:00Z"), at("2026-11-17T00:00Z")) == 10 * HOUR
    assert split.due(at("2026-11-16T11:00Z"), 2 * HOUR) == at("2026-11-16T13:00Z")
    assert night.due(at("2026-11-16T23:00Z"), 3 * HOUR) == at("2026-11-17T02:00Z")
    assert night.elapsed(at("2026-11-23T22:00Z"), at("2026-11-24T08:00Z")) == 2 * HOUR
    assert night.elapsed(at("2026-11-18T00:00Z"), at("2026-11-19T06:00Z")) == 6 * HOUR
    assert not night.is_business_day(day("2026-11-17"))
    assert night.is_business_day(day("2026-11-16"))


def test_s22_long_closures_are_searched_through() -> None:
    rarely = plain({"mon": [["09:00", "09:30"]]}, closed_yearly=["12-28", "01-04"])  # type: ignore[list-item]

    assert rarely.due(at("2020-12-21T09:30Z"), 60) == at("2021-01-11T09:01Z")
    assert rarely.due(at("2026-01-01T00:00Z"), 100 * HOUR) > at("2029-01-01T00:00Z")


def test_s24_an_overlay_row_adds_removes_or_shortens_a_day() -> None:
    rows = [
        {"date": "2026-11-20", "kind": "open", "reason": "plantão"},
        {"date": "2026-11-21", "kind": "open", "windows": [["09:00", "12:00"]]},
        {"date": "2026-11-23", "kind": "closed", "reason": "inventário"},
        {"date": "2026-12-24", "kind": "partial", "windows": [["08:00", "13:00"]]},
    ]
    calendar = office(days=msgspec.convert(rows, list[DaySpec]))

    hours = [
        calendar.elapsed(local_midnight(day(f"2026-{text}"), SAO_PAULO), at(f"2026-{text}T23:59-03:00")) // HOUR
        for text in ("11-20", "11-21", "11-23", "12-24", "12-25")
    ]
    assert hours == [10, 3, 0, 5, 0]
    assert calendar.is_business_day(day("2026-12-24"))
    assert calendar.days.closed_because(day("2026-11-23")) == "inventário"
    assert calendar.days.closed_because(day("2026-12-25")) == "Natal"


def test_s25_29_february_closes_in_leap_years_only() -> None:
    calendar = plain(dict.fromkeys(FIVE_DAYS, OFFICE), closed_yearly=["02-29"])

    assert [calendar.is_business_day(day(text)) for text in ("2028-02-28", "2028-02-29", "2029-02-28")] == [
        True, False, True]  # fmt: skip


def test_s21_the_date_is_that_of_the_calendars_own_zone() -> None:
    assert plain({"mon": OFFICE}, "America/Manaus").local_date(at("2026-11-17T03:59Z")) == day("2026-11-16")
    assert local_date(at("2026-08-31T22:00Z"), "Europe/Berlin") == day("2026-09-01")
    assert local_midnight(day("2026-09-01"), SAO_PAULO) == at("2026-09-01T03:00Z")


def test_s22_a_calendar_that_never_opens_answers_and_does_not_loop() -> None:
    never = plain({})

    with pytest.raises(BeyondHorizon):
        never.due(at("2026-01-01T00:00Z"), 1)
    with pytest.raises(BeyondHorizon):
        never.due_backward(at("2026-01-01T00:00Z"), 1)
    with pytest.raises(BeyondHorizon):
        never.first_business_day(2026, 1)
    assert never.elapsed(at("2026-01-01T00:00Z"), at("2027-01-01T00:00Z")) == 0


def test_equal_specs_share_one_calendar_and_survive_json() -> None:
    spec = BLOCKTIME.spec
    again = msgspec.json.decode(msgspec.json.encode(spec), type=CalendarSpec)

    spec.validate()
    assert business_calendar(again) is business_calendar(spec) is BLOCKTIME
