"""HTTP in: plans, contracts, invoices, and billing's section of the offer."""

from __future__ import annotations

from services.billing.api import contracts, invoices, offers

routes = [*offers.routes, *contracts.routes, *invoices.routes]

__all__ = ["routes"]
