"""A service with one table and a door, to see what the edge makes of requests that nobody should send."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import httpx
import sqlalchemy as sa
from litestar import Litestar, Response, get, post, put
from msgspec import Meta, Struct, field

from shared.auth import EVERYBODY, PUBLIC, STAFF, Keys, Principal, Role
from shared.bus import Subscriptions
from shared.db import Database, Transaction
from shared.errors import Refused, Stale
from shared.events.notify import MessageSent
from shared.jobs import Jobs
from shared.rates import Rates
from shared.service import Service
from shared.web import Door, Hosted, Input, Later, Outside, Rehearsal, create_app, versioned
from tests.shared.listening import TENANT, sent

notes = sa.Table(
    "notes",
    sa.MetaData(),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False, unique=True),
)


class Part(Input, frozen=True):
    """Something inside a note."""

    word: str


class NoteInput(Input, frozen=True):
    """A note."""

    text: Annotated[str, Meta(max_length=1000)]
    parts: list[Part] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)


class NoteView(Struct, frozen=True, kw_only=True):
    """A note as it is shown."""

    note_id: UUID
    text: str


PORTAL = "https://portal.example"


class WrongWord(Refused):
    """A refusal that is remembered."""

    status = 403
    keeps = True


class Desk:
    """The service, with what a test does to it: `before_end` runs in the handler when its work is done."""

    def __init__(self, database: Database, *, rehearsal: Rehearsal | None = None, rates: Rates | None = None) -> None:
        self.database = database
        self.keys = Keys(Keys.generate())
        self.before_end: Callable[[Transaction], Any] | None = None
        self.view_error: Exception | None = None
        routes = [self._write(), self._knock(), self._decide(), self._change(), self._read(), self._read_part()]
        service = Service(name="echo", routes=routes, subscriptions=Subscriptions(), jobs=Jobs())
        self.app: Litestar = create_app(
            [Hosted(service=service, database=database)],
            keys=self.keys,
            clock=database.clock,
            ready=_nothing_is_away,
            rehearsal=rehearsal,
            outside=Outside(rates=rates, origins=[PORTAL]),
        )

    async def open(self) -> None:
        """Make the table."""
        async with self.database.engine.begin() as connection:
            await connection.run_sync(notes.create)

    def client(self, role: Role = Role.AGENT, *, subject: str = "ana") -> httpx.AsyncClient:
        """The door, for somebody of the team. What the application raises is raised here."""
        who = Principal(tenant=TENANT, subject=subject, organization_id=None, roles=frozenset({role}))
        token = self.keys.issue(who, now=self.database.clock.now(), lifetime=timedelta(days=1))
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app),  # type: ignore[arg-type]  # Litestar's ASGI
            base_url="http://desk.test",
            headers={"Authorization": f"Bearer {token}"},
        )

    async def texts(self) -> list[str]:
        """What was written for good."""
        async with self.database.reading() as tx:
            return list((await tx.execute(sa.select(notes.c.text).order_by(notes.c.text))).scalars())

    async def is_at_rest(self) -> bool:
        """Whether no connection is lent, and somebody else can write."""
        pool: Any = self.database.engine.pool
        async with asyncio.timeout(5), self.database.transaction():
            return bool(pool.checkedout() == 1)

    async def _keep(self, tx: Transaction, text: str) -> NoteView:
        view = NoteView(note_id=tx.new_id(), text=text)
        await tx.execute(sa.insert(notes), {"id": view.note_id, "tenant": tx.tenant, "text": text})
        if self.before_end is not None:
            await self.before_end(tx)
        await tx.publish(fact_of(view.note_id))
        return view

    def _write(self) -> Any:
        @post("/v1/notes", roles=STAFF, operation_id="write_note")
        async def write_note(tx: Transaction, data: NoteInput) -> Response[NoteView]:
            return versioned(await self._keep(tx, data.text), version=1, status=201)

        return write_note

    def _decide(self) -> Any:
        @post("/v1/decisions", roles=STAFF, operation_id="decide_note")
        async def decide_note(tx: Transaction, data: NoteInput, later: Later) -> Response[NoteView]:
            kept = await self._keep(tx, data.text)
            looks = 0

            async def view(_tx: Transaction) -> NoteView:
                nonlocal looks
                looks += 1
                if looks > 1 and self.view_error is not None:
                    raise self.view_error
                return kept

            return await later.answer(tx, view, decided=lambda _view: False, location=f"/v1/notes/{kept.note_id}")

        return decide_note

    def _knock(self) -> Any:
        @post("/v1/knocks", roles=PUBLIC, operation_id="knock")
        async def knock(door: Door, data: NoteInput) -> Response[NoteView]:
            tx = await door.enter(Principal(tenant=TENANT, subject="guest", organization_id=None, roles=frozenset()))
            view = await self._keep(tx, data.text)
            if data.text.startswith("wrong"):
                raise WrongWord("once more and the door stays shut")
            return versioned(view, version=1, status=201)

        return knock

    def _change(self) -> Any:
        @put("/v1/notes/{name:str}", roles=STAFF, operation_id="change_note")
        async def change_note(tx: Transaction, name: str, data: NoteInput, if_match: int | None) -> Response[NoteView]:
            if if_match not in (None, 1):
                raise Stale(f"{name} is at version 1")
            return versioned(await self._keep(tx, data.text), version=2)

        return change_note

    def _read(self) -> Any:
        @get("/v1/notes/{name:str}", roles=EVERYBODY, operation_id="read_note")
        async def read_note(tx: Transaction, name: str, word: str = "") -> Response[NoteView]:
            row = (await tx.execute(sa.select(notes).where(notes.c.text.in_([name, word])))).first()
            return versioned(NoteView(note_id=row.id if row else UUID(int=0), text=name), version=7)

        return read_note

    def _read_part(self) -> Any:
        @get("/v1/parts/{part_id:uuid}", roles=EVERYBODY, operation_id="read_part")
        async def read_part(part_id: UUID) -> NoteView:
            return NoteView(note_id=part_id, text="a part")

        return read_part


def fact_of(note_id: UUID) -> MessageSent:
    """Some fact about a note."""
    return sent(note_id, 1)


async def _nothing_is_away() -> list[str]:
    return []
