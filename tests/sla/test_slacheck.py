"""The conformance kit: every case of the shared sample agrees, a wrong one is told, an unknown one is named."""

import json
from collections.abc import Iterator
from io import BytesIO
from itertools import chain, islice, repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.sla.elements import NoList, elements
from services.sla.slacheck import Case, CaseInvalid, Disagreement, check, read_cases
from tests.beside import beside

SAMPLE = "data/sla_vectors.json"
KINDS = {"due", "elapsed", "due_with_pauses", "elapsed_with_pauses", "is_open", "next_open", "due_backward",
         "first_business_day", "expiry_12_months"}  # fmt: skip
OFFICE = {"timezone": "UTC", "hours": {"mon": [["08:00", "18:00"]]}, "holidays": []}


def read(content: bytes) -> list[Case]:
    """The cases of a file."""
    return list(read_cases(BytesIO(content)))


def case(**fields: object) -> bytes:
    """Write a file of one case, a target of an hour on Monday 16 November 2026 at 09:00."""
    start = {"id": "x-1", "kind": "due", "calendar": OFFICE, "start": "2026-11-16T09:00:00Z", "minutes": 60}
    return json.dumps([{**start, "expected": "2026-11-16T10:00:00Z", **fields}]).encode()


def test_every_case_of_the_sample_agrees() -> None:
    content = beside(SAMPLE).read_bytes()
    assert {one["kind"] for one in json.loads(content)} == KINDS

    cases = read(content)

    assert len(cases) == 69
    assert check(cases) == []


def test_a_wrong_expectation_is_told_with_what_came_instead() -> None:
    assert check(read(case(expected="2026-11-16T10:00:01Z"))) == [
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
    one = json.loads(beside(SAMPLE).read_bytes())[number]
    right = one["expected"]
    if isinstance(right, str):
        one["expected"] = f"{int(right[:4]) + 1}{right[4:]}"
    else:
        one["expected"] = not right if isinstance(right, bool) else right + 1

    assert [found.field for found in check(read(json.dumps([one]).encode()))] == ["expected"]


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

    assert check(read(right)) == []
    assert [one.field for one in check(read(wrong))] == ["expected_if_next_open", "escalation[0]"]


def test_breaks_cut_shifts_replace_and_holidays_win() -> None:
    calendar = {
        **OFFICE,
        "holidays": ["2026-11-23"],
        "shifts": {"2026-11-17": [["20:00", "02:00"]], "2026-11-23": [["08:00", "18:00"]]},
        "breaks": {"2026-11-16": [["12:00", "13:00"]], "2026-11-18": [["01:00", "03:00"]]},
    }
    whole_week = {"id": "x", "kind": "elapsed", "calendar": calendar, "expected_unit": "minutes", "expected": 14 * 60}

    week = json.dumps([{**whole_week, "from": "2026-11-16T00:00:00Z", "to": "2026-11-24T00:00:00Z"}]).encode()

    assert check(read(week)) == []


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
        check(read(content))

    assert all(word in str(refused.value) for word in named), str(refused.value)


JSON = st.recursive(
    st.none() | st.integers() | st.text(alphabet='ab"\\\\[]{},é'),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet='a"\\\\]'), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.lists(JSON, max_size=5), st.integers(1, 9), st.sampled_from([None, 1]))
def test_a_list_comes_apart_into_its_elements_wherever_it_is_cut(
    values: list[object], size: int, indent: int | None
) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=False).encode()

    found = list(elements(text[at : at + size] for at in range(0, len(text), size)))

    assert [json.loads(one) for one in found] == values


@pytest.mark.parametrize(
    "text", [b"", b"[", b"[1,", b"[1,]", b"[,1]", b"[1]]", b"[1] 2", b"{}", b'["]', b"x[1]", b"[1][2]"]
)
def test_what_is_no_list_is_refused(text: bytes) -> None:
    with pytest.raises(NoList):
        list(elements([text]))


def test_a_bracket_that_is_never_closed_does_not_swallow_the_file() -> None:
    asked: list[int] = []

    def endless() -> Iterator[bytes]:
        yield b"[["
        while True:
            asked.append(1)
            yield b"1" * (1 << 20)

    with pytest.raises(NoList, match="does not end"):
        list(elements(endless()))

    assert len(asked) == 16


def test_a_file_is_read_case_by_case() -> None:
    class Endless(BytesIO):
        chunks = chain([b"["], repeat(case()[1:-1] + b","))

        def read(self, _size: int | None = -1, /) -> bytes:
            return next(self.chunks)

    assert [one.id for one in islice(read_cases(Endless()), 1_000)] == ["x-1"] * 1_000


@pytest.mark.parametrize("field", ["origin", "source", "notes", "use", "boundary", "expected_unit", "escalation"])
def test_null_says_nothing(field: str) -> None:
    assert check(read(case(**{field: None}))) == []


def test_a_due_time_that_never_comes_is_a_disagreement() -> None:
    never = case(calendar={**OFFICE, "hours": {}})

    assert [one.field for one in check(read(never))] == ["expected"]
