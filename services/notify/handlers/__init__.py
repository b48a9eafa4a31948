"""Facts in: what notify hears, and what it makes of each."""

from services.notify.handlers import daily, life, waiting, work
from services.notify.handlers.heard import subscriptions

__all__ = ["daily", "life", "subscriptions", "waiting", "work"]
