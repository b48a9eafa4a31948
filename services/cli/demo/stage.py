"""Where a story is played: a house that answers over HTTP, the key that makes its tokens, and whether time obeys."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import httpx

from services.client import Answered, Api
from shared.auth import Keys, Principal, Role
from shared.errors import Refused

TOKEN_LIVES = timedelta(days=20 * 365)  # a rehearsal of many years needs no second token
PATIENCE_SECONDS = 20.0  # in real time facts travel: what a story waits for comes within this, or never
LOOK_EVERY_SECONDS = 0.05

SeenT = TypeVar("SeenT")


class NeverHappened(Refused):
    """What a story waited for did not come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A house to play in. `obeys`: it lives under a virtual clock, which the story moves.

    `redeliver` lets every fact that was ever told be delivered once more; None where that is out of reach.
    """

    api: Api
    keys: Keys
    obeys: bool
    opened_at: datetime
    redeliver: Callable[[], Awaitable[None]] | None = None

    @classmethod
    async def find(cls, api: Api, keys: Keys) -> Stage:
        """The stage behind an API. Raises NobodyAnswers, or Answered when the key is not the house's."""
        now = await api.now()
        anybody = Principal(tenant="nobody", subject="stage", organization_id=None, roles=frozenset({Role.ADMIN}))
        admin = api.as_bearer(keys.issue(anybody, now=now, lifetime=TOKEN_LIVES))
        try:
            await admin.move_to(now)
        except Answered as refusal:
            if refusal.answered_status != httpx.codes.NOT_FOUND:
                raise
            return cls(api=api, keys=keys, obeys=False, opened_at=now)
        return cls(api=api, keys=keys, obeys=True, opened_at=now)

    @property
    def patience_seconds(self) -> float:
        """How long to wait for what is to come: not at all where a write is answered after all that it caused."""
        return 0 if self.obeys else PATIENCE_SECONDS

    def token(self, tenant: str, subject: str, *roles: Role, organization_id: UUID | None = None) -> str:
        """A token for somebody of a provider or of a customer."""
        who = Principal(tenant=tenant, subject=subject, organization_id=organization_id, roles=frozenset(roles))
        return self.keys.issue(who, now=self.opened_at, lifetime=TOKEN_LIVES)

    def bearer(self, tenant: str, subject: str, *roles: Role, organization_id: UUID | None = None) -> Api:
        """The API as they see it."""
        return self.api.as_bearer(self.token(tenant, subject, *roles, organization_id=organization_id))

    async def at(self, instant: str | datetime) -> None:
        """Move the clock to an instant of the story; in real time nothing is to be moved."""
        if self.obeys:
            moment = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
            await self.bearer("nobody", "stage", Role.ADMIN).move_to(moment)

    async def see(self, look: Callable[[], Awaitable[SeenT]], is_so: Callable[[SeenT], bool], *, what: str) -> SeenT:
        """Look until it is so: at once under a virtual clock, in some seconds in real time. Raises NeverHappened."""
        give_up = time.monotonic() + self.patience_seconds
        while True:
            try:
                seen = await look()
                if is_so(seen):
                    return seen
                found = repr(seen)
            except Answered as refusal:
                if refusal.answered_status != httpx.codes.NOT_FOUND:
                    raise
                found = refusal.detail
            if time.monotonic() > give_up:
                raise NeverHappened(f"{what}: seen instead: {found}")
            await asyncio.sleep(LOOK_EVERY_SECONDS)
