"""Tokens of other houses (OpenID Connect): believed when an issuer that the settings name has signed them for us."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import httpx
import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.ticketing.domain.identity import InvalidGrant
from shared.log import describe, log
from shared.settings import Issuer

ALGORITHMS: Final = ["RS256", "PS256", "ES256", "Ed25519", "EdDSA"]  # signatures only: "none" and HMAC are no proof
KEYS_LIVE_SECONDS: Final = 600.0  # an issuer that withdraws a key is believed no longer than this
KEYS_AGAIN_SECONDS: Final = 10.0  # an unknown key is looked for again, and not more often
FETCH_MOST_SECONDS: Final = 5.0
TOKEN_MOST_CHARACTERS: Final = 16_384
LEEWAY_SECONDS: Final = 30
AGE_MOST_SECONDS: Final = 3600  # since it was issued: what is exchanged was made for this login


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """Whose address an issuer has verified, and at which provider they log in."""

    tenant: str
    email: str


class _Claims(msgspec.Struct, frozen=True):
    iss: str
    aud: str | list[str]
    exp: float
    iat: float
    email: str
    email_verified: bool


class _Issued(msgspec.Struct, frozen=True):
    iss: str


class Issuers:
    """The houses that are believed, with their keys as they were last seen."""

    def __init__(self, known: Sequence[Issuer]) -> None:
        """Ask nobody yet."""
        self._known = {one.issuer: one for one in known}
        self._keys: dict[str, tuple[float, KeySet]] = {}

    async def verify(self, token: str, *, now: datetime) -> Verified:
        """Who the token says it is. Raises InvalidGrant when it cannot be believed."""
        issuer = self._known.get(_issuer_of(token))
        if issuer is None:
            raise InvalidGrant("no issuer that is believed here has made this token", field="subject_token")
        try:
            claims = await self._read(token, issuer)
        except (JoseError, msgspec.MsgspecError, ValueError, TypeError) as error:
            raise InvalidGrant("the token cannot be believed", field="subject_token") from error
        _check(claims, issuer, seconds=now.timestamp())
        return Verified(tenant=issuer.tenant, email=claims.email)

    async def _read(self, token: str, issuer: Issuer) -> _Claims:
        try:
            decoded = jwt.decode(token, await self._keys_of(issuer, at_least=0.0), algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            # Keys are changed now and then: an unknown one may be new.
            decoded = jwt.decode(token, await self._keys_of(issuer, at_least=KEYS_AGAIN_SECONDS), algorithms=ALGORITHMS)
        return msgspec.convert(decoded.claims, _Claims)

    async def _keys_of(self, issuer: Issuer, *, at_least: float) -> KeySet:
        """The issuer's keys; read again when they are old, or when they may have changed and were not just read."""
        seen, keys = self._keys.get(issuer.issuer, (0.0, None))
        age = time.monotonic() - seen
        if keys is not None and age < (KEYS_LIVE_SECONDS if at_least == 0 else at_least):
            return keys
        try:
            async with httpx.AsyncClient(timeout=FETCH_MOST_SECONDS, follow_redirects=False) as http:
                answer = await http.get(issuer.jwks_url)
            answer.raise_for_status()
            keys = KeySet.import_key_set(answer.json())
        except (httpx.HTTPError, JoseError, ValueError, TypeError, KeyError) as error:
            log.warning("the keys of an issuer cannot be read", issuer=issuer.issuer, error=describe(error))
            raise InvalidGrant("the issuer of this token does not answer: try again", field="subject_token") from error
        self._keys[issuer.issuer] = (time.monotonic(), keys)
        return keys


def _issuer_of(token: str) -> str:
    """Who the token says has made it: believed only after the signature was."""
    parts = token.split(".")
    if len(token) > TOKEN_MOST_CHARACTERS or len(parts) != len(("header", "claims", "signature")):
        raise InvalidGrant("this is no token of OpenID Connect", field="subject_token")
    try:
        claims = base64.b64decode(parts[1] + "=" * (-len(parts[1]) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(claims, type=_Issued).iss
    except (binascii.Error, ValueError, RecursionError) as error:
        raise InvalidGrant("this is no token of OpenID Connect", field="subject_token") from error


def _check(claims: _Claims, issuer: Issuer, *, seconds: float) -> None:
    audience = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    if claims.iss != issuer.issuer or issuer.audience not in audience:
        raise InvalidGrant("the token was made for somebody else", field="subject_token")
    if seconds > claims.exp + LEEWAY_SECONDS or not -LEEWAY_SECONDS <= seconds - claims.iat <= AGE_MOST_SECONDS:
        raise InvalidGrant("the token is too old, or not good yet", field="subject_token")
    if not claims.email_verified:
        raise InvalidGrant("the issuer has not verified the address", field="subject_token")
