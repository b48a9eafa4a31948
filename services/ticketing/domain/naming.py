"""What people wrote, without the names of those who are known here: facts know people by their ids (5.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

NAMED: Final = "[nome]"
PART_LEAST_CHARACTERS: Final = 3  # "da", "de": no name by itself


def without_names(text: str, names: Iterable[str]) -> str:
    """The text with every known name taken out: the whole of it however it is written, its parts as names are.

    >>> without_names("MARIA DE SOUZA pediu, e a Maria confirmou: amanhã", ["Maria de Souza"])
    '[nome] pediu, e a [nome] confirmou: amanhã'
    >>> without_names("A rosa do logotipo, segundo Rosa", ["Rosa Lima"])
    'A rosa do logotipo, segundo [nome]'
    """
    whole = sorted({" ".join(name.split()) for name in names if name.strip()}, key=len, reverse=True)
    parts = {part for name in whole for part in name.split() if part[:1].isupper() and _is_long(part)}
    for several, flags in ((whole, re.IGNORECASE), (sorted(parts, key=len, reverse=True), re.NOFLAG)):
        if several:
            text = re.sub(rf"(?<!\w)(?:{'|'.join(map(re.escape, several))})(?!\w)", NAMED, text, flags=flags)
    return re.sub(rf"{re.escape(NAMED)}(?: {re.escape(NAMED)})+", NAMED, text)


def _is_long(part: str) -> bool:
    return len(part) >= PART_LEAST_CHARACTERS and part.isalpha()
