"""The way out: messages are handed to an SMTP server, or kept in the house where there is none."""

from __future__ import annotations

import asyncio
import re
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from services.notify.domain import Accepted, Kept, Message, Outcome, PutOff, RefusedForGood, Trouble, one_line
from services.notify.gateway.mail import compose
from shared.log import log
from shared.settings import Settings

SMTP_STEP_SECONDS = 10.0  # one command's answer; RFC 5321 allows minutes, but other messages wait behind it
SMTP_ALL_SECONDS = 30.0  # the whole conversation; a third of the lease of a message
KEPT_BATCH_MESSAGES = 100  # files cost nothing, and written twice they are the same file
OUR_OWN_FAULT = frozenset({502, 503, 504, 530, 534, 535, 538})  # 5xx about how we speak, not about the message
TURNED_AWAY = (
    aiosmtplib.SMTPAuthenticationError,
    aiosmtplib.SMTPHeloError,
    aiosmtplib.SMTPConnectResponseError,
)  # the server does not want us at all, whatever the message
FOR_GOOD = range(500, 600)  # RFC 5321: a permanent negative completion
SHUTTING_DOWN = 421  # RFC 5321: the server closes the channel
STARTTLS = {"auto": None, "yes": True, "no": False}


class Post(Protocol):
    """Takes messages out of the house."""

    batch_messages: int

    async def send(self, message: Message) -> Outcome:
        """Try once; whatever happens is an outcome, never an error."""
        ...


def post_of(settings: Settings) -> Post:
    """The way out that the settings name: SMTP, else files in `mail_dir`, else nothing but the table.

    Raises ValueError when PONTEIRO_SMTP_URL cannot be read.
    """
    return SmtpPost(read_server(settings.smtp_url)) if settings.smtp_url else Shelf(settings.mail_dir)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """An SMTP server; `start_tls` None takes encryption where it is offered."""

    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    use_tls: bool
    start_tls: bool | None


def read_server(url: str) -> Server:
    """Read smtp://user:password@host:port?starttls=auto|yes|no, or smtps:// for TLS from the first byte.

    Without `starttls` a password is sent encrypted or not at all. Raises ValueError, which never holds the password.
    """
    parts = urlsplit(url)
    wanted = parse_qs(parts.query).get("starttls", ["yes" if parts.username else "auto"])[-1]
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or wanted not in STARTTLS:
        raise ValueError("PONTEIRO_SMTP_URL is smtp://user:password@host:port?starttls=auto|yes|no, or smtps://...")
    is_tls = parts.scheme == "smtps"
    return Server(
        host=parts.hostname,
        port=parts.port or (465 if is_tls else 587 if parts.username else 25),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        use_tls=is_tls,
        start_tls=False if is_tls else STARTTLS[wanted],
    )


class SmtpPost:
    """Hands each message to one SMTP server, a connection each: nothing to go stale between two of them."""

    batch_messages = 1  # one transaction each, so that a crash sends no more than one message twice

    def __init__(self, server: Server, *, step_seconds: float = SMTP_STEP_SECONDS) -> None:
        """Connect to nothing yet; wait so long for each answer."""
        self.server = server
        self.step_seconds = step_seconds

    async def send(self, message: Message) -> Outcome:
        """Try once. A server that is away, or refuses us, puts off every message; a 4xx this one; a 5xx ends it."""
        try:
            async with asyncio.timeout(SMTP_ALL_SECONDS):
                await self._hand_over(message)
        except aiosmtplib.SMTPRecipientsRefused as refused:
            return _answered(refused.recipients[0])
        except TURNED_AWAY as no:
            return PutOff(trouble=_trouble(no), everything=True)
        except aiosmtplib.SMTPResponseException as answer:
            return _answered(answer)
        except (aiosmtplib.SMTPException, OSError) as away:
            return PutOff(trouble=_trouble(away), everything=True)
        except Exception as error:  # noqa: BLE001  one message that cannot be built must not hold up the others
            log.exception("message cannot be sent", message_id=str(message.message_id))
            return PutOff(trouble=_trouble(error), everything=False)
        return Accepted()

    async def _hand_over(self, message: Message) -> None:
        body = compose(message)
        server = self.server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.use_tls,
            start_tls=server.start_tls,
            timeout=self.step_seconds,
            local_hostname=socket.gethostname(),
        )
        async with client:
            await client.sendmail(message.from_email, [message.to_email], body)


class Shelf:
    """Keeps messages in the house: readable in the table, and as .eml files when there is a folder."""

    batch_messages = KEPT_BATCH_MESSAGES

    def __init__(self, folder: Path | None) -> None:
        """Make nothing yet."""
        self.folder = folder

    async def send(self, message: Message) -> Outcome:
        """Put the message on the shelf."""
        try:
            if self.folder is not None:
                await asyncio.to_thread(_write, self.folder, message)
        except Exception as error:  # noqa: BLE001  a full disk passes, and one bad message must not hold up the others
            log.exception("message cannot be kept", message_id=str(message.message_id))
            return PutOff(trouble=_trouble(error), everything=isinstance(error, OSError))
        return Kept()


def _write(folder: Path, message: Message) -> None:
    """Write the file under a name that sorts by time and names nobody, all at once or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{message.written_at:%Y%m%dT%H%M%S}-{message.template}-{message.message_id}"
    unfinished = folder / f".{name}"
    unfinished.write_bytes(compose(message))
    unfinished.replace(folder / f"{name}.eml")


def _answered(answer: aiosmtplib.SMTPResponseException) -> Outcome:
    """What the server's answer means: 5xx is for good, unless it is about us and not about the message."""
    trouble = _trouble(answer)
    if answer.code in OUR_OWN_FAULT:
        return PutOff(trouble=trouble, everything=True)
    if answer.code in FOR_GOOD:
        return RefusedForGood(trouble=trouble)
    return PutOff(trouble=trouble, everything=answer.code == SHUTTING_DOWN)


def _trouble(error: BaseException) -> Trouble:
    """The code tells the kind of trouble and no more: a server's words often quote the address."""
    detail = one_line(f"{type(error).__name__}: {error}")[:500]
    if not isinstance(error, aiosmtplib.SMTPResponseException):
        return Trouble(code=type(error).__name__, detail=detail)
    enhanced = re.match(r"[245]\.\d{1,3}\.\d{1,3}\b", str(error.message))
    return Trouble(code=f"{error.code} {enhanced[0]}" if enhanced else str(error.code), detail=detail)
