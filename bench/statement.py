"""A statement of 10,000 closed tickets: how long it takes to be written as PDF and as CSV, and how much memory."""

from __future__ import annotations

import time
import tracemalloc

from bench.figures import Figure
from services.hourbank.api.statement_csv import statement_csv
from services.hourbank.api.statement_pdf import statement_pdf
from services.hourbank.api.words import Locale
from tools.statement_picture import sample

ROUNDS = 10_000
BYTES_OF_A_MEGABYTE = 1_000_000


def written() -> list[Figure]:
    """Write both, and the PDF once more under a watch for memory, which slows it."""
    report = sample(ROUNDS)
    started = time.perf_counter()
    statement_pdf(report, Locale.PT_BR)
    of_pdf = time.perf_counter()
    statement_csv(report, Locale.PT_BR)
    of_csv = time.perf_counter()
    tracemalloc.start()
    statement_pdf(report, Locale.PT_BR)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return [
        Figure(name="statement of 10,000 tickets as PDF", value=of_pdf - started, unit="s"),
        Figure(name="  peak memory of it", value=peak / BYTES_OF_A_MEGABYTE, unit="MB"),
        Figure(name="statement of 10,000 tickets as CSV", value=of_csv - of_pdf, unit="s"),
    ]
