"""Free text that travels in a fact, without what names or reaches a person (5.1): addresses, telephones, CPFs.

A fact carries ids and facts only. The two texts that do travel, because letters quote them (N16, N17, N41), are reasons
and justifications; names cannot be told from other words (ticketing takes out those of the people whom it knows), so
what people write there is kept short and said to be read by others. What ticketing itself keeps stays as it was
written, and is forgotten with the person.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from shared.events import Event

FREE_TEXTS = ("reason", "justification")

EventT = TypeVar("EventT", bound="Event")


def without_personal_data(event: EventT) -> EventT:
    """The fact as it may be told: the same one, unless a person could be reached by what it quotes."""
    told = {name: getattr(event, name, None) for name in FREE_TEXTS}
    cleaned = {name: redacted(text) for name, text in told.items() if text}
    changed = {name: text for name, text in cleaned.items() if text != told[name]}
    return replace(event, **changed) if changed else event


def redacted(text: str) -> str:
    """The text without addresses, CPFs and telephone numbers; instants, amounts and CNPJs stay.

    >>> redacted("Falar com ana@x.com.br ou (11) 98765-4321. CPF 529.982.247-25, até 2026-11-13 17:00")
    'Falar com [e-mail] ou [telefone]. CPF [CPF], até 2026-11-13 17:00'
    >>> redacted("NF 2026/00042 de 11.222.333/0001-81, R$ 1.450,00; ligar para +55 11 4000-1000 ou 11987654321")
    'NF 2026/00042 de 11.222.333/0001-81, R$ 1.450,00; ligar para [telefone] ou [telefone]'
    """
    for pattern, mark in _REDACTED:
        text = pattern.sub(mark, text)
    return text


_REDACTED = (
    (re.compile(r"[\w.+-]+@\w[\w-]*(?:\.\w[\w-]*)+"), "[e-mail]"),
    (re.compile(r"(?<![\d/-])(?<!\d\.)\d{3}\.\d{3}\.\d{3}-\d{2}(?![\d/])"), "[CPF]"),
    (
        re.compile(r"(?<![\d/+-])(?<!\d\.)(?:\+?55[ -]?)?\(?\d{2}\)?[ -]?9?\d{4}[ -]?\d{4}(?![\d/-]|[.,]\d)"),
        "[telefone]",
    ),
)
