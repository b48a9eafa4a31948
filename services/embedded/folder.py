"""The data folder of an embedded house: its lock, its token key, one SQLite file per service, its virtual instant."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from shared.auth import Keys
from shared.clock import Clock, VirtualClock
from shared.db import Database
from shared.errors import Refused
from shared.events import TELLERS

LOCK = "lock"
ADDRESS = "address"
TOKEN_KEY = "token-key.json"  # noqa: S105  the name of a file
VIRTUAL_INSTANT = "virtual-clock"
OWNER_ONLY = 0o600
OWNER_ALONE = 0o700  # customers' words lie in here


class FolderInUse(Refused):
    """Two processes on one data folder would be two relays and two writers."""


class NoFolder(Refused):
    """What was named cannot be a folder."""


class FolderOfAnotherTime(Refused):
    """A folder lives in real time or in a rehearsal, and its time does not go back."""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Where an embedded house keeps what must outlive the process."""

    path: Path

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder. Raises FolderInUse while another process does; a killed process holds nothing."""
        self._make()
        with (self.path / LOCK).open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                owner = file.read().strip() or "unknown"
                raise FolderInUse(f"the data folder {self.path} is in use by process {owner}: stop it first") from None
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    @contextmanager
    def answers_at(self, address: str) -> Iterator[None]:
        """Let commands that know the folder know where its house answers; a killed house leaves its last word."""
        file = self.path / ADDRESS
        file.write_text(address)
        try:
            yield
        finally:
            file.unlink(missing_ok=True)

    def address(self) -> str | None:
        """Where the house of this folder answers; None when it was closed, or is not served."""
        file = self.path / ADDRESS
        return file.read_text() if file.exists() else None

    def token_key(self) -> str:
        """The key of this folder as a JWK in JSON, made at the first start, readable by its owner only."""
        file = self.path / TOKEN_KEY
        self._make()
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        except FileExistsError:
            return file.read_text()
        with os.fdopen(handle, "w") as new:
            new.write(Keys.generate())
        return file.read_text()

    @property
    def has_token_key(self) -> bool:
        """Whether a house was ever started here."""
        return (self.path / TOKEN_KEY).exists()

    def databases(self, *, clock: Clock) -> dict[str, Database]:
        """One SQLite file per service; a rehearsal's files are not worth an fsync."""
        self._make()
        durable = not isinstance(clock, VirtualClock)
        return {
            name: Database(f"sqlite:///{self.path / name}.db", service=name, clock=clock, durable=durable)
            for name in TELLERS
        }

    def virtual_instant(self) -> datetime | None:
        """The instant at which the rehearsal in this folder stands; None when it is none."""
        file = self.path / VIRTUAL_INSTANT
        return datetime.fromisoformat(file.read_text()) if file.exists() else None

    def remember_instant(self, instant: datetime) -> None:
        """Note the instant of a rehearsal, so that the next start goes on from there."""
        file = self.path / VIRTUAL_INSTANT
        new = file.with_suffix(".new")
        new.write_text(instant.isoformat())
        new.replace(file)

    def start_at(self, start: datetime | None) -> datetime | None:
        """Where a house on this folder begins: the instant of its rehearsal, or None for real time.

        Raises FolderOfAnotherTime when `start` (None: real time) does not go with what the folder holds.
        """
        stands = self.virtual_instant()
        if start is None and stands is not None:
            raise FolderOfAnotherTime(
                f"{self.path} holds a rehearsal that stands at {stands.isoformat()}: start it with --clock virtual"
            )
        if start is not None and stands is None and (self.path / f"{TELLERS[0]}.db").exists():
            raise FolderOfAnotherTime(f"{self.path} lives in real time: rehearse in a folder of its own")
        if start is not None and stands is not None and start < stands:
            raise FolderOfAnotherTime(f"the rehearsal in {self.path} stands at {stands.isoformat()}, past --start")
        return start

    def _make(self) -> None:
        try:
            self.path.mkdir(mode=OWNER_ALONE, parents=True, exist_ok=True)
        except OSError as error:
            raise NoFolder(f"{self.path} cannot be a data folder: {error.strerror}") from error
