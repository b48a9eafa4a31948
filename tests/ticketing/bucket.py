"""A small store that speaks S3: put and get of whole objects, and a list of what is to go, as obstore asks for them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import formatdate

HEAD_MOST_BYTES = 65_536


@dataclass(slots=True)
class Bucket:
    """What lies in it, by path; how each request said who it is; whether it answers."""

    objects: dict[str, bytes] = field(default_factory=dict)
    signatures: list[str] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""
        try:
            while head := await _head(reader):
                first, *lines = head.decode("latin-1").split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                method, target, _ = first.split(" ", 2)
                self.signatures.append(headers.get("authorization", "")[:16])
                path, _, query = target.partition("?")
                writer.write(self._taken_away(path, body) if query == "delete" else self._answer(method, path, body))
                await writer.drain()
        finally:
            writer.close()

    def _answer(self, method: str, path: str, body: bytes) -> bytes:
        if method == "PUT":
            self.objects[path] = body
            return _said("200 OK", b"")
        found = self.objects.get(path)
        if found is None:
            return _said("404 Not Found", b"<Error><Code>NoSuchKey</Code></Error>")
        return _said("200 OK", found)

    def _taken_away(self, path: str, body: bytes) -> bytes:
        """Several at once, as obstore asks even for one; what is not there is gone."""
        keys = re.findall(r"<Key>(.*?)</Key>", body.decode())
        for key in keys:
            self.objects.pop(f"{path}/{key}", None)
        gone = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        return _said("200 OK", f"<DeleteResult>{gone}</DeleteResult>".encode())


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return (await reader.readuntil(b"\r\n\r\n"))[:HEAD_MOST_BYTES].rstrip()
    except asyncio.IncompleteReadError:
        return b""


def _said(status: str, body: bytes) -> bytes:
    headers = f'ETag: "1"\r\nLast-Modified: {formatdate(0, usegmt=True)}\r\nContent-Length: {len(body)}'
    return f"HTTP/1.1 {status}\r\n{headers}\r\n\r\n".encode() + body


@asynccontextmanager
async def open_bucket() -> AsyncIterator[Bucket]:
    """A bucket that listens while the block runs."""
    bucket = Bucket()
    server = await asyncio.start_server(bucket.serve, "127.0.0.1", 0)
    bucket.port = server.sockets[0].getsockname()[1]
    try:
        yield bucket
    finally:
        server.close()
