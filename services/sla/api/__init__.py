"""HTTP in: the clocks, the calendars, the policies, reports, the board, and sla's section of the provider's offer."""

from services.sla.api import board, calendars, clocks, offering, policies, reports

routes = [*clocks.routes, *calendars.routes, *policies.routes, *offering.routes, *reports.routes, *board.routes]

__all__ = ["routes"]
