"""HTTP in: plans, contracts, invoices, and billing's section of the offer."""

from __future__ import annotations

from services.billing.api import (
    changes,
    contracts,
    indexes,
    invoices,
    offers,
    organizations,
    papers,
    purchases,
    settlement,
)

routes = [
    *offers.routes,
    *organizations.routes,
    *contracts.routes,
    *changes.routes,
    *purchases.routes,
    *indexes.routes,
    *invoices.routes,
    *papers.routes,
    *settlement.routes,
]

__all__ = ["routes"]
