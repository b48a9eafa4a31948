"""Mail that really leaves: accepted, put off, refused, nobody there, and a process killed at the worst moment."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from services.notify.domain import State
from services.notify.domain.delivery import LEASE
from services.notify.gateway import Shelf, SmtpPost, read_server
from shared.clock import VirtualClock
from shared.db import Database
from tests.notify.postbox import Postbox
from tests.notify.shop import (
    ESTIMATE,
    NEXT4,
    Notify,
    contract_activated,
    message_posted,
    ticket_opened,
    ticket_resolved,
)
from tests.servers import free_port

pytestmark = pytest.mark.anyio

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def post(postbox: Postbox) -> SmtpPost:
    """The way to the mail server."""
    return SmtpPost(read_server(postbox.url))


async def with_a_message(notify: Notify) -> None:
    await notify.add_contact("bruno")
    await notify.hear(ticket_opened())


async def test_a_message_leaves_and_is_told_as_sent(notify: Notify, postbox: Postbox, post: SmtpPost) -> None:
    await with_a_message(notify)

    tried = await notify.send(post)

    assert tried == 1
    (mail,) = postbox.mails
    (message,) = await notify.messages()
    assert mail["To"] == "Bruno <bruno@cliente.example>"
    assert mail["Subject"] == "[#1042] Recebemos o seu chamado"
    assert mail["Message-ID"] == message.header_id
    assert mail.get_content().replace("\r\n", "\n") == message.body
    assert postbox.envelopes == [("atendimento@next4.example", ["bruno@cliente.example"])]
    assert (message.state, message.attempts) == (State.SENT, 1)
    ((kind, data),) = await notify.told()
    assert (kind, data["message_id"], data["attempts"]) == ("notify.message_sent", str(message.message_id), 1)


async def test_nothing_is_sent_twice_by_itself(notify: Notify, postbox: Postbox, post: SmtpPost) -> None:
    await with_a_message(notify)

    await notify.send(post)
    tried = await notify.send(post)

    assert tried == 0
    assert len(postbox.taken) == 1


async def test_messages_leave_in_the_order_in_which_they_were_written(
    notify: Notify, postbox: Postbox, post: SmtpPost
) -> None:
    await notify.add_contact("bruno")
    await notify.hear(contract_activated(), ticket_opened(), message_posted(), ticket_resolved())

    await notify.send(post)

    assert [mail["Subject"] for mail in postbox.mails] == [
        "Contrato ativo: plano START",
        "[#1042] Recebemos o seu chamado",
        "[#1042] A equipe respondeu no seu chamado",
        "[#1042] Chamado concluído",
    ]
    assert postbox.mails[3]["References"].split() == [mail["Message-ID"] for mail in postbox.mails[1:3]]


async def test_a_message_put_off_is_tried_again_a_minute_later(
    notify: Notify, postbox: Postbox, post: SmtpPost, clock: VirtualClock
) -> None:
    await with_a_message(notify)
    postbox.answers = ["451 4.7.1 greylisted, try later"]

    await notify.send(post)
    (waiting,) = await notify.messages()
    clock.move_to(clock.now() + timedelta(seconds=59))
    too_early = await notify.send(post)
    clock.move_to(clock.now() + timedelta(seconds=1))
    await notify.send(post)

    assert (waiting.state, waiting.attempts) == (State.WAITING, 1)
    assert too_early == 0
    (sent,) = await notify.messages()
    assert (sent.state, sent.attempts) == (State.SENT, 2)
    assert [mail["Message-ID"] for mail in postbox.mails] == [sent.header_id]


@pytest.mark.parametrize("at_recipient", [True, False])
async def test_a_message_refused_for_good_is_told_as_failed_and_the_next_one_leaves(
    notify: Notify, postbox: Postbox, post: SmtpPost, *, at_recipient: bool
) -> None:
    await with_a_message(notify)
    await notify.hear(message_posted())
    answer = ["550 5.1.1 <bruno@cliente.example> is unknown here"]
    if at_recipient:
        postbox.answers_to_recipients = answer
    else:
        postbox.answers = answer

    await notify.send(post)

    refused, sent = await notify.messages()
    assert (refused.state, sent.state) == (State.FAILED, State.SENT)
    assert refused.error is not None
    assert "bruno@cliente.example" in refused.error
    (failed, data), _ = await notify.told()
    assert (failed, data["error"]) == ("notify.message_failed", "550 5.1.1")
    assert "bruno" not in str(data)


async def test_a_recipient_put_off_is_not_refused(notify: Notify, postbox: Postbox, post: SmtpPost) -> None:
    await with_a_message(notify)
    postbox.answers_to_recipients = ["450 4.2.1 mailbox busy"]

    await notify.send(post)

    (message,) = await notify.messages()
    assert message.state is State.WAITING


@pytest.mark.parametrize("answer", ["530 5.7.0 Authentication required", "421 4.3.2 shutting down"])
async def test_a_server_that_turns_us_away_loses_no_message(
    notify: Notify, postbox: Postbox, post: SmtpPost, clock: VirtualClock, answer: str
) -> None:
    await with_a_message(notify)
    postbox.answers = [answer]

    await notify.send(post)
    clock.move_to(clock.now() + timedelta(minutes=1))
    await notify.send(post)

    (message,) = await notify.messages()
    assert (message.state, message.attempts) == (State.SENT, 2)


async def test_where_nobody_answers_one_message_is_tried_and_all_of_them_wait(
    notify: Notify, postbox: Postbox, post: SmtpPost, clock: VirtualClock
) -> None:
    nobody = SmtpPost(read_server(f"smtp://127.0.0.1:{free_port()}?starttls=no"))
    await with_a_message(notify)
    await notify.hear(message_posted(), ticket_resolved())

    tried = await notify.send(nobody)
    waiting = await notify.messages()
    clock.move_to(clock.now() + timedelta(minutes=1))
    await notify.send(post)

    assert tried == 1
    assert {message.state for message in waiting} == {State.WAITING}
    assert [message.attempts for message in waiting] == [1, 0, 0]
    assert {message.state for message in await notify.messages()} == {State.SENT}
    assert len(postbox.taken) == 3


async def test_after_a_day_of_tries_a_message_is_told_as_failed(notify: Notify, clock: VirtualClock) -> None:
    nobody = SmtpPost(read_server(f"smtp://127.0.0.1:{free_port()}?starttls=no"))
    await with_a_message(notify)
    began = clock.now()

    tries = 0
    (message,) = await notify.messages()
    while message.next_attempt_at is not None:
        clock.move_to(message.next_attempt_at)
        tries += await notify.send(nobody)
        (message,) = await notify.messages()

    assert (message.state, message.attempts, tries) == (State.FAILED, 13, 13)
    assert message.settled_at == began + timedelta(hours=24)
    ((kind, data),) = await notify.told()
    assert (kind, data["error"]) == ("notify.message_failed", "SMTPConnectError")


async def test_a_server_that_says_nothing_does_not_hold_up_the_house(notify: Notify) -> None:
    await with_a_message(notify)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        await notify.send(SmtpPost(read_server(f"smtp://127.0.0.1:{port}?starttls=no"), step_seconds=0.2))

    (message,) = await notify.messages()
    assert message.state is State.WAITING
    assert "Timeout" in str(message.error)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # it is the server's, on this machine
async def test_the_server_s_password_opens_it_and_a_wrong_one_loses_no_message(
    notify: Notify, clock: VirtualClock
) -> None:
    await with_a_message(notify)
    with Postbox(password="right") as locked:
        await notify.send(SmtpPost(read_server(f"smtp://next4:wrong@{locked.place}?starttls=no")))
        (waiting,) = await notify.messages()
        clock.move_to(clock.now() + timedelta(minutes=1))
        await notify.send(SmtpPost(read_server(f"smtp://next4:right@{locked.place}?starttls=no")))

        assert waiting.state is State.WAITING
        assert len(locked.taken) == 1


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # it is the server's, on this machine
async def test_a_password_is_not_sent_over_an_open_line_unless_the_settings_say_so(notify: Notify) -> None:
    await with_a_message(notify)
    with Postbox(password="right") as open_line:
        await notify.send(SmtpPost(read_server(f"smtp://next4:right@{open_line.place}")))

        (message,) = await notify.messages()
        assert (message.state, open_line.taken) == (State.WAITING, [])


@pytest.mark.parametrize(("crash_at", "sent"), [("commit.before", 1), ("commit.after", 1), ("message.sent", 2)])
async def test_a_process_killed_between_sending_and_committing_sends_the_same_message_again(
    notify: Notify,
    database: Database,
    clock: VirtualClock,
    url: str,
    postbox: Postbox,
    post: SmtpPost,
    crash_at: str,
    sent: int,
) -> None:
    await with_a_message(notify)
    (message,) = await notify.messages()
    await database.engine.dispose()

    killed = in_another_process(url, postbox, {"CRASH_AT": crash_at})
    clock.move_to(clock.now() + LEASE)
    await notify.send(post)

    assert killed == -signal.SIGKILL
    assert [mail["Message-ID"] for mail in postbox.mails] == [message.header_id] * sent
    assert len(set(postbox.taken)) == 1
    assert [kind for kind, _ in await notify.told()] == ["notify.message_sent"]


SENDING = """
import asyncio, sys
from datetime import datetime
from services.notify.gateway import SmtpPost, read_server
from services.notify.jobs import jobs_with
from shared.clock import VirtualClock
from services.notify.jobs import jobs_with
from shared.db import Database
from shared.jobs import run_due
from shared.jobs import run_due

url, smtp, now = sys.argv[1:]
database = Database(url, service="notify", clock=VirtualClock(datetime.fromisoformat(now)))
asyncio.run(run_due(database, jobs_with(SmtpPost(read_server(smtp)))))
"""


def in_another_process(url: str, postbox: Postbox, environment: dict[str, str]) -> int:
    """Send what is due from a process of its own; how it ended."""
    now = "2026-11-10T12:00:00+00:00"
    done = subprocess.run(
        [sys.executable, "-c", SENDING, url, postbox.url, now],
        env={**os.environ, **environment},
        cwd=PROJECT,
        check=False,
        timeout=60,
    )
    return done.returncode


async def test_without_a_server_messages_lie_in_the_folder_as_they_would_have_left(
    notify: Notify, tmp_path: Path
) -> None:
    await with_a_message(notify)
    folder = tmp_path / "mail"

    await notify.send(Shelf(folder))

    (message,) = await notify.messages()
    (file,) = folder.iterdir()
    assert file.name == f"20261110T120000-ticket_opened-{message.message_id}.eml"
    assert file.read_bytes().startswith(f"Message-ID: {message.header_id}\r\n".encode())
    assert message.state is State.KEPT


async def test_a_folder_that_cannot_be_written_loses_no_message(
    notify: Notify, tmp_path: Path, clock: VirtualClock
) -> None:
    await with_a_message(notify)
    blocked = tmp_path / "mail"
    blocked.write_text("a file where the folder should be")

    await notify.send(Shelf(blocked))
    (waiting,) = await notify.messages()
    blocked.unlink()
    clock.move_to(clock.now() + timedelta(minutes=1))
    await notify.send(Shelf(blocked))

    assert waiting.state is State.WAITING
    (kept,) = await notify.messages()
    assert (kept.state, len(list(blocked.iterdir()))) == (State.KEPT, 1)


async def test_the_mail_of_both_providers_leaves_and_each_is_told_its_own(
    notify: Notify, postbox: Postbox, post: SmtpPost
) -> None:
    await with_a_message(notify)
    await notify.open(tenant="blocktime")
    await notify.add_contact("carla", tenant="blocktime")
    await notify.hear(replace(ticket_opened(number=7), ticket_id=ESTIMATE), tenant="blocktime")

    await notify.send(post)

    assert [mail["Subject"] for mail in postbox.mails] == [
        "[#1042] Recebemos o seu chamado",
        "[#7] Recebemos o seu chamado",
    ]
    assert [message.state for message in await notify.messages(tenant=NEXT4)] == [State.SENT]
    assert [message.state for message in await notify.messages(tenant="blocktime")] == [State.SENT]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", ("mail.example", 25, None, None, False, None)),
        ("smtp://u%40x:p%3Aw@mail.example", ("mail.example", 587, "u@x", "p:w", False, True)),
        ("smtp://u:p@mail.example:2525?starttls=no", ("mail.example", 2525, "u", "p", False, False)),
        ("smtps://u:p@mail.example", ("mail.example", 465, "u", "p", True, False)),
    ],
)
def test_the_address_of_the_server_is_read_as_people_write_it(url: str, expected: tuple[object, ...]) -> None:
    server = read_server(url)

    assert (server.host, server.port, server.user, server.password, server.use_tls, server.start_tls) == expected


@pytest.mark.parametrize("url", ["http://u:secret@mail.example", "smtp://", "smtp://u:secret@h?starttls=maybe"])
def test_an_address_that_cannot_be_read_is_refused_without_showing_the_password(url: str) -> None:
    with pytest.raises(ValueError, match="PONTEIRO_SMTP_URL") as refused:
        read_server(url)

    assert "secret" not in str(refused.value)


def test_the_password_is_not_shown() -> None:
    assert "secret" not in repr(read_server("smtp://u:secret@mail.example"))
