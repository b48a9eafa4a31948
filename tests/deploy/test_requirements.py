"""The pins: all that pyproject.toml asks for, with hashes, without an address, installable by pip alone."""

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

RUN = PROJECT["dependencies"]
TEST = [*RUN, *PROJECT["optional-dependencies"]["test"]]


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-test.txt"])
def test_pins_name_no_address_and_have_hashes(file: str) -> None:
    text = (ROOT / file).read_text()

    assert re.findall(r"://|--(?:index|extra-index|find-links|trusted-host)\S*|^-", text, re.MULTILINE) == []
    assert [pin for pin in re.split(r"\n(?=\S)", text.strip()) if "--hash=sha256:" not in pin] == []


@pytest.mark.parametrize(("file", "asked"), [("requirements.txt", RUN), ("requirements-test.txt", TEST)])
def test_everything_that_is_asked_for_is_pinned_and_what_that_asks_for_too(file: str, asked: list[str]) -> None:
    pins = pinned(file)

    wanted = everything(asked)

    assert {str(one) for one in wanted if canonicalize_name(one.name) not in pins} == set()
    assert {str(one) for one in wanted if pins[canonicalize_name(one.name)] not in one.specifier} == set()


def test_the_tests_run_on_the_versions_that_are_shipped() -> None:
    shipped, tested = pinned("requirements.txt"), pinned("requirements-test.txt")

    assert {name: tested.get(name) for name in shipped} == shipped


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-test.txt"])
def test_a_package_has_the_same_version_on_every_python(file: str) -> None:
    names = re.findall(r"^([\w.-]+)==", (ROOT / file).read_text(), re.MULTILINE)

    assert sorted(names) == sorted(set(names))


def pinned(file: str) -> dict[str, Version]:
    """The version of each package in a file of pins."""
    found = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / file).read_text(), re.MULTILINE)
    return {canonicalize_name(name): Version(version) for name, version in found}


def everything(asked: list[str]) -> list[Requirement]:
    """What is asked for, and what the installed packages ask for in turn on this machine."""
    found: dict[str, Requirement] = {}
    waiting = [Requirement(one) for one in asked]
    while waiting:
        one = waiting.pop()
        if str(one) in found:
            continue
        found[str(one)] = one
        for text in requires(one.name) or ():
            further = Requirement(text)
            if further.marker is None or any(further.marker.evaluate({"extra": extra}) for extra in {"", *one.extras}):
                waiting.append(further)
    return list(found.values())
