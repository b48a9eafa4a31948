"""Which installation a command is about: the data folder of an embedded house, or what the settings name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import ArgumentError

from services.cli.terminal import Cannot
from services.embedded.folder import DataFolder
from shared.auth import Keys, Principal
from shared.clock import Clock, SystemClock, VirtualClock
from shared.db import Database
from shared.settings import Settings


class ServiceName(StrEnum):
    """The five."""

    TICKETING = "ticketing"
    HOURBANK = "hourbank"
    SLA = "sla"
    BILLING = "billing"
    NOTIFY = "notify"


DataOption = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="The data folder of an embedded house; else what PONTEIRO_... names."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """An embedded house (`folder`), or services in earnest (None)."""

    settings: Settings
    folder: DataFolder | None

    @property
    def is_nowhere(self) -> bool:
        """Whether neither a folder nor any address or key is set: there is no installation to look at."""
        said = self.settings.model_fields_set
        return self.folder is None and not any(name.endswith("_url") or name.startswith("token_key") for name in said)

    @property
    def address(self) -> str:
        """Where the services answer: as the open house of the folder says, else PONTEIRO_PUBLIC_URL."""
        told = self.folder.address() if self.folder is not None else None
        return told or self.settings.public_url

    def database(self, service: str) -> Database:
        """The database of a service. Raises Cannot when nobody says where it is."""
        if self.folder is not None:
            return self.folder.databases(clock=self.clock())[service]
        try:
            return Database(self.settings.database_of(service), service=service, clock=self.clock())
        except KeyError as error:
            raise Cannot(f"{error.args[0]}, or give --data DIR") from None
        except ArgumentError:
            raise Cannot(f"the database URL of {service} is none that can be read") from None

    def keys(self) -> Keys:
        """The key that signs the tokens. Raises Cannot when there is none."""
        try:
            jwk = self.settings.signing_key()
            if not jwk and self.folder is not None and self.folder.has_token_key:
                jwk = self.folder.token_key()
        except OSError as error:
            raise Cannot(f"the token key cannot be read: {error}") from None
        if not jwk:
            raise Cannot("there is no token key: set PONTEIRO_TOKEN_KEY_FILE, or give --data DIR of a started house")
        try:
            return Keys(jwk)
        except ValueError as error:
            raise Cannot(str(error)) from None

    def clock(self) -> Clock:
        """The present as this installation sees it: a rehearsal stands at its own instant."""
        stands = self.folder.virtual_instant() if self.folder is not None else None
        return SystemClock() if stands is None else VirtualClock(stands)

    def token(self, principal: Principal, *, lifetime: timedelta, at: datetime | None = None) -> str:
        """A token that is good for so long from `at` (now, unless the asked server lives in another time)."""
        now = max(self.clock().now(), at or datetime.min.replace(tzinfo=UTC))
        return self.keys().issue(principal, now=now, lifetime=lifetime)


def installation(data: Path | None) -> Installation:
    """The installation of a data folder or of the settings. Raises Cannot when the folder does not exist."""
    if data is not None and not data.is_dir():
        raise Cannot(f"there is no data folder {data}")
    return Installation(settings=Settings(), folder=DataFolder(data) if data is not None else None)
