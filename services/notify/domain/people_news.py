"""What is told to one person alone: the link that lets them in, and what becomes of what they ask about themselves."""

from __future__ import annotations

from uuid import UUID

from services.notify.domain.values import LOGIN_PLACE, Audience, Moment, News, Template, Words, said
from shared.events.ticketing import LoginLinkRequested, PrivacyExportRequested


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


def of_privacy_export_requested(event: PrivacyExportRequested, *, organization_id: UUID) -> News:
    """Who asks what is kept of them is answered at once, and told until when they have all of it (art. 19)."""
    return News(
        template=Template.PRIVACY_EXPORT_REQUESTED,
        audience=Audience.CUSTOMER,
        topic=None,
        actor=None,
        organization_id=organization_id,
        contract_id=None,
        ticket_id=None,
        ticket_number=None,
        path="",
        said_at=event.requested_at,
        values=said(requested_at=Moment(event.requested_at), due_at=Moment(event.due_at)),
        only_to=event.person_id,
    )
