"""Dates without hours, the days of banks, and what a calendar may not say."""

import datetime as dt

import msgspec
import pytest

from shared.calendar import CalendarInvalid, CalendarSpec, add_months, following_bank_day, is_bank_day


def day(text: str) -> dt.date:
    """Read a date."""
    return dt.date.fromisoformat(text)


def test_l06_months_clamp_and_b06_anchors_do_not_drift() -> None:
    assert add_months(day("2024-02-29"), 12) == day("2025-02-28")
    assert add_months(day("2025-08-31"), 12) == day("2026-08-31")
    assert add_months(day("2026-01-31"), -2) == day("2025-11-30")
    assert [add_months(day("2026-01-31"), n).day for n in range(1, 6)] == [28, 31, 30, 31, 30]


@pytest.mark.parametrize(
    ("date", "paid_on"),
    [
        ("2026-02-14", "2026-02-18"),
        ("2026-06-04", "2026-06-05"),
        ("2026-07-09", "2026-07-09"),
        ("2026-11-20", "2026-11-23"),
        ("2027-02-08", "2027-02-10"),
        ("2026-11-13", "2026-11-13"),
    ],
)
def test_banks_close_on_carnival_and_corpus_christi_and_not_on_state_holidays(date: str, paid_on: str) -> None:
    assert following_bank_day(day(date)) == day(paid_on)
    assert is_bank_day(day(date)) == (date == paid_on)
    assert not is_bank_day(day("2024-05-30"))


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"hours": {}}, "hours", "never_opens"),
        ({"hours": {"mon": []}, "days": [{"date": "2026-01-01", "kind": "closed"}]}, "hours", "never_opens"),
        ({"timezone": "America/Sampa"}, "timezone", "unknown_zone"),
        ({"timezone": "../etc/passwd"}, "timezone", "unknown_zone"),
        ({"hours": {"monday": [["08:00", "18:00"]]}}, "hours.monday", "unknown_weekday"),
        ({"hours": {"mon": [["8:00", "18:00"]]}}, "hours.mon[0]", "bad_window"),
        ({"hours": {"mon": [["08:00", "24:01"]]}}, "hours.mon[0]", "bad_window"),
        ({"hours": {"mon": [["08:00", "08:60"]]}}, "hours.mon[0]", "bad_window"),
        ({"hours": {"mon": [["08:00", "12:00"], ["13:00", "13:00"]]}}, "hours.mon[1]", "empty_window"),
        ({"holidays": {"subdivision": "São Paulo"}}, "holidays.subdivision", "unknown_subdivision"),
        ({"closed_yearly": ["02-30"]}, "closed_yearly[0]", "bad_month_day"),
        ({"days": [{"date": "2026-01-05", "kind": "partial"}]}, "days[0].windows", "partial_without_windows"),
        ({"days": [{"date": "2026-01-04", "kind": "open"}]}, "days[0].windows", "open_without_windows"),
        ({"days": [{"date": "2026-01-05", "kind": "closed", "windows": [["08:00", "09:00"]]}]}, "days[0].windows",
         "closed_with_windows"),
        ({"days": [{"date": "2026-01-05", "kind": "open", "windows": [["22:00", "06:00"]]}]}, "days[0].windows[0]",
         "crosses_midnight"),
        ({"closed_dates": ["2026-01-05"], "days": [{"date": "2026-01-05", "kind": "closed"}]}, "days[0].date",
         "day_twice"),
    ],
)  # fmt: skip
def test_what_cannot_be_saved_is_refused_by_field_and_rule(change: dict[str, object], field: str, rule: str) -> None:
    rough = {"name": "t", "timezone": "America/Sao_Paulo", "hours": {"mon": [["08:00", "18:00"]]}, **change}

    with pytest.raises(CalendarInvalid) as refused:
        msgspec.convert(rough, CalendarSpec).validate()

    assert (refused.value.field, refused.value.rule) == (field, rule)
