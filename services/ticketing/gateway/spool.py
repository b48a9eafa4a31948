"""A file on its way in: written down as it comes, never whole in memory, measured and looked through."""

from __future__ import annotations

import codecs
import hashlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import BinaryIO

from services.ticketing.domain import files
from services.ticketing.domain.refusals import FileTooLarge
from services.ticketing.domain.writing import Cleaner

PIECE_BYTES = 65_536
BETWEEN_BYTES = 1_048_576  # a smaller file needs no disk on its way


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A file that has come whole: its length and digest (SHA-256); `spare` is where its cleaned text may go."""

    file: BinaryIO
    spare: BinaryIO
    size_bytes: int
    digest: bytes

    @property
    def head(self) -> bytes:
        """Its beginning."""
        self.file.seek(0)
        head = self.file.read(files.HEAD_BYTES)
        self.file.seek(0)
        return head


@asynccontextmanager
async def received(stream: AsyncIterator[bytes], *, most_bytes: int, announced_bytes: int) -> AsyncIterator[Received]:
    """The body of a request, while the block runs. Raises FileTooLarge as soon as it is."""
    if announced_bytes > most_bytes:
        raise _too_large(most_bytes)
    size, digest = 0, hashlib.sha256()
    with _between() as file, _between() as spare:
        async for piece in stream:
            size += len(piece)
            if size > most_bytes:
                raise _too_large(most_bytes)
            digest.update(piece)
            file.write(piece)
        file.seek(0)
        yield Received(file=file, spare=spare, size_bytes=size, digest=digest.digest())


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A text file without its secrets, and by which signs they were known."""

    cleaned: Received
    kinds: tuple[str, ...]


def cleaned(one: Received) -> Examined:
    """A text file without its secrets; the same bytes where there were none. It takes its time: call it in a thread."""
    cleaner, file = Cleaner(), one.spare
    size, digest = 0, hashlib.sha256()
    encoding = _encoding_of(one.head)
    for piece in cleaner.clean(_texts(one.file, encoding)):
        encoded = piece.encode(encoding, errors=_ERRORS[encoding])
        size += len(encoded)
        digest.update(encoded)
        file.write(encoded)
    one.file.seek(0)
    file.seek(0)
    kept = Received(file=file, spare=one.file, size_bytes=size, digest=digest.digest())
    return Examined(cleaned=kept, kinds=tuple(cleaner.kinds))


def _texts(file: BinaryIO, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(errors=_ERRORS[encoding])
    while piece := file.read(PIECE_BYTES):
        yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)


def _encoding_of(head: bytes) -> str:
    """In which writing a text is, so that it is read and written back to the same bytes."""
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if head.startswith(mark):
            return encoding
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _between() -> BinaryIO:
    return tempfile.SpooledTemporaryFile(max_size=BETWEEN_BYTES)  # type: ignore[return-value]


def _too_large(most_bytes: int) -> FileTooLarge:
    return FileTooLarge(f"a file has {most_bytes} bytes at most", field="body")


_ERRORS = {"utf-8": "surrogateescape", "latin-1": "strict", "utf-16-le": "surrogatepass", "utf-16-be": "surrogatepass"}
