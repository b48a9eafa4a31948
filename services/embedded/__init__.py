"""All five in one process over the memory bus: the two-person shop, the rehearsal, and the world of the journey tests.

Same code, same migrations, one SQLite file each in a data folder; a killed process loses nothing. With a virtual clock
time stands still until it is moved: everything that falls due on the way runs in order, every fact is delivered.
"""
