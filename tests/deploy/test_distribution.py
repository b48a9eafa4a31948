"""What `pip install .` installs, read from pyproject.toml: modules, migrations, offers, and one command."""

import tomllib
from fnmatch import fnmatch
from importlib import import_module
from pathlib import Path
from typing import Any

from services.cli.demo.command import OFFERS

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
SETUPTOOLS = PROJECT["tool"]["setuptools"]
FOLDERS = ("services", "shared", "deploy/offers")


def test_every_folder_that_the_house_runs_on_is_a_package_that_is_taken_along() -> None:
    packages = {file.parent.as_posix().replace("/", ".") for file in files()}

    taken = SETUPTOOLS["packages"]["find"]["include"]

    assert {name for name in packages if not any(fnmatch(name, one) for one in taken)} == set()
    assert {"services.hourbank.migrations", "deploy.offers"} <= packages


def test_every_file_that_is_no_module_is_named_as_data() -> None:
    data = SETUPTOOLS["package-data"]["*"]

    others = {file for file in files() if file.suffix != ".py"}

    assert {str(file) for file in others if not any(fnmatch(file.name, one) for one in data)} == set()
    assert {ROOT / file for file in others} >= set(OFFERS.glob("*.yaml"))


def test_the_command_is_there() -> None:
    module, _, function = PROJECT["project"]["scripts"]["ponteiro"].partition(":")

    assert callable(getattr(import_module(module), function))


def files() -> list[Path]:
    """What lies in these folders, seen from the project's."""
    found = (file for folder in FOLDERS for file in (ROOT / folder).rglob("*.*") if "__pycache__" not in file.parts)
    return [file.relative_to(ROOT) for file in found]
