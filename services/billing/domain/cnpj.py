"""The CNPJ, numeric and with letters (IN RFB 2.229/2024, domain 3.8): read, checked, shown."""

from __future__ import annotations

import re

from shared.errors import Refused

_SHAPE = re.compile(r"[0-9A-Z]{12}[0-9]{2}", re.ASCII)
_PUNCTUATION = str.maketrans("", "", "./- ")
_WEIGHTS = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
_ELEVEN = 11
_CPF_DIGITS = 11


class CnpjInvalid(Refused):
    """What was given is no CNPJ: wrong shape or wrong check digits."""

    status = 422
    rule = "B38"


def read_cnpj(text: str) -> str:
    """The CNPJ as it is stored: 14 characters, capitals, no punctuation. Raises CnpjInvalid.

    >>> read_cnpj("12.ABC.345/01DE-35"), read_cnpj("00.000.000/0001-91")
    ('12ABC34501DE35', '00000000000191')
    """
    plain = text.translate(_PUNCTUATION)
    cnpj = plain.upper() if plain.isascii() else plain
    if not _SHAPE.fullmatch(cnpj):
        raise CnpjInvalid("a CNPJ has 12 digits or letters and two check digits", field="cnpj")
    if cnpj[12:] != check_digits(cnpj[:12]) or len(set(cnpj)) == 1:
        raise CnpjInvalid("the check digits of this CNPJ are wrong", field="cnpj")
    return cnpj


def check_digits(root: str) -> str:
    """The two check digits of the first twelve characters: each counts as its ASCII code less 48.

    >>> check_digits("12ABC34501DE")
    '35'
    """
    first = _digit(root, _WEIGHTS[1:])
    return first + _digit(root + first, _WEIGHTS)


def show_cnpj(cnpj: str) -> str:
    """The CNPJ as people write it.

    >>> show_cnpj("12ABC34501DE35")
    '12.ABC.345/01DE-35'
    """
    return f"{cnpj[:2]}.{cnpj[2:5]}.{cnpj[5:8]}/{cnpj[8:12]}-{cnpj[12:]}"


def looks_like_cpf(text: str) -> bool:
    """Whether somebody gave a person's number instead of a company's (B43).

    >>> looks_like_cpf("529.982.247-25"), looks_like_cpf("11.222.333/0001-81")
    (True, False)
    """
    plain = text.translate(_PUNCTUATION)
    return len(plain) == _CPF_DIGITS and plain.isascii() and plain.isdecimal()


def _digit(text: str, weights: tuple[int, ...]) -> str:
    total = sum((ord(letter) - ord("0")) * weight for letter, weight in zip(text, weights, strict=True))
    rest = total % _ELEVEN
    return "0" if rest <= 1 else str(_ELEVEN - rest)
