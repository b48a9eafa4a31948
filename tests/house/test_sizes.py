"""Nothing is longer than a reader can hold: files 400 lines, functions 40, lines 120."""

from tests.house.sources import EVERYWHERE, sources

FILE_MOST_LINES = 400
FUNCTION_MOST_LINES = 40
LINE_MOST_CHARACTERS = 120


def test_files_are_short() -> None:
    lengths = {source.name: source.text.count("\n") for source in sources(*EVERYWHERE)}

    assert {name: lines for name, lines in lengths.items() if lines > FILE_MOST_LINES} == {}


def test_functions_are_short() -> None:
    lengths = {
        f"{source.name}:{function.lineno} {function.name}": (function.end_lineno or 0) - function.lineno + 1
        for source in sources(*EVERYWHERE)
        for function in source.functions()
        # A migration is a list of what is there, in one place.
        if "migrations" not in source.name
    }

    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION_MOST_LINES} == {}


def test_lines_are_short() -> None:
    long = [
        f"{source.name}:{number}"
        for source in sources(*EVERYWHERE)
        for number, line in enumerate(source.text.splitlines(), start=1)
        if len(line) > LINE_MOST_CHARACTERS
    ]

    assert long == []
