"""Files come with tickets: what they are, who sees them, how they are handed out, when they go (N37, B35, B36, 5.1)."""

from __future__ import annotations

import asyncio
import hashlib
import io
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.ticketing.domain import files
from services.ticketing.domain.refusals import FileKindRefused
from services.ticketing.offer import Files, Secrets
from shared.clock import VirtualClock
from tests.ticketing.desk import AGENT, CUSTOMER, MANAGER, STRANGER
from tests.ticketing.shelf import PNG, Shelf


@pytest.mark.anyio
async def test_a_file_is_kept_whole_and_handed_out_only_to_be_saved(shelf: Shelf) -> None:
    path = await shelf.desk.open()
    page = b"<html><script>alert(document.cookie)</script></html>"

    told = await shelf.brought(path, page, name="relatório de erro.html")
    answer = await shelf.desk.fetch(f"/v1/attachments/{told['id']}", who=CUSTOMER)

    assert (told["media_type"], told["size_bytes"], told["public"]) == ("text/html", len(page), True)
    assert told["sha256"] == hashlib.sha256(page).hexdigest()
    assert answer.content == page
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"relat_rio de erro.html\"; filename*=UTF-8''relat%C3%B3rio%20de%20erro.html"
    )


@pytest.mark.anyio
async def test_who_has_the_file_is_told_that_it_did_not_change(shelf: Shelf) -> None:
    told = await shelf.brought(await shelf.desk.open())
    asked = shelf.desk.bearer(CUSTOMER) | {"If-None-Match": f'"{told["sha256"]}"'}

    answer = await shelf.desk.client.get(f"/v1/attachments/{told['id']}", headers=asked)

    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", f'"{told["sha256"]}"')


@pytest.mark.anyio
async def test_a_large_file_comes_and_goes_in_pieces(shelf: Shelf) -> None:
    path = await shelf.desk.open()
    piece = bytes(range(256)) * 256

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(150):
            yield piece

    told = await shelf.brought(path, pieces(), name="backup.dat")
    answer = await shelf.desk.fetch(f"/v1/attachments/{told['id']}", who=CUSTOMER)

    assert told["size_bytes"] == 150 * 65_536
    assert hashlib.sha256(answer.content).hexdigest() == told["sha256"]


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.anyio
async def test_a_file_over_the_limit_is_refused_and_nothing_is_kept(shelf: Shelf, *, announced: bool) -> None:
    await shelf.desk.apply("next4", files=Files(most_bytes=1_000))
    path = await shelf.desk.open()
    before = await shelf.desk.get(path)

    async def pieces() -> AsyncIterator[bytes]:
        yield b"x" * 600
        yield b"x" * 401

    answer = await shelf.bring(path, b"x" * 1_001 if announced else pieces(), name="a.txt")

    assert (answer.status_code, answer.json()["code"], answer.json()["rule"]) == (413, "file_too_large", "N37")
    assert (await shelf.brought(path, b"x" * 1_000, name="a.txt"))["size_bytes"] == 1_000
    assert await shelf.listed(path) == ["a.txt"]
    assert len(shelf.lying()) == 1
    assert (await shelf.desk.get(path))["status"] == before["status"]


@pytest.mark.anyio
async def test_a_ticket_takes_so_many_files_and_bytes(shelf: Shelf) -> None:
    await shelf.desk.apply("next4", files=Files(ticket_most_files=2, ticket_most_bytes=100))
    path, other = await shelf.desk.open(), await shelf.desk.open()
    for _ in range(2):
        await shelf.brought(path, b"ten bytes.", name="a.txt")

    by_number = await shelf.bring(path, b"x", name="a.txt")
    by_size = await shelf.bring(other, b"x" * 101, name="a.txt")

    assert [(one.status_code, one.json()["code"]) for one in (by_number, by_size)] == [(409, "too_many_files")] * 2
    assert (len(await shelf.listed(path)), await shelf.listed(other)) == (2, [])


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("planilha.png", b"MZ\x90\0" + b"\0" * 60),
        ("nota.pdf", b"\x7fELF\x02\x01\x01"),
        ("leia.txt", b"#!/bin/sh\nrm -rf /"),
        ("leia.txt", b"\xef\xbb\xbf<?php system($_GET['x']);"),
        ("foto\u202egnp.exe", PNG),
        ("macro.VBS ", b"MsgBox 1"),
        ("..\\..\\autorun.bat.", b"dir"),
        ("vazio.txt", b""),
    ],
)
def test_what_can_run_is_refused_whatever_it_is_called(name: str, body: bytes) -> None:
    with pytest.raises(FileKindRefused):
        files.kind_of(body, name=files.safe_name(name), offer=Files())


@pytest.mark.anyio
async def test_a_program_leaves_nothing_behind(shelf: Shelf) -> None:
    path = await shelf.desk.open()

    answer = await shelf.bring(path, b"MZ\x90\0" + b"\0" * 60, name="planilha.png")

    assert (answer.status_code, answer.json()["code"], answer.json()["rule"]) == (422, "file_kind_refused", "N37")
    assert (await shelf.listed(path), shelf.lying()) == ([], [])


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Temp\\tela 1.png", "tela 1.png"),
        ("a\r\nSet-Cookie: x=1.png", "aSet-Cookie_ x=1.png"),
        ("inv\u202efdp.png", "invfdp.png"),
        ("CON.png", "_CON.png"),
        ("com1", "_com1"),
        ("...", "arquivo"),
        ('a"b;c%.png', "a_b;c%.png"),
        ("é" * 400 + ".png", "é" * 88 + ".png"),
        ("😀" * 300 + ".png", "😀" * 44 + ".png"),
        ("\ud800x.png", "x.png"),
    ],
)
def test_a_name_is_one_that_any_system_can_save(given: str, kept: str) -> None:
    assert files.safe_name(given) == kept
    assert files.safe_name(kept) == kept


@pytest.mark.anyio
async def test_an_archive_is_never_opened(shelf: Shelf) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\0" * 30_000_000)
    path = await shelf.desk.open()

    told = await shelf.brought(path, bomb.getvalue(), name="42.zip")

    assert (told["media_type"], told["size_bytes"]) == ("application/zip", len(bomb.getvalue()))
    assert shelf.lying() == [bomb.getvalue()]


@pytest.mark.anyio
async def test_no_secret_of_a_name_or_a_text_is_kept_and_the_sender_is_told(shelf: Shelf) -> None:
    path = await shelf.desk.open()
    body = "servidor: 10.0.0.7\r\nsenha: Trem#9981\r\nlogs à parte\r\n".encode()

    told = await shelf.brought(path, body, name="senha_do_wifi_Casa2024.txt")

    assert (told["redacted"], told["name"]) == (True, "senha_do_wifi_[segredo removido].txt")
    assert shelf.lying() == ["servidor: 10.0.0.7\r\nsenha: [segredo removido]\r\nlogs à parte\r\n".encode()]
    assert told["sha256"] == hashlib.sha256(shelf.lying()[0]).hexdigest()
    found = (await shelf.desk.get(f"{path}/redactions"))["items"]
    assert {(one["place"], one["kind"]) for one in found} == {("name", "labelled"), ("content", "labelled")}


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "utf-8"])
@pytest.mark.anyio
async def test_a_secret_is_found_in_any_writing_and_far_down(shelf: Shelf, encoding: str) -> None:
    path = await shelf.desk.open()
    line = "linha de um registro sem nada que seja segredo, é só texto\n"
    body = (line * 5_000 + "A senha do painel é Trem#9981\n" + line * 5_000).encode(encoding)

    await shelf.brought(path, body, name="registro.log")

    kept = shelf.lying()[0].decode(encoding)
    assert "A senha do painel é [segredo removido]\n" in kept
    assert kept.replace("[segredo removido]", "Trem#9981").encode(encoding) == body


@pytest.mark.anyio
async def test_a_provider_may_refuse_files_with_secrets_or_be_warned_only(shelf: Shelf) -> None:
    path = await shelf.desk.open()
    await shelf.desk.apply("next4", secrets=Secrets(policy="reject"))
    refused = await shelf.bring(path, b"senha: Trem#9981", name="a.txt")
    assert (refused.status_code, refused.json()["code"], shelf.lying()) == (422, "secret_refused", [])

    await shelf.desk.apply("next4", secrets=Secrets(policy="warn"))
    warned = await shelf.brought(path, b"senha: Trem#9981", name="a.txt")

    assert (warned["redacted"], shelf.lying()) == (True, [b"senha: Trem#9981"])


@pytest.mark.anyio
async def test_a_file_is_seen_by_whoever_sees_its_message(shelf: Shelf) -> None:
    path = await shelf.desk.open()
    inside, shown, loose = [
        await shelf.brought(path, name=f"{name}.png", who=AGENT) for name in ("nota", "resposta", "solto")
    ]
    note = {"text": "interno", "public": False, "attachments": [inside["id"]]}
    reply = {"text": "segue", "attachments": [shown["id"]]}
    await shelf.desk.post(f"{path}/messages", note, status=201)
    await shelf.desk.post(f"{path}/messages", reply, status=201)

    seen = [
        (await shelf.desk.fetch(f"/v1/attachments/{one['id']}", who=CUSTOMER)).status_code
        for one in (inside, shown, loose)
    ]

    assert seen == [404, 200, 404]
    assert (await shelf.listed(path), await shelf.listed(path, AGENT)) == (
        ["resposta.png"],
        ["nota.png", "resposta.png", "solto.png"],
    )


@pytest.mark.anyio
async def test_a_message_takes_only_files_of_its_writer_and_ticket_once(shelf: Shelf) -> None:
    path, other = await shelf.desk.open(), await shelf.desk.open()
    own, foreign = await shelf.brought(path), await shelf.brought(other)
    staffs = await shelf.brought(path, who=AGENT)
    await shelf.desk.post(f"{path}/messages", {"text": "a", "attachments": [own["id"]]}, who=CUSTOMER, status=201)

    for one in (own, foreign, staffs):
        body = {"text": "b", "attachments": [one["id"]]}
        assert await shelf.desk.refused(f"{path}/messages", body, who=CUSTOMER) == (422, "file_not_attachable", "N37")

    assert [one["text"] for one in (await shelf.desk.get(f"{path}/messages"))["items"]] == ["a"]


@pytest.mark.anyio
async def test_another_organizations_and_providers_files_are_not_there(shelf: Shelf) -> None:
    path = await shelf.desk.open()
    told = await shelf.brought(path)

    by_stranger = await shelf.bring(path, who=STRANGER)
    for who, tenant in ((STRANGER, None), (AGENT, "blocktime")):
        asked = shelf.desk.bearer(who, tenant)
        for address in (f"/v1/attachments/{told['id']}", f"{path}/attachments"):
            assert (await shelf.desk.client.get(address, headers=asked)).status_code == 404
    gone = await shelf.desk.ask(
        "DELETE", f"/v1/attachments/{told['id']}", {"reason": "x"}, who=AGENT, tenant="blocktime"
    )

    assert (by_stranger.status_code, gone.status) == (404, 404)
    assert (await shelf.listed(path), shelf.lying()) == (["tela.png"], [PNG])


@pytest.mark.anyio
async def test_the_team_takes_a_file_away_and_says_why(shelf: Shelf) -> None:
    path = await shelf.desk.open()
    told = await shelf.brought(path)
    address = f"/v1/attachments/{told['id']}"
    refused = await shelf.desk.ask("DELETE", address, {"reason": "x"}, who=CUSTOMER)

    answer = await shelf.desk.ask("DELETE", address, {"reason": "Enviado por engano"}, who=MANAGER)
    await shelf.sweep()

    assert (refused.status, answer.status, answer.body["removed_by"]) == (403, 200, "manager-1")
    assert (await shelf.listed(path), shelf.lying()) == ([], [])
    assert (await shelf.desk.ask("GET", address)).status == 404
    assert (await shelf.desk.ask("DELETE", address, {"reason": "x"}, who=MANAGER)).status == 404
    last = (await shelf.desk.get(f"{path}/history"))["items"][-1]
    assert (last["act"], last["old_value"], last["reason"]) == ("file_removed", told["id"], "Enviado por engano")


@pytest.mark.anyio
async def test_the_same_key_brings_the_same_file_once(shelf: Shelf, clock: VirtualClock) -> None:
    path = await shelf.desk.open()
    first, again = [await shelf.bring(path, key="one") for _ in range(2)]
    other = await shelf.bring(path, PNG + b"!", key="one")
    clock.move_to(clock.now() + timedelta(hours=2))
    await shelf.sweep()

    assert (first.json(), again.headers["idempotency-replayed"]) == (again.json(), "true")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert (await shelf.listed(path), shelf.lying()) == (["tela.png"], [PNG])


@pytest.mark.anyio
async def test_a_closed_ticket_takes_no_file(shelf: Shelf) -> None:
    path = await shelf.desk.open()
    await shelf.desk.post(f"{path}/cancel", {"reason": "x"}, who=MANAGER)

    answer = await shelf.bring(path)

    assert (answer.status_code, answer.json()["code"], shelf.lying()) == (409, "ticket_is_cancelled", [])


@pytest.mark.anyio
async def test_several_who_bring_files_at_once_all_keep_theirs(shelf: Shelf) -> None:
    await shelf.desk.apply("next4", files=Files(ticket_most_files=5))
    path = await shelf.desk.open()

    answers = await asyncio.gather(*(shelf.bring(path, PNG + bytes([one])) for one in range(8)))

    assert sorted(one.status_code for one in answers) == [201] * 5 + [409] * 3
    assert len(await shelf.listed(path)) == 5
