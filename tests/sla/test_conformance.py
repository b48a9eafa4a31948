"""`ponteiro slacheck` over random cases whose answers an independent oracle walked out, minute by minute."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from tests.cli.conftest import Ponteiro, ponteiro
from tests.sla.minutes import DAYS, Minutes, expiry

__all__ = ["ponteiro"]

CASES = 20  # of each kind
KINDS = ("due", "elapsed", "due_with_pauses", "elapsed_with_pauses", "is_open", "next_open", "due_backward",
         "first_business_day", "expiry_12_months")  # fmt: skip
# Days on which the wall clock jumped, or zones in which it never did: at midnight, by half an hour, at two o'clock.
PLACES = {
    "America/Sao_Paulo": ("2018-11-04", "2019-02-17", "2017-10-15", "2026-11-20"),
    "America/Manaus": ("2018-11-04", "2026-02-17"),
    "America/Noronha": ("2019-02-17", "2026-04-21"),
    "Asia/Tehran": ("2018-03-22", "2018-09-22", "2022-03-22"),
    "Asia/Kolkata": ("2026-08-15",),
    "Australia/Lord_Howe": ("2019-04-07", "2019-10-06"),
    "Europe/Berlin": ("2026-03-29", "2026-10-25"),
}
OPENS = ("00:00", "00:30", "02:00", "08:00", "09:15", "13:00", "22:00")
CLOSES = ("00:45", "02:30", "08:00", "12:00", "13:00", "18:00", "24:00")


class Draw:
    """Draws cases, and counts which traps they walk into."""

    def __init__(self, seed: int) -> None:
        """The same seed draws the same cases."""
        self.dice = Random(seed)  # noqa: S311  no secret
        self.met: Counter[str] = Counter()

    def windows(self, *, over_midnight: bool) -> list[list[str]]:
        """Up to three windows; touching and overlapping ones among them."""
        drawn = [[self.dice.choice(OPENS), self.dice.choice(CLOSES)] for _ in range(self.dice.randint(1, 3))]
        return [[opens, closes] for opens, closes in drawn if opens < closes or (over_midnight and opens > closes)]

    def calendar(self, zone: str, day: dt.date) -> dict[str, Any]:
        """A calendar around a day; shifts only where no window of the week runs over midnight."""
        always, has_shifts = self.dice.random() < 0.1, self.dice.random() < 0.4
        week = [day + dt.timedelta(days=ahead) for ahead in range(-2, 5)]
        hours = {name: self.windows(over_midnight=not has_shifts) for name in DAYS if self.dice.random() < 0.85}
        if always:
            hours = {name: [["00:00", "24:00"]] for name in DAYS}
        hours.setdefault(DAYS[(day.weekday() + 4) % 7], []).append(["09:00", "17:00"])
        found: dict[str, Any] = {"timezone": zone, "hours": hours, "holidays": []}
        found["holidays"] = [one.isoformat() for one in self.dice.sample(week, self.dice.randint(0, 2))]
        found["holidays_yearly"] = [one.strftime("%m-%d") for one in self.dice.sample(week, self.dice.randint(0, 1))]
        if has_shifts:
            found["shifts"] = {self.dice.choice(week).isoformat(): self.windows(over_midnight=False)}
        if self.dice.random() < 0.3:
            found["breaks"] = {self.dice.choice(week).isoformat(): [["12:00", "13:30"]]}
        self.met["day and night"] += always
        self.met["over midnight"] += any(opens > closes for some in hours.values() for opens, closes in some)
        self.met["several windows"] += any(len(some) > 1 for some in hours.values())
        self.met["shift"] += has_shifts
        self.met["break"] += "breaks" in found
        return found

    def instant(self, day: dt.date, *, near: int = 2) -> dt.datetime:
        """An instant around a day; often on a whole hour."""
        minutes = self.dice.randint(-near * 1440, near * 1440)
        second = self.dice.choice((0, 0, 36))
        if self.dice.random() < 0.3:
            minutes, second = minutes // 60 * 60, 0
        return dt.datetime.combine(day, dt.time(0), tzinfo=dt.UTC) + dt.timedelta(minutes=minutes, seconds=second)

    def pauses(self, start: dt.datetime) -> list[tuple[dt.datetime, dt.datetime | None]]:
        """Pauses that overlap or touch; the last one may have no end."""
        found: list[tuple[dt.datetime, dt.datetime | None]] = []
        for _ in range(self.dice.randint(1, 3)):
            since = start + dt.timedelta(seconds=self.dice.randint(-7200, 2 * 86400))
            found.append((since, since + dt.timedelta(seconds=self.dice.randint(0, 86400))))
        if self.dice.random() < 0.25:
            found.append((start + dt.timedelta(seconds=self.dice.randint(0, 86400)), None))
        return found

    def case(self, kind: str, number: int) -> dict[str, Any] | None:
        """A case with the oracle's answer; None where the oracle does not see that far."""
        zone = self.dice.choice(sorted(PLACES))
        day = dt.date.fromisoformat(self.dice.choice(PLACES[zone]))
        case: dict[str, Any] = {"id": f"{kind}-{number}", "kind": kind}
        if kind == "expiry_12_months":
            months, granted = self.dice.randint(1, 25), day + dt.timedelta(days=self.dice.randint(0, 700))
            return case | {"granted_on": str(granted), "months": months, "expected": str(expiry(granted, months))}
        calendar = self.calendar(zone, day)
        case["calendar"] = calendar
        return self.answered(case, Minutes(calendar), day)

    def answered(self, case: dict[str, Any], by: Minutes, day: dt.date) -> dict[str, Any] | None:
        """The case with its question and its answer."""
        start, seconds = self.instant(day), self.dice.choice((1, 60, 3600, 14400, self.dice.randint(1, 90_000)))
        target = {"start": start.astimezone(by.zone).isoformat(), "minutes": seconds // 60, "seconds": seconds}
        pauses = self.pauses(start)
        written = {"pauses": [[one.isoformat() if one else None for one in pause] for pause in pauses]}
        kind: str = case["kind"]
        answer: Any = None
        if kind.startswith("elapsed"):
            end = self.instant(day, near=4)
            paused = kind == "elapsed_with_pauses"
            answer = by.elapsed(start, end, pauses if paused else ())
            case |= {"from": start.isoformat(), "to": end.isoformat(), "expected_unit": "seconds"}
            case |= written if paused else {}
            self.met["reversed"] += end < start
            self.met["over a jump"] += start.astimezone(by.zone).utcoffset() != end.astimezone(by.zone).utcoffset()
        elif kind in ("is_open", "next_open"):
            case["at"] = start.isoformat()
            answer = by.is_open(start) if kind == "is_open" else by.due(start, 0)
        elif kind == "first_business_day":
            case |= {"year": day.year, "month": day.month}
            answer = by.first_business_day(day.year, day.month)
        else:
            ask: Any = {"due": by.due, "due_backward": by.due_backward}.get(kind)
            answer = ask(start, seconds) if ask else by.due(start, seconds, pauses)
            case |= target | (written if ask is None else {})
            if answer is None and ask is None and pauses[-1][1] is None:
                self.met["held"] += 1
                return case | {"expected": None}
        if answer is None:
            return None
        self.met[f"{kind} answered"] += 1
        return case | {"expected": answer if isinstance(answer, bool | int) else answer.isoformat()}


def test_every_kind_agrees_with_an_oracle_that_looks_at_the_wall_clock(tmp_path: Path, ponteiro: Ponteiro) -> None:
    draw = Draw(1)
    cases = [case for kind in KINDS for number in range(CASES) if (case := draw.case(kind, number)) is not None]
    file = tmp_path / "cases.json"
    file.write_text(json.dumps(cases))

    code, said, complaint = ponteiro("slacheck", file)

    assert (code, said, complaint) == (0, f"{len(cases)} agree, 0 disagree\n", "")
    assert len(cases) > 0.9 * CASES * len(KINDS)
    traps = ("day and night", "over midnight", "several windows", "shift", "break", "reversed", "over a jump", "held")
    assert all(draw.met[trap] >= 2 for trap in traps), draw.met


def test_one_wrong_answer_among_many_is_named_and_is_an_exit_of_one(tmp_path: Path, ponteiro: Ponteiro) -> None:
    draw = Draw(3)
    cases = [case for number in range(10) if (case := draw.case("elapsed", number)) is not None]
    cases[4]["expected"] += 1
    file = tmp_path / "cases.json"
    file.write_text(json.dumps(cases))

    code, said, _ = ponteiro("slacheck", file)

    right = cases[4]["expected"] - 1
    assert code == 1
    assert said.splitlines() == [
        f"elapsed-4 (elapsed) expected: expected {right + 1}, found {right}",
        f"{len(cases) - 1} agree, 1 disagree",
    ]
