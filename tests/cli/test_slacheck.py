"""The conformance kit from the command line: agreement, disagreement, and what it cannot read."""

import json
from pathlib import Path

import pytest

from tests.beside import beside
from tests.cli.conftest import Ponteiro

CASE = {
    "id": "monday-noon",
    "origin": "derived",
    "source": "this test",
    "kind": "due",
    "calendar": {"timezone": "America/Sao_Paulo", "hours": {"mon": [["08:00", "18:00"]]}, "holidays": []},
    "start": "2026-11-16T11:00:00-03:00",
    "minutes": 60,
    "seconds": 3600,
    "expected": "2026-11-16T12:00:00-03:00",
    "boundary": "interior",
    "notes": "",
}


def file_of(tmp_path: Path, *cases: object) -> str:
    path = tmp_path / "cases.json"
    path.write_text(json.dumps(cases))
    return str(path)


def test_every_sample_case_agrees(ponteiro: Ponteiro) -> None:
    code, said, _complaint = ponteiro("slacheck", str(beside("data/sla_vectors.json")))

    assert (code, said.splitlines()[-1]) == (0, "69 agree, 0 disagree")


def test_a_case_that_disagrees_is_named_and_the_exit_says_so(ponteiro: Ponteiro, tmp_path: Path) -> None:
    wrong = CASE | {"id": "monday-one", "expected": "2026-11-16T13:00:00-03:00"}

    code, said, _complaint = ponteiro("slacheck", file_of(tmp_path, CASE, wrong))

    assert code == 1
    named, total = said.splitlines()
    where = "monday-one (due) expected"
    assert named == f"{where}: expected 2026-11-16T13:00:00-03:00, found 2026-11-16T12:00:00-03:00"
    assert total == "1 agree, 1 disagree"


@pytest.mark.parametrize(
    ("case", "named"),
    [
        (CASE | {"kind": "eclipse"}, "eclipse"),
        (CASE | {"moon": "full"}, "moon"),
        (CASE | {"start": "yesterday"}, "start"),
    ],
)
def test_what_it_does_not_know_is_an_error_that_names_it(
    ponteiro: Ponteiro, tmp_path: Path, case: object, named: str
) -> None:
    code, said, complaint = ponteiro("slacheck", file_of(tmp_path, CASE, case))

    assert code == 1
    assert "agree" not in said
    assert named in complaint


def test_a_file_that_is_not_there_is_one_sentence(ponteiro: Ponteiro) -> None:
    code, _said, complaint = ponteiro("slacheck", "nowhere.json")

    assert (code, complaint.strip()) == (1, "ponteiro: nowhere.json cannot be read: No such file or directory")
