"""The verbs of billing's section of the offer."""

from __future__ import annotations

from datetime import date

from services.billing import domain, store
from services.billing.offer import Section
from shared import offers
from shared.calendar import BeyondHorizon, local_date
from shared.db import Transaction
from shared.errors import Invalid


async def apply_offer(tx: Transaction, section: Section) -> offers.Applied:
    """Keep billing's section of the offer; a calendar that has changed moves the runs that are planned (B-02).

    Raises Invalid when no invoice could ever be made by its calendars, or paid by its Pix key, PricesChangedInPlace.
    """
    _check_calendars(section, local_date(tx.now, section.timezone))
    _check_pix(section)
    await _keep_prices(tx, section)
    applied = await offers.apply(tx, section)
    if applied.changed:
        await store.make_runs_due(tx)
        tx.falls_due(tx.now)
    return applied


def _check_pix(section: Section) -> None:
    """Refuse a key to which nobody could pay (3.7)."""
    if section.pix is not None:
        try:
            domain.read_key(section.pix.key)
        except ValueError as error:
            raise Invalid(str(error), field="pix.key") from error


async def _keep_prices(tx: Transaction, section: Section) -> None:
    """Keep the price list under its version, for contracts pin it. Raises PricesChangedInPlace."""
    now = domain.listed(section, at=tx.now)
    known = await store.price_list(tx, now.version)
    await store.keep_price_list(tx, now if known is None else domain.relist(known, now))


def _check_calendars(section: Section, today: date) -> None:
    """Refuse calendars by which no run would ever come (S-22), before contracts depend on them."""
    calendars = domain.calendars_of(section)
    for field, calendar in (("calendar", calendars.business), ("bank_calendar", calendars.bank)):
        try:
            calendar.following_business_day(today)
        except BeyondHorizon as error:
            raise Invalid(f"this calendar has no business day any more: {error}", field=field) from error
