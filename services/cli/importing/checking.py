"""Everything is checked before anything is done: by the schemas of the API, and by the very rules of the services."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from services.billing import domain as billing
from services.billing.api.contracts import ContractInput, agreed_of
from services.billing.api.organizations import OrganizationAdded
from services.billing.offer import Party
from services.cli.importing.house import There
from services.cli.importing.reading import Faults, Row, rows_of
from services.cli.importing.tables import CONTACTS, CONTRACTS, LOTS, ORGANIZATIONS, TABLES, TICKETS
from services.hourbank import domain as hourbank
from services.hourbank.api.corrections import OpeningInput
from services.notify import domain as notify
from services.notify.api import ContactInput
from services.notify.domain import ALL_TOPICS
from services.ticketing.api.importing import PastTicket
from services.ticketing.api.people import KeepPerson
from services.ticketing.domain import Contract, past
from services.ticketing.domain.past import Past
from shared.calendar import local_date
from shared.errors import Refused

StructT = TypeVar("StructT", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A row that may be brought: the id that it has or will have here, and what the API is given."""

    row: Row
    id: UUID | str
    body: dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Checked:
    """All files, checked. Tickets are read again when they are brought: there may be too many to keep."""

    there: There
    files: dict[str, Path]
    faults: Faults = field(default_factory=Faults)
    organizations: dict[str, Wanted] = field(default_factory=dict)
    contracts: dict[str, Wanted] = field(default_factory=dict)
    contacts: dict[str, Wanted] = field(default_factory=dict)
    lots: dict[tuple[str, str], Wanted] = field(default_factory=dict)
    tickets: int = 0

    def organization_of(self, contract: str) -> UUID | None:
        """Whose a contract is; None when nobody knows it."""
        wanted = self.contracts.get(contract)
        if wanted is not None:
            return UUID(wanted.body["organization"]["id"])
        known = self.there.contracts.get(self.there.contract_id(contract))
        return UUID(known["organization_id"]) if known else None

    def rows(self, table: str) -> Iterator[Row]:
        """The rows of a table's file that can be read, for the second time."""
        if table in self.files:
            yield from rows_of(self.files[table], TABLES[table], zone=self.there.zone, faults=Faults())

    def past_of(self, row: Row) -> dict[str, Any]:
        """A ticket as the API takes it. One that is still open says in its words how it was called, and since when."""
        body = dict(row.body)
        contract = body.pop("contract")
        if "closed_at" not in body:
            body["description"] += f"\n\n[{row.reference}, {body['registered_at']}]"
        return body | {"reference": row.reference, "contract_id": str(self.there.contract_id(contract))}


def check(files: dict[str, Path], there: There) -> Checked:
    """Every row of every file, and how they refer to one another; what is wrong is in `faults`."""
    checked = Checked(there=there, files=files)
    checks: dict[str, Callable[[Checked, Row], None]] = {
        ORGANIZATIONS.name: _organization,
        CONTRACTS.name: _contract,
        CONTACTS.name: _contact,
        LOTS.name: _lot,
        TICKETS.name: _ticket,
    }
    for name, path in files.items():
        lines: dict[str, int] = {}
        for row in rows_of(path, TABLES[name], zone=there.zone, faults=checked.faults):
            key = f"{row.body.get('contract')}/{row.reference}" if name == LOTS.name else row.reference
            if key in lines:
                sentence = f"{row.reference!r} stands on line {lines[key]} already"
                checked.faults.add(row.fault("reference", "duplicate", sentence))
                continue
            lines[key] = row.line
            try:
                checks[name](checked, row)
            except Refused as refusal:
                checked.faults.add(row.fault(refusal.field, refusal.rule_broken or refusal.code, refusal.detail))
    return checked


class _Odd(Refused):
    """A row breaks a schema, or refers to nothing."""


def _organization(checked: Checked, row: Row) -> None:
    _struct(row, row.body, OrganizationAdded)
    cnpj = row.body.get("cnpj")
    if cnpj is not None:
        row.body["cnpj"] = cnpj = billing.read_cnpj(cnpj)
        twin = next((one for one in checked.organizations.values() if one.body.get("cnpj") == cnpj), None)
        if twin is not None:
            raise _Odd(f"the organization of line {twin.row.line} has this CNPJ", field="cnpj", rule="duplicate")
    wanted_id = checked.there.organization_id(row.reference, cnpj)
    checked.organizations[row.reference] = Wanted(row=row, id=wanted_id, body=row.body)


def _contract(checked: Checked, row: Row) -> None:
    there, section = checked.there, checked.there.billing
    body = dict(row.body)
    customer = _customer(checked, body.pop("customer"))
    body |= {"contract_id": str(there.contract_id(row.reference)), "organization": customer}
    given = _struct(row, body, ContractInput)
    applicant = billing.Applicant(
        organization_id=given.organization.id,
        party=msgspec.convert(given.organization, Party, from_attributes=True),
        devices=given.organization.devices,
        cnpj_active_on=given.organization.cnpj_active_on,
    )
    admitted = billing.admit(applicant, section.onboarding, locale=section.locale)
    named = billing.Organization(
        id=UUID(customer["id"]),
        party=admitted.party,
        devices=admitted.devices,
        cnpj_active_on=admitted.cnpj_active_on,
    )
    billing.check_active(named, section.onboarding)
    terms = billing.terms_of(
        section, kind=given.kind, plan_code=given.plan_code, product=given.product, locale=section.locale
    )
    billing.agreed_prices(billing.negotiate(terms, agreed_of(given)))
    fees_from = billing.Month.read(given.fees_from) if given.fees_from else None
    billing.first_fee_month(given.start_date, fees_from, now=there.now, timezone=section.timezone)
    checked.contracts[row.reference] = Wanted(row=row, id=there.contract_id(row.reference), body=body)


def _customer(checked: Checked, reference: str) -> dict[str, Any]:
    """The customer of a contract as the API takes it: from its file, else as it is in the house."""
    wanted = checked.organizations.get(reference)
    if wanted is not None:
        return wanted.body | {"id": str(wanted.id)}
    known = checked.there.organizations.get(checked.there.organization_id(reference))
    if known is None:
        raise _Odd(f"there is no organization {reference!r}", field="customer", rule="reference")
    told = {name: value for name, value in known["party"].items() if value is not None}
    seen = {name: known[name] for name in ("devices", "cnpj_active_on") if known[name] is not None}
    return told | seen | {"id": known["organization_id"]}


def _contact(checked: Checked, row: Row) -> None:
    body = dict(row.body)
    organization_id = UUID(_customer(checked, body.pop("customer"))["id"])
    rights: dict[str, Any] = {name: body.pop(name) for name in ("can_open", "can_approve_spend") if name in body}
    person: dict[str, Any] = {"name": body["name"], "email": body["email"], **rights}
    contact: dict[str, Any] = {"organization_id": str(organization_id), **body}
    if "can_approve_spend" in rights:
        contact["may_approve"] = rights["can_approve_spend"]
    _struct(row, person, KeepPerson)
    given = _struct(row, contact, ContactInput)
    notify.contact_of(
        contact_id=row.reference,
        organization_id=organization_id,
        name=given.name,
        email=given.email,
        locale=given.locale,
        topics=ALL_TOPICS,
        may_approve=given.may_approve,
        version=1,
        changed_at=checked.there.now,
    )
    whole = {"contact": contact, "person": person}
    checked.contacts[row.reference] = Wanted(row=row, id=row.reference, body=whole)


def _lot(checked: Checked, row: Row) -> None:
    body = dict(row.body)
    contract = body.pop("contract")
    _known_contract(checked, contract)
    given = _struct(row, body, OpeningInput)
    today = local_date(checked.there.now, checked.there.billing.timezone)
    hourbank.check_opening(
        given.minutes, effective_date=given.effective_date, expires_date=given.expires_date, today=today
    )
    contract_id = checked.there.contract_id(contract)
    checked.lots[contract, row.reference] = Wanted(row=row, id=contract_id, body=body)


def _ticket(checked: Checked, row: Row) -> None:
    there = checked.there
    organization_id = _known_contract(checked, row.body["contract"])
    opened_by = row.body.get("opened_by")
    if opened_by is not None and opened_by not in checked.contacts and opened_by not in there.contacts:
        raise _Odd(f"there is no contact {opened_by!r}", field="opened_by", rule="reference")
    given = _struct(row, checked.past_of(row), PastTicket)
    contract = Contract(
        id=given.contract_id,
        organization_id=organization_id,
        plan_code="",
        kind="recurring",
        product="",
        timezone=there.billing.timezone,
        queue_rank=1,
        account_manager_id=None,
        activated_at=there.now,
    )
    one = Past(**{name: getattr(given, name) for name in PastTicket.__struct_fields__})
    past.begin(one, tenant=there.tenant, contract=contract, offer=there.ticketing, at=there.now, by="import")
    checked.tickets += 1


def _known_contract(checked: Checked, reference: str) -> UUID:
    organization_id = checked.organization_of(reference)
    if organization_id is None:
        raise _Odd(f"there is no contract {reference!r}", field="contract", rule="reference")
    return organization_id


def _struct(row: Row, body: dict[str, Any], kind: type[StructT]) -> StructT:
    """The row as the API would read it. Raises _Odd, naming the field."""
    try:
        return msgspec.convert(body, kind)
    except msgspec.ValidationError as error:
        sentence, _, place = str(error).partition(" - at `$.")
        raise _Odd(sentence, field=place.rstrip("`") or None, rule="schema") from None
