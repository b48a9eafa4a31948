"""Files lie in a folder or in a store that speaks S3, and nobody notices which (N37)."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from services.ticketing.gateway.storage import Storage, StorageAway, storage_of
from tests.ticketing.bucket import open_bucket

BODY = bytes(range(256)) * 1_000


async def whole(storage: Storage, key: str) -> bytes:
    """All of a file."""
    return b"".join([piece async for piece in await storage.open(key)])


async def in_and_out(storage: Storage) -> None:
    """A file comes, is read and goes; what is not there is away, and gone is gone."""
    await storage.put("ab/one", io.BytesIO(BODY))
    assert await whole(storage, "ab/one") == BODY
    await storage.delete("ab/one")
    await storage.delete("ab/one")
    with pytest.raises(StorageAway):
        await storage.open("ab/one")


@pytest.mark.anyio
async def test_a_folder_keeps_files(tmp_path: Path) -> None:
    await in_and_out(storage_of((tmp_path / "a folder").as_uri()))

    assert [one for one in (tmp_path / "a folder").rglob("*") if one.is_file()] == []


@pytest.mark.anyio
async def test_a_store_that_speaks_s3_keeps_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a word")
    async with open_bucket() as bucket:
        storage = storage_of(f"s3://files/desk?endpoint=http://127.0.0.1:{bucket.port}&region=us-east-1")

        await in_and_out(storage)
        await storage.put("cd/two", io.BytesIO(BODY))

    assert bucket.objects == {"/files/desk/cd/two": BODY}
    assert set(bucket.signatures) == {"AWS4-HMAC-SHA256"}


@pytest.mark.parametrize("url", ["ftp://x/y", "s3://", "file:relative", "s3://b?secret_access_key=x", "/folder"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="PONTEIRO_ATTACHMENTS_URL"):
        storage_of(url)
