"""Letting in over HTTP: OAuth 2 for machines, logins for people, sessions; and who may register them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Final
from urllib.parse import quote, unquote
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post, put
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body

from services.ticketing.actions import identity as doing
from services.ticketing.actions import screen
from services.ticketing.actions.identity import LetIn
from services.ticketing.api.identity_views import (
    NO_STORE,
    AskForLink,
    ChangeLogin,
    ChangePassword,
    LinkSent,
    LogIn,
    LoginPage,
    LoginView,
    MachinePage,
    MachineView,
    MeView,
    RedeemLink,
    RegisterLogin,
    RegisterMachine,
    RevokeForm,
    RotateSecret,
    SecretView,
    TokenForm,
    TokenView,
    let_in_view,
    login_view,
    machine_view,
    secret_view,
)
from services.ticketing.domain import identity
from services.ticketing.gateway import Issuers
from services.ticketing.store import identity as store
from shared.auth import ADMINS, EVERYBODY, PUBLIC, Keys, Principal
from shared.db import Transaction
from shared.errors import Invalid
from shared.events.links import LoginLink
from shared.pages import PAGE_ITEMS, Cursor, Limit, Slice
from shared.web import Door, versioned

TRIES_A_MINUTE: Final = 10  # at one login or one machine; a person who mistypes needs fewer
MACHINES: Final = "/v1/machines"  # where what was registered can be read, without its secret
EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"


@post("/v1/login", roles=PUBLIC, operation_id="log_in", status_code=200, secret=True, refuses=(401,))
async def log_in(door: Door, keys: Keys, data: LogIn) -> Response[TokenView]:
    """Log a person in by address and password: an access token, and a token that renews it."""
    await door.knock(f"login {data.tenant}/{data.email.lower()}", most=TRIES_A_MINUTE)
    tx = await door.enter(_stranger(data.tenant))
    return let_in_view(await doing.log_in(tx, keys, email=data.email, password=data.password))


@post("/v1/login/links", roles=PUBLIC, operation_id="ask_for_login_link", status_code=202)
async def ask_for_link(door: Door, data: AskForLink) -> LinkSent:
    """Send a customer a link that logs in once; the answer is the same whoever has that address."""
    await door.knock(f"link {data.tenant}/{data.email.lower()}", most=TRIES_A_MINUTE)
    tx = await door.enter(_stranger(data.tenant))
    await doing.send_link(tx, email=data.email)
    return LinkSent(valid_minutes=identity.LINK_LIVES // timedelta(minutes=1))


@post("/v1/login/links/redeem", roles=PUBLIC, operation_id="redeem_login_link", status_code=200, secret=True)
async def redeem_link(door: Door, keys: Keys, data: RedeemLink) -> Response[TokenView]:
    """Log in by what stood in a link; once."""
    link = keys.unseal(data.token, LoginLink, now=door.now)
    tx = await door.enter(_stranger(link.tenant))
    return let_in_view(await doing.redeem_link(tx, keys, link=link))


@post("/v1/oauth/revoke", roles=PUBLIC, operation_id="end_session", status_code=200, form=True, secret=True)
async def revoke(door: Door, data: Annotated[RevokeForm, Body(media_type=RequestEncodingType.URL_ENCODED)]) -> None:
    """End the session of a refresh token (RFC 7009); a token that is none ends nothing, and is no error."""
    given = _renewal(data.token)
    tx = await door.enter(_stranger(given.tenant))
    await doing.end_session(tx, session_id=given.session_id, secret=given.secret)


def token_routes(issuers: Issuers) -> Sequence[HTTPRouteHandler]:
    """The token endpoint, which believes some other houses."""

    @post(
        "/v1/oauth/token",
        roles=PUBLIC,
        operation_id="get_token",
        status_code=200,
        form=True,
        secret=True,
        refuses=(401,),
    )
    async def get_token(
        request: Request[object, object, object],  # type: ignore[type-var]  # it carries nothing of ours
        door: Door,
        keys: Keys,
        data: Annotated[TokenForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    ) -> Response[TokenView]:
        """The token endpoint of OAuth 2: `client_credentials` for machines, `refresh_token` for people.

        Token exchange (RFC 8693) takes an ID token of an OpenID Connect issuer that the installation believes.
        """
        return let_in_view(await _granted(door, keys, _with_basic(request, data), issuers))

    return [get_token]


@post("/v1/machines", roles=ADMINS, operation_id="register_machine", secret=True)
async def register_machine(tx: Transaction, data: RegisterMachine) -> Response[SecretView]:
    """Register a program; its secret is in this answer and nowhere else."""
    standing = identity.standing_of(data.roles, data.organization_id)
    said = (await screen(tx, data)).data
    made = await doing.register_machine(tx, name=said.name, standing=standing)
    return Response(secret_view(made), status_code=201, headers=NO_STORE | {"Location": MACHINES})


@get("/v1/machines", roles=ADMINS, operation_id="list_machines")
async def list_machines(tx: Transaction, cursor: Cursor = None, limit: Limit = PAGE_ITEMS) -> MachinePage:
    """The programs that are or were let in."""
    asked = Slice(limit=limit, cursor=cursor)
    page = asked.page(await store.machines_after(tx, asked.after(str, ""), most=asked.most), lambda one: one.client_id)
    return MachinePage(items=[machine_view(one) for one in page.items], next_cursor=page.next_cursor)


@post("/v1/machines/{client_id:str}/secrets", roles=ADMINS, operation_id="rotate_secret", secret=True)
async def rotate_secret(tx: Transaction, client_id: str, data: RotateSecret) -> Response[SecretView]:
    """Give a program another secret; the one before is good for some hours more."""
    made = await doing.rotate_secret(tx, client_id=client_id, old_for=timedelta(hours=data.old_hours))
    return Response(secret_view(made), status_code=201, headers=NO_STORE | {"Location": MACHINES})


@post("/v1/machines/{client_id:str}/revocation", roles=ADMINS, operation_id="revoke_machine", status_code=200)
async def revoke_machine(tx: Transaction, client_id: str) -> MachineView:
    """Let a program in no more; the access tokens that it has are good for some minutes yet."""
    return machine_view(await doing.revoke_machine(tx, client_id=client_id))


@post("/v1/logins", roles=ADMINS, operation_id="register_login")
async def register_login(tx: Transaction, data: RegisterLogin) -> Response[LoginView]:
    """Give a person a way in."""
    login = await doing.register_login(
        tx,
        subject=data.subject,
        email=data.email,
        standing=identity.standing_of(data.roles, data.organization_id),
        password=data.password,
    )
    location = f"/v1/logins/{quote(login.subject, safe='')}"
    return versioned(login_view(login), version=login.version, status=201, location=location)


@get("/v1/logins", roles=ADMINS, operation_id="list_logins")
async def list_logins(tx: Transaction, cursor: Cursor = None, limit: Limit = PAGE_ITEMS) -> LoginPage:
    """Who has a way in."""
    asked = Slice(limit=limit, cursor=cursor)
    page = asked.page(await store.logins_after(tx, asked.after(str, ""), most=asked.most), lambda one: one.subject)
    return LoginPage(items=[login_view(one) for one in page.items], next_cursor=page.next_cursor)


@get("/v1/logins/{subject:str}", roles=ADMINS, operation_id="read_login")
async def read_login(tx: Transaction, subject: str) -> Response[LoginView]:
    """A person's way in."""
    login = await doing.login_of(tx, subject=subject)
    return versioned(login_view(login), version=login.version)


@put("/v1/logins/{subject:str}", roles=ADMINS, operation_id="change_login")
async def change_login(tx: Transaction, subject: str, if_match: int | None, data: ChangeLogin) -> Response[LoginView]:
    """Set what a person may do; whose roles change or who is blocked has to log in again."""
    login = await doing.change_login(
        tx,
        subject=subject,
        version=if_match,
        email=data.email,
        standing=identity.standing_of(data.roles, data.organization_id),
        blocked=data.blocked,
    )
    return versioned(login_view(login), version=login.version)


@post("/v1/logins/{subject:str}/revocation", roles=ADMINS, operation_id="end_sessions", status_code=200)
async def end_sessions(tx: Transaction, subject: str) -> LoginView:
    """Log a person out everywhere; the access tokens that they have are good for some minutes yet."""
    return login_view(await doing.end_sessions(tx, subject=subject))


@get("/v1/me", roles=EVERYBODY, operation_id="read_me")
async def read_me(tx: Transaction, who: Principal) -> MeView:
    """Who your token says you are."""
    return MeView(tenant=tx.tenant, subject=tx.actor, organization_id=who.organization_id, roles=sorted(who.roles))


@put("/v1/me/password", roles=EVERYBODY, operation_id="change_password", secret=True)
async def change_password(tx: Transaction, data: ChangePassword) -> None:
    """Set your own password: every other session of yours ends."""
    await doing.change_password(tx, old=data.old_password, new=data.new_password)


class _Renewal(msgspec.Struct, frozen=True):
    tenant: str
    session_id: UUID
    secret: str


def _renewal(token: str) -> _Renewal:
    """The parts of a refresh token. Raises InvalidGrant."""
    tenant, _, rest = token.partition(".")
    session, _, secret = rest.partition(".")
    try:
        return msgspec.convert({"tenant": tenant, "session_id": UUID(session), "secret": secret}, _Renewal)
    except ValueError as error:
        raise identity.InvalidGrant("this is no refresh token of ours", field="refresh_token") from error


async def _granted(door: Door, keys: Keys, form: TokenForm, issuers: Issuers) -> LetIn:
    if form.grant_type == EXCHANGE:
        return await _exchange(door, keys, form, issuers)
    grants = {"client_credentials": _machine, "refresh_token": _renew}
    if form.grant_type not in grants:
        known = ", ".join([*grants, EXCHANGE])
        raise identity.UnsupportedGrantType(f"the grants are {known}", field="grant_type")
    return await grants[form.grant_type](door, keys, form)


async def _machine(door: Door, keys: Keys, form: TokenForm) -> LetIn:
    if form.client_id is None or form.client_secret is None:
        raise identity.InvalidClient("a machine says its client_id and client_secret", field="client_id")
    await door.knock(f"machine {form.client_id}", most=TRIES_A_MINUTE * 6)
    tx = await door.enter(_stranger(form.client_id.partition(".")[0]))
    return await doing.let_machine_in(tx, keys, client_id=form.client_id, secret=form.client_secret, scope=form.scope)


async def _renew(door: Door, keys: Keys, form: TokenForm) -> LetIn:
    if form.refresh_token is None:
        raise identity.InvalidGrant("a refresh_token is needed", field="refresh_token")
    given = _renewal(form.refresh_token)
    tx = await door.enter(_stranger(given.tenant))
    return await doing.renew(tx, keys, session_id=given.session_id, secret=given.secret)


async def _exchange(door: Door, keys: Keys, form: TokenForm, issuers: Issuers) -> LetIn:
    if form.subject_token is None:
        raise identity.InvalidGrant("a subject_token is needed", field="subject_token")
    verified = await issuers.verify(form.subject_token, now=door.now)
    tx = await door.enter(_stranger(verified.tenant))
    return await doing.let_verified_in(tx, keys, email=verified.email)


def _with_basic(request: Request[object, object, object], form: TokenForm) -> TokenForm:  # type: ignore[type-var]
    """The form with what HTTP Basic says of the machine (RFC 6749, 2.3.1). Raises InvalidClient."""
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return form
    try:
        client_id, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise identity.InvalidClient("this is not HTTP Basic") from error
    if "\0" in client_id + secret:
        raise Invalid("no text holds the character NUL", field="Authorization")
    return msgspec.structs.replace(form, client_id=unquote(client_id), client_secret=unquote(secret))


def _stranger(tenant: str) -> Principal:
    """Who asks to be let in, until it is known who it is."""
    return Principal(tenant=tenant, subject="anonymous", organization_id=None, roles=frozenset())


routes: Sequence[HTTPRouteHandler] = [
    log_in,
    ask_for_link,
    redeem_link,
    revoke,
    register_machine,
    list_machines,
    rotate_secret,
    revoke_machine,
    register_login,
    list_logins,
    read_login,
    change_login,
    end_sessions,
    read_me,
    change_password,
]
