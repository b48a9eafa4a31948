"""Every rule of the two shops that ticketing owns has a test that is named for it, as in `test_b30_b31_...`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.beside import beside

TESTS = Path(__file__).parents[1]

# What the tables of the domain (1.1, 1.2) give to T.
GIVEN = """
N2 N5 N8 N10 N12 N13 N14 N15 N16 N17 N18 N29 N31 N33 N34 N37 N38 N39 N40 N41 N42 N43 N44 N45 N46
B3 B4 B5 B6 B7 B9 B17 B19 B20 B21 B23 B24 B26 B27 B30 B35 B38 B40 B48
"""
# What they give to nobody by name, or to who only says the words, and ticketing keeps.
TAKEN = """
N19 N32 N48 N49
B8 B13 B15 B16 B18 B22 B25 B28 B29 B31 B32 B33 B34 B36 B37 B42 B49 B50
"""


def named() -> set[str]:
    """The rules that the names of ticketing's tests name."""
    names = (
        name
        for path in (TESTS / "ticketing").glob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(), flags=re.MULTILINE)
    )
    return {rule.upper() for name in names for rule in re.findall(r"(?<=_)[nb]\d{1,2}(?=_)", name)}


@pytest.mark.parametrize("rule", [*GIVEN.split(), *TAKEN.split()])
def test_every_rule_has_a_test_that_is_named_for_it(rule: str) -> None:
    assert rule in named()


def test_the_list_of_rules_is_the_domains() -> None:
    rows = re.findall(
        r"^\| ([NB]\d{1,2}) \|[^|]*\|([^|]*)\|", beside("design/domain.md").read_text(), flags=re.MULTILINE
    )
    to_ticketing = {rule for rule, does in rows if re.search(r"→[^→|]*(?<!\w)T(?!\w)", does)}

    assert len(rows) == 49 + 50
    assert to_ticketing == set(GIVEN.split())
    assert set(TAKEN.split()).isdisjoint(GIVEN.split())
