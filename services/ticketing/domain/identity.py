"""Who is let in: machines by a secret, people by a password or a link; how long that lasts, and when it ends.

An access token is good for minutes and asks nobody; what lasts is the session behind it, which is renewed by a token
that is good once. Passwords and secrets are kept as hashes only (5.1).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from shared.auth import CUSTOMERS, Principal, Role
from shared.errors import Invalid, OAuthRefused, Refused

ACCESS_LIVES: Final = timedelta(minutes=15)  # what was revoked is let in no longer than this
SESSION_LIVES: Final = timedelta(days=30)  # without being renewed
LINK_LIVES: Final = timedelta(minutes=15)  # an e-mail is read at once, or another is asked for
OLD_SECRET_MOST: Final = timedelta(days=30)  # for how long a machine may still use the secret before its newest
TWICE_MOST: Final = timedelta(seconds=10)  # two windows of one browser renew at the same instant: no thief
SECRET_BITS: Final = 256
PASSWORD_LEAST_CHARACTERS: Final = 12  # NIST SP 800-63B: length, and no rules of composition
PASSWORD_MOST_CHARACTERS: Final = 256  # more only keeps the hash busy
EMAIL_MOST_CHARACTERS: Final = 254
_EMAIL = re.compile(r"[^@\s\x00]+@[^@\s\x00]+")


class InvalidClient(OAuthRefused):
    """No such machine, a wrong secret, or one that was revoked: they are not told apart."""

    status = 401
    error = "invalid_client"


class InvalidGrant(OAuthRefused):
    """The token or the link is wrong, used, too old or revoked."""

    error = "invalid_grant"


class SessionReused(InvalidGrant):
    """A renewal that was used before comes again: somebody has copied it, so the session ends for both."""

    keeps = True


class InvalidScope(OAuthRefused):
    """More is asked for than the machine was given."""

    error = "invalid_scope"


class UnsupportedGrantType(OAuthRefused):
    """This house knows no such grant."""

    error = "unsupported_grant_type"


class WrongLogin(Refused):
    """No such login, a wrong password, or one that is blocked: they are not told apart."""

    status = 401


class LoginTaken(Refused):
    """A person and an address have one login."""


class WeakPassword(Refused):
    """The password is too easily guessed."""

    status = 422
    rule = "5.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What somebody may do, and for which organization (None: the provider's own people and machines)."""

    roles: frozenset[Role]
    organization_id: UUID | None

    def narrowed(self, asked: str | None) -> Standing:
        """The roles that are asked for by name, all when none is. Raises InvalidScope."""
        names = set((asked or "").split())
        if not names:
            return self
        if not names <= self.roles:
            raise InvalidScope(f"this machine was given {' '.join(sorted(self.roles))}", field="scope")
        return replace(self, roles=frozenset(Role(name) for name in names))

    def principal(self, *, tenant: str, subject: str) -> Principal:
        """Who it is, as a token says it."""
        return Principal(tenant=tenant, subject=subject, organization_id=self.organization_id, roles=self.roles)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A chat bot, a monitoring, a billing team's program: known by its id, let in by a secret."""

    client_id: str
    name: str
    standing: Standing
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A machine's secret as it is kept; `until` None: its newest."""

    hash: bytes
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A person's way in. `subject` is who they are everywhere; `password` is a hash; None: there is none."""

    subject: str
    email: str
    standing: Standing
    password: str | None
    blocked_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A login that lasts; `renewal` is the hash of the token that renews it next."""

    id: UUID
    subject: str
    renewal: bytes
    renewed_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None


def standing_of(roles: Iterable[Role], organization_id: UUID | None) -> Standing:
    """What somebody is given. Raises Invalid where the roles and the organization do not go together."""
    given = frozenset(roles)
    if not given:
        raise Invalid("name at least one role", field="roles")
    if given <= CUSTOMERS and organization_id is None:
        raise Invalid("a customer belongs to an organization", field="organization_id")
    if not given <= CUSTOMERS and organization_id is not None:
        raise Invalid("the provider's own people see every organization", field="organization_id")
    return Standing(roles=given, organization_id=organization_id)


def email_of(given: str) -> str:
    """An address as logins are found by it. Raises Invalid.

    >>> email_of(" Ana@Livraria.com.br ")
    'ana@livraria.com.br'
    """
    email = given.strip().lower()
    if len(email) > EMAIL_MOST_CHARACTERS or not _EMAIL.fullmatch(email) or not email.isprintable():
        raise Invalid("this is not an e-mail address", field="email")
    return email


def check_password(password: str, *, email: str) -> None:
    """Refuse what is guessed first. Raises WeakPassword."""
    if not PASSWORD_LEAST_CHARACTERS <= len(password) <= PASSWORD_MOST_CHARACTERS:
        told = f"a password has {PASSWORD_LEAST_CHARACTERS} to {PASSWORD_MOST_CHARACTERS} characters"
        raise WeakPassword(told, field="password")
    if len(set(password)) < PASSWORD_LEAST_CHARACTERS // 3 or email.partition("@")[0] in password.lower():
        raise WeakPassword("a password is not one character again and again, nor your name", field="password")


def is_good(secrets: Iterable[Secret], given: str, *, now: datetime) -> bool:
    """Whether one of the secrets that are still good is the one that was given; takes as long either way."""
    hashed = hash_of(given)
    matches = [
        hmac.compare_digest(secret.hash, hashed) for secret in secrets if secret.until is None or now < secret.until
    ]
    return any(matches)


def hash_of(secret: str) -> bytes:
    """A secret of 256 random bits needs no slow hash: nobody guesses it."""
    return hashlib.sha256(secret.encode()).digest()


def check_renewal(session: Session | None, given: str, *, now: datetime) -> Session:
    """The session, where this is the token that renews it next.

    Raises InvalidGrant; SessionReused when it is one from before, unless it was renewed a moment ago.
    """
    if session is None or session.ended_at is not None or now >= session.expires_at:
        raise InvalidGrant("this session has ended: log in again")
    if hmac.compare_digest(session.renewal, hash_of(given)):
        return session
    if now - session.renewed_at < TWICE_MOST:
        raise InvalidGrant("this was renewed a moment ago: use the newer token")
    raise SessionReused("this was used before: the session has ended, log in again")
