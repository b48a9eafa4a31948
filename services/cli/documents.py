"""`ponteiro openapi` and `ponteiro asyncapi`: the two contracts of the house as documents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from services.cli.terminal import out
from services.embedded.house import build_services
from shared.auth import Keys
from shared.clock import VirtualClock
from shared.db import Database
from shared.settings import Settings
from shared.web import Hosted, create_app

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)  # nothing in a document depends on it


def openapi() -> None:
    """Print the OpenAPI 3.1 document of all five services on one origin."""
    show(openapi_document())


def asyncapi() -> None:
    """Print the AsyncAPI document of every fact and every listener."""
    from shared import rabbit  # noqa: PLC0415  the broker's libraries are slow to import and only needed here

    out.file.write(rabbit.asyncapi(build_services(Settings())))


def openapi_document() -> dict[str, Any]:
    """The merged document."""
    clock = VirtualClock(EPOCH)
    hosted = [
        Hosted(service=service, database=Database("sqlite://", service=service.name, clock=clock))
        for service in build_services(Settings())
    ]
    app = create_app(hosted, keys=Keys(Keys.generate()), clock=clock, ready=_nothing_is_away)
    return app.openapi_schema.to_schema()


def show(document: dict[str, Any]) -> None:
    """Print a document as JSON that people can read too."""
    out.file.write(msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n")


async def _nothing_is_away() -> list[str]:
    return []
