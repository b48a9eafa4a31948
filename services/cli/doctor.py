"""`ponteiro doctor`: looks at all that an installation needs, a line each, and says what to do where it is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import aiosmtplib
import sqlalchemy as sa
from redis.asyncio import Redis

from services.cli.gaps import gaps_in
from services.cli.installation import DataOption, Installation, installation
from services.cli.terminal import Cannot, out, progress
from services.notify.gateway import read_server
from shared.errors import Refused
from shared.events import TELLERS
from shared.log import describe
from shared.migrations import current, newest

ANSWER_WITHIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one look brought: `remedy` says what to do when something is wrong, empty when all is well."""

    what: str
    said: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Something to look at; whatever it raises is a finding, with `remedy` as what to do about it."""

    what: str
    remedy: str
    look: Callable[[Installation], Awaitable[str]]


def doctor(data: DataOption = None) -> None:
    """Look at settings, key, databases, migrations, broker, topology, Redis, SMTP, time zone data and offers."""
    place = installation(data)
    if place.is_nowhere:
        raise Cannot("no settings and no --data: for an embedded house add --data DIR")
    looks = [look for look in LOOKS if place.folder is None or look not in IN_EARNEST]
    findings = asyncio.run(_look_at_all(place, looks))
    for finding in findings:
        mark, style = ("ok", "green") if not finding.remedy else ("!!", "red")
        out.print(f"[{style}]{mark}[/{style}]  {finding.what:<12}", end="")
        out.print(finding.said + (f" -> {finding.remedy}" if finding.remedy else ""), markup=False, soft_wrap=True)
    wrong = sum(1 for finding in findings if finding.remedy)
    if wrong:
        raise Cannot(f"{wrong} of {len(findings)} things are wrong")
    for gap in asyncio.run(gaps_in(place)):
        out.print(f"[yellow]--[/yellow]  {'offer':<12}", end="")
        out.print(gap, markup=False, soft_wrap=True)


async def _look_at_all(place: Installation, looks: list[Look]) -> list[Finding]:
    findings = []
    with progress("looking", total=len(looks)) as bar:
        for look in looks:
            findings.append(await look_at(place, look))
            bar.advance(bar.task_ids[0])
    return findings


async def look_at(place: Installation, look: Look) -> Finding:
    """Look at one thing, for a few seconds at most."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN_SECONDS):
            said = await look.look(place)
    except TimeoutError:
        return Finding(what=look.what, said=f"no answer within {ANSWER_WITHIN_SECONDS:.0f} s", remedy=look.remedy)
    except Refused as refusal:
        return Finding(what=look.what, said=refusal.detail, remedy=look.remedy)
    except Exception as error:  # noqa: BLE001  whatever goes wrong is what was looked for
        return Finding(what=look.what, said=describe(error), remedy=look.remedy)
    return Finding(what=look.what, said=said)


async def look_at_settings(place: Installation) -> str:
    """Which installation it is."""
    if place.folder is not None:
        return f"embedded, in {place.folder.path}"
    for service in TELLERS:
        place.database(service)
    return "in earnest, from PONTEIRO_..."


async def look_at_key(place: Installation) -> str:
    """The key signs and its tokens are believed."""
    place.keys()
    return "an Ed25519 key"


async def look_at_databases(place: Installation) -> str:
    """Every database answers."""
    for service in TELLERS:
        database = place.database(service)
        try:
            async with database.reading() as tx:
                await tx.execute(sa.text("SELECT 1"))
        except Exception as error:
            raise Cannot(f"{service}: {describe(error)}") from error
        finally:
            await database.close()
    return "all five answer"


async def look_at_migrations(place: Installation) -> str:
    """Every schema is at the newest revision."""
    behind = []
    for service in TELLERS:
        database = place.database(service)
        try:
            async with database.engine.connect() as connection:
                at = await connection.run_sync(current)
        finally:
            await database.close()
        newest_known = newest(f"services.{service}.migrations")
        if at != newest_known:
            behind.append(f"{service} is at {at or 'nothing'}, the code at {newest_known}")
    if behind:
        raise Cannot("; ".join(behind))
    return "all five schemas are at their newest revision"


async def look_at_broker(place: Installation) -> str:
    """RabbitMQ answers."""
    from shared import rabbit  # noqa: PLC0415  the broker's libraries are slow to import and only needed here

    return await rabbit.greet(wanted(place.settings.rabbitmq_url, "PONTEIRO_RABBITMQ_URL"))


async def look_at_topology(place: Installation) -> str:
    """Exchanges and queues of all five are declared."""
    from services.embedded.house import build_services  # noqa: PLC0415  as above
    from shared import rabbit  # noqa: PLC0415  as above

    wanted(place.settings.rabbitmq_url, "PONTEIRO_RABBITMQ_URL")
    missing = await rabbit.missing_topology(place.settings, build_services(place.settings))
    if missing:
        raise Cannot(f"missing: {', '.join(missing)}")
    return "every exchange and queue is there"


async def look_at_redis(place: Installation) -> str:
    """Redis answers."""
    redis = Redis.from_url(wanted(place.settings.redis_url, "PONTEIRO_REDIS_URL"))
    try:
        await redis.ping()
    finally:
        await redis.aclose()
    return "answers"


async def look_at_smtp(place: Installation) -> str:
    """The mail server greets; without one messages are kept readable."""
    url = place.settings.smtp_url
    if not url:
        return "no server is set: messages stay readable under /v1/messages and as .eml files"
    server = read_server(url)
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        use_tls=server.use_tls,
        start_tls=server.start_tls,
    )
    await client.connect(timeout=ANSWER_WITHIN_SECONDS)
    await client.quit()
    return f"{server.host}:{server.port} greets" + (f" {server.user}" if server.user else "")


async def look_at_zones(place: Installation) -> str:
    """The time zone data knows São Paulo, with and without summer time."""
    zone = ZoneInfo("America/Sao_Paulo")
    offsets = [datetime(year, 1, 1, tzinfo=UTC).astimezone(zone).utcoffset() for year in (2018, 2026)]
    hours = [offset.total_seconds() / 3600 for offset in offsets if offset is not None]
    if hours != [-2.0, -3.0]:
        raise Cannot(f"America/Sao_Paulo is {hours} hours from UTC in January 2018 and 2026, not -2 and -3")
    return "America/Sao_Paulo is known"


def wanted(setting: str, name: str) -> str:
    """A setting that a service in earnest cannot do without. Raises Cannot when it is empty."""
    if not setting:
        raise Cannot(f"{name} is not set")
    return setting


IN_EARNEST = (
    Look(what="broker", remedy="start RabbitMQ and set PONTEIRO_RABBITMQ_URL", look=look_at_broker),
    Look(what="topology", remedy="run: ponteiro migrate", look=look_at_topology),
    Look(what="redis", remedy="start Redis and set PONTEIRO_REDIS_URL", look=look_at_redis),
)
LOOKS = (
    Look(what="settings", remedy="set PONTEIRO_<SERVICE>_DATABASE_URL or give --data DIR", look=look_at_settings),
    Look(what="key", remedy="set PONTEIRO_TOKEN_KEY_FILE, or start the embedded house once", look=look_at_key),
    Look(what="databases", remedy="start PostgreSQL, make the databases and their users", look=look_at_databases),
    Look(what="migrations", remedy="run: ponteiro migrate", look=look_at_migrations),
    *IN_EARNEST,
    Look(what="smtp", remedy="start the mail server or correct PONTEIRO_SMTP_URL", look=look_at_smtp),
    Look(what="time zones", remedy="install the tzdata package", look=look_at_zones),
)
