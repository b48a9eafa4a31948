"""Who may become a customer: companies with a CNPJ, from so many devices (B38, B43)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import msgspec

from services.billing.domain.cnpj import looks_like_cpf, read_cnpj
from services.billing.offer import Locale, Onboarding, Party
from shared.errors import Refused

REFERRAL = {
    "pt-BR": "Atendemos somente empresas com CNPJ ativo.",
    "en": "We serve companies with an active CNPJ only.",
}


class CnpjRequired(Refused):
    """This provider serves companies only, and no CNPJ was given."""

    status = 422
    rule = "B38"


class IndividualRefused(Refused):
    """This provider serves companies only; an individual is referred to partners."""

    status = 422
    rule = "B43"


class TooFewDevices(Refused):
    """This provider serves companies from a number of devices on."""

    status = 422
    rule = "B38"


class CnpjTaken(Refused):
    """The CNPJ belongs to another organization of this provider."""

    rule = "B38"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """Who wants a contract. `organization_id` None: found by its CNPJ, or new."""

    organization_id: UUID | None
    party: Party
    devices: int | None
    cnpj_active_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """A customer. `cnpj_active_on`: the day on which somebody looked the CNPJ up and found it active (B38)."""

    id: UUID
    party: Party
    devices: int | None
    cnpj_active_on: date | None
    version: int = 1


class CnpjNotSeenActive(Refused):
    """This provider serves companies whose CNPJ is active, and nobody has written down when it was seen so."""

    rule = "B38"


class LookedUpInFuture(Refused):
    """A CNPJ was seen active on a day that has been."""

    status = 422
    rule = "B38"


def check_active(organization: Organization, rules: Onboarding) -> None:
    """Refuse a contract with a company whose CNPJ nobody has looked up, where that is asked for (B38).

    Raises CnpjNotSeenActive.
    """
    if rules.require_active_cnpj and organization.cnpj_active_on is None:
        said = "look the CNPJ up, and write down the day on which it was found active"
        raise CnpjNotSeenActive(said, field="organization.cnpj_active_on")


def check_looked_up(on: date | None, *, today: date) -> None:
    """Refuse a day to come as the one on which a CNPJ was found active. Raises LookedUpInFuture."""
    if on is not None and on > today:
        raise LookedUpInFuture(f"it is {today}: nothing was found on {on}", field="cnpj_active_on")


def admit(applicant: Applicant, rules: Onboarding, *, locale: Locale) -> Applicant:
    """The applicant with the CNPJ in its stored form, or a refusal (S39).

    Raises CnpjRequired, IndividualRefused, CnpjInvalid, TooFewDevices.

    >>> who = Applicant(
    ...     organization_id=None, party=Party(legal_name="Padaria", cnpj="11.222.333/0001-81"), devices=3,
    ...     cnpj_active_on=None,
    ... )
    >>> admit(who, Onboarding(require_cnpj=True, min_devices=3), locale="en").party.cnpj
    '11222333000181'
    """
    given = applicant.party.cnpj
    if rules.require_cnpj and given is None:
        raise CnpjRequired(_referral(rules, locale), field="cnpj")
    if rules.require_cnpj and looks_like_cpf(given or ""):
        raise IndividualRefused(_referral(rules, locale), field="cnpj")
    if rules.min_devices > (applicant.devices or 0):
        raise TooFewDevices(f"a contract begins at {rules.min_devices} devices", field="devices")
    cnpj = None if given is None else read_cnpj(given)
    return replace(applicant, party=msgspec.structs.replace(applicant.party, cnpj=cnpj))


def update(known: Organization, said: Applicant) -> Organization:
    """The organization with what is said of it now; what is not said stays as it is known. An address is one thing.

    >>> identity = UUID(int=1)
    >>> aurora = Party(legal_name="Aurora Ltda", email="financeiro@aurora.example")
    >>> known = Organization(id=identity, party=aurora, devices=5, cnpj_active_on=None)
    >>> renamed = Party(legal_name="Aurora S.A.")
    >>> said = Applicant(organization_id=identity, party=renamed, devices=None, cnpj_active_on=None)
    >>> update(known, said).party.legal_name, update(known, said).party.email, update(known, said).devices
    ('Aurora S.A.', 'financeiro@aurora.example', 5)
    """
    told = {name: value for name, value in msgspec.structs.asdict(said.party).items() if value is not None}
    return Organization(
        id=known.id,
        party=msgspec.structs.replace(known.party, **told),
        devices=known.devices if said.devices is None else said.devices,
        cnpj_active_on=said.cnpj_active_on or known.cnpj_active_on,
        version=known.version,
    )


def _referral(rules: Onboarding, locale: Locale) -> str:
    return rules.referral.read_in(locale) if rules.referral else REFERRAL[locale]
