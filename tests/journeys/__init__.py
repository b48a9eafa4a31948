"""Journeys: stories of both shops through the public HTTP API only, to the minute and the centavo."""
