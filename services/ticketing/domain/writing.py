"""Secrets in a file that is writing, looked for window by window: a large file is never whole in memory (B35)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from services.ticketing.domain import secrets

WINDOW_CHARACTERS = 262_144
NEAR_CHARACTERS = 400  # a label is no further than this from its value
CUTS_TRIED = 200


@dataclass(slots=True)
class Cleaner:
    """Gives text back without its secrets; `kinds` are the signs by which they were known, in their order."""

    kinds: list[str] = field(default_factory=list)

    def clean(self, pieces: Iterable[str]) -> Iterator[str]:
        """The text in pieces, cleaned. A piece is cut only where no secret, and no label of one, stands near."""
        waiting = ""
        for piece in pieces:
            waiting += piece
            while len(waiting) >= 2 * WINDOW_CHARACTERS:
                cut = _cut(waiting)
                yield self._cleaned(waiting[:cut])
                waiting = waiting[cut:]
        if waiting:
            yield self._cleaned(waiting)

    def _cleaned(self, text: str) -> str:
        cleaned = secrets.clean(text)
        self.kinds += cleaned.kinds
        return cleaned.text


def _cut(text: str) -> int:
    """Where a line begins, behind one window, with no secret around it; in one endless line, anywhere else."""
    found = secrets.find(text)
    cut = WINDOW_CHARACTERS
    for _ in range(CUTS_TRIED):
        line = text.find("\n", cut) + 1
        cut = line or cut + NEAR_CHARACTERS
        if cut >= len(text):
            break
        if not any(one.start < cut + NEAR_CHARACTERS and one.end > cut - NEAR_CHARACTERS for one in found):
            return cut
    return max((one.end for one in found if one.end <= WINDOW_CHARACTERS), default=WINDOW_CHARACTERS)
