"""All five in one process over the memory bus: the two-person shop, the rehearsal, and the world of the journey tests.

Same code, same migrations, one SQLite file each in a data folder; a killed process loses nothing. With a virtual clock
time stands still until it is moved: everything that falls due on the way runs in order, every fact is delivered.
"""

from services.embedded.folder import DataFolder, FolderInUse, FolderOfAnotherTime
from services.embedded.house import House, at_home, build_services, open_house, served
from services.embedded.world import TimeGoesBack, TimeGoesTooFar, World

__all__ = [
    "DataFolder",
    "FolderInUse",
    "FolderOfAnotherTime",
    "House",
    "TimeGoesBack",
    "TimeGoesTooFar",
    "World",
    "at_home",
    "build_services",
    "open_house",
    "served",
]
