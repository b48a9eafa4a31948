"""A letter that came in: who wrote it, what it answers, what is new in it, whether a machine wrote it (5.2, N15)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Final
from uuid import UUID

from services.ticketing.domain import channels, markup

CHANNEL: Final = "email"
TEXT_MOST_CHARACTERS: Final = 20_000  # as much as any message holds; what is longer is cut, and says so
FILES_MOST: Final = 20  # of one letter, as of one message
PARTS_MOST: Final = 200  # what nests deeper is no letter

_OURS = re.compile(r"<ticket-([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\.[0-9a-f-]{36}@[^>\s]{1,255}>")
_BULK = frozenset({"bulk", "junk", "list", "auto_reply"})
# How mail programs introduce what is quoted, in Portuguese and English; the line may be broken once.
_QUOTED = re.compile(
    r"^[ \t]*(?:"
    r"(?:Em|No dia|Am|Le|El|On) [^\n]{0,200}(?:\n[^\n]{0,200})?(?:escreveu|wrote|schrieb|écrit|escribió) ?:?"
    r"|-{2,}[ ]*(?:Mensagem original|Original Message|Mensagem encaminhada|Forwarded message)[ ]*-{2,}"
    r"|_{20,}"
    r"|(?:De|From): [^\n]{1,200}\n(?:Enviad[ao](?: em)?|Sent|Data|Date): [^\n]{1,200}"
    r")[ \t]*$",
    flags=re.MULTILINE | re.IGNORECASE,
)
_SIGNATURE = re.compile(r"^-- ?$", flags=re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """What came with a letter."""

    name: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter, as far as it matters here. `sender` is in lower case; `answers` the tickets of our letters it names."""

    message_id: str
    sender: str
    subject: str
    text: str
    answers: tuple[UUID, ...]
    number: int | None
    is_automatic: bool
    files: tuple[File, ...]


def read(raw: bytes, *, return_path: str | None, recipient: str | None = None) -> Letter:
    """Read a letter (RFC 5322); `return_path` is the sender of its envelope, `recipient` our mailbox that it came to.

    What is broken in it is passed over: a letter is never a reason to fail. A letter of our own that comes back says
    itself that a machine wrote it.
    """
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage), "the policy makes it one"
    subject = _header(mail, "Subject")[:200]
    sender = _sender(mail)
    named = " ".join(_header(mail, name) for name in ("References", "In-Reply-To"))
    return Letter(
        message_id=_header(mail, "Message-ID")[:300] or f"sha256:{hashlib.sha256(raw).hexdigest()}",
        sender=sender,
        subject=subject,
        text=new_part(_text(mail))[:TEXT_MOST_CHARACTERS],
        answers=tuple(dict.fromkeys(UUID(found) for found in reversed(_OURS.findall(named)))),
        number=channels.number_in(subject),
        is_automatic=_is_automatic(mail, return_path) or _is_loop(sender, recipient),
        files=tuple(_files(mail)),
    )


def digest_of(tenant: str, address: str) -> str:
    """What is kept of an address to know it again."""
    return hashlib.sha256(f"{tenant}\0{address}".encode()).hexdigest()


def new_part(text: str) -> str:
    r"""What somebody wrote anew: without the quoted letter below or between, and without the signature.

    A text that is nothing but quoted stays as it is: better too much than nothing.

    >>> new_part("Firefox, 142.\n\nEm seg., 16 de nov. de 2026 às 10:30, Next4 <a@b.c>\nescreveu:\n> Qual navegador?")
    'Firefox, 142.'
    >>> new_part("> Qual navegador?\nFirefox\n-- \nMaria")
    'Firefox'
    >>> new_part("> só citação")
    '> só citação'
    """
    whole = text.replace("\r\n", "\n").replace("\x00", "").strip()
    above = _SIGNATURE.split(_QUOTED.split(whole, maxsplit=1)[0], maxsplit=1)[0]
    kept = "\n".join(line for line in above.splitlines() if not line.startswith(">"))
    return re.sub(r"\n{3,}", "\n\n", kept).strip() or whole


def _is_automatic(mail: EmailMessage, return_path: str | None) -> bool:
    """Whether a machine wrote it (RFC 3834): it is never answered, resumes nothing and reopens nothing (N-01)."""
    if return_path is not None and return_path.strip().strip("<>") == "":
        return True
    submitted = _header(mail, "Auto-Submitted").partition(";")[0].strip().lower()
    if submitted not in ("", "no") or _header(mail, "Precedence").strip().lower() in _BULK:
        return True
    if mail.get_content_type() == "multipart/report":
        return True
    return any(name in mail for name in ("List-Id", "X-Autoreply", "X-Autorespond", "X-Auto-Reply"))


def _sender(mail: EmailMessage) -> str:
    found = getaddresses([_header(mail, "From")])
    return found[0][1].strip().lower()[:254] if len(found) == 1 else ""


def _is_loop(sender: str, recipient: str | None) -> bool:
    """Whether our own mailbox writes to itself, whatever ticket stands in its address (5.2).

    >>> _is_loop("respostas@shop.example", "Respostas+mfrgg@shop.example"), _is_loop("", ""), _is_loop("a@b.c", None)
    (True, False, False)
    """
    return "@" in sender and _mailbox(sender) == _mailbox(recipient or "")


def _mailbox(address: str) -> str:
    local, at, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"


def _header(mail: EmailMessage, name: str) -> str:
    try:
        value = mail.get(name)
    except (ValueError, IndexError, AttributeError, TypeError):  # the parser's words for a header that is none
        return ""
    return " ".join("" if value is None else str(value).replace("\x00", "").split())


def _parts(mail: EmailMessage) -> Iterator[EmailMessage]:
    for count, part in enumerate(mail.walk()):
        if count >= PARTS_MOST:
            return
        if isinstance(part, EmailMessage) and not part.is_multipart():
            yield part


def _text(mail: EmailMessage) -> str:
    """Its words: the plain part, else what is left of the HTML."""
    plain = [_decoded(part) for part in _parts(mail) if _is_body(part, "text/plain")]
    if plain:
        return "\n".join(plain)
    return "\n".join(markup.harmless(_decoded(part)).text for part in _parts(mail) if _is_body(part, "text/html"))


def _is_body(part: EmailMessage, kind: str) -> bool:
    return part.get_content_type() == kind and part.get_content_disposition() != "attachment"


def _decoded(part: EmailMessage) -> str:
    body = part.get_payload(decode=True)
    assert isinstance(body, bytes), "a part without parts has bytes"
    try:
        return body.decode(part.get_content_charset("utf-8"), errors="replace")
    except LookupError:  # a writing that nobody knows
        return body.decode("utf-8", errors="replace")


def _files(mail: EmailMessage) -> Iterator[File]:
    told = 0
    for part in _parts(mail):
        is_words = part.get_content_maintype() == "text" and part.get_content_disposition() != "attachment"
        body = part.get_payload(decode=True)
        if is_words or not isinstance(body, bytes) or not body or told >= FILES_MOST:
            continue
        told += 1
        yield File(name=part.get_filename() or f"anexo-{told}", body=body)
