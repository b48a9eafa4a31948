"""Letting in: machines by their secret, people by password, link or another house's word; sessions are renewed."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

import argon2

from services.ticketing.domain import identity
from services.ticketing.domain.identity import Login, Machine, Session, Standing
from services.ticketing.store import identity as store
from shared import ids
from shared.auth import Keys
from shared.db import Transaction
from shared.errors import Invalid, NotFound, Stale
from shared.events.links import LoginLink
from shared.events.ticketing import LoginLinkRequested

FORGET_AFTER: Final = timedelta(days=30)  # ended sessions and old links, for whoever asks who was let in
FORGET_MOST: Final = 1000  # rows in one transaction of the job
HASHERS: Final = ThreadPoolExecutor(2, "hasher")  # each hash takes 64 MiB for a moment
HASHER: Final = argon2.PasswordHasher()  # argon2id, RFC 9106's second recommendation

AnswerT = TypeVar("AnswerT")


@dataclass(frozen=True, slots=True, kw_only=True)
class LetIn:
    """An access token and, for a person, the token that renews the session."""

    access: str
    standing: Standing
    renewal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSecret:
    """A machine and the secret that is shown this once."""

    machine: Machine
    secret: str


async def register_machine(tx: Transaction, *, name: str, standing: Standing) -> NewSecret:
    """Make an id and a secret for a machine."""
    client_id = f"{tx.tenant}.{ids.random_bits(96):024x}"
    machine = Machine(client_id=client_id, name=name, standing=standing, created_at=tx.now)
    await store.add_machine(tx, machine)
    return NewSecret(machine=machine, secret=await _give_secret(tx, client_id, old_for=timedelta(0)))


async def rotate_secret(tx: Transaction, *, client_id: str, old_for: timedelta) -> NewSecret:
    """Give a machine another secret; the one before is good for `old_for` more. Raises NotFound, InvalidClient."""
    machine = await _machine(tx, client_id)
    if machine.revoked_at is not None:
        raise identity.InvalidClient("this machine was revoked")
    return NewSecret(machine=machine, secret=await _give_secret(tx, client_id, old_for=old_for))


async def revoke_machine(tx: Transaction, *, client_id: str) -> Machine:
    """Let a machine in no more. Raises NotFound."""
    await _machine(tx, client_id)
    await store.revoke_machine(tx, client_id)
    return await _machine(tx, client_id)


async def let_machine_in(tx: Transaction, keys: Keys, *, client_id: str, secret: str, scope: str | None) -> LetIn:
    """An access token for a machine. Raises InvalidClient, InvalidScope."""
    machine = await store.machine_of(tx, client_id)
    secrets = await store.secrets_of(tx, client_id)
    if machine is None or machine.revoked_at is not None or not identity.is_good(secrets, secret, now=tx.now):
        raise identity.InvalidClient("there is no such machine, or this is not its secret")
    return _access(tx, keys, machine.client_id, machine.standing.narrowed(scope))


async def register_login(
    tx: Transaction, *, subject: str, email: str, standing: Standing, password: str | None
) -> Login:
    """Give a person a way in. Raises LoginTaken, WeakPassword, Invalid."""
    login = Login(
        subject=subject,
        email=identity.email_of(email),
        standing=standing,
        password=await _hashed(password, email),
        blocked_at=None,
        version=1,
    )
    if not await store.add_login(tx, login):
        raise identity.LoginTaken("this person or this address has a login already", field="email")
    return login


async def change_login(
    tx: Transaction, *, subject: str, version: int | None, email: str, standing: Standing, blocked: bool
) -> Login:
    """Set what a person may do, and whether at all; who is blocked has no session left.

    Raises NotFound, Stale, LoginTaken, Invalid.
    """
    before = await login_of(tx, subject=subject)
    if version not in (None, before.version):
        raise Stale(f"the login is at version {before.version}: read it again", field="If-Match")
    after = replace(
        before,
        email=identity.email_of(email),
        standing=standing,
        blocked_at=(before.blocked_at or tx.now) if blocked else None,
        version=before.version + 1,
    )
    if not await store.save_login(tx, after):
        raise identity.LoginTaken("another person has this address", field="email")
    if blocked or standing != before.standing:
        await store.end_sessions(tx, subject)
    return after


async def change_password(tx: Transaction, *, old: str | None, new: str) -> None:
    """Set one's own password; every session of theirs ends. Raises WrongLogin, WeakPassword."""
    login = await store.login_of(tx, tx.actor)
    if login is None or login.blocked_at is not None:
        raise identity.WrongLogin("you have no login here")
    if login.password is not None and not await _verified(login.password, old or ""):
        raise identity.WrongLogin("the old password is not this one", field="old_password")
    changed = replace(login, password=await _hashed(new, login.email), version=login.version + 1)
    await store.save_login(tx, changed)
    await store.end_sessions(tx, login.subject)


async def log_in(tx: Transaction, keys: Keys, *, email: str, password: str) -> LetIn:
    """Let a person in by password; an unknown one takes as long as a wrong one. Raises WrongLogin."""
    login = await store.login_by_email(tx, email.strip().lower())
    known = login.password if login is not None and login.blocked_at is None else None
    is_right = await _verified(known or await _nobodys(), password)
    if login is None or known is None or not is_right:
        raise identity.WrongLogin("there is no such login, or this is not its password")
    if HASHER.check_needs_rehash(known):
        await store.save_login(tx, replace(login, password=await _hashed(password, login.email)))
    return await _begin(tx, keys, login)


async def send_link(tx: Transaction, *, email: str) -> None:
    """Send a link that logs in once; whether anybody has the address is not told. Raises nothing."""
    login = await store.login_by_email(tx, email.strip().lower())
    if login is None or login.blocked_at is not None or login.standing.organization_id is None:
        return
    link_id, expires_at = tx.new_id(), tx.now + identity.LINK_LIVES
    await store.add_link(tx, login.subject, link_id=link_id, expires_at=expires_at)
    fact = LoginLinkRequested(
        subject=login.subject,
        organization_id=login.standing.organization_id,
        link_id=link_id,
        expires_at=expires_at,
        requested_at=tx.now,
    )
    await tx.publish(fact)


async def redeem_link(tx: Transaction, keys: Keys, *, link: LoginLink) -> LetIn:
    """Let in whom the link was sent to, once. Raises InvalidGrant."""
    used = await store.use_link(tx, link.link_id)
    login = None if used is None else await store.login_of(tx, used.subject)
    if login is None or login.blocked_at is not None:
        raise identity.InvalidGrant("this link was used before: ask for another")
    return await _begin(tx, keys, login)


async def let_verified_in(tx: Transaction, keys: Keys, *, email: str) -> LetIn:
    """Let in whose address another house has verified. Raises InvalidGrant."""
    login = await store.login_by_email(tx, email.strip().lower())
    if login is None or login.blocked_at is not None:
        raise identity.InvalidGrant("nobody here has this address")
    return await _begin(tx, keys, login)


async def renew(tx: Transaction, keys: Keys, *, session_id: UUID, secret: str) -> LetIn:
    """A new access token, and the token that renews next. Raises InvalidGrant, SessionReused."""
    found = await store.locked_session(tx, session_id)
    try:
        session = identity.check_renewal(found, secret, now=tx.now)
    except identity.SessionReused:
        await store.end_session(tx, session_id)
        raise
    login = await store.login_of(tx, session.subject)
    if login is None or login.blocked_at is not None:
        raise identity.InvalidGrant("this session has ended: log in again")
    renewal, text = _renewal(tx, session.id)
    until = tx.now + identity.SESSION_LIVES
    await store.save_session(tx, replace(session, renewal=renewal, renewed_at=tx.now, expires_at=until))
    return replace(_access(tx, keys, login.subject, login.standing), renewal=text)


async def end_session(tx: Transaction, *, session_id: UUID, secret: str) -> None:
    """Log out: whoever holds the token of a session may end it; another token ends nothing, and nothing is told."""
    found = await store.locked_session(tx, session_id)
    if found is not None and found.renewal == identity.hash_of(secret):
        await store.end_session(tx, session_id)


async def end_sessions(tx: Transaction, *, subject: str) -> Login:
    """Log a person out everywhere. Raises NotFound."""
    login = await login_of(tx, subject=subject)
    await store.end_sessions(tx, subject)
    return login


async def login_of(tx: Transaction, *, subject: str) -> Login:
    """A person's login. Raises NotFound."""
    login = await store.login_of(tx, subject)
    if login is None:
        raise NotFound("this person has no login")
    return login


async def next_to_forget(tx: Transaction) -> datetime | None:
    """When something is to be forgotten next."""
    ends = await store.next_to_forget(tx)
    return None if ends is None else ends + FORGET_AFTER


async def forget_ended(tx: Transaction) -> int:
    """Forget sessions and links that ended long ago."""
    return await store.forget_ended(tx, before=tx.now - FORGET_AFTER, most=FORGET_MOST)


async def _machine(tx: Transaction, client_id: str) -> Machine:
    machine = await store.machine_of(tx, client_id)
    if machine is None:
        raise NotFound("there is no such machine")
    return machine


async def _give_secret(tx: Transaction, client_id: str, *, old_for: timedelta) -> str:
    if not timedelta(0) <= old_for <= identity.OLD_SECRET_MOST:
        raise Invalid("the old secret is good for 0 to 720 hours more", field="old_hours")
    secret = f"{ids.random_bits(identity.SECRET_BITS):064x}"
    await store.add_secret(tx, client_id, identity.hash_of(secret), old_until=tx.now + old_for)
    return secret


async def _begin(tx: Transaction, keys: Keys, login: Login) -> LetIn:
    session_id = tx.new_id()
    renewal, text = _renewal(tx, session_id)
    session = Session(
        id=session_id,
        subject=login.subject,
        renewal=renewal,
        renewed_at=tx.now,
        expires_at=tx.now + identity.SESSION_LIVES,
    )
    await store.add_session(tx, session)
    return replace(_access(tx, keys, login.subject, login.standing), renewal=text)


def _renewal(tx: Transaction, session_id: UUID) -> tuple[bytes, str]:
    """The hash that is kept and the text that is given away; it names tenant and session, so that both are found."""
    secret = f"{ids.random_bits(identity.SECRET_BITS):064x}"
    return identity.hash_of(secret), f"{tx.tenant}.{session_id.hex}.{secret}"


def _access(tx: Transaction, keys: Keys, subject: str, standing: Standing) -> LetIn:
    who = standing.principal(tenant=tx.tenant, subject=subject)
    return LetIn(access=keys.issue(who, now=tx.now, lifetime=identity.ACCESS_LIVES), standing=standing)


async def _hashed(password: str | None, email: str) -> str | None:
    if password is None:
        return None
    identity.check_password(password, email=identity.email_of(email))
    return await _apart(HASHER.hash, password)


async def _verified(known: str, given: str) -> bool:
    return await _apart(_is_hash_of, known, given[: identity.PASSWORD_MOST_CHARACTERS])


async def _apart(work: Callable[..., AnswerT], *given: str) -> AnswerT:
    """Do what takes long beside the event loop."""
    return await asyncio.get_running_loop().run_in_executor(HASHERS, work, *given)


def _is_hash_of(known: str, given: str) -> bool:
    try:
        return HASHER.verify(known, given)
    except argon2.exceptions.VerificationError:
        return False


async def _nobodys() -> str:
    return await _apart(_nobodys_hash)


@functools.cache
def _nobodys_hash() -> str:
    """What a try at an unknown login is compared with, so that it takes as long."""
    return HASHER.hash("nobody has this password")
