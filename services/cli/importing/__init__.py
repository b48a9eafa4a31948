"""`ponteiro import`: customers, people, contracts, what is left of their hours, and tickets, from an older system."""

from services.cli.importing.command import import_files

__all__ = ["import_files"]
