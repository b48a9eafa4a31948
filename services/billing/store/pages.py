"""Pages of a list: newest first, with an opaque cursor that says after which row to go on."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from shared.errors import Invalid

ItemT = TypeVar("ItemT")
_UUID_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[ItemT]):
    """Some rows of a list; `next_cursor` None: there are no more."""

    items: list[ItemT]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Which rows are asked for."""

    limit: int
    cursor: str | None

    @property
    def after(self) -> UUID:
        """The row after which to go on; ids of version 7 grow with time, so newest first is greatest first.

        Raises Invalid for a cursor that this list never gave.
        """
        if self.cursor is None:
            return UUID(int=(1 << 128) - 1)
        try:
            raw = base64.urlsafe_b64decode(self.cursor + "=" * (-len(self.cursor) % 4))
        except (binascii.Error, ValueError):
            raw = b""
        if len(raw) != _UUID_BYTES:
            raise Invalid("this cursor is none of this list", field="cursor")
        return UUID(bytes=raw)


def cursor_after(last: UUID) -> str:
    """The cursor that goes on after a row."""
    return base64.urlsafe_b64encode(last.bytes).decode().rstrip("=")
