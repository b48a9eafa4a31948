"""What a customer has: machines, links, systems, with the dates of their lives (B48, B49)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.ticketing.domain import refusals
from services.ticketing.offer import Section
from shared.errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A piece of a customer's inventory. Dates are local ones; `replace_on` is when it had better be replaced (B49).

    `is_device`: it is counted among the organization's devices (B38); `critical`: work stops without it (B15);
    `hosting` says where a site or system runs (N39).
    """

    id: UUID
    organization_id: UUID
    name: str
    kind: str
    identifier: str | None = None
    location: str | None = None
    is_device: bool = True
    critical: bool = False
    hosting: str | None = None
    purchased_on: date | None = None
    warranty_until: date | None = None
    replace_on: date | None = None
    retired_on: date | None = None
    version: int = 1

    def is_retired(self, day: date) -> bool:
        """Whether it is no longer in use on a local date."""
        return self.retired_on is not None and self.retired_on <= day


def check(asset: Asset, *, before: Asset | None) -> None:
    """Refuse dates that contradict each other, and an asset that changes its owner. Raises Invalid."""
    if before is not None and before.organization_id != asset.organization_id:
        raise Invalid("an asset stays its organization's: retire it, and keep another", field="organization_id")
    if asset.purchased_on is None:
        return
    for field in ("warranty_until", "replace_on", "retired_on"):
        day: date | None = getattr(asset, field)
        if day is not None and day < asset.purchased_on:
            raise Invalid(f"it was purchased on {asset.purchased_on}, later than that", field=field, rule="B49")


def check_hosting(asset: Asset, *, offer: Section) -> None:
    """Refuse to estimate work on what runs where this provider does not work (N39). Raises UnsupportedHosting."""
    hostings = offer.hostings
    if asset.hosting is None or not hostings.others_refused or asset.hosting in hostings.homologated:
        return
    known = ", ".join(hostings.homologated)
    raise refusals.UnsupportedHosting(f"{asset.name} runs on {asset.hosting}; the homologated hostings are {known}")
