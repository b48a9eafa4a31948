"""Who is let in: machines by a secret, people by password, link or another house's word, and how long it lasts."""

from __future__ import annotations

import asyncio
import base64
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from services.ticketing.store.identity import logins, machine_secrets, sessions
from shared.auth import Principal, Role
from shared.clock import VirtualClock
from shared.events.links import LoginLink
from shared.events.ticketing import LoginLinkRequested
from tests.ticketing.desk import ACME, ADMIN, CUSTOMER, Desk

PASSWORD = "três pratos de trigo"
ANA = {"subject": "ana", "email": "Ana@Livraria.com.br", "roles": ["customer"], "organization_id": str(ACME)}
BOT = {"name": "WhatsApp bot", "roles": ["agent", "billing"]}
BILLING = "/v1/offers/ticketing"  # OFFICE may read it, an agent may not


async def ask(
    desk: Desk, method: str, path: str, body: object = None, *, who: dict[str, Any], tenant: str = "next4"
) -> httpx.Response:
    """A request of somebody with a token."""
    given: dict[str, Any] = {"organization_id": None} | who
    principal = Principal(tenant=tenant, **given | {"roles": frozenset(who["roles"])})
    token = desk.keys.issue(principal, now=desk.clock.now(), lifetime=timedelta(days=1))
    return await desk.client.request(method, path, json=body, headers={"Authorization": f"Bearer {token}"})


async def asked(desk: Desk, method: str, path: str, **given: Any) -> httpx.Response:
    """A request of a stranger, or with headers of its own."""
    return await desk.client.request(method, path, **given)


async def registered(desk: Desk, **own: Any) -> dict[str, Any]:
    """A machine and its first secret."""
    made = await ask(desk, "POST", "/v1/machines", BOT | own, who=ADMIN)
    assert made.status_code == 201, made.text
    body: dict[str, Any] = made.json()
    return body


async def token(desk: Desk, **form: str) -> httpx.Response:
    """What the token endpoint answers."""
    return await asked(desk, "POST", "/v1/oauth/token", data=form)


async def machine_token(desk: Desk, made: dict[str, Any], **more: str) -> httpx.Response:
    """The same, for a machine."""
    form = {"grant_type": "client_credentials", "client_id": made["machine"]["client_id"]}
    return await token(desk, **form, client_secret=made["client_secret"], **more)


async def logged_in(desk: Desk, password: str = PASSWORD) -> httpx.Response:
    """What a login by password answers."""
    body = {"tenant": "next4", "email": "ana@livraria.com.br", "password": password}
    return await asked(desk, "POST", "/v1/login", json=body)


async def renewed(desk: Desk, refresh: str) -> httpx.Response:
    """What a renewal answers."""
    return await token(desk, grant_type="refresh_token", refresh_token=refresh)


async def me(desk: Desk, access: str) -> httpx.Response:
    """Who the token is believed to be."""
    return await asked(desk, "GET", "/v1/me", headers={"Authorization": f"Bearer {access}"})


def refusal(answer: httpx.Response) -> tuple[int, str, str | None]:
    """Status, code and RFC 6749's word."""
    said = answer.json()
    return answer.status_code, said["code"], said.get("error")


@pytest.fixture
async def ana(desk: Desk) -> Desk:
    """A desk at which Ana of Acme has a password."""
    made = await ask(desk, "POST", "/v1/logins", ANA | {"password": PASSWORD}, who=ADMIN)
    assert made.status_code == 201, made.text
    return desk


async def test_a_machine_gets_a_token_for_its_secret_and_narrower_ones_by_scope(desk: Desk) -> None:
    made = await registered(desk)

    whole, narrow = await machine_token(desk, made), await machine_token(desk, made, scope="billing")

    assert whole.json() | {"access_token": ""} == {
        "access_token": "",
        "token_type": "Bearer",
        "expires_in": 900,
        "scope": "agent billing",
    }
    assert whole.headers["cache-control"] == "no-store"
    assert (await me(desk, narrow.json()["access_token"])).json() == {
        "tenant": "next4",
        "subject": made["machine"]["client_id"],
        "organization_id": None,
        "roles": ["billing"],
    }


async def test_a_machine_may_say_who_it_is_with_http_basic(desk: Desk) -> None:
    made = await registered(desk)
    pair = base64.b64encode(f"{made['machine']['client_id']}:{made['client_secret']}".encode()).decode()

    answer = await asked(
        desk,
        "POST",
        "/v1/oauth/token",
        data={"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {pair}"},
    )

    assert answer.status_code == 200
    assert answer.json()["scope"] == "agent billing"


async def test_what_a_machine_says_wrongly_is_refused_in_the_words_of_oauth(desk: Desk) -> None:
    made = await registered(desk)
    wrong = made | {"client_secret": "0" * 64}
    nobody = {"machine": {"client_id": "next4.0"}, "client_secret": made["client_secret"]}
    foreign = {
        "machine": {"client_id": made["machine"]["client_id"].replace("next4", "blocktime")},
        "client_secret": made["client_secret"],
    }

    for given in (wrong, nobody, foreign):
        assert refusal(await machine_token(desk, given)) == (401, "invalid_client", "invalid_client")
    assert refusal(await machine_token(desk, made, scope="admin")) == (400, "invalid_scope", "invalid_scope")
    assert refusal(await token(desk, grant_type="password")) == (
        400,
        "unsupported_grant_type",
        "unsupported_grant_type",
    )
    assert (await token(desk, client_id="x")).status_code in (400, 422)


async def test_a_secret_is_kept_as_a_hash_and_answered_once_even_under_a_key(desk: Desk) -> None:
    made = await registered(desk)

    async with desk.database.reading() as tx:
        kept = (await tx.execute(sa.select(machine_secrets))).all()
        keys = (await tx.execute(sa.text("SELECT count(*) FROM idempotency_keys"))).scalar_one()

    assert made["client_secret"] not in str(kept)
    assert (len(kept), keys) == (1, 0)


async def test_a_rotated_secret_is_good_for_as_long_as_was_said(desk: Desk, clock: VirtualClock) -> None:
    made = await registered(desk)
    path = f"/v1/machines/{made['machine']['client_id']}/secrets"

    newer = (await ask(desk, "POST", path, {"old_hours": 2}, who=ADMIN)).json()

    assert [(await machine_token(desk, one)).status_code for one in (made, newer)] == [200, 200]
    clock.move_to(clock.now() + timedelta(hours=2))
    assert [(await machine_token(desk, one)).status_code for one in (made, newer)] == [401, 200]
    newest = (await ask(desk, "POST", path, {"old_hours": 0}, who=ADMIN)).json()
    assert [(await machine_token(desk, one)).status_code for one in (made, newer, newest)] == [401, 401, 200]


async def test_a_revoked_machine_is_let_in_no_more(desk: Desk) -> None:
    made = await registered(desk)

    gone = await ask(desk, "POST", f"/v1/machines/{made['machine']['client_id']}/revocation", who=ADMIN)

    assert gone.json()["revoked_at"] is not None
    assert refusal(await machine_token(desk, made)) == (401, "invalid_client", "invalid_client")


async def test_only_an_admin_of_the_same_provider_sees_machines_and_logins(ana: Desk) -> None:
    made = await registered(ana)

    for path in ("/v1/machines", "/v1/logins"):
        assert (await ask(ana, "GET", path, who=CUSTOMER)).status_code == 403
        assert (await ask(ana, "GET", path, who=ADMIN, tenant="blocktime")).json()["items"] == []
    client = made["machine"]["client_id"]
    assert (
        await ask(ana, "POST", f"/v1/machines/{client}/revocation", who=ADMIN, tenant="blocktime")
    ).status_code == 404
    assert (await ask(ana, "GET", "/v1/logins/ana", who=ADMIN, tenant="blocktime")).status_code == 404
    assert (await machine_token(ana, made)).status_code == 200


async def test_a_person_logs_in_by_password_and_sees_their_organization(ana: Desk) -> None:
    let_in = (await logged_in(ana)).json()

    assert (await me(ana, let_in["access_token"])).json() == {
        "tenant": "next4",
        "subject": "ana",
        "organization_id": str(ACME),
        "roles": ["customer"],
    }


async def test_an_unknown_login_and_a_wrong_password_are_not_told_apart(ana: Desk) -> None:
    wrong = await logged_in(ana, "outra frase comprida")
    body = {"tenant": "next4", "email": "ninguem@livraria.com.br", "password": PASSWORD}
    unknown = await asked(ana, "POST", "/v1/login", json=body)
    elsewhere = await asked(ana, "POST", "/v1/login", json=body | {"tenant": "blocktime", "email": ANA["email"]})

    assert [answer.status_code for answer in (wrong, unknown, elsewhere)] == [401, 401, 401]
    assert wrong.json() == unknown.json() == elsewhere.json()


async def test_a_password_is_kept_as_argon2id_and_in_no_answer_that_is_stored(ana: Desk) -> None:
    async with ana.database.reading() as tx:
        kept = (await tx.execute(sa.select(logins.c.password))).scalar_one()

    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept


@pytest.mark.parametrize("weak", ["curta", "a" * 40, "ana ana ana ana"])
async def test_a_weak_password_is_refused_and_nobody_is_registered(desk: Desk, weak: str) -> None:
    refused = await ask(desk, "POST", "/v1/logins", ANA | {"password": weak}, who=ADMIN)

    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (422, "weak_password", "password")
    assert (await ask(desk, "GET", "/v1/logins", who=ADMIN)).json()["items"] == []


async def test_an_address_has_one_login(ana: Desk) -> None:
    other = await ask(ana, "POST", "/v1/logins", ANA | {"subject": "outra"}, who=ADMIN)
    bia = ANA | {"subject": "bia", "email": "bia@livraria.com.br"}
    await ask(ana, "POST", "/v1/logins", bia, who=ADMIN)
    changed = {"email": "ana@livraria.com.br", "roles": ["customer"], "organization_id": str(ACME)}
    taken = await ask(ana, "PUT", "/v1/logins/bia", changed, who=ADMIN)

    assert [(one.status_code, one.json()["code"]) for one in (other, taken)] == [(409, "login_taken")] * 2
    assert (await ask(ana, "GET", "/v1/logins/bia", who=ADMIN)).json()["email"] == "bia@livraria.com.br"


async def test_roles_and_organization_go_together(desk: Desk) -> None:
    for own, field in (({"organization_id": None}, "organization_id"), ({"roles": ["admin"]}, "organization_id")):
        refused = await ask(desk, "POST", "/v1/logins", ANA | own, who=ADMIN)
        assert (refused.status_code, refused.json()["field"]) == (422, field)


async def test_a_session_is_renewed_by_a_token_that_is_good_once(ana: Desk, clock: VirtualClock) -> None:
    first = (await logged_in(ana)).json()
    clock.move_to(clock.now() + timedelta(days=29))

    second = (await renewed(ana, first["refresh_token"])).json()

    assert (await me(ana, first["access_token"])).status_code == 401
    assert (await me(ana, second["access_token"])).status_code == 200
    clock.move_to(clock.now() + timedelta(days=29))
    assert (await renewed(ana, second["refresh_token"])).status_code == 200


async def test_a_renewal_that_comes_again_ends_the_session_for_thief_and_owner(ana: Desk, clock: VirtualClock) -> None:
    first = (await logged_in(ana)).json()
    second = (await renewed(ana, first["refresh_token"])).json()
    clock.move_to(clock.now() + timedelta(seconds=11))

    copied = await renewed(ana, first["refresh_token"])

    assert refusal(copied) == (400, "session_reused", "invalid_grant")
    assert refusal(await renewed(ana, second["refresh_token"])) == (400, "invalid_grant", "invalid_grant")


async def test_two_windows_that_renew_at_once_end_nothing(ana: Desk) -> None:
    first = (await logged_in(ana)).json()

    answers = await asyncio.gather(*(renewed(ana, first["refresh_token"]) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]
    won = next(answer for answer in answers if answer.status_code == 200).json()
    assert (await renewed(ana, won["refresh_token"])).status_code == 200


async def test_a_session_ends_after_thirty_days_without_a_renewal(ana: Desk, clock: VirtualClock) -> None:
    first = (await logged_in(ana)).json()

    clock.move_to(clock.now() + timedelta(days=30))

    assert refusal(await renewed(ana, first["refresh_token"])) == (400, "invalid_grant", "invalid_grant")


async def test_who_logs_out_cannot_renew_and_a_stranger_ends_nothing(ana: Desk) -> None:
    first, second = (await logged_in(ana)).json(), (await logged_in(ana)).json()
    forged = first["refresh_token"][:-4] + "0000"

    for given in (forged, "nothing.at.all", first["refresh_token"]):
        await asked(ana, "POST", "/v1/oauth/revoke", data={"token": given})

    assert (await renewed(ana, first["refresh_token"])).status_code == 400
    assert (await renewed(ana, second["refresh_token"])).status_code == 200


async def test_who_is_blocked_or_given_other_roles_has_to_log_in_again(ana: Desk) -> None:
    first = (await logged_in(ana)).json()
    own = {"email": "ana@livraria.com.br", "roles": ["customer", "approver"], "organization_id": str(ACME)}

    await ask(ana, "PUT", "/v1/logins/ana", own, who=ADMIN)

    assert (await renewed(ana, first["refresh_token"])).status_code == 400
    second = (await logged_in(ana)).json()
    assert second["scope"] == "approver customer"
    await ask(ana, "PUT", "/v1/logins/ana", own | {"blocked": True}, who=ADMIN)
    assert (await renewed(ana, second["refresh_token"])).status_code == 400
    assert (await logged_in(ana)).status_code == 401


async def test_an_admin_logs_somebody_out_everywhere(ana: Desk) -> None:
    several = [(await logged_in(ana)).json() for _ in range(2)]

    await ask(ana, "POST", "/v1/logins/ana/revocation", who=ADMIN)

    assert [(await renewed(ana, one["refresh_token"])).status_code for one in several] == [400, 400]


async def test_a_person_changes_their_own_password_with_the_old_one(ana: Desk) -> None:
    who = CUSTOMER | {"subject": "ana"}
    new = "mafagafos na mafagafeira"

    refused = await ask(ana, "PUT", "/v1/me/password", {"old_password": "errada", "new_password": new}, who=who)
    assert (refused.status_code, (await logged_in(ana)).status_code) == (401, 200)
    changed = await ask(ana, "PUT", "/v1/me/password", {"old_password": PASSWORD, "new_password": new}, who=who)

    assert changed.status_code == 200
    assert [(await logged_in(ana, one)).status_code for one in (PASSWORD, new)] == [401, 200]


async def test_a_link_logs_in_once_and_for_a_quarter_of_an_hour(ana: Desk, clock: VirtualClock) -> None:
    async def ask_for_one() -> str:
        body = {"tenant": "next4", "email": "ANA@livraria.com.br"}
        assert (await asked(ana, "POST", "/v1/login/links", json=body)).json() == {"valid_minutes": 15}
        fact = (await ana.facts(LoginLinkRequested))[-1]
        link = LoginLink(tenant="next4", link_id=fact.link_id)
        return ana.keys.seal(link, expires_at=clock.now() + timedelta(minutes=15))

    async def redeem(sealed: str) -> httpx.Response:
        return await asked(ana, "POST", "/v1/login/links/redeem", json={"token": sealed})

    first = await ask_for_one()
    assert (await me(ana, (await redeem(first)).json()["access_token"])).json()["subject"] == "ana"
    assert refusal(await redeem(first)) == (400, "invalid_grant", "invalid_grant")
    late = await ask_for_one()
    clock.move_to(clock.now() + timedelta(minutes=15))
    assert refusal(await redeem(late))[:2] == (410, "link_expired")
    assert refusal(await redeem("forged"))[:2] == (404, "not_found")


async def test_who_has_no_login_is_told_the_same_and_gets_no_link(ana: Desk) -> None:
    body = {"tenant": "next4", "email": "ninguem@livraria.com.br"}

    assert (await asked(ana, "POST", "/v1/login/links", json=body)).json() == {"valid_minutes": 15}

    assert await ana.facts(LoginLinkRequested) == []


async def test_what_ended_long_ago_is_forgotten(ana: Desk, clock: VirtualClock) -> None:
    await logged_in(ana)

    await ana.move_to(clock.now() + timedelta(days=60, seconds=1))

    async with ana.database.reading() as tx:
        assert (await tx.execute(sa.select(sa.func.count()).select_from(sessions))).scalar_one() == 0


async def test_a_role_is_a_role_whoever_let_it_in(ana: Desk) -> None:
    access = (await logged_in(ana)).json()["access_token"]

    refused = await asked(ana, "GET", "/v1/machines", headers={"Authorization": f"Bearer {access}"})

    assert (refused.status_code, Role.ADMIN in (await me(ana, access)).json()["roles"]) == (403, False)
