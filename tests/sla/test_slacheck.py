"""The conformance kit: every case of the shared sample agrees, a wrong one is told, an unknown one is named."""

import json
from pathlib import Path

import pytest

from services.sla.slacheck import CaseInvalid, Disagreement, check, read_cases

SAMPLE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "sla_vectors.json"
KINDS = {"due", "elapsed", "due_with_pauses", "elapsed_with_pauses", "is_open", "next_open", "due_backward",
         "first_business_day", "expiry_12_months"}  # fmt: skip
OFFICE = {"timezone": "UTC", "hours": {"mon": [["08:00", "18:00"]]}, "holidays": []}


def case(**fields: object) -> bytes:
    """Write a file of one case, a target of an hour on Monday 16 November 2026 at 09:00."""
    start = {"id": "x-1", "kind": "due", "calendar": OFFICE, "start": "2026-11-16T09:00:00Z", "minutes": 60}
    return json.dumps([{**start, "expected": "2026-11-16T10:00:00Z", **fields}]).encode()


def test_every_case_of_the_sample_agrees() -> None:
    content = SAMPLE.read_bytes()
    assert {one["kind"] for one in json.loads(content)} == KINDS

    cases = read_cases(content)

    assert len(cases) == 69
    assert check(cases) == []


def test_a_wrong_expectation_is_told_with_what_came_instead() -> None:
    assert check(read_cases(case(expected="2026-11-16T10:00:01Z"))) == [
        Disagreement(
            case_id="x-1",
            kind="due",
            field="expected",
            expected="2026-11-16T10:00:01+00:00",
            found="2026-11-16T10:00:00+00:00",
        )
    ]


@pytest.mark.parametrize("number", range(69))
def test_no_case_of_the_sample_agrees_by_accident(number: int) -> None:
    one = json.loads(SAMPLE.read_bytes())[number]
    right = one["expected"]
    if isinstance(right, str):
        one["expected"] = f"{int(right[:4]) + 1}{right[4:]}"
    else:
        one["expected"] = not right if isinstance(right, bool) else right + 1

    assert [found.field for found in check(read_cases(json.dumps([one]).encode()))] == ["expected"]


def test_warnings_and_the_other_convention_are_checked_too() -> None:
    until_closing = {"minutes": 540, "expected": "2026-11-16T18:00:00Z"}
    right = case(
        **until_closing,
        expected_if_next_open="2026-11-23T08:00:00Z",
        escalation=[{"offset_minutes": -60, "expected": "2026-11-16T17:00:00Z"}],
    )
    wrong = case(
        **until_closing,
        expected_if_next_open="2026-11-17T08:00:00Z",
        escalation=[{"offset_minutes": -60, "expected": "2026-11-16T16:00:00Z"}],
    )

    assert check(read_cases(right)) == []
    assert [one.field for one in check(read_cases(wrong))] == ["expected_if_next_open", "escalation[0]"]


def test_breaks_cut_shifts_replace_and_holidays_win() -> None:
    calendar = {
        **OFFICE,
        "holidays": ["2026-11-23"],
        "shifts": {"2026-11-17": [["20:00", "02:00"]], "2026-11-23": [["08:00", "18:00"]]},
        "breaks": {"2026-11-16": [["12:00", "13:00"]], "2026-11-18": [["01:00", "03:00"]]},
    }
    whole_week = {"id": "x", "kind": "elapsed", "calendar": calendar, "expected_unit": "minutes", "expected": 14 * 60}

    week = json.dumps([{**whole_week, "from": "2026-11-16T00:00:00Z", "to": "2026-11-24T00:00:00Z"}]).encode()

    assert check(read_cases(week)) == []


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (case(kind="due_in_days"), ["x-1", "due_in_days", "kind"]),
        (case(colour="red"), ["x-1", "colour"]),
        (case(calendar={**OFFICE, "seasons": []}), ["x-1", "seasons", "calendar"]),
        (case(escalation=[{"offset_minutes": 0, "expected": "x", "who": "y"}]), ["x-1", "who"]),
        (case(minutes=None), ["x-1", "minutes"]),
        (case(start="2026-11-16T09:00:00"), ["x-1", "start", "offset"]),
        (case(start="soon"), ["x-1", "start", "soon"]),
        (case(expected_unit="parsecs"), ["x-1", "expected_unit", "parsecs"]),
        (case(calendar={**OFFICE, "timezone": "Mars/Base"}), ["x-1", "timezone", "Mars/Base"]),
        (b'[{"kind": "due"}]', ["number 0", "id"]),
        (b'{"kind": "due"}', ["list"]),
        (b"not json", ["JSON"]),
    ],
)
def test_what_is_not_known_is_an_error_that_names_it(content: bytes, named: list[str]) -> None:
    with pytest.raises(CaseInvalid) as refused:
        check(read_cases(content))

    assert all(word in str(refused.value) for word in named), str(refused.value)


def test_a_due_time_that_never_comes_is_a_disagreement() -> None:
    never = case(calendar={**OFFICE, "hours": {}})

    assert [one.field for one in check(read_cases(never))] == ["expected"]
