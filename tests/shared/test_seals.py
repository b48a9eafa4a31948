"""What is sealed for a link: good for its own kind and time only, and never a bearer token."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from shared.auth import Keys, LinkExpired, Principal, Role
from shared.errors import NotFound, Unauthorized

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
UNTIL = NOW + timedelta(days=7)


class Decision(msgspec.Struct, frozen=True):
    """Some link says this."""

    tenant: str
    ticket: int


class Login(msgspec.Struct, frozen=True):
    """Another kind of link says the same."""

    tenant: str
    ticket: int


SAID = Decision(tenant="next4", ticket=1042)


@pytest.fixture
def keys() -> Keys:
    return Keys(Keys.generate())


def test_what_was_sealed_is_read_again_until_its_instant(keys: Keys) -> None:
    link = keys.seal(SAID, expires_at=UNTIL)

    assert keys.unseal(link, Decision, now=UNTIL - timedelta(seconds=1)) == SAID
    with pytest.raises(LinkExpired) as refused:
        keys.unseal(link, Decision, now=UNTIL)
    assert (refused.value.status, refused.value.code) == (410, "link_expired")


def test_who_knows_what_is_said_can_make_the_link_again(keys: Keys) -> None:
    assert keys.seal(SAID, expires_at=UNTIL) == keys.seal(SAID, expires_at=UNTIL)


def test_a_link_of_another_kind_opens_nothing(keys: Keys) -> None:
    link = keys.seal(Login(tenant="next4", ticket=1042), expires_at=UNTIL)

    with pytest.raises(NotFound) as refused:
        keys.unseal(link, Decision, now=NOW)
    assert (refused.value.status, refused.value.code) == (404, "not_found")


@pytest.mark.parametrize("damage", [str.upper, lambda link: link[:-4], lambda link: link + "x", lambda _: "", "é".join])
def test_a_link_that_somebody_changed_opens_nothing(keys: Keys, damage: object) -> None:
    assert callable(damage)
    link = keys.seal(SAID, expires_at=UNTIL)

    with pytest.raises(NotFound):
        keys.unseal(damage(link), Decision, now=NOW)


def test_another_houses_link_opens_nothing(keys: Keys) -> None:
    link = Keys(Keys.generate()).seal(SAID, expires_at=UNTIL)

    with pytest.raises(NotFound):
        keys.unseal(link, Decision, now=NOW)


def test_a_link_is_no_bearer_token_and_a_token_no_link(keys: Keys) -> None:
    who = Principal(tenant="next4", subject="ana", organization_id=None, roles=frozenset({Role.AGENT}))
    token = keys.issue(who, now=NOW, lifetime=timedelta(days=1))

    with pytest.raises(Unauthorized):
        keys.verify(keys.seal(SAID, expires_at=UNTIL), now=NOW)
    with pytest.raises(NotFound):
        keys.unseal(token, Decision, now=NOW)
