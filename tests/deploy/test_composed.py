"""What docker-compose.yml promises, read from the file itself: `make compose-check` tries it for real."""

import re
from pathlib import Path
from typing import Any

import yaml

from shared.settings import Settings

ROOT = Path(__file__).parents[2]
SERVICES = ("ticketing", "hourbank", "sla", "billing", "notify")
COMPOSED: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_every_image_can_be_replaced_by_a_variable() -> None:
    images = {name: part["image"] for name, part in COMPOSED["services"].items()}

    assert {name for name, image in images.items() if not re.fullmatch(r"\$\{[A-Z_]+_IMAGE:-[^}]+\}", image)} == set()


def test_the_five_services_and_the_migration_are_one_image_under_six_commands() -> None:
    ours = {name: part for name, part in COMPOSED["services"].items() if "PONTEIRO_IMAGE" in part["image"]}
    commands = {name: part["command"] for name, part in ours.items()}

    assert commands == {name: ["run", name] for name in SERVICES} | {"migrate": ["migrate"]}


def test_each_service_knows_its_own_database_only() -> None:
    for name in SERVICES:
        environment = COMPOSED["services"][name]["environment"]
        databases = {value for value in environment.values() if value.startswith("postgresql://")}

        assert databases == {f"postgresql://{name}:${{{name.upper()}_DATABASE_PASSWORD:-{name}}}@postgres:5432/{name}"}


def test_every_setting_is_one_that_the_services_know() -> None:
    given = {
        setting
        for part in COMPOSED["services"].values()
        for setting in part.get("environment", {})
        if setting.startswith("PONTEIRO_")
    }

    assert {setting.removeprefix("PONTEIRO_").lower() for setting in given} <= set(Settings.model_fields)


def test_what_no_debian_package_can_stand_in_for_sits_in_a_profile() -> None:
    in_profiles = {name for name, part in COMPOSED["services"].items() if part.get("profiles")}

    assert in_profiles == {"grafana", "mail"}


def test_everything_starts_after_what_it_needs() -> None:
    needs = {name: set(part.get("depends_on", ())) for name, part in COMPOSED["services"].items()}

    assert needs["migrate"] == {"postgres", "rabbitmq"}
    assert all(needs[name] == {"migrate", "redis"} for name in SERVICES)
    assert needs["gateway"] == set(SERVICES)


def test_only_the_gateway_is_open_to_other_machines() -> None:
    ports = {name: part["ports"] for name, part in COMPOSED["services"].items() if "ports" in part}

    assert {name for name, opened in ports.items() if not opened[0].startswith("127.0.0.1:")} == {"gateway"}


def test_no_file_of_the_installation_is_named_that_is_not_there() -> None:
    mounted = [mount for part in COMPOSED["services"].values() for mount in part.get("volumes", ()) if mount[0] == "."]

    assert [mount for mount in mounted if not (ROOT / mount.split(":")[0]).exists()] == []


def test_attachments_have_a_volume_that_ticketing_alone_sees() -> None:
    ticketing = COMPOSED["services"]["ticketing"]
    folder = "/var/lib/ponteiro/attachments"

    assert ticketing["environment"]["PONTEIRO_ATTACHMENTS_URL"] == f"${{PONTEIRO_ATTACHMENTS_URL:-file://{folder}}}"
    assert [
        name for name, part in COMPOSED["services"].items() if f"attachments:{folder}" in part.get("volumes", ())
    ] == ["ticketing"]
    assert "attachments" in COMPOSED["volumes"]
    assert f"install --directory --owner ponteiro --mode 700 {folder}" in (ROOT / "deploy" / "Dockerfile").read_text()
