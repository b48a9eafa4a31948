"""Imports only go down, and never in a circle."""

import grimp
from importlinter import cli

from tests.house.sources import ROOT


def test_the_contracts_of_import_linter_hold() -> None:
    exit_code = cli.lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)

    assert exit_code == 0


def test_no_import_goes_in_a_circle() -> None:
    graph = grimp.build_graph("services", "shared", exclude_type_checking_imports=True, cache_dir=None)

    circles = {
        module
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
        if graph.chain_exists(importer=imported, imported=module)
    }

    assert circles == set()
