"""The recipient's own link, to an approval or to log in, put into a message as it leaves: no table keeps it (A-01)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.notify.domain import APPROVAL_LINK, LOGIN_PLACE, Message
from services.notify.gateway import unsubscribing
from shared import replies
from shared.auth import Keys
from shared.events.links import ANSWER_SHOWN, ApprovalLink, LoginLink
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs links with the installation's key; `public_url` is where the house is reached."""

    keys: Keys
    public_url: str

    def with_link(self, message: Message, *, tenant: str) -> Message:
        """The message with the link of its recipient, where it asks for an answer or lets them in; and with the signed
        address of its ticket, where answers come in, or the link that switches its topic off (5.2).
        """
        if message.reply_to is not None and message.ticket_id is not None:
            mailbox, ticket_id = message.reply_to, message.ticket_id
            signed = replies.address_for(mailbox, tenant=tenant, ticket_id=ticket_id, keys=self.keys)
            message = replace(message, reply_to=signed)
        off = unsubscribing.address_of(message, tenant=tenant, public_url=self.public_url, keys=self.keys)
        message = replace(message, unsubscribe_url=off)
        if message.login_link_id is not None and message.answer_until is not None:
            return self._with_login(message, LoginLink(tenant=tenant, link_id=message.login_link_id))
        if message.estimate_id is None or message.answer_until is None or message.ticket_id is None:
            return message
        link = ApprovalLink(
            tenant=tenant,
            organization_id=message.organization_id,
            contact_id=message.contact_id,
            ticket_id=message.ticket_id,
            estimate_id=message.estimate_id,
        )
        token = self.keys.seal(link, expires_at=message.answer_until + ANSWER_SHOWN)
        address = f"{self.public_url.rstrip('/')}/v1/approvals/{token}"
        return replace(message, body=message.body.replace(APPROVAL_LINK, address))

    def _with_login(self, message: Message, link: LoginLink) -> Message:
        assert message.answer_until is not None, "a link that logs in ends"
        token = self.keys.seal(link, expires_at=message.answer_until)
        return replace(message, body=message.body.replace(LOGIN_PLACE, token))


def signer_of(settings: Settings) -> Signer | None:
    """The signer that the settings make; None where they name no key that can be read: no process starts without."""
    try:
        return Signer(Keys(settings.signing_key()), settings.public_url)
    except (OSError, ValueError):
        return None
