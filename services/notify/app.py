"""Notify as one value: routes, subscriptions, jobs and figures, wired with the settings."""

from __future__ import annotations

from services.notify import actions, api, handlers, jobs
from services.notify.gateway import post_of, signer_of
from shared.service import Service
from shared.settings import Settings


def build(settings: Settings) -> Service:
    """The service. Raises ValueError when PONTEIRO_SMTP_URL cannot be read."""
    return Service(
        name="notify",
        routes=api.routes,
        subscriptions=handlers.subscriptions,
        jobs=jobs.jobs_with(post_of(settings), signer_of(settings)),
        measures=actions.measure,
    )
