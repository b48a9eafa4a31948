"""What was checked is held against what is there, and brought: each thing once, whatever happened before.

Ids are made of how the older system calls things, and so are the idempotency keys: an import that was cut off is simply
run again. What is there already and says something else is left as it is, and told.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import httpx
import msgspec

from services.cli.apply import differences
from services.cli.importing.checking import Checked, Wanted
from services.cli.importing.house import every, patient
from services.cli.importing.reading import Row
from services.cli.importing.tables import TICKETS
from services.client import Answer, Answered, Api
from shared.crash import crashpoint

TICKETS_AT_ONCE = 100
DIFFERENCES_TOLD = 50
# How a service says that it has not heard of a contract yet.
NOT_HEARD = frozenset({"not_found", "account_unknown", "no_active_contract"})


@dataclass(slots=True, kw_only=True)
class Report:
    """What became, or would become, of each table's rows: new, there, differs; and where they differ."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def note(self, table: str, outcome: str) -> None:
        """One more row of a table."""
        self.counts.setdefault(table, Counter())[outcome] += 1

    def differs(self, row: Row, how: Sequence[str]) -> None:
        """A row that is there and otherwise."""
        self.note(row.table.name, "differs")
        self.lines += [f"{row.file}:{row.line}, {row.reference}: {one}" for one in how]


@dataclass(slots=True, kw_only=True)
class Bringer:
    """Brings what was checked, or with `only_look` tells what would be brought; `step` moves the bar."""

    api: Api
    checked: Checked
    only_look: bool
    step: Callable[[int], None]
    report: Report = field(default_factory=Report)

    async def bring(self) -> Report:
        """All tables, in the order in which they need one another. Raises Answered, NobodyAnswers."""
        for wanted in self.checked.organizations.values():
            await self._organization(wanted)
        for wanted in self.checked.contracts.values():
            await self._contract(wanted)
        for wanted in self.checked.contacts.values():
            await self._contact(wanted)
        for wanted in self.checked.lots.values():
            await self._lot(wanted)
        await self._tickets()
        return self.report

    async def _organization(self, wanted: Wanted) -> None:
        assert not isinstance(wanted.id, str)
        known = self.checked.there.organizations.get(wanted.id)
        seen = None if known is None else known["party"] | {name: known[name] for name in ("devices", "cnpj_active_on")}
        if self._is_new(wanted, seen, wanted.body):
            await self._post("/v1/organizations", wanted.body | {"organization_id": str(wanted.id)})

    async def _contract(self, wanted: Wanted) -> None:
        assert not isinstance(wanted.id, str)
        known = self.checked.there.contracts.get(wanted.id)
        said = {name: value for name, value in wanted.body.items() if name not in ("contract_id", "organization")}
        said.pop("fees_from", None)  # it has moved on with each invoice
        said["organization_id"] = wanted.body["organization"]["id"]
        is_new = self._is_new(wanted, known, said)
        if is_new:
            await self._post("/v1/contracts", wanted.body)
        is_draft = known is not None and known["state"] == "draft"  # an import was cut off in between
        if is_new or (is_draft and not self.only_look):
            await self._post(f"/v1/contracts/{wanted.id}/activate", None)

    async def _contact(self, wanted: Wanted) -> None:
        contact, person = wanted.body["contact"], wanted.body["person"]
        known = self.checked.there.contacts.get(str(wanted.id))
        is_new = self._is_new(wanted, known, contact)
        if is_new:
            await _write(lambda: self.api.put(f"/v1/contacts/{wanted.id}", contact))
        if self.only_look:
            return
        people = f"/v1/people/{contact['organization_id']}"
        if is_new or not await self._is_person(people, str(wanted.id)):
            await _write(lambda: self.api.put(f"{people}/{wanted.id}", person))

    async def _is_person(self, path: str, person_id: str) -> bool:
        try:
            return any(one["person_id"] == person_id for one in await every(self.api, path))
        except Answered as refusal:
            if refusal.answered_status != httpx.codes.NOT_FOUND:
                raise
            return False

    async def _lot(self, wanted: Wanted) -> None:
        path = f"/v1/accounts/{wanted.id}/opening-lots/{wanted.row.reference}"
        known = None
        if wanted.id in self.checked.there.contracts:
            try:
                known = await patient(lambda: self.api.get(path))
            except Answered as refusal:
                if refusal.answered_status != httpx.codes.NOT_FOUND:
                    raise
        seen = None if known is None else known | {"minutes": known["granted_minutes"]}
        if self._is_new(wanted, seen, wanted.body):
            await _write(lambda: self.api.put(path, wanted.body))

    async def _tickets(self) -> None:
        for several in batches(self.checked.rows(TICKETS.name)):
            await self._bring_tickets(several)
            self.step(len(several))

    async def _bring_tickets(self, several: Sequence[Row]) -> None:
        there = self.checked.there
        if self.only_look:
            unborn = [row for row in several if there.contract_id(row.body["contract"]) not in there.contracts]
            for _ in unborn:
                self.report.note(TICKETS.name, "new")
            several = [row for row in several if row not in unborn]
            if not several:
                return
        body = {"tickets": [self.checked.past_of(row) for row in several], "only_look": self.only_look}
        # Without a key: a ticket is known by its reference, and is to be told of as it is now.
        answer = await _write(lambda: self.api.post("/v1/imports/tickets", body))
        for row, one in zip(several, answer.body["items"], strict=True):
            if one["outcome"] == "differs":
                self.report.differs(row, [f"{name} is otherwise" for name in one["differs"]])
            else:
                self.report.note(TICKETS.name, "new" if one["outcome"] == "new" else "there")
            if one["redacted"]:
                self.report.lines.append(f"{row.file}:{row.line}, {row.reference}: a secret was taken out of its words")

    def _is_new(self, wanted: Wanted, known: dict[str, Any] | None, said: dict[str, Any]) -> bool:
        """Whether it is to be brought now; noted in the report either way."""
        self.step(1)
        if known is None:
            self.report.note(wanted.row.table.name, "new")
            return not self.only_look
        how = list(differences(_like(known, said), said))
        if how:
            self.report.differs(wanted.row, how)
        else:
            self.report.note(wanted.row.table.name, "there")
        return False

    async def _post(self, path: str, body: dict[str, Any] | None) -> None:
        digest = hashlib.sha256(path.encode() + msgspec.json.encode(body)).hexdigest()[:40]
        headers = {"Idempotency-Key": f"import-{digest}"}
        await _write(lambda: self.api.post(path, body, headers=headers))


async def _write(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """One write, once the house has heard of what it needs. Raises Answered, NobodyAnswers."""
    answer = await patient(ask, until_heard=NOT_HEARD)
    crashpoint("import.wrote")
    return answer


def batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Rows as many at a time as one request takes."""
    while several := list(islice(rows, TICKETS_AT_ONCE)):
        yield several


def _like(known: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """Of what is there, what the file speaks of."""
    found = {}
    for name, value in said.items():
        kept = known.get(name)
        found[name] = _like(kept, value) if isinstance(value, dict) and isinstance(kept, dict) else kept
    return found
