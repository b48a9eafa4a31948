"""Promises about time: calendars, clocks, time-boxes."""
