"""A mail server for tests: it takes mail and keeps it, or answers what it is told to answer."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.servers import free_port

HOST = "127.0.0.1"


class Postbox:
    """A server on a free port; `answers` are given to the next messages, then everything is taken.

    With a `password` it takes mail only from the user `next4`, over an open line.
    """

    def __init__(self, *, password: str | None = None) -> None:
        self.answers: list[str] = []
        self.answers_to_recipients: list[str] = []
        self.taken: list[bytes] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self._password = password
        self._controller = Controller(
            self,
            hostname=HOST,
            port=free_port(),
            authenticator=self._is_known,
            auth_required=password is not None,
            auth_require_tls=False,
        )

    def _is_known(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        is_known = (given.login, given.password) == (b"next4", (self._password or "").encode())
        return AuthResult(success=is_known, handled=is_known)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop(no_assert=True)

    @property
    def url(self) -> str:
        """Its address as the settings name it."""
        return f"smtp://{self.place}?starttls=no"

    @property
    def place(self) -> str:
        """Its host and port."""
        return f"{HOST}:{self._controller.port}"

    @property
    def mails(self) -> list[EmailMessage]:
        """What was taken, opened."""
        return [message_from_bytes(body, policy=policy.default) for body in self.taken]

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """Answer RCPT TO."""
        if self.answers_to_recipients:
            return self.answers_to_recipients.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        """Answer the message."""
        if self.answers:
            return self.answers.pop(0)
        self.taken.append(envelope.content)
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        return "250 OK"
