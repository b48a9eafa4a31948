"""The end of a replay: what sla's reports say of it, and every row that made no sense."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from services.cli.demo.stage import Stage
from services.cli.replay.log import Log, Odd
from services.cli.terminal import say, show
from shared.auth import Role

SLOWEST = 10
WHAT_IT_COUNTS = "attention promised: the promises that have ended, kept or broken; waited: of the business time"


async def tell(stage: Stage, tenant: str, log: Log, odd: Sequence[Odd]) -> None:
    """Print compliance by plan and by month, the share that was waited, the slowest tickets, and the odd rows."""
    agent = stage.bearer(tenant, "replay", Role.AGENT)
    span = {"from": f"{log.steps[0].at:%Y-01-01}", "to": f"{log.steps[-1].at:%Y-12-31}"}
    for by in ("plan", "month"):
        kept = {
            one["group"]: one
            for one in (await agent.get("/v1/reports/compliance", **span, by=by))["items"]
            if one["metric"] == "attendance"
        }
        taken = (await agent.get("/v1/reports/resolution", **span, by=by))["items"]
        show(_by_group(by, kept, taken))
    (whole,) = (await agent.get("/v1/reports/resolution", **span))["items"]
    show(_slowest((await agent.get("/v1/reports/slowest", **span, limit=SLOWEST))["items"]))
    for one in odd:
        say(f"row {one.row}, {one.case}, {one.activity}: {one.why}")
    say(
        f"{whole['tickets']} of {log.tickets} tickets, {whole['resolved']} resolved; {whole['paused_percent']} % of "
        f"their business time was waited; {len(odd)} rows made no sense and are listed above"
    )


def _by_group(by: str, kept: dict[str, dict[str, Any]], taken: Sequence[dict[str, Any]]) -> Table:
    table = Table(title=f"by {by}", caption=WHAT_IT_COUNTS, caption_justify="left")
    promises, in_time = ("attention promised", "kept", "kept %"), ("within two business days", "% of resolved")
    for column in (by, "tickets", *promises, "resolved", *in_time, "waited %"):
        table.add_column(column, justify="left" if column == by else "right")
    for one in taken:
        attended = kept.get(one["group"], {"met": 0, "breached": 0, "met_percent": None})
        table.add_row(
            one["group"],
            str(one["tickets"]),
            str(attended["met"] + attended["breached"]),
            str(attended["met"]),
            attended["met_percent"] or "",
            str(one["resolved"]),
            str(one["quicker"] + one["within"]),
            one["in_time_percent"] or "",
            one["paused_percent"] or "",
        )
    return table


def _slowest(items: Sequence[dict[str, Any]]) -> Table:
    table = Table(title="the slowest")
    for column in ("ticket", "plan", "priority", "registered", "resolved", "business hours", "of them waited"):
        table.add_column(column, justify="right" if "hours" in column or "waited" in column else "left")
    for one in items:
        hours = [f"{one[name] // 3600}:{one[name] % 3600 // 60:02}" for name in ("business_seconds", "paused_seconds")]
        dates = [one[name][:10] for name in ("registered_at", "resolved_at")]
        table.add_row(f"#{one['number']}", one["plan_code"], one["priority"] or "", *dates, *hours)
    return table
