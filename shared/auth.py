"""Who asks: bearer tokens (JWT, Ed25519, one issuer) with tenant, organization and roles."""

from __future__ import annotations

import enum
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from shared.errors import Refused, Unauthorized

ISSUER = "ponteiro"
ALGORITHM = "Ed25519"  # RFC 9864: the algorithm is named in full
SEALED = "sealed+jwt"  # says that it is no bearer token (RFC 8725, 3.11)
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

    def may(self, allowed: frozenset[Role]) -> bool:
        """Whether one of the roles is among those allowed."""
        return bool(self.roles & allowed)


SealedT = TypeVar("SealedT", bound=msgspec.Struct)


class SealBroken(Refused):
    """Nobody here has signed this."""

    status = 404


class LinkExpired(Refused):
    """What was signed was good until an instant that is past."""

    status = 410
    rule = "A-01"


class _Sealed(msgspec.Struct, frozen=True):
    iss: str
    aud: str
    exp: int
    said: dict[str, Any]


class _Claims(msgspec.Struct, frozen=True):
    iss: str
    sub: str
    exp: int
    tenant: str
    roles: list[Role]
    organization_id: UUID | None = None


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
        """What is said, signed, for a link: good for its own kind only (no bearer token), until `expires_at`."""
        claims = {
            "iss": ISSUER,
            "aud": type(said).__name__,
            "exp": int(expires_at.timestamp()),
            "said": msgspec.to_builtins(said),
        }
        header = {"alg": ALGORITHM, "kid": self._key.thumbprint(), "typ": SEALED}
        return jwt.encode(header, claims, self._key, algorithms=[ALGORITHM])

    def unseal(self, token: str, kind: type[SealedT], *, now: datetime) -> SealedT:
        """What was sealed. Raises SealBroken when it is none of this kind or forged, LinkExpired when it is too late.

        The same is sealed to the same bytes: who knows what is said can make the link again.
        """
        if len(token) > TOKEN_MOST_CHARACTERS:
            raise SealBroken("this link is not one of ours")
        try:
            decoded = jwt.decode(token, self._key, algorithms=[ALGORITHM])
            claims = msgspec.convert(decoded.claims, _Sealed)
            if decoded.header.get("typ") != SEALED or (claims.iss, claims.aud) != (ISSUER, kind.__name__):
                raise SealBroken("this link is not one of ours")
            said = msgspec.convert(claims.said, kind)
        except (JoseError, msgspec.MsgspecError, ValueError, TypeError) as error:
            raise SealBroken("this link is not one of ours") from error
        if now.timestamp() >= claims.exp:
            raise LinkExpired("this link is too old")
        return said

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
