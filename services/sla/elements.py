"""The elements of a JSON list of any length, one at a time: what a file holds is never all in memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

ELEMENT_MOST_BYTES = 16 << 20  # a bracket that is never closed must not swallow the rest of the file

_SIGNS = re.compile(rb'["\\\[\]{},]')
_OPENS, _CLOSES = b"[{", b"]}"


class NoList(ValueError):
    """The bytes are no JSON list; the sentence says what is wrong with them."""


def elements(chunks: Iterable[bytes]) -> Iterator[bytes]:
    r"""Each element as the bytes that it is written in, wherever chunks begin and end. Raises NoList.

    Only what separates elements is looked at; whether an element is JSON is for its reader to say.

    >>> list(elements([b' [ {"a": "],', b'"}, [1, 2] ,3', b"]\n"]))
    [b'{"a": "],"}', b'[1, 2]', b'3']
    """
    scan = _Scan()
    for chunk in chunks:
        yield from scan.take(chunk)
    scan.end()


class _Scan:
    """Where in the list the bytes have led so far."""

    def __init__(self) -> None:
        self.depth = 0  # 1: between the elements of the list itself
        self.is_quoted = False
        self.skipped = 0  # of the next chunk: what a backslash at the very end of the last one escapes
        self.held = bytearray()  # of the element that has begun
        self.found = 0
        self.is_over = False

    def take(self, chunk: bytes) -> Iterator[bytes]:
        """What ends within a chunk."""
        start = 0
        until, self.skipped = self.skipped, 0
        for match in _SIGNS.finditer(chunk):
            at, sign = match.start(), match[0]
            if at < until:
                continue
            if self.is_quoted:
                until = at + 2 if sign == b"\\" else until
                self.is_quoted = sign != b'"'
                continue
            if self.depth == 0:
                self._begin(chunk[start:at], sign)
                start = at + 1
                continue
            self.is_quoted = sign == b'"'
            self.depth += (sign in _OPENS) - (sign in _CLOSES)
            if self.depth == 0 or (sign == b"," and self.depth == 1):
                self.held += chunk[start:at]
                start = at + 1
                yield from self._element(is_last=self.depth == 0)
        self.skipped = max(0, until - len(chunk))
        self.held += chunk[start:]
        self._check()

    def end(self) -> None:
        """The bytes are over. Raises NoList when the list is not."""
        if not self.is_over:
            raise NoList("this is no JSON list: it does not end")

    def _begin(self, before: bytes, sign: bytes) -> None:
        if self.is_over or sign != b"[" or (self.held + before).strip():
            raise NoList("this is no JSON list of cases and nothing else")
        self.held.clear()
        self.depth = 1

    def _element(self, *, is_last: bool) -> Iterator[bytes]:
        element = bytes(self.held.strip())
        self.held.clear()
        self.is_over = is_last
        if element:
            self.found += 1
            yield element
        elif not is_last or self.found:
            raise NoList(f"this is no JSON list: nothing stands where element {self.found} should")

    def _check(self) -> None:
        if self.depth == 0 and self.held.strip():
            raise NoList("this is no JSON list of cases and nothing else")
        if len(self.held) > ELEMENT_MOST_BYTES:
            raise NoList(f"element {self.found} is larger than {ELEMENT_MOST_BYTES >> 20} MiB, or does not end")
