"""The door sign of each service says what it owns, tells, hears and promises, and it is true."""

import ast
import importlib
import re

import pytest

from shared.events import TELLERS, teller_of, type_of
from shared.events.register import all_events
from shared.settings import Settings
from tests.house.sources import Source, sources

EVENTS = {kind.__name__: kind for kind in all_events()}
PARTS = ("Owns", "Tells", "Hears", "Promises")


def sign_of(service: str) -> dict[str, str]:
    """The parts of a door sign, by their first word."""
    source = next(one for one in sources("services") if one.name == f"services/{service}/__init__.py")
    assert [type(node) for node in source.tree.body] == [ast.Expr], "a door sign is a docstring and nothing else"
    said = ast.get_docstring(source.tree) or ""
    found = re.split(r"^(Owns|Tells|Hears|Promises):", said, flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2], strict=True))


def events_in(text: str) -> set[str]:
    """The facts that a text names."""
    return set(re.findall(r"\b[A-Z][A-Za-z]+\b", text)) & set(EVENTS)


def told_in(source: Source) -> set[str]:
    """The facts that a file makes."""
    return {
        node.func.id for node in ast.walk(source.tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    } & set(EVENTS)


@pytest.mark.parametrize("service", TELLERS)
def test_a_sign_has_its_four_parts(service: str) -> None:
    assert tuple(sign_of(service)) == PARTS


@pytest.mark.parametrize("service", TELLERS)
def test_a_service_tells_what_its_sign_says(service: str) -> None:
    files = [one for one in sources("services") if one.name.startswith(f"services/{service}/")]
    told = {name for one in files for name in told_in(one) if teller_of(EVENTS[name]) == service}

    said = sign_of(service)["Tells"]
    everything = {name for name, kind in EVENTS.items() if teller_of(kind) == service}
    assert (everything if f"shared/events/{service}.py" in said else events_in(said)) == told


@pytest.mark.parametrize("service", TELLERS)
def test_a_service_hears_what_its_sign_says(service: str) -> None:
    app = importlib.import_module(f"services.{service}.app")
    heard = set(app.build(Settings()).subscriptions.by_type)

    said = {type_of(EVENTS[name]) for name in events_in(sign_of(service)["Hears"])}
    # Who hears a score of facts may say so in words: the handlers name them on one screen.
    assert said == (heard if said else set())


@pytest.mark.parametrize("service", TELLERS)
def test_nobody_tells_what_is_anothers_to_tell(service: str) -> None:
    files = [one for one in sources("services") if one.name.startswith(f"services/{service}/")]
    foreign = {name for one in files for name in told_in(one) if teller_of(EVENTS[name]) != service}

    assert foreign == set()
