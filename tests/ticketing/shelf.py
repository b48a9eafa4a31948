"""A desk with a place for files, and files to bring there."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from services.ticketing.app import build
from shared.clock import VirtualClock
from shared.db import Database
from shared.jobs import run_due
from shared.settings import Settings
from tests.ticketing.desk import CUSTOMER, Desk, new_desk

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 40


@dataclass(slots=True)
class Shelf:
    """A desk, and the folder in which its files lie."""

    desk: Desk
    folder: Path
    settings: Settings = field(default_factory=Settings)

    async def bring(
        self, path: str, body: Any = PNG, *, name: str = "tela.png", who: dict[str, Any] = CUSTOMER, key: str = ""
    ) -> httpx.Response:
        """Bring a file into a ticket."""
        sent = self.desk.bearer(who) | {"Content-Type": "application/octet-stream"}
        sent |= {"Idempotency-Key": key} if key else {}
        url = f"{path}/attachments"
        return await self.desk.client.post(url, params={"name": name}, content=body, headers=sent)

    async def brought(self, path: str, body: Any = PNG, **more: Any) -> Any:
        """Bring a file that is taken; what is told of it."""
        answer = await self.bring(path, body, **more)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def listed(self, path: str, who: dict[str, Any] = CUSTOMER) -> list[str]:
        """The names of a ticket's files, as `who` sees them."""
        return sorted(one["name"] for one in (await self.desk.get(f"{path}/attachments", who=who))["items"])

    def lying(self) -> list[bytes]:
        """What lies in the folder."""
        return [one.read_bytes() for one in sorted(self.folder.rglob("*")) if one.is_file()]

    async def sweep(self) -> None:
        """Run the jobs that are due."""
        jobs = build(self.settings).jobs
        await run_due(self.desk.database, jobs)


def new_shelf(database: Database, clock: VirtualClock, folder: Path, *, url: str = "") -> Shelf:
    """Wire a desk whose files lie in a folder, or where `url` says."""
    settings = Settings(attachments_url=url or folder.as_uri())
    return Shelf(desk=new_desk(database, clock, settings=settings), folder=folder, settings=settings)
