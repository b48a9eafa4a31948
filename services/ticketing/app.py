"""Ticketing as one value: routes, subscriptions, jobs and figures, wired."""

from __future__ import annotations

from services.ticketing import api, store
from services.ticketing.api.attaching import attachment_routes
from services.ticketing.api.identity import token_routes
from services.ticketing.api.live import watch_tickets_by_socket
from services.ticketing.api.mailing import mail_routes
from services.ticketing.gateway import Issuers, storage_of
from services.ticketing.handlers import subscriptions
from services.ticketing.jobs import jobs_with
from shared.db import Transaction
from shared.metrics import Measure
from shared.service import Service
from shared.settings import Settings


def build(settings: Settings) -> Service:
    """The service; its settings name the other houses that say who somebody is, and where files lie.

    Raises ValueError when PONTEIRO_ATTACHMENTS_URL cannot be read.
    """
    storage = storage_of(settings.attachments_url)
    stored = [*attachment_routes(storage), *mail_routes(storage)]
    routes = [*api.routes, *stored, *token_routes(Issuers(settings.oidc_issuers))]
    return Service(
        name="ticketing",
        routes=routes,
        subscriptions=subscriptions,
        jobs=jobs_with(storage),
        measures=measure,
        sockets=[watch_tickets_by_socket],
    )


async def measure(tx: Transaction) -> list[Measure]:
    """How many tickets are open, by provider and status."""
    return [
        Measure(
            name="tickets_open",
            help="Tickets that are neither closed nor cancelled.",
            kind="gauge",
            labels=(("tenant", one.tenant), ("status", one.status)),
            value=one.tickets,
        )
        for one in await store.count_open(tx)
    ]
