"""Makes the picture of the README: plays the demo once and keeps what it tells of Next4's month as docs/demo.svg."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "demo.svg"
FIRST, LAST = "Next4: 5h30", "Saturday night"  # the part of the story that the picture shows
BAR = "the month so far"
COLUMNS = 118


def main() -> None:
    """Play, cut, draw."""
    environment = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(COLUMNS)}
    command = [sys.executable, "-m", "services", "demo", "--once"]
    said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    # the moving bar belongs to a terminal, not to a picture
    lines = [line for line in Text.from_ansi(said).split("\n") if not line.plain.startswith(BAR)]
    first = next(number for number, line in enumerate(lines) if FIRST in line.plain)
    last = next(number for number, line in enumerate(lines) if LAST in line.plain)
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True, color_system="truecolor")
    for line in lines[first:last]:
        console.print(line, soft_wrap=True)
    PICTURE.parent.mkdir(exist_ok=True)
    console.save_svg(str(PICTURE), title="make demo")


if __name__ == "__main__":
    main()
