"""The envelope: one fact on the wire, a CloudEvents 1.0 structured JSON document."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Annotated
from uuid import UUID

import msgspec

from shared.events import Event, teller_of, type_of
from shared.events.register import all_events

SEQUENCE_MOST = 2**31 - 1  # what the tables hold: a greater number is nobody's


class Unreadable(Exception):
    """The body is no envelope, or its data is not what its type promises: the stream is parked, never guessed at."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A fact with its address.

    `partitionkey` is the stream (one ticket, one contract, one invoice), `sequence` the number of the fact in that
    stream of that teller: from 1, without gaps. `causationid` is the fact or request that led to this one.
    """

    specversion: str = "1.0"
    id: UUID
    source: str
    type: str
    subject: str
    time: Annotated[datetime, msgspec.Meta(tz=True)]
    datacontenttype: str = "application/json"
    tenant: str
    partitionkey: UUID
    sequence: Annotated[int, msgspec.Meta(ge=1, le=SEQUENCE_MOST)]
    traceparent: str | None = None
    causationid: str | None = None
    data: msgspec.Raw

    @property
    def teller(self) -> str:
        """The service that told it."""
        return self.type.partition(".")[0]

    def event(self) -> Event:
        """The fact itself. Raises `Unreadable` when the type is unknown or the data does not fit it."""
        kind = events_by_type().get(self.type)
        if kind is None:
            raise Unreadable(f"nobody knows the type {self.type!r}")
        try:
            return msgspec.json.decode(self.data, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise Unreadable(f"{self.type}: {error}") from error

    def encode(self) -> bytes:
        """The final bytes: what was committed is what is sent."""
        return _encoder.encode(self)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Envelope)


def seal(
    event: Event,
    *,
    id: UUID,
    tenant: str,
    sequence: int,
    time: datetime,
    traceparent: str | None = None,
    causationid: str | None = None,
) -> Envelope:
    """Put a fact into its envelope."""
    source, type_ = _address(type(event))
    return Envelope(
        id=id,
        source=source,
        type=type_,
        subject=str(event.stream),
        time=time,
        tenant=tenant,
        partitionkey=event.stream,
        sequence=sequence,
        traceparent=traceparent,
        causationid=causationid,
        data=msgspec.Raw(_encoder.encode(event)),
    )


def read(body: bytes) -> Envelope:
    """Open an envelope. Raises `Unreadable` when the bytes are none."""
    try:
        envelope = _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"no envelope: {error}") from error
    if "\0" in envelope.type or "\0" in envelope.tenant:
        raise Unreadable("no envelope: an address holds no NUL")  # PostgreSQL could not even park it
    return envelope


@cache
def events_by_type() -> dict[str, type[Event]]:
    """Every fact by its type on the wire."""
    return {type_of(kind): kind for kind in all_events()}


def _address(kind: type[Event]) -> tuple[str, str]:
    """The source and the type of a kind of fact."""
    if kind not in _addresses:
        _addresses[kind] = (f"/ponteiro/{teller_of(kind)}", type_of(kind))
    return _addresses[kind]


_addresses: dict[type[Event], tuple[str, str]] = {}
