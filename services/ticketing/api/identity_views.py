"""What is asked and answered when somebody is let in, and when it is said who may be."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import Response

from services.ticketing.actions.identity import LetIn, NewSecret
from services.ticketing.api.views import View
from services.ticketing.domain import identity
from services.ticketing.domain.identity import Login, Machine
from shared.auth import Role
from shared.web import Input

OLD_HOURS: Final = 24  # a machine's old secret, unless the caller says otherwise
NO_STORE: Final = {"Cache-Control": "no-store"}

Line = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Subject = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\s\x00-\x1f\x7f]+$(?!\n)")]
Tenant = Annotated[
    str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}(?!\n)$", description="The provider.", examples=["next4"])
]
Email = Annotated[Line, msgspec.Meta(examples=["ana@livraria.example"])]
Roles = Annotated[list[Role], msgspec.Meta(min_length=1, examples=[["agent"]])]
Secret = Annotated[str, msgspec.Meta(min_length=1, max_length=20_000, pattern=r"^[^\x00]+$")]
Password = Annotated[
    str, msgspec.Meta(min_length=1, max_length=1000, pattern=r"^[^\x00]+$", examples=["três pratos de trigo"])
]


class TokenForm(msgspec.Struct, frozen=True, kw_only=True):
    """What RFC 6749 and RFC 8693 ask for; a machine may say who it is with HTTP Basic instead."""

    grant_type: Line
    client_id: Line | None = None
    client_secret: Secret | None = None
    scope: Line | None = None
    refresh_token: Secret | None = None
    subject_token: Secret | None = None


class RevokeForm(msgspec.Struct, frozen=True, kw_only=True):
    """The token that renews the session which is to end (RFC 7009)."""

    token: Secret


class TokenView(View, frozen=True, omit_defaults=True):
    """An access token for some minutes, and for a person the token that renews the session, once."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str
    refresh_token: str | None = None


class LogIn(Input, frozen=True):
    """A person's address and password."""

    tenant: Tenant
    email: Email
    password: Password


class AskForLink(Input, frozen=True):
    """Where the link is to be sent, if anybody has that address."""

    tenant: Tenant
    email: Email


class LinkSent(View, frozen=True):
    """The same for every address: who has a login here is not told."""

    valid_minutes: int


class RedeemLink(Input, frozen=True):
    """What stood in the link."""

    token: Secret


class RegisterMachine(Input, frozen=True):
    """A program and what it may do; `organization_id` for one of a customer's."""

    name: Line
    roles: Roles
    organization_id: UUID | None = None


class RotateSecret(Input, frozen=True):
    """For how many hours the secret before is good, too."""

    old_hours: Annotated[int, msgspec.Meta(ge=0, le=720)] = OLD_HOURS


class MachineView(View, frozen=True):
    """A program that is let in; its roles are the scopes that it may ask for."""

    client_id: str
    name: str
    roles: list[Role]
    organization_id: UUID | None
    created_at: datetime
    revoked_at: datetime | None


class SecretView(View, frozen=True):
    """A machine with its newest secret, which is shown this once."""

    machine: MachineView
    client_secret: str


class MachinePage(View, frozen=True):
    """Machines in the order of their ids."""

    items: list[MachineView]
    next_cursor: str | None


class RegisterLogin(Input, frozen=True):
    """A person's way in; without a password by link or another house only. `subject` names them in every fact."""

    subject: Subject
    email: Email
    roles: Roles
    organization_id: UUID | None = None
    password: Password | None = None


class ChangeLogin(Input, frozen=True):
    """What a person may do; `blocked` lets them in no more and ends their sessions."""

    email: Email
    roles: Roles
    organization_id: UUID | None = None
    blocked: bool = False


class LoginView(View, frozen=True):
    """A person's way in, without what only they know."""

    subject: str
    email: str
    roles: list[Role]
    organization_id: UUID | None
    has_password: bool
    blocked_at: datetime | None


class LoginPage(View, frozen=True):
    """Logins in the order of their subjects."""

    items: list[LoginView]
    next_cursor: str | None


class ChangePassword(Input, frozen=True):
    """One's own password; the old one is needed where there is one."""

    new_password: Password
    old_password: Password | None = None


class MeView(View, frozen=True):
    """Who the token says you are."""

    tenant: str
    subject: str
    organization_id: UUID | None
    roles: list[Role]


def let_in_view(let: LetIn) -> Response[TokenView]:
    """The tokens, which nobody on the way may keep."""
    view = TokenView(
        access_token=let.access,
        token_type="Bearer",  # noqa: S106  a kind, not a secret
        expires_in=identity.ACCESS_LIVES // timedelta(seconds=1),
        scope=" ".join(sorted(let.standing.roles)),
        refresh_token=let.renewal,
    )
    return Response(view, status_code=200, headers=NO_STORE)


def machine_view(machine: Machine) -> MachineView:
    """A machine as it is shown."""
    return MachineView(
        client_id=machine.client_id,
        name=machine.name,
        roles=sorted(machine.standing.roles),
        organization_id=machine.standing.organization_id,
        created_at=machine.created_at,
        revoked_at=machine.revoked_at,
    )


def secret_view(made: NewSecret) -> SecretView:
    """A machine with its newest secret."""
    return SecretView(machine=machine_view(made.machine), client_secret=made.secret)


def login_view(login: Login) -> LoginView:
    """A login as it is shown."""
    return LoginView(
        subject=login.subject,
        email=login.email,
        roles=sorted(login.standing.roles),
        organization_id=login.standing.organization_id,
        has_password=login.password is not None,
        blocked_at=login.blocked_at,
    )
