"""The wire only grows: what was told once can be read for ever."""
