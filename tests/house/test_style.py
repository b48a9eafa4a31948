"""What every file says first, what a door may not do, and which words nobody uses."""

import ast
import re
from pathlib import Path

from tests.house.sources import EVERYWHERE, ROOMS, Source, calls, sources

ROOT = Path(__file__).resolve().parents[2]
DOORS = ("api", "handlers", "jobs")
KNOBS = {"get", "post", "put", "patch", "delete", "to", "due"}  # what makes a function a route, a handler, a job
SUFFIXES = re.compile(r"(Manager|Service|Helper|Handler|Utils|Util|Base|Mixin)$")
# A service as a value; requests by service; the rule that a write-off needs a manager.
NAMED_SO = {"Service", "ByService", "WriteOffNeedsManager"}
ROOMS_WITHOUT_A_NAME = {"utils", "helpers", "common", "base", "util", "helper", "misc"}
UNFINISHED = re.compile(r"#\s*(TODO|FIXME|XXX|HACK)\b|NotImplementedError|mock\.patch|from unittest|import mock")
# A path of the machine that this runs on, or a package index: neither is anybody else's.
REGISTRY = re.compile(re.escape(str(ROOT)) + r"\b|https?://\S+/simple\b")


def test_every_file_begins_with_a_sentence_that_says_what_it_is() -> None:
    silent = []
    for source in sources(*EVERYWHERE):
        said = ast.get_docstring(source.tree) or ""
        first = said.partition("\n\n")[0]
        if not first or first[-1] not in ".?!:" or first.splitlines()[0] != said.splitlines()[0]:
            silent.append(source.name)

    assert silent == []


def test_doors_translate_and_decide_nothing() -> None:
    deciding = [
        f"{source.name}:{node.lineno}"
        for source in sources("services")
        if source.name.count("/") > 1 and source.room in DOORS
        for door in source.functions()
        if KNOBS & {name for decorator in door.decorator_list for name, _ in calls(decorator)}
        for node in ast.walk(door)
        if isinstance(node, ast.If | ast.Match | ast.While)
    ]

    assert deciding == []


def test_nothing_has_a_name_that_says_nothing() -> None:
    classes = [
        f"{source.name}: {node.name}"
        for source in sources(*ROOMS)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef) and SUFFIXES.search(node.name) and node.name not in NAMED_SO
    ]
    files = [source.name for source in sources(*ROOMS) if ROOMS_WITHOUT_A_NAME & set(re.split(r"[/.]", source.name))]

    assert classes == []
    assert files == []


def test_nothing_is_left_unfinished_or_pretended() -> None:
    here = __file__.rpartition("/")[2]
    found = [
        f"{source.name}:{number}"
        for source in sources(*EVERYWHERE)
        if not source.name.endswith(here)
        for number, line in enumerate(source.text.splitlines(), start=1)
        if UNFINISHED.search(line) or REGISTRY.search(line)
    ]

    assert found == []


def test_only_the_clock_tells_the_time_and_only_ids_are_random() -> None:
    def is_told(source: Source) -> list[str]:
        return [
            f"{source.name}:{node.lineno}"
            for node in ast.walk(source.tree)
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and (node.value.id, node.attr) in FORBIDDEN
        ]

    own = {"shared/clock.py", "shared/ids.py"}
    told = [place for source in sources(*ROOMS) if source.name not in own for place in is_told(source)]

    assert told == []


FORBIDDEN = {
    *(("datetime", name) for name in ("now", "utcnow", "today")),
    ("date", "today"),
    ("time", "time"),
    *(("uuid", name) for name in ("uuid1", "uuid4", "uuid7")),
    *(("random", name) for name in ("random", "randint", "choice", "randrange", "uniform")),
    *(("secrets", name) for name in ("token_hex", "token_bytes", "token_urlsafe", "randbits")),
    ("os", "urandom"),
}
