"""What is told to one person alone: the link that lets them in."""

from __future__ import annotations

from services.notify.domain.values import LOGIN_PLACE, Audience, Moment, News, Template, Words, said
from shared.events.ticketing import LoginLinkRequested


def of_login_link_requested(event: LoginLinkRequested) -> News:
    """Whose address it is gets the link, and nobody else; it lets in once, and cannot be switched off."""
    return News(
        template=Template.LOGIN_LINK,
        audience=Audience.CUSTOMER,
        topic=None,
        actor=None,
        organization_id=event.organization_id,
        contract_id=None,
        ticket_id=None,
        ticket_number=None,
        path="login",
        said_at=event.requested_at,
        values=said(login_token=Words(LOGIN_PLACE), valid_until=Moment(event.expires_at)),
        answer_until=event.expires_at,
        only_to=event.subject,
        login_link_id=event.link_id,
    )
