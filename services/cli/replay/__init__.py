"""`ponteiro replay`: another help desk's event log, lived again through the public API under the virtual clock."""

from services.cli.replay.command import replay

__all__ = ["replay"]
