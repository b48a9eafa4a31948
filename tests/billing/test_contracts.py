"""Contracts over the real store: drafts, negotiation, activation; a refusal leaves nothing behind."""

from __future__ import annotations

import asyncio
from datetime import date
from uuid import UUID, uuid4

import msgspec
import pytest
import sqlalchemy as sa

from services.billing import actions, domain, store
from services.billing.domain import Applicant, Month, Negotiated, Organization
from services.billing.offer import Address, Party
from services.billing.store.tables import contracts, organizations
from shared.clock import VirtualClock
from shared.errors import Invalid, Refused, Stale
from shared.events.billing import ContractActivated
from tests.billing.shops import Billing, a_customer, local, section, wanted

pytestmark = pytest.mark.anyio


async def rows(billing: Billing) -> tuple[int, int]:
    """How many organizations and contracts there are, whoever's."""
    async with billing.database.reading() as tx:
        counts = [await tx.execute(sa.select(sa.func.count()).select_from(one)) for one in (organizations, contracts)]
    return counts[0].scalar_one(), counts[1].scalar_one()


async def test_a_draft_binds_nobody_and_an_active_contract_knows_its_next_invoice(billing: Billing) -> None:
    draft = await billing.draft(wanted("START", "2026-11-01"))

    assert (draft.state, draft.next_run, draft.version) == ("draft", None, 1)
    assert await billing.told() == []
    active = await billing.activate(draft)

    assert (active.state, active.version) == ("active", 2)
    assert active.next_run == domain.Run(month=Month.read("2026-11"), at=local("2026-11-03", "08:00"))
    assert await billing.contract(draft.id) == active


async def test_n25_a_negotiated_plan_is_activated_once_its_price_and_minutes_are_known(billing: Billing) -> None:
    draft = await billing.draft(wanted("CUSTOM"))
    with pytest.raises(domain.StillToNegotiate):
        await billing.activate(draft)
    assert await billing.contract(draft.id) == draft
    async with billing.transaction() as tx:
        await actions.negotiate_terms(
            tx,
            contract_id=draft.id,
            agreed=Negotiated(monthly_minutes=1200, price_cents=368000),
            expected_version=1,
        )

    await billing.activate(draft)

    (activated,) = await billing.told()
    assert isinstance(activated, ContractActivated)
    assert (activated.monthly_minutes, activated.plan_price_cents, activated.queue_rank) == (1200, 368000, 1)


async def test_b41_blocktime_agrees_on_prices_and_asks_for_a_cnpj_and_three_devices(
    billing: Billing, clock: VirtualClock
) -> None:
    blocktime = Billing(database=billing.database, clock=clock, tenant="blocktime")
    await blocktime.open(section("blocktime"))
    with pytest.raises(domain.CnpjRequired):
        await blocktime.draft(wanted("PREMIUM"))
    assert await rows(billing) == (0, 0)

    draft = await blocktime.draft(
        wanted("PREMIUM"),
        applicant=a_customer(cnpj="12.ABC.345/01DE-35"),
        agreed=Negotiated(price_cents=500000, monthly_minutes=0, full_hour_price_cents=18000),
    )
    await blocktime.activate(draft)

    (activated,) = await blocktime.told()
    assert isinstance(activated, ContractActivated)
    assert (activated.monthly_minutes, activated.full_hour_price_cents) == (0, 18000)
    async with blocktime.transaction() as tx:
        assert (await store.organization(tx, draft.organization_id)).party.cnpj == "12ABC34501DE35"


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        (wanted("GOLD"), domain.UnknownPlan),
        (wanted(None), domain.UnknownPlan),
        (wanted("START", product="other"), domain.UnknownPlan),
        (wanted("START", timezone="America/Sampa"), Invalid),
        (wanted("START", "2206-11-01"), domain.StartTooFar),
        (wanted("START", "2026-11-10", fees_from=Month.read("2026-10")), domain.StartTooFar),
    ],
)
async def test_a_contract_that_cannot_be_is_refused_and_leaves_nothing(
    billing: Billing, asked: actions.Wanted, refusal: type[Refused]
) -> None:
    with pytest.raises(refusal):
        await billing.draft(asked)

    assert await rows(billing) == (0, 0)


async def test_activating_twice_or_over_a_stale_version_is_refused_and_changes_nothing(billing: Billing) -> None:
    draft = await billing.draft(wanted("START"))
    with pytest.raises(Stale):
        async with billing.transaction() as tx:
            await actions.activate_contract(tx, contract_id=draft.id, expected_version=7)
    active = await billing.activate(draft)

    with pytest.raises(domain.AlreadyActive):
        await billing.activate(draft)
    with pytest.raises(domain.AlreadyActive):
        async with billing.transaction() as tx:
            await actions.negotiate_terms(tx, contract_id=draft.id, agreed=Negotiated(), expected_version=None)

    assert await billing.contract(draft.id) == active
    assert len(await billing.told()) == 1


async def test_a_customer_is_found_by_its_cnpj_and_another_one_cannot_take_it(billing: Billing) -> None:
    first = await billing.draft(wanted("START"), applicant=a_customer(cnpj="11.222.333/0001-81"))
    second = await billing.draft(wanted("BASIC"), applicant=a_customer(cnpj="11222333000181"))

    with pytest.raises(domain.CnpjTaken):
        await billing.draft(wanted("BASIC"), applicant=a_customer(uuid4(), cnpj="11222333000181"))

    assert first.organization_id == second.organization_id
    assert await rows(billing) == (1, 2)


AURORA = Party(
    legal_name="Padaria Aurora Ltda",
    trade_name="Aurora",
    cnpj="11222333000181",
    email="financeiro@aurora.example",
    phone="+55 11 5550-0100",
    address=Address(street="Rua Augusta", number="100", city="São Paulo", state="SP"),
)


async def known(billing: Billing, organization_id: UUID) -> Organization:
    """What billing knows of an organization."""
    async with billing.database.reading(tenant=billing.tenant) as tx:
        return await store.organization(tx, organization_id)


def says(party: Party, *, devices: int | None = None, looked_up: date | None = None) -> Applicant:
    """What a contract says of its customer."""
    return Applicant(organization_id=None, party=party, devices=devices, cnpj_active_on=looked_up)


async def test_a_draft_changes_nothing_of_its_customer_and_no_invoice_bears_it(billing: Billing) -> None:
    first = says(AURORA, devices=5, looked_up=date(2026, 10, 30))
    active = await billing.activate(await billing.draft(wanted("START"), applicant=first))
    other = Party(legal_name="Aurora Pães S.A.", cnpj=AURORA.cnpj, email="contas@aurora.example")

    draft = await billing.draft(wanted("BASIC"), applicant=says(other))
    await billing.move_to(local("2026-11-03", "08:00"))

    (november,) = await billing.invoices()
    assert draft.organization_id == active.organization_id
    assert (november.invoice.contract_id, november.invoice.customer) == (active.id, AURORA)
    assert await known(billing, active.organization_id) == Organization(
        id=active.organization_id, party=AURORA, devices=5, cnpj_active_on=date(2026, 10, 30), version=2
    )


async def test_an_activated_contract_changes_what_it_says_of_its_customer_and_wipes_nothing(billing: Billing) -> None:
    first = says(AURORA, devices=5, looked_up=date(2026, 10, 30))
    active = await billing.activate(await billing.draft(wanted("START"), applicant=first))
    moved = Address(street="Rua Direita", city="Santos", state="SP")
    other = Party(legal_name="Aurora Pães S.A.", cnpj=AURORA.cnpj, email="contas@aurora.example", address=moved)
    draft = await billing.draft(wanted("BASIC"), applicant=says(other, devices=9))

    second = await billing.activate(draft)
    assert await billing.contract(draft.id) == second
    await billing.move_to(local("2026-11-03", "08:00"))

    updated = Party(
        legal_name="Aurora Pães S.A.",
        trade_name="Aurora",
        cnpj="11222333000181",
        email="contas@aurora.example",
        phone="+55 11 5550-0100",
        address=moved,
    )
    assert (draft.applicant, second.applicant) == (
        Applicant(organization_id=active.organization_id, party=other, devices=9, cnpj_active_on=None),
        None,
    )
    assert await known(billing, active.organization_id) == Organization(
        id=active.organization_id, party=updated, devices=9, cnpj_active_on=date(2026, 10, 30), version=3
    )
    assert [one.invoice.customer for one in await billing.invoices()] == [updated, updated]


async def test_a_draft_reads_back_and_of_a_new_customer_only_its_name_and_cnpj_are_known(billing: Billing) -> None:
    draft = await billing.draft(wanted("START"), applicant=says(AURORA, devices=5, looked_up=date(2026, 10, 30)))

    assert await billing.contract(draft.id) == draft
    assert await known(billing, draft.organization_id) == Organization(
        id=draft.organization_id,
        party=Party(legal_name="Padaria Aurora Ltda", cnpj="11222333000181"),
        devices=None,
        cnpj_active_on=None,
    )


async def test_a_draft_from_before_drafts_kept_what_they_say_changes_nothing_when_it_is_activated(
    billing: Billing,
) -> None:
    await billing.activate(await billing.draft(wanted("START"), applicant=says(AURORA)))
    older = await billing.draft(wanted("BASIC"), applicant=says(Party(legal_name="Aurora", cnpj=AURORA.cnpj)))
    async with billing.transaction() as tx:
        await tx.execute(sa.update(contracts).where(contracts.c.id == older.id).values(applicant=sa.null()))

    active = await billing.activate(older)

    assert (active.state, active.applicant) == ("active", None)
    assert (await known(billing, active.organization_id)).party == AURORA


async def test_a_draft_gives_its_customer_no_cnpj_and_the_activation_refuses_one_that_was_taken(
    billing: Billing,
) -> None:
    nameless = await billing.activate(await billing.draft(wanted("START"), applicant=a_customer()))
    claim = await billing.draft(wanted("BASIC"), applicant=a_customer(nameless.organization_id, cnpj=AURORA.cnpj))
    holder = await billing.draft(wanted("START"), applicant=says(AURORA))

    with pytest.raises(domain.CnpjTaken):
        await billing.activate(claim)

    assert holder.organization_id != nameless.organization_id
    assert (await known(billing, nameless.organization_id)).party.cnpj is None
    assert await billing.contract(claim.id) == claim


async def test_the_same_new_customer_from_sixteen_requests_at_once_is_one(billing: Billing) -> None:
    applicant = a_customer(cnpj="11.222.333/0001-81")

    drafts = await asyncio.gather(*(billing.draft(wanted("START"), applicant=applicant) for _ in range(16)))

    assert len({draft.organization_id for draft in drafts}) == 1
    assert await rows(billing) == (1, 16)


async def test_two_tenants_may_have_the_same_organization_id_and_do_not_see_each_other(
    billing: Billing, clock: VirtualClock
) -> None:
    other = Billing(database=billing.database, clock=clock, tenant="other")
    await other.open()
    identity = uuid4()
    ours = await billing.draft(wanted("START"), applicant=a_customer(identity, cnpj="11222333000181"))

    theirs = await other.draft(wanted("START"), applicant=a_customer(identity, cnpj="11222333000181"))

    assert ours.organization_id == theirs.organization_id == identity
    with pytest.raises(store.ContractNotFound):
        await other.contract(ours.id)


async def test_terms_are_pinned_when_the_contract_is_written(billing: Billing) -> None:
    draft = await billing.draft(wanted("START"))
    dearer = section()
    plans = [msgspec.structs.replace(plan, price_cents=70000) for plan in dearer.plans]
    with pytest.raises(domain.PricesChangedInPlace):
        await billing.open(msgspec.structs.replace(dearer, plans=plans))
    second = msgspec.structs.replace(dearer.price_list, version=2)
    await billing.open(msgspec.structs.replace(dearer, plans=plans, price_list=second))

    await billing.activate(draft)
    await billing.move_to(local("2026-11-03", "08:00"))

    (issued,) = await billing.invoices()
    assert issued.invoice.total_cents == 65400
    assert issued.invoice.issue_date == date(2026, 11, 3)
