"""`ponteiro replay`: another desk's log is lived again through the API, once, whenever it is started again."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import msgspec
import pytest

from services.__main__ import run
from tests.beside import beside
from tests.cli.conftest import ROOT
from tests.sla.shops import OFFERS

MAPS: Final = OFFERS.parent / "maps"
REAL_CASES: Final = 40
STEPS: Final = 12  # of the small log; two more rows cannot be read
END_SECONDS: Final = 50

MAP: Final = """
offer: {offer}
log: {{ case: id, activity: what, at: when, format: "%Y-%m-%d %H:%M", timezone: Europe/Rome }}
plan: {{ column: level, values: {{ gold: LEVEL_1 }}, other: LEVEL_2 }}
priority: {{ column: urgency, values: {{ urgent: high, normal: low }} }}
activities:
  Created: {{ does: open }}
  Ranked: {{ does: triage }}
  Answered: {{ does: answer, text: We are at it. }}
  Asked: {{ does: pause, text: Which printer is it? }}
  Done: {{ does: resolve }}
  Filed: {{ does: close }}
"""
# A is answered in time and waited for two of its eight hours; B is answered too late; C begins with its first row.
ROWS: Final = """
A,Created,2024-03-04 09:00,gold,urgent
A,Ranked,2024-03-04 09:00,gold,urgent
B,Created,2024-03-04 09:30,silver,normal
A,Answered,2024-03-04 09:30,gold,urgent
A,Asked,2024-03-04 10:00,gold,urgent
A,Answered,2024-03-04 12:00,gold,urgent
B,Answered,2024-03-04 15:00,silver,normal
A,Done,2024-03-04 17:00,gold,urgent
A,Done,2024-03-04 17:01,gold,urgent
C,Ranked,2024-03-05 09:00,silver,normal
C,Ranked,not a time,silver,normal
C,Danced,2024-03-05 09:10,silver,normal
B,Done,2024-03-14 10:00,silver,normal
A,Filed,2024-03-14 17:00,gold,urgent
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A desk's fortnight."""
    path = tmp_path / "log.csv"
    path.write_text("id,what,when,level,urgency" + ROWS)
    (tmp_path / "map.yaml").write_text(MAP.format(offer=MAPS / "helpdesk_offer.yaml"))
    return path


def replayed(log: Path, data: Path, capsys: pytest.CaptureFixture[str], *, by: Path | None = None) -> str:
    """What the command printed."""
    code = run(["replay", str(log), "--map", str(by or log.parent / "map.yaml"), "--data", str(data)])
    said = capsys.readouterr()
    assert code == 0, said.err
    return said.out


def rows_of(table: str) -> list[list[str]]:
    """The cells of the lines of tables."""
    lines = [line.strip("│ ").split("│") for line in table.splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in line] for line in lines]


def test_a_small_log_is_lived_and_reported_to_the_ticket(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = replayed(log, log.parent / "house", capsys)

    rows = rows_of(said)
    assert [heading for heading in said.splitlines() if "attention promised" in heading and "kept %" in heading]
    assert ["LEVEL_1", "1", "1", "1", "100.0", "1", "1", "100.0", "25.0"] in rows
    assert ["LEVEL_2", "2", "2", "0", "0.0", "1", "0", "0.0", "0.0"] in rows
    assert ["2024-03", "3", "3", "1", "33.3", "2", "1", "50.0", "2.3"] in rows
    assert [line for line in said.splitlines() if line.startswith("row ")] == [
        "row 9, A, Done: the ticket is resolved already",
        "row 11, C, Ranked: 'not a time' is no instant like %Y-%m-%d %H:%M",
        "row 12, C, Danced: the map does not say what this activity does",
    ]
    assert "3 of 3 tickets, 2 resolved; 2.3 % of their business time was waited; 3 rows made no sense" in said


def test_a_case_that_is_ranked_anew_says_so(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.write_text(
        "id,what,when,level,urgency\n"
        "D,Created,2024-03-04 09:00,gold,normal\n"
        "D,Ranked,2024-03-04 09:01,gold,normal\n"
        "D,Ranked,2024-03-04 09:02,gold,urgent\n"
        "D,Done,2024-03-04 09:30,gold,urgent\n"
    )

    said = replayed(log, log.parent / "house", capsys)

    assert [line for line in said.splitlines() if line.startswith("row ")] == []
    assert "1 of 1 tickets, 1 resolved" in said


def test_a_replay_that_was_cut_off_goes_on_and_ends_like_one_that_was_not(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = replayed(log, log.parent / "house", capsys)
    (journal,) = (log.parent / "house").glob("replay-*.jsonl")
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:-1]) + lines[-1][:20])

    again = replayed(log, log.parent / "house", capsys)

    assert again == whole
    assert journal.read_bytes() == b"".join(lines)


def test_a_replay_that_is_killed_again_and_again_ends_like_one_that_was_not(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = replayed(log, log.parent / "whole", capsys)
    killed = [kill_at(lines, log, log.parent / "killed") for lines in (3, 8)]

    ended = replayed(log, log.parent / "killed", capsys)

    assert killed == [-signal.SIGKILL, -signal.SIGKILL]
    assert ended == whole
    ones, others = (lived(log.parent / name) for name in ("whole", "killed"))
    assert ones == others
    assert len(ones) == STEPS


def kill_at(lines: int, log: Path, data: Path) -> int:
    """Start a replay and kill it when its journal has so many lines; how it ended."""
    command = [sys.executable, "-m", "services", "replay", log, "--map", log.parent / "map.yaml", "--data", data]
    with subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL, cwd=ROOT) as process:
        give_up = time.monotonic() + END_SECONDS
        while len(lived(data)) < lines and process.poll() is None and time.monotonic() < give_up:
            time.sleep(0.002)
        process.kill()
        return process.wait()


def lived(data: Path) -> list[tuple[int, str, str]]:
    """The rows of a journal, with their cases and how each ticket stood then; the ids differ from house to house."""
    lines = [line for journal in data.glob("replay-*.jsonl") for line in journal.read_bytes().split(b"\n")[:-1]]
    return [(one["row"], one["case"], one["stands"]) for one in map(msgspec.json.decode, lines)]


def test_a_log_without_the_columns_of_the_map_is_refused(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.write_text("case,activity\n1,Created\n")

    code = run(["replay", str(log), "--map", str(log.parent / "map.yaml"), "--data", str(log.parent / "house")])

    assert code == 1
    assert "has no column id, what, when, level, urgency" in capsys.readouterr().err.replace("\n", " ")


def test_the_first_tickets_of_a_real_log_all_go_through(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head, *rows = beside("data/helpdesk_log.csv").read_text().splitlines()
    latest = sorted({row.split(",")[0] for row in rows if row.split(",")[3] >= "2013/09/01"})
    chosen = {case for case in latest if min(r for r in rows if r.startswith(case + ",")).split(",")[3] >= "2013/09"}
    first = set(sorted(chosen)[:REAL_CASES])
    few = tmp_path / "few.csv"
    few.write_text("\n".join([head, *(row for row in rows if row.split(",")[0] in first)]))

    said = replayed(few, tmp_path / "house", capsys, by=MAPS / "helpdesk_log.yaml")

    assert f"{REAL_CASES} of {REAL_CASES} tickets" in said
