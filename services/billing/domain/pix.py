"""The Pix "copia e cola" of an invoice: a static EMV code that any bank's app pays (3.7, S36)."""

from __future__ import annotations

import binascii
import re
import unicodedata
from typing import Literal
from uuid import UUID

from services.billing.domain.cnpj import CnpjInvalid, read_cnpj

NAME_MOST = 25
CITY_MOST = 15
TXID_MOST = 25
KEY_MOST = 77
FIELD_MOST = 99  # a field of EMV says its length in two digits
AMOUNT_MOST_CENTS = 99_999_999_99  # thirteen characters with the point: no code says more
CPF_DIGITS = 11

KeyKind = Literal["random", "cnpj", "cpf", "phone", "email"]

_PHONE = re.compile(r"\+[1-9][0-9]{9,14}", re.ASCII)
_EMAIL = re.compile(r"[a-z0-9.!#$'*+/=?^_`{|}~-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.ASCII)


def read_key(text: str) -> str:
    """A Pix key as the register keeps it. Raises ValueError when it is of no kind that there is.

    >>> read_key("12.ABC.345/01DE-35"), read_key("Financeiro@Next4.example")
    ('12ABC34501DE35', 'financeiro@next4.example')
    >>> read_key("123E4567-E12B-12D1-A456-426655440000")
    '123e4567-e12b-12d1-a456-426655440000'
    """
    given = text.strip()
    for reader in (_read_random, _read_cnpj, _read_cpf, _read_phone, _read_email):
        if (key := reader(given)) is not None:
            return key
    raise ValueError(f"{text!r} is no CNPJ, CPF, phone like +5511999998888, e-mail or random key")


def kind_of_key(key: str) -> KeyKind:
    """Which kind a key that was read is of.

    >>> kind_of_key("+5511999998888"), kind_of_key("11222333000181"), kind_of_key("52998224725")
    ('phone', 'cnpj', 'cpf')
    """
    readers: tuple[tuple[KeyKind, bool], ...] = (
        ("random", _read_random(key) is not None),
        ("cnpj", _read_cnpj(key) is not None),
        ("cpf", _read_cpf(key) is not None),
        ("phone", _read_phone(key) is not None),
    )
    return next((kind for kind, is_it in readers if is_it), "email")


def br_code(*, key: str, merchant: str, city: str, txid: str, cents: int | None, info: str = "") -> str:
    """The code to be copied and pasted; without `cents` the payer fills the amount in. `info` is for the payer.

    >>> br_code(key="123e4567-e12b-12d1-a456-426655440000", merchant="Fulano de Tal", city="BRASILIA", txid="***",
    ...         cents=None)[-8:]
    '63041D3D'
    >>> br_code(key="123e4567-e12b-12d1-a456-426655440000", merchant="Oficina de Suporte", city="São Paulo",
    ...         txid="INV202600042", cents=122900)[-41:]
    '6009Sao Paulo62160512INV202600042630447F8'
    """
    assert cents is None or 0 < cents <= AMOUNT_MOST_CENTS, "a code asks for an amount that can be paid, or for any"
    assert len(key) <= KEY_MOST, "a key that was read"
    account = _field(0, "br.gov.bcb.pix") + _field(1, key)
    # What the bank shows to the payer shares its 99 characters with the key.
    room = FIELD_MOST - len(account) - 4
    account += _field(2, folded(info, room)) if info and room > 0 else ""
    body = "".join(
        (
            _field(0, "01"),
            _field(26, account),
            _field(52, "0000"),
            _field(53, "986"),
            "" if cents is None else _field(54, f"{cents // 100}.{cents % 100:02d}"),
            _field(58, "BR"),
            _field(59, folded(merchant, NAME_MOST)),
            _field(60, folded(city, CITY_MOST)),
            _field(62, _field(5, txid)),
            "6304",
        )
    )
    return f"{body}{binascii.crc_hqx(body.encode('ascii'), 0xFFFF):04X}"


def txid_of(number: str) -> str:
    """The reference of a payment, made of an invoice's number: letters and digits only, at most 25.

    >>> txid_of("A-2026/00042"), txid_of("")
    ('INVA202600042', '***')
    """
    kept = re.sub(r"[^A-Za-z0-9]", "", number)
    return f"INV{kept}"[:TXID_MOST] if kept else "***"


def folded(text: str, most: int) -> str:
    """A name in ASCII, clipped: apps of banks misread accents, and the code has little room.

    >>> folded("Ação & Solução Informática Ltda", 25), folded("São José do Rio Preto", 15)
    ('Acao & Solucao Informatic', 'Sao Jose do Rio')
    """
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode()
    printable = "".join(letter if letter.isprintable() else " " for letter in plain)
    return " ".join(printable.split())[:most].strip() or "NA"


def _field(tag: int, value: str) -> str:
    assert 0 < len(value) <= FIELD_MOST, "a field says its length in two digits"
    return f"{tag:02d}{len(value):02d}{value}"


def _read_random(text: str) -> str | None:
    try:
        return str(UUID(text)) if str(UUID(text)) == text.lower() else None
    except ValueError:
        return None


def _read_cnpj(text: str) -> str | None:
    try:
        return read_cnpj(text)
    except CnpjInvalid:
        return None


def _read_cpf(text: str) -> str | None:
    digits = re.sub(r"[.-]", "", text)
    if len(digits) != CPF_DIGITS or not re.fullmatch(r"[0-9]+", digits, re.ASCII) or len(set(digits)) == 1:
        return None
    return digits if all(_cpf_digit(digits[:place]) == int(digits[place]) for place in (9, 10)) else None


def _cpf_digit(digits: str) -> int:
    weighed = sum(int(digit) * weight for digit, weight in zip(digits, range(len(digits) + 1, 1, -1), strict=True))
    return weighed * 10 % 11 % 10


def _read_phone(text: str) -> str | None:
    compact = re.sub(r"[ ()-]", "", text)
    return compact if _PHONE.fullmatch(compact) else None


def _read_email(text: str) -> str | None:
    lower = text.lower()
    return lower if len(lower) <= KEY_MOST and _EMAIL.fullmatch(lower) else None
