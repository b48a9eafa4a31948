"""The opaque cursor of a list: what it holds is the list's own business."""

from __future__ import annotations

import base64
import binascii

from shared.errors import Invalid

_MOST_DIGITS = 18  # any such number is a bigint


class CursorInvalid(Invalid):
    """A cursor is only ever one that a list has given."""


def cursor_after(key: str) -> str:
    """The cursor that goes on behind a key.

    >>> key_of(cursor_after("ana"))
    'ana'
    """
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def key_of(cursor: str) -> str:
    """The key in a cursor. Raises CursorInvalid."""
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        key = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise CursorInvalid("this cursor is none of this list", field="cursor") from error
    if "\0" in key:  # PostgreSQL knows no such text
        raise CursorInvalid("this cursor is none of this list", field="cursor")
    return key


def position_of(cursor: str) -> int:
    """The position in a cursor. Raises CursorInvalid."""
    key = key_of(cursor)
    if not (key.isascii() and key.isdecimal() and len(key) <= _MOST_DIGITS):
        raise CursorInvalid("this cursor is none of this list", field="cursor")
    return int(key)
