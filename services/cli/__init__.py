"""The commands of `ponteiro`, a file for each concern; `services/__main__.py` hangs them up."""
