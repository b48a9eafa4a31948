"""The one table of what notify listens to; each module of this room adds its own."""

from __future__ import annotations

from shared.bus import Subscriptions

subscriptions = Subscriptions()
