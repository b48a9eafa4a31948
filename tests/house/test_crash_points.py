"""Every commit, publish, confirm, delete and ack of the machinery has a crash point before and after it."""

import ast

from tests.faults.test_processes import POINTS, POINTS_OF_JOBS
from tests.house.sources import Function, Source, calls, sources

# What makes something durable, sends it, or gives up the right to send or hear it again.
DECISIVE = {"commit", "basic_publish", "basic_ack", "basic_nack", "basic_reject", "_take_off"}
# Alembic's own transaction: killed anywhere in it, the schema is as before.
EXEMPT = {"shared/migrations.py"}


def test_every_decisive_call_stands_between_two_crash_points() -> None:
    bare = [
        f"{source.name}:{call.lineno} {name}"
        for source in sources("shared")
        if source.name not in EXEMPT
        for function in source.functions()
        for name, call in calls(function)
        if name in DECISIVE and not _is_guarded(source, function, call.lineno)
    ]

    assert bare == []


def test_services_leave_all_that_to_the_machinery() -> None:
    own = [
        f"{source.name}:{call.lineno} {name}"
        for source in sources("services")
        for name, call in calls(source.tree)
        if name in DECISIVE
    ]

    assert own == []


def test_the_fault_tests_kill_at_every_crash_point() -> None:
    named = {
        call.args[0].value
        for source in sources("shared")
        for name, call in calls(source.tree)
        if name == "crashpoint" and isinstance(call.args[0], ast.Constant)
    }

    assert named == {*POINTS, *POINTS_OF_JOBS}


def _is_guarded(source: Source, function: Function, line: int) -> bool:
    """Whether crash points stand before and after a line: in its function, or around every call of that."""
    points = [call.lineno for name, call in calls(function) if name == "crashpoint"]
    if any(point < line for point in points) and any(point > line for point in points):
        return True
    callers = [
        (caller, call.lineno)
        for caller in source.functions()
        for name, call in calls(caller)
        if name == function.name and caller is not function
    ]
    return bool(callers) and all(_is_guarded(source, caller, at) for caller, at in callers)
