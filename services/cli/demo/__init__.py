"""A rehearsal of both shops through the public HTTP API: a stage, the people on it, and the month that they play."""
