"""A message as the bytes of an e-mail, in which no value can bring a header of its own."""

from __future__ import annotations

import re
from email import policy
from email.header import Header
from email.headerregistry import Address, AddressHeader, HeaderRegistry, UniqueUnstructuredHeader
from email.message import EmailMessage
from typing import Any

from services.notify.domain import Invitation, Message, one_line
from services.notify.gateway.invitations import calendar_of, method_of

LINE_MOST_CHARACTERS = 76  # of a header with encoded words (RFC 2047)
PLAIN_TEXT = re.compile(r"[A-Za-z0-9 \[\]#:.,$%-]{1,60}")  # needs no encoded words
PLAIN_NAME = re.compile(r"[A-Za-z0-9 ]{1,40}")  # needs no quotes either


def compose(message: Message) -> bytes:
    """The e-mail, byte for byte the same each time (5.2).

    Its headers say that a machine wrote it, so that no machine answers (RFC 3834), and which messages it follows.
    """
    mail = EmailMessage(policy=_POLICY)
    mail["Message-ID"] = message.header_id
    mail["Date"] = message.written_at
    mail["From"] = _mailbox(message.from_name, message.from_email)
    mail["To"] = _mailbox(message.to_name, message.to_email)
    if message.reply_to:
        mail["Reply-To"] = _mailbox(None, message.reply_to)
    mail["Subject"] = one_line(message.subject)
    if message.reference_ids:
        mail["In-Reply-To"] = message.reference_ids[-1]
        mail["References"] = " ".join(message.reference_ids)
    if message.unsubscribe_url is not None:
        mail["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(message.body, charset="utf-8", cte="quoted-printable")
    mail["Content-Language"] = message.locale
    if message.invitation is not None:
        _attach(mail, message, message.invitation)
    return mail.as_bytes()


def _attach(mail: EmailMessage, message: Message, invitation: Invitation) -> None:
    """The calendar's file beside the words; the boundary follows from the message, so that the bytes stay the same."""
    mail.add_attachment(
        calendar_of(message, invitation),
        maintype="text",
        subtype="calendar",
        filename="visita.ics",
        params={"method": method_of(invitation), "charset": "utf-8"},
    )
    mail.set_boundary(f"=_{message.message_id.hex}")


def _mailbox(name: str | None, email: str) -> Address:
    return Address(display_name=one_line(name or ""), addr_spec=email)


class _Folded:
    """A header that is laid out here: Python 3.11 loses spaces and quotes where it breaks a long one."""

    name: str

    def fold(self, *, policy: Any) -> str:  # the library's signature
        """The header as it is sent, with its line end."""
        return f"{self.name}: {self.laid_out()}\r\n"

    def laid_out(self) -> str:
        """The value, folded."""
        raise AssertionError(f"{type(self).__name__} does not say how it is folded")


class _Text(_Folded, UniqueUnstructuredHeader):
    """Text, in encoded words unless it is plain; what looks like an encoded word is taken literally."""

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        """Keep the text as it was given."""
        super().parse(value, kwds)
        kwds["decoded"] = value

    def laid_out(self) -> str:
        text = str(self)
        return text if PLAIN_TEXT.fullmatch(text) else _encoded(text, after=self.name)


class _Mailboxes(_Folded, AddressHeader):
    """Mailboxes, each name in encoded words unless it is plain."""

    def laid_out(self) -> str:
        return ",\r\n ".join(self._one(address) for address in self.addresses)

    def _one(self, address: Address) -> str:
        name = address.display_name
        if not name:
            return str(address.addr_spec)
        if PLAIN_NAME.fullmatch(name):
            return f"{name} <{address.addr_spec}>"
        return f"{_encoded(name, after=self.name)}\r\n <{address.addr_spec}>"


class _Ids(_Folded, UniqueUnstructuredHeader):
    """Message-IDs, a line each."""

    def laid_out(self) -> str:
        return "\r\n ".join(str(self).split())


def _encoded(text: str, *, after: str) -> str:
    header = Header(text, charset="utf-8", header_name=after, maxlinelen=LINE_MOST_CHARACTERS)
    return header.encode(linesep="\r\n")


def _registry() -> HeaderRegistry:
    registry = HeaderRegistry()
    for name, kind in _KINDS:
        registry.map_to_type(name, kind)  # type: ignore[arg-type]  # mixed with BaseHeader later
    return registry


_KINDS: tuple[tuple[str, type[_Folded]], ...] = (
    ("message-id", _Ids),
    ("in-reply-to", _Ids),
    ("references", _Ids),
    ("list-unsubscribe", _Ids),
    ("from", _Mailboxes),
    ("to", _Mailboxes),
    ("reply-to", _Mailboxes),
    ("subject", _Text),
)
_POLICY = policy.SMTP.clone(header_factory=_registry())
