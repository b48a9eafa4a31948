"""HTTP in: what is promised to whom, in words that a customer reads (B11), and what other policies would do."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Response, get, post, put
from litestar.openapi.spec import Example
from litestar.params import Body
from msgspec import Meta

from services.sla import actions, store
from services.sla.api.effects import EffectView, effect_of
from services.sla.offer import POLICIES_MOST, Policy, Text
from shared.auth import ADMINS, EVERYBODY, MANAGERS
from shared.db import Transaction
from shared.web import Input, versioned

TWO_HOURS = {"policies": [{"target_minutes": 240}, {"priority": "high", "target_minutes": 120}], "apply_to_open": True}


class PoliciesView(msgspec.Struct, frozen=True, kw_only=True):
    """The promises of your provider: of those that fit a ticket the one that asks for most of what it is holds (4.3).

    They are looked up when the ticket is registered; `version` says since when they are these. `text` explains them.
    """

    version: int
    policies: tuple[Policy, ...]
    calendar: str
    pause_states: tuple[str, ...]
    warning_percents: tuple[int, ...]
    text: Text | None


class PoliciesInput(Input, frozen=True, kw_only=True):
    """Other policies: they hold for new tickets (B11), and for open ones as well where that is asked for."""

    policies: Annotated[tuple[Policy, ...], Meta(max_length=POLICIES_MOST)]
    apply_to_open: bool = False


@get("/v1/policies", roles=EVERYBODY, operation_id="list_policies")
async def list_policies(tx: Transaction) -> Response[PoliciesView]:
    """What is promised about time, to whom."""
    today = await store.terms_of_today(tx)
    section = await store.section_of(tx, today)
    view = PoliciesView(
        version=today.version,
        policies=section.policies,
        calendar=section.calendar,
        pause_states=section.pause_states,
        warning_percents=section.warning_percents,
        text=section.text,
    )
    return versioned(view, version=today.version)


@put("/v1/policies", roles=ADMINS, operation_id="put_policies")
async def put_policies(
    tx: Transaction, data: Annotated[PoliciesInput, Body(examples=[Example(value=TWO_HOURS)])], if_match: int | None
) -> Response[EffectView]:
    """Let other policies hold. Open promises keep theirs (B11) unless `apply_to_open`: then they are counted anew.

    A new target that is past already leaves some grace instead of an instant breach (S31).
    """
    return effect_of(
        await actions.put_policies(tx, data.policies, apply_to_open=data.apply_to_open, expected_version=if_match)
    )


@post("/v1/policies/preview", roles=MANAGERS, operation_id="preview_policies", status_code=200)
async def preview_policies(
    tx: Transaction, data: Annotated[PoliciesInput, Body(examples=[Example(value=TWO_HOURS)])]
) -> Response[EffectView]:
    """What other policies would do to open promises if they were saved now."""
    return effect_of(await actions.preview_policies(tx, data.policies, apply_to_open=data.apply_to_open))


routes = [list_policies, put_policies, preview_policies]
