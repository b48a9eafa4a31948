"""One service in earnest: what it refuses to start without. How it lives and dies is tested in tests/faults/."""

from pathlib import Path

import pytest

from shared.auth import Keys
from shared.bus import Subscriptions
from shared.jobs import Jobs
from shared.run import Process, Unset
from shared.service import Service
from shared.settings import Settings

SERVICE = Service(name="notify", routes=[], subscriptions=Subscriptions(), jobs=Jobs())
COMPLETE = {
    "database_url": "postgresql://nobody@127.0.0.1:1/nowhere",
    "rabbitmq_url": "amqp://127.0.0.1:1/",
    "token_key": Keys.generate(),
}


def settings(**changed: object) -> Settings:
    """The settings of a service in earnest, but for what is changed."""
    return Settings().model_copy(update={**COMPLETE, **changed})


def test_with_every_setting_it_can_be_built() -> None:
    Process(SERVICE, settings())


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"token_key": ""}, "PONTEIRO_TOKEN_KEY"),
        ({"token_key": "secret"}, "token key"),
        ({"token_key": "", "token_key_file": Path("/nowhere/key")}, "token key"),
        ({"database_url": ""}, "PONTEIRO_NOTIFY_DATABASE_URL"),
        ({"rabbitmq_url": ""}, "PONTEIRO_RABBITMQ_URL"),
    ],
)
def test_it_does_not_start_without_what_it_needs_and_says_which(changed: dict[str, object], said: str) -> None:
    with pytest.raises(Unset, match=said) as refused:
        Process(SERVICE, settings(**changed))

    assert "secret" not in refused.value.detail


def test_the_key_may_lie_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key.json"
    file.write_text(Keys.generate())

    Process(SERVICE, settings(token_key="", token_key_file=file))
