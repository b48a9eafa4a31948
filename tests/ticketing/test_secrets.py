"""What looks like a secret is never kept: found in Portuguese and English, nothing innocent is touched (B35, 5.1)."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ticketing.domain import secrets
from services.ticketing.offer import Secrets
from tests.ticketing.corpus import INNOCENT, SECRET
from tests.ticketing.desk import AGENT, APPROVER, CUSTOMER, MANAGER, Desk, section

WORD = "Xq7-Tramontana#19"
TEXTS = st.lists(
    st.sampled_from([*SECRET, *INNOCENT, "senha", "senha:", "é", "token", "\n", '"', "[segredo removido]"])
)


@pytest.mark.parametrize("line", SECRET)
def test_a_secret_is_removed_whole(line: str) -> None:
    cleaned = secrets.clean(line.replace("<<", "").replace(">>", ""))

    assert cleaned.text == re.sub("<<.*?>>", secrets.REMOVED, line, flags=re.DOTALL)


@pytest.mark.parametrize("line", INNOCENT)
def test_an_innocent_sentence_stays_as_it_is(line: str) -> None:
    assert secrets.clean(line) == secrets.Cleaned(text=line, kinds=())


@given(TEXTS, st.sampled_from([" ", "\n", ". "]))
def test_what_was_cleaned_is_clean(parts: list[str], join: str) -> None:
    once = secrets.clean(join.join(parts)).text

    assert secrets.clean(once).text == once


def test_a_value_that_is_said_again_is_removed_again() -> None:
    cleaned = secrets.clean("A senha é Trem#9981. Repito: Trem#9981!")

    assert cleaned.text == "A senha é [segredo removido]. Repito: [segredo removido]!"


def test_invisible_characters_hide_nothing() -> None:
    assert secrets.clean("sen\u200bha: Trem#9981").text == "senha: [segredo removido]"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("senha_do_wifi_Casa2024.txt", "senha_do_wifi_[segredo removido].txt"),
        ("senhas.xlsx", "senhas.xlsx"),
        ("tela_de_login_2026-11-10.png", "tela_de_login_2026-11-10.png"),
        ("AKIAIOSFODNN7EXAMPLE.csv", "[segredo removido].csv"),
    ],
)
def test_a_file_name_holds_no_secret_either(name: str, kept: str) -> None:
    assert secrets.clean_file_name(name).text == kept


@pytest.mark.anyio
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_b35_no_text_of_any_write_leaves_a_secret_anywhere(next4: Desk, tmp_path: Any) -> None:
    leaks = f"A senha do painel é {WORD}, senha: {WORD}"
    answers = [await _say(next4, leaks, *one) for one in await _writes(next4, leaks)]
    async with next4.database.engine.connect() as connection:
        await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert [answer["redacted"] for answer in answers] == [True] * len(answers)
    assert len(answers) == 10
    assert WORD.encode() not in kept
    assert b"[segredo removido]" in kept


async def _writes(desk: Desk, words: str) -> list[tuple[str, dict[str, Any], dict[str, Any], int]]:
    """A write to each route that takes words, in an order that a ticket can live through; the last are two tickets."""
    path, other = await desk.open(), await desk.open()
    await desk.estimate(path, 60, held=0)
    return [
        ("/v1/tickets", {"subject": words, "description": words, "fields": {"scope_limits": words}}, CUSTOMER, 201),
        (f"{path}/messages", {"text": words}, CUSTOMER, 201),
        (f"{path}/estimates/1/decision", {"decision": "approve", "reason": words}, APPROVER, 200),
        (f"{path}/estimates", {"minutes": 30, "justification": words}, AGENT, 202),
        (f"{path}/work", {"kind": "programming", "minutes": 5, "note": words}, AGENT, 201),
        (f"{path}/promise", {"promised_at": "2026-11-19T15:00:00-03:00", "reason": words}, AGENT, 200),
        (f"{other}/pause", {"state": "awaiting_customer", "message": words}, AGENT, 200),
        (f"{other}/messages", {"html": f"<p>{words}</p>"}, CUSTOMER, 201),
        (f"{other}/cancel", {"reason": words}, MANAGER, 200),
        ("/v1/tickets", {"subject": "x", "description": f"<b>{words}</b>"}, CUSTOMER, 201),
    ]


async def _say(desk: Desk, words: str, path: str, body: dict[str, Any], who: dict[str, Any], status: int) -> Any:
    return await desk.post(path, body, who=who, status=status, headers={"Idempotency-Key": f"{path} {len(body)}"})


@pytest.mark.anyio
async def test_the_sender_is_told_how_to_share_a_secret_and_the_ticket_says_so(next4: Desk) -> None:
    path = await next4.open()

    answer = await next4.post(f"{path}/messages", {"text": f"senha: {WORD}"}, who=CUSTOMER, status=201)

    advice = section("next4").secrets.advice.pt_br
    assert (answer["text"], answer["redacted"], answer["advice"]) == ("senha: [segredo removido]", True, advice)
    seen = (await next4.get(f"{path}/messages", who=CUSTOMER))["items"]
    assert [(one["author_role"], one["text"]) for one in seen] == [
        ("customer", "senha: [segredo removido]"),
        ("system", advice),
    ]


@pytest.mark.anyio
async def test_a_provider_may_refuse_secrets_and_then_nothing_is_kept(next4: Desk) -> None:
    path = await next4.open()
    await next4.apply("next4", secrets=Secrets(policy="reject"))
    before = await next4.get(path)

    answer = await next4.ask("POST", f"{path}/messages", {"text": f"senha: {WORD}"}, who=CUSTOMER)

    assert (answer.status, answer.body["code"], answer.body["rule"]) == (422, "secret_refused", "B35")
    assert WORD not in msgspec.json.encode(answer.body).decode()
    assert (await next4.get(f"{path}/messages"))["items"] == []
    assert await next4.get(path) == before


@pytest.mark.anyio
async def test_a_provider_may_only_be_warned(next4: Desk) -> None:
    path = await next4.open()
    await next4.apply("next4", secrets=Secrets(policy="warn"))

    answer = await next4.post(f"{path}/messages", {"text": f"senha: {WORD}"}, who=CUSTOMER, status=201)

    assert (answer["text"], answer["redacted"]) == (f"senha: {WORD}", True)


@pytest.mark.anyio
async def test_that_it_was_no_secret_is_kept_without_the_text(next4: Desk) -> None:
    path = await next4.open()
    await next4.post(f"{path}/messages", {"text": "senha: cavalinho"}, who=CUSTOMER, status=201)
    found = (await next4.get(f"{path}/redactions"))["items"]

    judged = await next4.post(f"{path}/redactions/{found[0]['id']}/not-a-secret")

    assert [(one["place"], one["kind"], one["not_secret_by"]) for one in found] == [("text", "labelled", None)]
    assert (judged["not_secret_by"], judged["not_secret_at"]) == ("agent-1", "2026-11-10T15:00:00Z")
    assert await next4.refused(f"{path}/redactions/{found[0]['id']}/not-a-secret", who=CUSTOMER) == (
        403,
        "forbidden",
        None,
    )


@pytest.mark.anyio
async def test_a_message_in_html_is_shown_harmless_and_read_as_text(next4: Desk) -> None:
    path = await next4.open()
    given = "<p>Segue o <b>erro</b>:<br>linha 2</p><img src=x onerror=alert(1)><script>alert(2)</script>"

    await next4.post(f"{path}/messages", {"html": given}, who=CUSTOMER, status=201)

    message = (await next4.get(f"{path}/messages", who=CUSTOMER))["items"][0]
    assert (message["text"], message["html"]) == (
        "Segue o erro:\nlinha 2",
        "<p>Segue o <b>erro</b>:<br>linha 2</p>",
    )


@pytest.mark.anyio
@pytest.mark.parametrize("body", [{"html": "<script>x</script>"}, {"text": "a", "html": "b"}, {}])
async def test_a_message_says_something_once(next4: Desk, body: dict[str, str]) -> None:
    path = await next4.open()

    assert (await next4.refused(f"{path}/messages", body, who=CUSTOMER))[0] in (400, 422)
    assert (await next4.get(f"{path}/messages"))["items"] == []
