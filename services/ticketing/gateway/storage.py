"""Where the bytes of attachments lie: a local folder or a store that speaks S3, one interface (N37).

`file:///folder`, or `s3://bucket/prefix?endpoint=https://...&region=...`; the keys of S3 come from the environment as
every tool takes them (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`). Who puts a file has it on the disk when he is told
so; who takes away what is not there has done it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final
from urllib.parse import parse_qsl, unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from shared.errors import Refused
from shared.log import describe, log

PUT_WITHIN_SECONDS: Final = 600.0  # well below the hour after which an upload counts as given up
PIECE_BYTES: Final = 65_536
PARTS_AT_ONCE: Final = 2  # of 5 MB each: an upload holds no more than these
OPTIONS: Final = frozenset({"endpoint", "region", "virtual_hosted_style_request", "skip_signature"})


class StorageAway(Refused):
    """The store of files does not answer, or none is set."""

    status = 503


@dataclass(frozen=True, slots=True)
class Storage:
    """A store of files by key; `folder` where it is a local one, no store where none is set."""

    store: LocalStore | S3Store | None = None
    folder: Path | None = None

    async def put(self, key: str, file: BinaryIO) -> None:
        """Keep all of a file under a key, durably. Raises StorageAway."""
        try:
            async with asyncio.timeout(PUT_WITHIN_SECONDS):
                await obstore.put_async(self._known(), key, file, max_concurrency=PARTS_AT_ONCE)
            if self.folder is not None:
                await asyncio.to_thread(_to_the_disk, self.folder / key)
        except _FAULTS as error:
            raise _away(error) from error

    async def open(self, key: str) -> AsyncIterator[bytes]:
        """The bytes of a file in pieces, once it is known to be there. Raises StorageAway."""
        try:
            found = await obstore.get_async(self._known(), key)
        except _FAULTS as error:
            raise _away(error) from error
        return _pieces(found)

    async def delete(self, key: str) -> None:
        """Take a file away, if it is there. Raises StorageAway."""
        try:
            await obstore.delete_async(self._known(), key)
        except FileNotFoundError:
            return
        except _FAULTS as error:
            raise _away(error) from error

    def _known(self) -> LocalStore | S3Store:
        if self.store is None:
            raise StorageAway("no store of files is set: PONTEIRO_ATTACHMENTS_URL")
        return self.store


def storage_of(url: str) -> Storage:
    """The store at an address; none where it is empty. Raises ValueError for one that cannot be read."""
    if not url:
        return Storage()
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.path.startswith("/"):
        folder = Path(unquote(parts.path))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Storage(LocalStore(folder), folder)
    if parts.scheme == "s3" and parts.hostname:
        options = dict(parse_qsl(parts.query))
        if not options.keys() <= OPTIONS:
            raise ValueError(f"PONTEIRO_ATTACHMENTS_URL takes {', '.join(sorted(OPTIONS))}")
        return Storage(_bucket(parts.hostname, parts.path.strip("/"), options))
    raise ValueError("PONTEIRO_ATTACHMENTS_URL is file:///folder or s3://bucket?endpoint=https://...")


def _bucket(name: str, prefix: str, options: dict[str, Any]) -> S3Store:
    is_plain = options.get("endpoint", "").startswith("http://")
    return S3Store(
        name,
        prefix=prefix or None,
        client_options={"allow_http": is_plain, "connect_timeout": timedelta(seconds=5)},
        retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=30)},
        **options,
    )


async def _pieces(found: obstore.GetResult) -> AsyncIterator[bytes]:
    async for piece in found.stream(min_chunk_size=PIECE_BYTES):
        yield bytes(piece)


def _to_the_disk(path: Path) -> None:
    """A file, and its name in the folder, survive a loss of power."""
    for one in (path, path.parent):
        handle = os.open(one, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _away(error: Exception) -> StorageAway:
    log.warning("the store of files does not answer", error=describe(error))
    return StorageAway("the store of files does not answer: send it again")


_FAULTS = (BaseError, OSError, TimeoutError)
