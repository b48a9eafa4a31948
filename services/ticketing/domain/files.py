"""Files that come with a ticket: their names, what they are by their content, how long they stay (N37, B35, 5.1).

A file is never opened: no archive is unpacked, no image drawn. What can run is refused by its content and by the end of
its name; what a browser would run (HTML, SVG) is kept, and only ever handed out to be saved.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import puremagic

from services.ticketing.domain.refusals import FileKindRefused, TooManyFiles
from services.ticketing.offer import Files

HEAD_BYTES = 8_192  # what tells a kind stands within these
NAME_MOST_CHARACTERS = 150
NAME_MOST_BYTES = 240  # of UTF-8: a file system takes 255
EXTENSION_MOST_CHARACTERS = 12
NAMELESS = "arquivo"
FILES_KEPT = timedelta(days=730)  # after the close (5.1)
PENDING_KEPT = timedelta(hours=1)  # longer than any upload may take: whoever began it is gone
LEASE = timedelta(minutes=10)  # how long a file that must go is left to whoever takes it away
LEASE_MOST = timedelta(days=1)


class FileState(enum.StrEnum):
    """Where a file stands: on its way in, kept, on its way out, gone."""

    PENDING = "pending"
    KEPT = "kept"
    GOING = "going"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file of a ticket; its bytes lie in the store of files under `key`. `due_at`: when it is to be looked at again.

    Public ones are seen by customers: theirs, and those that stand in a public message.
    """

    id: UUID
    ticket_id: UUID
    message_id: UUID | None
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    public: bool
    state: FileState
    added_at: datetime
    added_by: str
    removed_at: datetime | None
    removed_by: str | None
    removed_reason: str | None
    due_at: datetime | None
    attempts: int

    @property
    def key(self) -> str:
        """Where its bytes lie: random, so that no name of a customer's reaches a file system."""
        return f"{self.id.hex[-2:]}/{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a ticket has already."""

    files: int
    total_bytes: int


def safe_name(given: str) -> str:
    """A name that any system can save: no path, no control or direction marks, no reserved word, not too long.

    >>> safe_name("C:/Temp/relat\u00f3rio\u202egnp.pdf "), safe_name("aux.txt"), safe_name("../"), safe_name("a?b.")
    ('relatóriognp.pdf', '_aux.txt', 'arquivo', 'a_b')
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    printed = "".join(one for one in last if unicodedata.category(one) not in _UNSEEN)
    plain = _FORBIDDEN.sub("_", " ".join(printed.split())).strip(" .")
    stem, dot, extension = plain.rpartition(".")
    if not dot or len(extension) > EXTENSION_MOST_CHARACTERS:
        stem, dot, extension = plain, "", ""
    stem = _cut(stem, characters=NAME_MOST_CHARACTERS - len(dot + extension), size=NAME_MOST_BYTES - 64).rstrip(" .")
    name = f"{stem}{dot}{extension}" or NAMELESS
    return f"_{name}" if name.partition(".")[0].rstrip().upper() in _RESERVED else name


def _cut(text: str, *, characters: int, size: int) -> str:
    return text[:characters].encode()[:size].decode(errors="ignore")


def kind_of(head: bytes, *, name: str, offer: Files) -> str:
    r"""What a file is (a media type), by its content. Raises FileKindRefused for what can run.

    >>> kind_of(b"%PDF-1.7 ...", name="a.pdf", offer=Files()), kind_of(b"<svg onload='x'>", name="a", offer=Files())
    ('application/pdf', 'image/svg+xml')
    >>> kind_of(b"\xad\x1c", name="a", offer=Files())
    'application/octet-stream'
    """
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    if extension in offer.refused_extensions:
        raise FileKindRefused(f"files that end in .{extension} are not taken", field="name")
    if head.startswith(_PROGRAMS) or _SCRIPT.match(head):
        raise FileKindRefused("programs and scripts are not taken, whatever their name", field="body")
    if not head:
        raise FileKindRefused("the file is empty", field="body")
    if is_text(head) and not head.startswith(_PAPER):
        start = head.decode("latin-1").lower()
        return next((kind for sign, kind in _MARKUP if sign in start), "text/plain")
    try:
        found = puremagic.magic_string(head, filename=name)
    except puremagic.PureError:  # it knows no such content: a file like any other
        return "application/octet-stream"
    sure = [one.mime_type for one in found if one.mime_type and len(one.byte_match) >= _MAGIC_LEAST_BYTES]
    return next(iter(sure), "application/octet-stream")


def is_text(head: bytes) -> bool:
    """Whether the beginning of a file is writing: no control characters, or marked as UTF-16."""
    return head.startswith(_UTF_16) or not _CONTROL.search(head)


def make_room(held: Held, size_bytes: int, *, offer: Files) -> None:
    """Refuse a file that a ticket has no room for. Raises TooManyFiles."""
    if held.files >= offer.ticket_most_files:
        raise TooManyFiles(f"a ticket takes {offer.ticket_most_files} files")
    if held.total_bytes + size_bytes > offer.ticket_most_bytes:
        raise TooManyFiles(f"the files of a ticket are {offer.ticket_most_bytes} bytes together at most")


def looked_at(one: Attachment, *, closed_at: datetime | None, at: datetime) -> Attachment:
    """What becomes of a file whose instant has come: two years after the close it goes, else it is looked at again.

    An upload that was given up goes; one that is on its way out is left to its next try, ever later.
    """
    if one.state is FileState.KEPT:
        until = (closed_at or at) + FILES_KEPT
        if until > at:
            return replace(one, due_at=until)
        one = replace(one, removed_at=at, removed_by="ticketing", removed_reason="retention")
    lease = min(LEASE * 2 ** min(one.attempts, 16), LEASE_MOST)
    return replace(one, state=FileState.GOING, due_at=at + lease, attempts=one.attempts + 1)


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_RESERVED = frozenset(
    {"CON", "PRN", "AUX", "NUL", *(f"COM{one}" for one in range(10)), *(f"LPT{one}" for one in range(10))}
)
_MAGIC_LEAST_BYTES = 3  # a shorter sign is found in anything
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_PAPER = b"%PDF-"  # a small one has no control character, and is no text
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_PROGRAMS = (
    b"MZ",
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"dex\n",
    b"\0asm",
    b"L\0\0\0\x01\x14\x02\0",
    b"!<arch>\n",
    b"\xed\xab\xee\xdb",
)
_SCRIPT = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:#!\s*/|<\?php\b|@echo off\b)", re.IGNORECASE)
_MARKUP = (("<svg", "image/svg+xml"), ("<!doctype html", "text/html"), ("<html", "text/html"), ("<script", "text/html"))
