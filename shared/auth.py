"""Who asks: bearer tokens (JWT, Ed25519, one issuer) with tenant, organization and roles."""

from __future__ import annotations

import base64
import enum
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import GenericAlias
from typing import TypeVar, cast
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from shared.errors import NotFound, Refused, Unauthorized

ISSUER = "ponteiro"
ALGORITHM = "Ed25519"  # RFC 9864: the algorithm is named in full
SEAL_BYTES = 20  # 160 bits of a link's signature
NO_SUCH_LINK = "there is no such link: use it as it came"
TOKEN_MOST_CHARACTERS = 4096
REMEMBERED_TOKENS = 10_000  # verified tokens kept in memory until they expire: a signature costs 0.1 ms
LEEWAY_SECONDS = 30  # clocks of two machines differ


class Role(enum.StrEnum):
    """What a person or machine may do; a token may carry several."""

    CUSTOMER = "customer"
    APPROVER = "approver"
    AGENT = "agent"
    MANAGER = "manager"
    BILLING = "billing"
    ADMIN = "admin"


CUSTOMERS = frozenset({Role.CUSTOMER, Role.APPROVER})
STAFF = frozenset({Role.AGENT, Role.MANAGER, Role.ADMIN})
MANAGERS = frozenset({Role.MANAGER, Role.ADMIN})
OFFICE = frozenset({Role.BILLING, Role.MANAGER, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})
EVERYBODY = frozenset(Role)
PUBLIC: frozenset[Role] = frozenset()  # no token asked: health, metrics, keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who the token says it is; `organization_id` is set for customers and narrows what they see."""

    tenant: str
    subject: str
    organization_id: UUID | None
    roles: frozenset[Role]

    @property
    def is_customer(self) -> bool:
        """Whether only customer roles are held: then everything is narrowed to the organization."""
        return self.roles <= CUSTOMERS

    @property
    def narrowed_to(self) -> UUID | None:
        """The organization that all is narrowed to; None for who works at the provider."""
        return self.organization_id if self.is_customer else None

    def may(self, allowed: frozenset[Role]) -> bool:
        """Whether one of the roles is among those allowed."""
        return bool(self.roles & allowed)


SealedT = TypeVar("SealedT", bound=msgspec.Struct)


class LinkExpired(Refused):
    """What was signed was good until an instant that is past."""

    status = 410
    rule = "A-01"


class _Claims(msgspec.Struct, frozen=True):
    iss: str
    sub: str
    exp: int
    tenant: str
    roles: list[Role]
    organization_id: UUID | None = None


_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")


class Keys:
    """The signing key of an installation: makes tokens, checks tokens, shows its public half."""

    def __init__(self, jwk: str) -> None:
        """Read an Ed25519 key as a JWK in JSON. Raises ValueError when it is none."""
        try:
            self._key = OKPKey.import_key(msgspec.json.decode(jwk))
        except (JoseError, msgspec.MsgspecError, ValueError, TypeError) as error:
            raise ValueError(f"the token key is no Ed25519 JWK: {error}") from error
        raw = self._key.raw_value
        self._secret = raw.private_bytes_raw() if isinstance(raw, Ed25519PrivateKey) else b""
        self._verified: dict[str, tuple[int, Principal]] = {}

    @staticmethod
    def generate() -> str:
        """A new key, as a JWK in JSON with its private half."""
        key = OKPKey.generate_key("Ed25519")
        return msgspec.json.encode(key.as_dict(private=True) | {"kid": key.thumbprint()}).decode()

    def public(self) -> dict[str, object]:
        """The JWKS document."""
        public = self._key.as_dict(private=False)
        return {"keys": [public | {"kid": self._key.thumbprint(), "use": "sig", "alg": ALGORITHM}]}

    def mac(self, purpose: str, message: bytes) -> bytes:
        """Thirty-two bytes that only this installation can make of a message; each purpose has a key of its own."""
        assert self._secret, "only who holds the private half signs"
        own = hmac.digest(self._secret, f"{ISSUER} {purpose}".encode(), "sha256")
        return hmac.digest(own, message, "sha256")

    def issue(self, principal: Principal, *, now: datetime, lifetime: timedelta) -> str:
        """A token that says who the bearer is until `now + lifetime`."""
        claims: dict[str, object] = {
            "iss": ISSUER,
            "sub": principal.subject,
            "iat": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
            "tenant": principal.tenant,
            "roles": sorted(principal.roles),
        }
        if principal.organization_id:
            claims["organization_id"] = str(principal.organization_id)
        header = {"alg": ALGORITHM, "kid": self._key.thumbprint(), "typ": "JWT"}
        return jwt.encode(header, claims, self._key, algorithms=[ALGORITHM])

    def verify(self, token: str, *, now: datetime) -> Principal:
        """Who the token says it is. Raises Unauthorized when it is forged, malformed or expired."""
        seconds = int(now.timestamp())
        known = self._verified.get(token)
        if known is None:
            known = self._read(token)
            if len(self._verified) >= REMEMBERED_TOKENS:
                self._verified.clear()
            self._verified[token] = known
        expires, principal = known
        if seconds > expires + LEEWAY_SECONDS:
            raise Unauthorized("the token has expired")
        return principal

    def seal(self, said: msgspec.Struct, *, expires_at: datetime) -> str:
        """What is said, for a link: good for its own kind only, until `expires_at`; the same is sealed to the same."""
        return self._sealed(type(said), _encoder.encode((int(expires_at.timestamp()), said)))

    def unseal(self, token: str, kind: type[SealedT], *, now: datetime) -> SealedT:
        """What was sealed. Raises NotFound when it is none of this kind, or not ours; LinkExpired when it is too late.

        Who knows what is said and has the key makes the same link again: whoever writes it need not keep it.
        """
        try:
            body = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))[:-SEAL_BYTES]
            if not hmac.compare_digest(self._sealed(kind, body), token):
                raise NotFound(NO_SUCH_LINK)
            expires, said = msgspec.msgpack.decode(body, type=GenericAlias(tuple, (int, kind)))
        except (
            ValueError,
            TypeError,
            msgspec.MsgspecError,
        ) as error:  # of ours, but of another version, is none either
            raise NotFound(NO_SUCH_LINK) from error
        if now.timestamp() >= expires:
            raise LinkExpired("this link is too old")
        return cast("SealedT", said)

    def _sealed(self, kind: type[msgspec.Struct], body: bytes) -> str:
        """The body with a signature that is the kind's own, in letters that an address takes."""
        return base64.urlsafe_b64encode(body + self.mac(kind.__name__, body)[:SEAL_BYTES]).decode().rstrip("=")

    def _read(self, token: str) -> tuple[int, Principal]:
        if len(token) > TOKEN_MOST_CHARACTERS:
            raise Unauthorized("the token is too long")
        try:
            decoded = jwt.decode(token, self._key, algorithms=[ALGORITHM])
            claims = msgspec.convert(decoded.claims, _Claims)
        except (JoseError, msgspec.MsgspecError, ValueError, TypeError) as error:
            raise Unauthorized("the token cannot be believed") from error
        roles = frozenset(claims.roles)
        if claims.iss != ISSUER or not roles or (roles <= CUSTOMERS and claims.organization_id is None):
            raise Unauthorized("the token does not say enough")
        principal = Principal(
            tenant=claims.tenant, subject=claims.sub, organization_id=claims.organization_id, roles=roles
        )
        return claims.exp, principal
