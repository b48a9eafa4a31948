"""Lists, a page at a time: an opaque cursor says behind which item to go on.

What a cursor holds is the list's own business: a number, an id, or a struct of several keys. It comes back from
outside, so it is read as strictly as any input.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, TypeVar
from uuid import UUID

import msgspec
from litestar.params import Parameter

from shared.errors import Invalid
from shared.outbox import POSITION_MOST

PAGE_ITEMS: Final = 50
PAGE_MOST_ITEMS: Final = 200  # more in one answer delays everybody else's
CURSOR_MOST_CHARACTERS: Final = 1000
NUMBER_MOST: Final = 2**31 - 1
FIRST_ID: Final = UUID(int=0)
LAST_ID: Final = UUID(int=(1 << 128) - 1)

Limit = Annotated[int, Parameter(ge=1, le=PAGE_MOST_ITEMS, description="Items of one page.")]
Cursor = Annotated[
    str | None,
    Parameter(max_length=CURSOR_MOST_CHARACTERS, description="`next_cursor` of the page before; none for the first."),
]
Number = Annotated[int, msgspec.Meta(ge=0, le=NUMBER_MOST)]  # a key in a column of the type integer
Position = Annotated[int, msgspec.Meta(ge=0, le=POSITION_MOST)]  # a key in a column of the type bigint

ItemT = TypeVar("ItemT")
KeyT = TypeVar("KeyT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[ItemT]):
    """Some items of a list; `next_cursor` None: there are no more."""

    items: Sequence[ItemT]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Which items of a list are asked for."""

    limit: int
    cursor: str | None = None

    @property
    def most(self) -> int:
        """How many to read: one more than is shown, to know whether there are more."""
        return self.limit + 1

    def after(self, kind: Any, first: KeyT) -> KeyT:
        """The key behind which to go on, of the type `kind`; `first` where the list begins. Raises Invalid."""
        return first if self.cursor is None else _key_in(self.cursor, kind)

    def page(self, found: Sequence[ItemT], key: Callable[[ItemT], object]) -> Page[ItemT]:
        """The page out of what was read, up to `most` items; `key` is what `after` will be given."""
        items = found[: self.limit]
        return Page(items=items, next_cursor=cursor_behind(key(items[-1])) if len(found) > self.limit else None)


def cursor_behind(key: object) -> str:
    """The cursor that goes on behind a key.

    >>> Slice(limit=50, cursor=cursor_behind(7)).after(Number, 0)
    7
    """
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def _key_in(cursor: str, kind: Any) -> Any:
    """The key in a cursor. Raises Invalid when no list of this kind of key ever gave it."""
    try:
        document = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        key = msgspec.json.decode(document, type=kind)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise Invalid("this cursor is none of this list", field="cursor") from error
    if isinstance(key, str) and "\0" in key:  # PostgreSQL knows no such text
        raise Invalid("this cursor is none of this list", field="cursor")
    return key
