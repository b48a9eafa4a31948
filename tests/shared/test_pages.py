"""Pages: a list is read whole and once, whatever the limit; a cursor that no list gave is refused."""

from base64 import urlsafe_b64encode
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Invalid
from shared.outbox import POSITION_MOST
from shared.pages import FIRST_ID, NUMBER_MOST, Number, Position, Slice, cursor_behind


@given(keys=st.lists(st.integers(0, 50), unique=True).map(sorted), limit=st.integers(1, 10))
def test_a_list_is_read_whole_and_each_item_once(keys: list[int], limit: int) -> None:
    seen: list[int] = []
    cursor: str | None = None
    for _ in range(len(keys) + 1):
        asked = Slice(limit=limit, cursor=cursor)
        after = asked.after(Number, -1)
        page = asked.page([key for key in keys if key > after][: asked.most], lambda key: key)
        seen += page.items
        cursor = page.next_cursor
        if cursor is None:
            break

    assert (seen, cursor) == (keys, None)


@pytest.mark.parametrize(
    ("key", "kind"), [(0, Number), (NUMBER_MOST, Number), (POSITION_MOST, Position), (uuid4(), UUID), ("ana|é", str)]
)
def test_a_key_comes_back_as_it_went(key: object, kind: object) -> None:
    assert Slice(limit=1, cursor=cursor_behind(key)).after(kind, None) == key


@pytest.mark.parametrize(
    ("cursor", "kind"),
    [
        ("", Number),
        ("%", Number),
        ("é", Number),
        ("____", Number),
        ("AAAAA", Number),
        (cursor_behind(-1), Number),
        (cursor_behind(NUMBER_MOST + 1), Number),
        (cursor_behind(10**30), Position),
        (cursor_behind("7"), Number),
        (cursor_behind(7.5), Number),
        (cursor_behind(7), UUID),
        (cursor_behind("ana"), UUID),
        (cursor_behind("a\0b"), str),
        (urlsafe_b64encode(b'"\xff"').decode(), str),
        (urlsafe_b64encode(b"[" * 700).decode(), str),
    ],
)
def test_a_cursor_that_no_list_gave_is_refused(cursor: str, kind: object) -> None:
    with pytest.raises(Invalid) as refused:
        Slice(limit=1, cursor=cursor).after(kind, FIRST_ID)

    assert refused.value.field == "cursor"
