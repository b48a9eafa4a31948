"""Files go: two years after the close, when somebody takes them away, and when whoever brought them died (5.1)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from services.ticketing.gateway.storage import Storage, StorageAway
from shared.clock import VirtualClock
from shared.db import Database
from tests.ticketing.desk import AGENT, MANAGER
from tests.ticketing.shelf import Shelf, new_shelf


@pytest.mark.anyio
async def test_a_file_stays_for_two_years_after_the_close(shelf: Shelf, clock: VirtualClock) -> None:
    path = await shelf.desk.approved()
    told = await shelf.brought(path)
    clock.move_to(clock.now() + timedelta(days=10))
    await shelf.desk.post(f"{path}/close", who=MANAGER)
    closed = clock.now()

    for day, lies in ((720, 1), (729, 1), (730, 0)):
        clock.move_to(closed + timedelta(days=day))
        await shelf.sweep()
        assert len(shelf.lying()) == lies

    assert (await shelf.desk.ask("GET", f"/v1/attachments/{told['id']}")).status == 404


@pytest.mark.anyio
async def test_a_file_of_a_ticket_that_is_open_stays(shelf: Shelf, clock: VirtualClock) -> None:
    path = await shelf.desk.approved()
    await shelf.brought(path)

    clock.move_to(clock.now() + timedelta(days=731))
    await shelf.sweep()

    assert (await shelf.listed(path), len(shelf.lying())) == (["tela.png"], 1)


class Killed(BaseException):
    """The process is gone at that instant."""


@pytest.mark.parametrize("instant", ["before the bytes", "after the bytes"])
@pytest.mark.anyio
async def test_who_dies_while_bringing_leaves_nothing_behind(
    shelf: Shelf, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, instant: str
) -> None:
    path = await shelf.desk.open()
    whole = Storage.put

    async def dying(storage: Storage, key: str, file: object) -> None:
        if instant == "after the bytes":
            await whole(storage, key, file)  # type: ignore[arg-type]
        raise Killed

    monkeypatch.setattr(Storage, "put", dying)
    with pytest.raises(Killed):
        await shelf.bring(path)
    monkeypatch.undo()
    left = len(shelf.lying())
    await shelf.sweep()
    clock.move_to(clock.now() + timedelta(hours=1))
    untouched = len(shelf.lying())
    await shelf.sweep()

    assert (left, untouched) == ((1, 1) if instant == "after the bytes" else (0, 0))
    assert (await shelf.listed(path, AGENT), shelf.lying()) == ([], [])
    async with shelf.desk.database.engine.connect() as connection:
        assert (await connection.exec_driver_sql("SELECT count(*) FROM attachments")).scalar() == 0


@pytest.mark.anyio
async def test_a_store_that_is_away_while_a_file_goes_is_asked_again(
    shelf: Shelf, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await shelf.desk.open()
    told = await shelf.brought(path)
    await shelf.desk.ask("DELETE", f"/v1/attachments/{told['id']}", {"reason": "x"}, who=MANAGER)
    tried: list[str] = []
    whole = Storage.delete

    async def failing(storage: Storage, key: str) -> None:
        tried.append(key)
        if len(tried) == 1:
            raise StorageAway("the store of files does not answer")
        await whole(storage, key)

    monkeypatch.setattr(Storage, "delete", failing)
    await shelf.sweep()
    still = len(shelf.lying())
    await shelf.sweep()
    assert (len(tried), still) == (1, 1)
    clock.move_to(clock.now() + timedelta(hours=1))
    await shelf.sweep()

    assert (len(tried), shelf.lying()) == (2, [])


@pytest.mark.anyio
async def test_without_a_store_a_file_is_refused_as_away(url: str, clock: VirtualClock, tmp_path: Path) -> None:
    database = Database(url, service="ticketing", clock=clock)
    shelf = new_shelf(database, clock, tmp_path / "files")
    await shelf.desk.open_shop("next4")
    path = await shelf.desk.open()
    (tmp_path / "files").rmdir()
    (tmp_path / "files").write_bytes(b"a file where the folder was")

    answer = await shelf.bring(path)

    assert (answer.status_code, answer.json()["code"]) == (503, "storage_away")
    assert await shelf.listed(path) == []
    await shelf.desk.client.aclose()
    await database.close()
