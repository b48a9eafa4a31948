"""What a provider promises: its section of the offer, its calendars with the days laid over them, its policies.

The offer file owns the calendars' weekly hours and whose holidays count; the days that people lay over them are their
own, and stay when the file is applied again (4.1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from services.sla import store
from services.sla.actions.anew import Effect, foresee, hold
from services.sla.offer import Calendar, Day, Policy, Section, check_calendar, check_days
from services.sla.store import LaidDay
from shared import offers
from shared.db import Transaction
from shared.errors import Invalid, NotFound, Stale, within


class NoSuchCalendar(NotFound):
    """The provider has no calendar of that name."""


class NoSuchDay(NotFound):
    """Nobody laid that day over the calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A calendar as the offer has it, the days laid over it, and the version of all that is promised."""

    version: int
    calendar: Calendar
    laid: Sequence[LaidDay]


async def read_calendar(tx: Transaction, name: str) -> Found:
    """One calendar of the provider. Raises NoSuchCalendar, NoOffer."""
    section = await offers.current(tx, Section)
    _named(section, name)
    laid = (await store.laid_days(tx)).get(name, [])
    version = (await store.terms_of_today(tx)).version
    return Found(version=version, calendar=section.calendars[name], laid=laid)


async def apply_offer(tx: Transaction, section: Section) -> offers.Applied:
    """Bring the provider's promises to this section; clocks that run keep the policies they were made under (B11).

    Calendars that it changes are counted anew for what is open (S-13). Raises Invalid, naming field and rule.
    """
    section.check()
    applied = await offers.apply(tx, section)
    if applied.changed:
        await hold(tx, section.with_days(_days(await store.laid_days(tx))), policies=False)
    return applied


async def put_calendar(tx: Transaction, name: str, calendar: Calendar, *, expected_version: int | None) -> Effect:
    """Let a calendar hold as it is given, new or in the place of the one of that name. Raises Invalid, Stale."""
    check_calendar(name, calendar)
    return await _offer(tx, _with_calendar(await _locked(tx, expected_version), name, calendar), policies=False)


async def put_policies(
    tx: Transaction, policies: Sequence[Policy], *, apply_to_open: bool, expected_version: int | None
) -> Effect:
    """Let policies hold for new tickets (B11), and for open ones when that is asked for. Raises Invalid, Stale."""
    section = msgspec.structs.replace(await _locked(tx, expected_version), policies=tuple(policies))
    return await _offer(tx, section, policies=apply_to_open)


async def lay_day(tx: Transaction, name: str, day: Day, *, expected_version: int | None) -> Effect:
    """Lay a day over a calendar: closed, worked, or with windows of its own. Raises NoSuchCalendar, Invalid, Stale."""
    section = await _locked(tx, expected_version)
    _check_day(name, _named(section, name), day)
    await store.lay_day(tx, name, day)
    return await hold(tx, section.with_days(_days(await store.laid_days(tx))), policies=False)


async def lift_day(tx: Transaction, name: str, date: dt.date, *, expected_version: int | None) -> Effect:
    """Take a day away that was laid over a calendar. Raises NoSuchCalendar, NoSuchDay, Stale."""
    section = await _locked(tx, expected_version)
    _named(section, name)
    if not await store.lift_day(tx, name, date):
        raise NoSuchDay(f"nobody laid {date} over {name!r}")
    return await hold(tx, section.with_days(_days(await store.laid_days(tx))), policies=False)


async def preview_calendar(
    tx: Transaction, name: str, *, calendar: Calendar | None, days: Sequence[Day], without: Sequence[dt.date]
) -> Effect:
    """What a changed calendar, days laid over it and days taken away would do together. Raises NoSuchCalendar, Invalid.

    Nothing is kept.
    """
    section = await offers.current(tx, Section)
    if calendar is not None:
        with within("calendar"):
            check_calendar(name, calendar)
        section = _with_calendar(section, name, calendar)
    check_days(name, _named(section, name), days)
    laid = dict(_days(await store.laid_days(tx)))
    gone = {*without, *(day.date for day in days)}
    laid[name] = [*(day for day in laid.get(name, ()) if day.date not in gone), *days]
    return await foresee(tx, section.with_days(laid), policies=False)


async def preview_policies(tx: Transaction, policies: Sequence[Policy], *, apply_to_open: bool) -> Effect:
    """What other policies would do to open tickets: nothing, unless they are to hold for those (B11).

    Raises Invalid.
    """
    section = msgspec.structs.replace(await offers.current(tx, Section), policies=tuple(policies))
    return await foresee(tx, section.with_days(_days(await store.laid_days(tx))), policies=apply_to_open)


async def _locked(tx: Transaction, expected_version: int | None) -> Section:
    section = await offers.locked(tx, Section)
    version = (await store.terms_of_today(tx)).version
    if expected_version is not None and expected_version != version:
        raise Stale(f"what is promised is of version {version} now", field="If-Match")
    return section


async def _offer(tx: Transaction, section: Section, *, policies: bool) -> Effect:
    section.check()
    await offers.apply(tx, section)
    return await hold(tx, section.with_days(_days(await store.laid_days(tx))), policies=policies)


def _with_calendar(section: Section, name: str, calendar: Calendar) -> Section:
    named = msgspec.structs.replace(calendar, name=calendar.name or name)
    return msgspec.structs.replace(section, calendars=section.calendars | {name: named})


def _named(section: Section, name: str) -> Calendar:
    if name not in section.calendars:
        raise NoSuchCalendar(f"no calendar is called {name!r}")
    return section.calendars[name]


def _check_day(name: str, calendar: Calendar, day: Day) -> None:
    """Refuse a day that cannot be laid; it is the whole of what was given, and so are its fields."""
    try:
        check_days(name, calendar, [day])
    except Invalid as refusal:
        refusal.field = (refusal.field or "").removeprefix("days[0].")
        raise


def _days(laid: Mapping[str, Sequence[LaidDay]]) -> Mapping[str, Sequence[Day]]:
    return {name: [one.day for one in days] for name, days in laid.items()}
