"""Living a log again: each step through the public API, at its instant of the virtual clock, once whatever happens.

What was done is kept in a journal beside the data, a line a step; every write has a key made of the log and its row.
So a replay that was killed goes on where it was, and the step that it died in is answered as it was the first time.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

import httpx
import msgspec

from services.cli.demo.stage import Stage
from services.cli.replay.log import Log, Odd, Step, Verb
from services.cli.terminal import Cannot
from services.client import Answered, Api
from shared.auth import Role

WAIT_FOR_THE_CONTRACT = {"Prefer": "wait=10"}


class Stands(enum.StrEnum):
    """How a ticket stands, as far as a replay has to know."""

    OPEN = "open"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"


# After what a step makes no sense any more, and where one leads that does not leave the ticket as it stands.
NOTHING_LEFT: Mapping[Verb, frozenset[Stands]] = {
    "open": frozenset(),
    "triage": frozenset(),
    "answer": frozenset(),
    "pause": frozenset(),
    "escalate": frozenset(),
    "resolve": frozenset({Stands.RESOLVED, Stands.CLOSED}),
    "close": frozenset({Stands.CLOSED}),
}
AFTERWARDS: Mapping[Verb, Stands] = {
    "answer": Stands.OPEN,
    "pause": Stands.WAITING,
    "resolve": Stands.RESOLVED,
    "close": Stands.CLOSED,
}


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the journal: a row that was lived, its ticket as it stands then; `odd` is why it made no sense."""

    row: int
    case: str
    ticket_id: UUID
    stands: Stands
    odd: str | None = None


@dataclass(slots=True)
class Journal:
    """What was done so far, on disk and in memory."""

    path: Path
    rows: dict[int, Done] = field(default_factory=dict)
    tickets: dict[str, Done] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path) -> Journal:
        """Read what is there; a last line that was cut off when the process died counts as not written."""
        journal = cls(path=path)
        whole = path.read_bytes() if path.exists() else b""
        kept = whole[: whole.rfind(b"\n") + 1]
        if kept != whole:
            path.write_bytes(kept)
        for line in kept.splitlines():
            with suppress(msgspec.MsgspecError):
                journal._know(msgspec.json.decode(line, type=Done))
        return journal

    def note(self, done: Done) -> None:
        """Write a line."""
        with self.path.open("ab") as file:
            file.write(msgspec.json.encode(done) + b"\n")
        self._know(done)

    def _know(self, done: Done) -> None:
        self.rows[done.row] = done
        self.tickets[done.case] = done


@dataclass(slots=True)
class Player:
    """Plays the steps of a log in a house whose clock obeys."""

    stage: Stage
    tenant: str
    log: Log
    channel: str
    journal: Journal
    now: datetime
    contracts: dict[tuple[str, str], UUID] = field(default_factory=dict)
    agent: Api = field(init=False)
    office: Api = field(init=False)

    def __post_init__(self) -> None:
        """Who acts: one agent, one office."""
        self.agent = self.stage.bearer(self.tenant, "replay", Role.AGENT)
        self.office = self.stage.bearer(self.tenant, "replay", Role.BILLING)

    def left(self) -> Iterator[Step]:
        """The steps that were not lived yet."""
        return (step for step in self.log.steps if step.row not in self.journal.rows)

    async def live(self, step: Step) -> None:
        """One step at its instant; what the house refuses is noted as making no sense. Raises NobodyAnswers."""
        if step.at > self.now:
            await self.stage.at(step.at)
            self.now = step.at
        known = self.journal.tickets.get(step.case)
        ticket_id = known.ticket_id if known is not None else await self._open(step)
        stands, odd = (known.stands if known is not None else Stands.OPEN), None
        try:
            stands = await self._do(step, ticket_id, stands, is_new=known is None)
        except Answered as refusal:
            if refusal.answered_status >= httpx.codes.INTERNAL_SERVER_ERROR:
                raise
            odd = refusal.detail
        except NoSense as why:
            odd = str(why)
        self.journal.note(Done(row=step.row, case=step.case, ticket_id=ticket_id, stands=stands, odd=odd))

    def odd_rows(self) -> list[Odd]:
        """Every row that made no sense, when it was read or when it was lived, by its number."""
        by_row = {step.row: step for step in self.log.steps}
        lived = [
            Odd(row=done.row, case=done.case, activity=by_row[done.row].activity, why=done.odd)
            for done in self.journal.rows.values()
            if done.odd is not None and done.row in by_row
        ]
        return sorted([*self.log.odd, *lived], key=lambda one: one.row)

    async def _open(self, step: Step) -> UUID:
        contract_id = await self._contract(step)
        body = {
            "contract_id": str(contract_id),
            "channel": self.channel,
            "subject": step.case,
            "description": f"{step.case}, {step.activity}",
        }
        answer = await self.agent.post("/v1/tickets", body, headers=self._key(step, "open"))
        return UUID(answer.body["id"])

    async def _contract(self, step: Step) -> UUID:
        """The contract of a plan (and customer), signed when its first ticket comes; the same one after a restart."""
        key = (step.plan, step.customer)
        if key not in self.contracts:
            name = f"{step.customer or 'Customers'} ({step.plan})"
            body = {
                "plan_code": step.plan,
                "start_date": f"{self.log.steps[0].at:%Y-%m-01}",
                "organization": {"legal_name": name},
            }
            signed = {"Idempotency-Key": f"replay-{self.log.fingerprint}-sign-{step.plan}-{step.customer}"}
            draft = (await self.office.post("/v1/contracts", body, headers=signed)).body
            active = {"Idempotency-Key": f"replay-{self.log.fingerprint}-activate-{step.plan}-{step.customer}"}
            await self.office.post(f"/v1/contracts/{draft['contract_id']}/activate", headers=active)
            self.contracts[key] = UUID(draft["contract_id"])
        return self.contracts[key]

    async def _do(self, step: Step, ticket_id: UUID, stands: Stands, *, is_new: bool) -> Stands:
        """What a step does, and how the ticket stands then. Raises NoSense, Answered."""
        deed = step.deed
        if deed.does == "open" and not is_new:
            raise NoSense("the ticket is open already")
        if stands in NOTHING_LEFT[deed.does]:
            raise NoSense(f"the ticket is {stands} already")
        if deed.does == "answer" and stands is Stands.WAITING:
            await self._post(step, ticket_id, "resume", None)
        if deed.does in ("answer", "pause") and stands in (Stands.RESOLVED, Stands.CLOSED):
            await self._post(step, ticket_id, "reopen", {"reason": step.activity})
        request = _request(step)
        if request is not None:
            await self._post(step, ticket_id, request.act, request.body)
        return AFTERWARDS.get(deed.does, stands)

    async def _post(self, step: Step, ticket_id: UUID, act: str, body: Mapping[str, object] | None) -> None:
        await self.agent.post(f"/v1/tickets/{ticket_id}/{act}", body, headers=self._key(step, act))

    def _key(self, step: Step, act: str) -> dict[str, str]:
        return {"Idempotency-Key": f"replay-{self.log.fingerprint}-{step.row}-{act}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A write about a ticket."""

    act: str
    body: Mapping[str, object] | None


def _request(step: Step) -> Request | None:
    """What a step asks of the API; the opening has been asked for already."""
    deed = step.deed
    reason = {"reason": deed.reason} if deed.reason else {}
    bodies: dict[str, Request | None] = {
        "open": None,
        "triage": Request(act="triage", body={"priority": step.priority, "reason": step.activity}),
        "answer": Request(act="messages", body={"text": deed.text}),
        "pause": Request(act="pause", body={"state": deed.state, "message": deed.text} | reason),
        "escalate": Request(act="escalate", body=reason),
        "resolve": Request(act="resolve", body=None),
        "close": Request(act="close", body={}),
    }
    return bodies[deed.does]


class NoSense(Exception):
    """A row that cannot be lived after what came before it: its message says why."""


async def ready(stage: Stage, log: Log, journal: Journal) -> datetime:
    """Where the house's clock stands. Raises Cannot when it obeys nobody, or is past the beginning of a new replay."""
    if not stage.obeys:
        raise Cannot("a replay needs a house under a virtual clock: ponteiro embedded --clock virtual --start ...")
    if not log.steps:
        raise Cannot("no row of the log means anything: look at the map")
    if not journal.rows and stage.opened_at > log.steps[0].at:
        raise Cannot(
            f"the house is at {stage.opened_at:%Y-%m-%d} already, the log begins on {log.steps[0].at:%Y-%m-%d}"
        )
    return stage.opened_at
