"""The clock routes of a rehearsal: an admin moves the virtual clock forward; what falls due on the way happens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get, put
from litestar.handlers import HTTPRouteHandler

from services.embedded.folder import DataFolder
from services.embedded.world import World
from shared.auth import ADMINS, EVERYBODY
from shared.web import Input


class ClockMove(Input, frozen=True):
    """Where the virtual clock is to be moved."""

    now: Annotated[
        datetime,
        msgspec.Meta(
            tz=True,
            description="The instant to move to, with its offset; not before the present one.",
            examples=["2026-12-01T09:00:00-03:00"],
        ),
    ]


class ClockView(msgspec.Struct, frozen=True, kw_only=True):
    """Where the virtual clock stands."""

    now: datetime


def clock_routes(world: World, folder: DataFolder) -> list[HTTPRouteHandler]:
    """The routes that exist under a virtual clock only."""

    @put("/v1/clock", roles=ADMINS, operation_id="move_virtual_clock")
    async def move_clock(data: ClockMove) -> ClockView:
        """Move the clock forward: runs everything that falls due on the way, in order, and delivers what follows."""
        try:
            await world.move_to(data.now)
        finally:
            folder.remember_instant(world.clock.now())
        return ClockView(now=world.clock.now())

    @get("/v1/clock", roles=EVERYBODY, operation_id="read_virtual_clock")
    async def read_clock() -> ClockView:
        """Where the virtual clock stands."""
        return ClockView(now=world.clock.now())

    return [move_clock, read_clock]
