"""Lists, a page at a time: an opaque cursor that stands for the last item seen."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from litestar.params import Parameter

from shared.errors import Invalid

PAGE_ITEMS = 50
PAGE_MOST_ITEMS = 200  # more in one answer delays everybody else's
CURSOR_MOST_CHARACTERS = 100
NUMBER_MOST = 2**31 - 1  # a cursor beyond every number is still one that the database can read
FIRST = UUID(int=0)

Limit = Annotated[int, Parameter(ge=1, le=PAGE_MOST_ITEMS, description="Items of one page.")]
Cursor = Annotated[
    str | None,
    Parameter(max_length=CURSOR_MOST_CHARACTERS, description="`next_cursor` of the page before; none for the first."),
]

ItemT = TypeVar("ItemT")
KeyT = TypeVar("KeyT", int, UUID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut(Generic[ItemT]):
    """The items of a page, and where the next one begins (None: there is none)."""

    items: Sequence[ItemT]
    next_cursor: str | None


def cut(items: Sequence[ItemT], *, limit: int, key: Callable[[ItemT], int | UUID]) -> Cut[ItemT]:
    """A page of `limit` items out of `limit + 1` that were read, to know whether more follow."""
    page = items[:limit]
    more = len(items) > limit
    return Cut(items=page, next_cursor=_cursor(key(page[-1])) if more else None)


def number_in(cursor: str | None, *, first: int) -> int:
    """The number that a cursor stands for, `first` without one. Raises Invalid."""
    return first if cursor is None else min(_read(cursor, int), NUMBER_MOST)


def id_in(cursor: str | None) -> UUID:
    """The id that a cursor stands for, the lowest without one. Raises Invalid."""
    return FIRST if cursor is None else _read(cursor, UUID)


def _cursor(key: int | UUID) -> str:
    return urlsafe_b64encode(str(key).encode()).decode().rstrip("=")


def _read(cursor: str, kind: Callable[[str], KeyT]) -> KeyT:
    try:
        return kind(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode())
    except (binascii.Error, ValueError) as error:
        raise Invalid("the cursor is not one of this list", field="cursor") from error
