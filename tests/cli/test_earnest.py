"""The commands that prepare and look after services in earnest, on real servers."""

from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

from shared.auth import Keys
from shared.events import TELLERS
from tests import servers
from tests.cli.conftest import NOW_AT_NEWEST, Ponteiro


@pytest.fixture
def earnest(
    ponteiro: Ponteiro, postgres: servers.Postgres, vhost_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[pytest.MonkeyPatch]:
    """Names five empty databases, an empty vhost, Redis, a key and a mail server, after `ponteiro` named nothing."""
    urls = {name: postgres.create_database() for name in TELLERS}
    mail = Controller(Sink(), hostname="127.0.0.1", port=servers.free_port())
    mail.start()
    settings = {
        "RABBITMQ_URL": vhost_url,
        "REDIS_URL": redis_url,
        "TOKEN_KEY": Keys.generate(),
        "SMTP_URL": f"smtp://127.0.0.1:{mail.port}",
        **{f"{name.upper()}_DATABASE_URL": url for name, url in urls.items()},
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"PONTEIRO_{name}", value)
    yield monkeypatch
    mail.stop()
    for url in urls.values():
        postgres.drop_database(url)


@pytest.mark.usefixtures("earnest")
def test_the_doctor_sends_to_migrate_and_is_content_afterwards(ponteiro: Ponteiro) -> None:
    ill, said, complaint = ponteiro("doctor")
    assert (ill, complaint) == (1, "ponteiro: 2 of 9 things are wrong\n")
    assert [line.split()[1] for line in said.splitlines() if line.startswith("!!")] == ["migrations", "topology"]
    assert said.count("-> run: ponteiro migrate") == 2

    first = ponteiro("migrate")
    again = ponteiro("migrate")
    well, said, complaint = ponteiro("doctor")

    declared = "broker: every exchange and queue is declared\n"
    assert first[:2] == (0, NOW_AT_NEWEST + declared)
    assert again[:2] == (0, "".join(f"{name}: is at its newest revision\n" for name in TELLERS) + declared)
    assert (well, complaint) == (0, "")
    assert [line.split()[0] for line in said.splitlines()] == ["ok"] * 9
    assert "RabbitMQ" in said
    assert "greets" in said


def test_what_is_away_is_said_in_one_line_each(ponteiro: Ponteiro, earnest: pytest.MonkeyPatch) -> None:
    nobody = servers.free_port()
    earnest.setenv("PONTEIRO_SLA_DATABASE_URL", f"postgresql://sla@127.0.0.1:{nobody}/sla")
    earnest.setenv("PONTEIRO_RABBITMQ_URL", f"amqp://127.0.0.1:{nobody}/")
    earnest.setenv("PONTEIRO_REDIS_URL", f"redis://127.0.0.1:{nobody}/0")
    earnest.setenv("PONTEIRO_SMTP_URL", f"smtp://127.0.0.1:{nobody}")
    earnest.setenv("PONTEIRO_TOKEN_KEY", "none")

    code, said, complaint = ponteiro("doctor")
    migrated = ponteiro("migrate")

    wrong = [line.split()[1] for line in said.splitlines() if line.startswith("!!")]
    assert wrong == ["key", "databases", "migrations", "broker", "topology", "redis", "smtp"]
    assert all(" -> " in line for line in said.splitlines() if line.startswith("!!"))
    assert (code, complaint) == (1, "ponteiro: 7 of 9 things are wrong\n")
    assert (migrated[0], migrated[1]) == (1, "")
    assert migrated[2].startswith("ponteiro: the database of sla is away: ")


def test_a_setting_that_cannot_be_read_is_named(ponteiro: Ponteiro, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PONTEIRO_PORT", "eighty")

    code, said, complaint = ponteiro("doctor")

    assert (code, said) == (1, "")
    assert complaint.startswith("ponteiro: PONTEIRO_PORT: Input should be a valid integer")
