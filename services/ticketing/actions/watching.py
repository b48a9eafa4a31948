"""Alarms and recoveries of monitoring: one ticket for each asset and check while it is open (B17)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.ticketing import store
from services.ticketing.actions import facts
from services.ticketing.actions.current import current
from services.ticketing.actions.keeping import say, tell_pause, wake_for, words_in
from services.ticketing.actions.opening import open_ticket
from services.ticketing.domain import Demand, Ticket, intake, watching, words
from services.ticketing.domain.assets import Asset
from services.ticketing.domain.watching import Source, Verdict
from services.ticketing.offer import Section
from services.ticketing.store import Words
from services.ticketing.store import assets as kept_assets
from shared import offers
from shared.db import Transaction
from shared.errors import Invalid

BY_MACHINES = frozenset({"alarm_repeated", "secret_found"})  # acts in a history that nobody did with their hands
LOOKED_AT = 200  # acts: a ticket with more of them was touched


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What monitoring saw begin."""

    source: Source
    contract_id: UUID | None
    subject: str
    description: str
    impact: str | None
    operation: str | None
    detected_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What became of it, and in which ticket; None: there is none, and none was needed."""

    verdict: Verdict
    ticket: Ticket | None


async def hear_alarm(tx: Transaction, *, alarm: Alarm) -> Heard:
    """Open a ticket for an alarm, or write it into the one that is open (B17). Raises what opening one raises."""
    asset = await kept_assets.locked_asset(tx, alarm.source.asset_id)
    before = await _last(tx, alarm.source)
    seen = intake.check_detected(alarm.detected_at, at=tx.now)
    verdict = watching.judge_alarm(before, detected_at=seen)
    if verdict is Verdict.OPENED:
        return Heard(verdict=verdict, ticket=await _open(tx, alarm, asset))
    if verdict is Verdict.IGNORED or before is None:
        return Heard(verdict=verdict, ticket=before)
    return Heard(verdict=verdict, ticket=await _again(tx, before, alarm))


async def hear_recovery(tx: Transaction, *, source: Source, recovered_at: datetime) -> Heard:
    """The problem is over: a ticket that was soon over and nobody touched is resolved by it, another is told (B17)."""
    await kept_assets.locked_asset(tx, source.asset_id)
    if recovered_at > tx.now:
        raise Invalid("a problem is over by now, or not yet", field="recovered_at", rule="B17")
    before = await _last(tx, source)
    untouched = before is not None and await _is_untouched(tx, before)
    verdict = watching.judge_recovery(before, source, recovered_at=recovered_at, is_untouched=untouched)
    if verdict is Verdict.IGNORED or before is None:
        return Heard(verdict=verdict, ticket=before)
    return Heard(verdict=verdict, ticket=await _recover(tx, before, source, verdict, recovered_at))


async def _last(tx: Transaction, source: Source) -> Ticket | None:
    found = await kept_assets.alarmed(tx, source.asset_id, source.check)
    return None if found is None else await current(tx, found)


async def _open(tx: Transaction, alarm: Alarm, asset: Asset) -> Ticket:
    demand = Demand(
        channel=intake.MONITORING,
        by_customer=False,
        subject=alarm.subject,
        area=None,
        item=None,
        hosting=None,
        fields={},
        impact=alarm.impact,
        operation=alarm.operation,
        detected_at=alarm.detected_at,
        asset_id=asset.id,
        check=alarm.source.check,
    )
    own = replace(tx, organization_id=asset.organization_id)
    text = Words(description=alarm.description, fields={})
    return await open_ticket(own, contract_id=alarm.contract_id, demand=demand, words=text)


async def _again(tx: Transaction, before: Ticket, alarm: Alarm) -> Ticket:
    seen = alarm.detected_at.isoformat()
    told = await words_in(tx, words.ALARM_AGAIN, check=alarm.source.check, seen=seen)
    after = watching.alarm_again(before)
    kept = await say(tx, before, after, text=told, act="alarm_repeated", new_value=seen, public=False)
    if after.stage is not before.stage:
        await tx.publish(facts.reopened(kept, before=before, reason=None, at=tx.now, by=tx.actor))
        await tell_pause(tx, before, kept)
    return kept


async def _recover(tx: Transaction, before: Ticket, source: Source, verdict: Verdict, recovered_at: datetime) -> Ticket:
    seen = recovered_at.isoformat()
    told = await words_in(tx, words.RECOVERED, check=source.check, seen=seen)
    if not source.is_of(before):
        return await say(tx, before, before, text=told, act="recovered", new_value=seen)
    if verdict is Verdict.ANNOTATED:
        after = watching.recover(before, recovered_at=recovered_at)
        kept = await say(tx, before, after, text=told, act="recovered", new_value=seen)
        await tx.publish(facts.recovered(kept))
        return kept
    offer = await offers.current(tx, Section)
    after = watching.recover_whole(before, recovered_at=recovered_at, at=tx.now, offer=offer)
    kept = await say(tx, before, after, text=told, act="recovered", new_value=seen)
    await tx.publish(facts.recovered(kept))
    await tell_pause(tx, before, kept)
    await tx.publish(facts.resolved(kept, at=tx.now, by=tx.actor))
    wake_for(tx, kept)
    return kept


async def _is_untouched(tx: Transaction, ticket: Ticket) -> bool:
    if await store.timers_of(tx, ticket.id):
        return False
    acts = await store.history_of(tx, ticket.id, after=0, most=LOOKED_AT)
    return all(entry.act in BY_MACHINES for entry in acts)
