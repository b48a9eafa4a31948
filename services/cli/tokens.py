"""`ponteiro token`: a bearer token for trying out, signed with the installation's key."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from services.cli.installation import DataOption, installation
from services.cli.terminal import Cannot, say
from shared.auth import CUSTOMERS, Principal, Role


def token(
    tenant: Annotated[str, typer.Option(help="The provider, as its offer file names it.")],
    role: Annotated[list[Role], typer.Option(help="What the bearer may do; give it again for a second role.")],
    organization: Annotated[
        UUID | None, typer.Option(metavar="ID", help="Whose data a customer or approver sees.")
    ] = None,
    subject: Annotated[str, typer.Option(help="Who it is, as audit lines will name them.")] = "somebody",
    days: Annotated[int, typer.Option(min=1, max=3660, help="How long it is good for.")] = 1,
    data: DataOption = None,
) -> None:
    """Print a token: `curl -H "Authorization: Bearer $(ponteiro token ...)" ...`."""
    roles = frozenset(role)
    if roles <= CUSTOMERS and organization is None:
        raise Cannot("a customer's or approver's token needs --organization ID: it shows that organization only")
    who = Principal(tenant=tenant, subject=subject, organization_id=organization, roles=roles)
    say(at(data, who, days))


def at(data: Path | None, who: Principal, days: int) -> str:
    """A token of the installation."""
    return installation(data).token(who, lifetime=timedelta(days=days))
