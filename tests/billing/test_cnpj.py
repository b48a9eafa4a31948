"""The CNPJ of every company, old or new, is read as the oracle reads it (3.8, B38)."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st
from validate_docbr import CNPJ

from services.billing import domain

ALPHABET = string.digits + string.ascii_uppercase
ROOTS = st.text(ALPHABET, min_size=12, max_size=12) | st.text(string.digits, min_size=12, max_size=12)
ORACLE = CNPJ()


def is_read(text: str) -> bool:
    """Whether it is taken for a CNPJ."""
    try:
        return bool(domain.read_cnpj(text))
    except domain.CnpjInvalid:
        return False


@given(root=ROOTS, digits=st.text(string.digits, min_size=2, max_size=2))
def test_whatever_the_check_digits_the_oracle_agrees(root: str, digits: str) -> None:
    right = root + domain.check_digits(root)

    for cnpj in (root + digits, right):
        assert is_read(cnpj) == ORACLE.validate(cnpj)
    assert is_read(right) or len(set(right)) == 1


@given(root=ROOTS)
def test_a_number_is_stored_the_same_however_it_is_written(root: str) -> None:
    cnpj = root + domain.check_digits(root)
    if len(set(cnpj)) == 1:
        return

    written = (cnpj, domain.show_cnpj(cnpj), cnpj.lower(), domain.show_cnpj(cnpj).lower(), f" {cnpj} ")

    assert {domain.read_cnpj(one) for one in written} == {cnpj}
    assert ORACLE.validate(domain.show_cnpj(cnpj))
